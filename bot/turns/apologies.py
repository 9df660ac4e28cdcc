"""Telling people that nothing can be stored: the one sentence that cannot come out of the store."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import phrases
from bot.errors import PlatformError
from bot.model import Said
from bot.turns.posting import paced

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from bot.model import ChatKey
    from bot.ports import Adapter
    from bot.reply.pacer import Pacers
    from bot.store import Arrival

log = logging.getLogger(__name__)


class Apologies:
    """Implements `intake.inbox.Apologies`. Each chat is told once, until something could be stored again."""

    def __init__(self, tasks: asyncio.TaskGroup, adapters: Mapping[str, Adapter], pacers: Pacers) -> None:
        self._tasks = tasks
        self._adapters = adapters
        self._pacers = pacers
        self._told: set[ChatKey] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def not_stored(self, arrivals: Sequence[Arrival]) -> None:
        """Tell those who were speaking to the bot. The platform will deliver again what they said."""
        for arrival in arrivals:
            said = arrival.event
            if (
                isinstance(said, Said)
                and said.addressed
                and not arrival.refusal
                and said.chat not in self._told
            ):
                self._told.add(said.chat)
                task = self._tasks.create_task(self._tell(said, arrival.language), name="apologise")
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)

    def stored(self) -> None:
        """Forget who was told: the trouble is over."""
        self._told.clear()

    def close(self) -> None:
        """Tell nobody any more."""
        for task in self._telling:
            task.cancel()

    async def _tell(self, said: Said, language: str) -> None:
        surface = self._adapters[said.chat.platform].surface(said.chat, said.route)
        body = surface.dialect.plain(phrases.say("cannot_store", language))
        # Best effort: whoever is not told is answered all the same, once there is room.
        with suppress(PlatformError):
            async with paced(surface, self._pacers.of(said.chat)):
                await surface.post(body, controls=(), key=f"not stored:{said.key}")
