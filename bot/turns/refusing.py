"""Telling people at once that an answer is not theirs to stop: nobody should wait for its end to read that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import phrases
from bot.errors import PlatformError
from bot.store import OTHERS
from bot.turns.posting import paced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ports import Adapter
    from bot.reply.pacer import Pacer
    from bot.store import Heard, StoredTurn, Turns


def is_refused(heard: Heard) -> bool:
    """Tell whether it asks for a stop of what others asked."""
    command = heard.command
    return command is not None and (command.name, command.args) == ("stop", OTHERS)


class Refusals:
    """Those of one attempt. Whoever cannot be told now stays in line, and is told in their turn."""

    def __init__(self, turn: StoredTurn, turns: Turns, *, adapter: Adapter, pacer: Pacer) -> None:
        self._turn = turn
        self._turns = turns
        self._adapter = adapter
        self._pacer = pacer
        self._due: asyncio.Queue[Heard] = asyncio.Queue()
        self._tried = set[int]()

    def take(self, waiting: Sequence[Heard]) -> None:
        """Look through what waits behind the answer for what is to be refused; each is tried once."""
        for one in waiting:
            if is_refused(one) and one.id not in self._tried:
                self._tried.add(one.id)
                self._due.put_nowait(one)

    async def run(self) -> None:
        """Refuse until cancelled."""
        while True:
            await self._refuse(await self._due.get())

    async def _refuse(self, one: Heard) -> None:
        surface = self._adapter.surface(self._turn.chat, one.route)
        body = surface.dialect.render(phrases.say("told_not_yours", one.language))
        try:
            async with paced(surface, self._pacer):
                await surface.post(body, controls=(), key=f"{self._turn.id}:refused:{one.id}")
        except PlatformError:
            pass
        else:
            await self._turns.dismiss(self._turn, one.id)
