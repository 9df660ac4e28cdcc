"""What the child does with the store: `python -m tests.powercut.work FOLDER STEPS SYNCHRONOUS SEED`.

Everything the bot asks of its store between a message and the end of its answer, in eight chats at once; somebody is
forgotten now and then, and the database is closed and opened again a few times. After each acknowledged commit the facts
it made are written into a file beside the database, so that they stand in the record at their place among the writes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.model import ChatKey, Finish, MessageRef, Person, Usage
from bot.store import StoredTurn, TurnKind, TurnState, open_store
from tests.powercut.facts import MARKS, RETRACTED, WHOLE, gone, progress
from tests.store.building import NOW, PLATFORMS, accept, said

if TYPE_CHECKING:
    from bot.model import Said
    from bot.store import Store

LIVES = 4
"""How often the database is opened."""
CHATS = 8
WORDS = "The answer to this goes on for a while. " * 4


class Working:
    """The bot, as its store sees it, over all its lives."""

    def __init__(self, marks: int, chance: random.Random) -> None:
        self._marks = marks
        self._random = chance
        self._store: Store
        self._live: dict[int, StoredTurn] = {}
        """The turns this life has leased."""
        self._shown: dict[int, str] = {}
        """What each of them shows."""
        self._over: dict[str, list[int]] = {}
        """The turns of each person that have ended."""
        self._facts: dict[str, set[str]] = {}
        """What was acknowledged of each person."""

    async def live(self, store: Store, steps: int) -> None:
        """Begin a life, and do so many things in it."""
        self._store = store
        self._live.clear()
        await store.turns.adopt()
        for _ in range(steps):
            await self._step()

    async def _step(self) -> None:
        """Do one thing that is possible now."""
        deeds = {self._hear: 25, self._take: 25, self._show: 60, self._settle: 18, self._forget: 1}
        (deed,) = self._random.choices(list(deeds), list(deeds.values()))
        await deed()

    def _mark(self, person: str, facts: dict[str, int]) -> None:
        """Say what has been acknowledged."""
        self._facts.setdefault(person, set()).update(facts)
        os.write(self._marks, json.dumps(facts).encode() + b"\n")

    def _some(self) -> StoredTurn | None:
        return self._random.choice(list(self._live.values())) if self._live else None

    async def _hear(self) -> None:
        number = self._random.randrange(CHATS)
        batch = [self._message(number) for _ in range(self._random.choice((1, 1, 1, 4)))]
        await accept(self._store, *batch)
        self._mark(f"p{number}", {f"event {one.key}": 1 for one in batch})

    def _message(self, number: int) -> Said:
        """Return a message that is later than all before it: what is older than a /forget is not let in."""
        message = said(WORDS, ChatKey("fake", "bot", f"c{number}"), person=Person(id=f"p{number}"))
        moment = datetime.fromtimestamp(NOW + int(message.key[1:]), UTC)
        return said(WORDS, message.chat, person=message.person, key=message.key, sent_at=moment)

    async def _take(self) -> None:
        turn = await self._store.turns.claim(PLATFORMS, NOW * 2)
        if turn is None:
            return
        self._live[turn.id], self._shown[turn.id] = turn, turn.answer
        taken = {f"taken {one.ref.partition(':')[2]}": 1 for one in turn.heard}
        self._mark(turn.person, {f"turn {turn.id}": progress(turn.state, turn.answer)} | taken)

    async def _show(self) -> None:
        turn = self._some()
        if turn is None or turn.state is not TurnState.RUNNING:
            return
        is_first = not self._shown[turn.id]
        if is_first:
            await self._store.turns.begin(turn, "What?", "qwen")
        answer = self._shown[turn.id] = self._shown[turn.id] + WORDS
        await self._store.turns.checkpoint(turn, answer, (), 0 if is_first else None)
        self._mark(turn.person, {f"turn {turn.id}": progress(turn.state, answer)})
        if is_first:
            ref = MessageRef(f"c:{turn.id}")
            await self._store.turns.place(turn, 0, ref)
            self._mark(turn.person, {f"page {turn.id} {ref}": 1})

    async def _settle(self) -> None:
        turn = self._some()
        if turn is None:
            return
        if turn.state is TurnState.RUNNING:
            await self._complete(turn)
        await self._store.turns.end(turn, TurnState.DONE, (), NOW)
        self._mark(turn.person, {f"turn {turn.id}": WHOLE + 1})
        del self._live[turn.id]
        self._over.setdefault(turn.person, []).append(turn.id)

    async def _complete(self, turn: StoredTurn) -> None:
        await self._store.turns.used(turn, "qwen", Usage(prompt=9, completion=9), NOW)
        self._mark(turn.person, {f"paid {turn.id} {turn.attempt}": 1})
        answer = self._shown[turn.id] + WORDS
        await self._store.turns.complete(
            turn, answer=answer, note="", finish=Finish.STOP, kind=TurnKind.ANSWER
        )
        self._mark(turn.person, {f"turn {turn.id}": WHOLE})

    async def _forget(self) -> None:
        """Erase somebody: before it nothing of them is promised any more, after it that it is gone."""
        turn = self._some()
        if turn is None:
            return
        self._mark(turn.person, dict.fromkeys(self._facts[turn.person], RETRACTED))
        await self._store.privacy.forget(turn)
        self._mark(turn.person, {gone(f"turn {n}"): 1 for n in self._over.pop(turn.person, [])})
        del self._facts[turn.person]


async def work(folder: Path, steps: int, synchronous: str, chance: random.Random) -> None:
    """Work in so many lives."""
    marks = os.open(folder / MARKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    working = Working(marks, chance)
    for _ in range(LIVES):
        store = await open_store(f"sqlite:///{folder / 'bot.db'}")
        # The store has chosen FULL; another choice is for showing that these cuts can lose something.
        await store.database._connection.execute(f"PRAGMA synchronous = {synchronous}")
        await working.live(store, steps // LIVES)
        await store.close()
    os.close(marks)


if __name__ == "__main__":
    decided = random.Random(int(sys.argv[4]))  # noqa: S311 - nothing here is a secret
    asyncio.run(work(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], decided))
