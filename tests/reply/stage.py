"""A delivery at work in virtual time, on a real store."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Control, Controls, Finish
from bot.reply.answer import Answer
from bot.reply.delivery import Delivery
from bot.reply.pacer import Pacer
from bot.store import Store, StoredTurn, TurnKind, TurnState
from tests.clock import open_watched
from tests.store.building import accept, claim, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes import FakeSurface

STOP: Controls = (Control("stop", "1", "Stop"),)
AGAIN: Controls = (Control("again", "1", "Again"),)


@dataclass
class Stage:
    """What a test of the delivery looks at."""

    answer: Answer
    surface: FakeSurface
    store: Store
    turn: StoredTurn
    delivery: Delivery
    pacer: Pacer
    path: Path

    async def types(self, *words: str, every: float = 0.1) -> None:
        """Let the model write a word, wait, and write the next."""
        for word in words:
            self.answer.add(word)
            await asyncio.sleep(every)

    def stored(self) -> str:
        """Return the answer as anybody would find it in the file right now."""
        connection = sqlite3.connect(self.path)
        try:
            return str(connection.execute("SELECT answer FROM turn").fetchone()[0])
        finally:
            connection.close()


@asynccontextmanager
async def delivering(folder: Path, surface: FakeSurface, *, restarts: bool = False) -> AsyncIterator[Stage]:
    """Run a delivery until it has shown all; with `restarts`, go on with the turn an earlier one left behind."""
    async with open_watched(folder / "bot.db") as (store, _):
        await store.turns.adopt()
        if not restarts:
            await accept(store, said())
        turn = await claim(store)
        floor = len(turn.answer) if turn.state is TurnState.RUNNING else 0
        answer, pacer = Answer(floor=floor), Pacer(asyncio.get_running_loop().time)
        async with asyncio.TaskGroup() as tasks:
            gate = tasks.create_task(pacer.run())
            delivery = Delivery(
                turn=turn, answer=answer, surface=surface, pacer=pacer, store=store.turns, growing=STOP
            )
            async with asyncio.TaskGroup() as shown:
                shown.create_task(delivery.run())
                yield Stage(answer, surface, store, turn, delivery, pacer, folder / "bot.db")
            gate.cancel()


class _Killed(Exception):
    pass


async def dies(
    folder: Path, surface: FakeSurface, *words: str, complete: bool = False, note: str = ""
) -> None:
    """Show some words of an answer, and end as a killed process does: nothing more is said, shown or stored."""
    try:
        async with delivering(folder, surface) as stage:
            await stage.types(*words, every=2)
            if complete:
                await stage.store.turns.complete(
                    stage.turn,
                    answer=stage.answer.text,
                    note=note,
                    finish=Finish.STOP,
                    kind=TurnKind.ANSWER,
                )
            raise _Killed  # noqa: TRY301 - it has to leave the stage
    except* _Killed:
        pass
