"""Small signs beside an answer: that it is being made, and that another message waits its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import PlatformError, RateLimited, Unreachable, Unsupported
from bot.model import WriteKind
from bot.ports import Marks, Rests, Types
from bot.reply.pacer import Urgency

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.model import Limit, MessageRef
    from bot.ports import Surface
    from bot.reply.pacer import Pacer
    from bot.store import Heard, StoredTurn, Turns

_NO_SENTENCE = (Unreachable, Unsupported)
"""Errors of a mark that no sentence replaces: nothing gets through, or the server knows no marks at all."""


class Signs:
    """The signs of one attempt. All are best effort; a silence the platform asks for is kept."""

    def __init__(
        self, *, turn: StoredTurn, surface: Surface, pacer: Pacer, turns: Turns, waiting: str
    ) -> None:
        self._turn = turn
        self._surface = surface
        self._pacer = pacer
        self._turns = turns
        self._waiting = waiting
        self._stays = False
        """The sign was shown, and no post will take it back."""

    async def type(self, until: Callable[[], bool], stands: Callable[[], bool] = lambda: False) -> None:
        """Show that an answer is being made, and renew the sign until `until` says so.

        `stands` tells whether the answer has a message already, so that the next write is an edit.
        """
        surface = self._surface
        if not isinstance(surface, Types):
            return
        while not until():
            if await self._may(surface.pace.typing) and not until():
                self._stays = self._stays or stands()
                await self._try(surface.typing())
            await asyncio.sleep(surface.typing_every)

    async def rest(self) -> None:
        """Take the sign back where nothing else does: it was shown when the answer's message stood already."""
        surface = self._surface
        if self._stays and isinstance(surface, Rests) and await self._may(surface.pace.typing):
            await self._try(surface.rest())

    async def mark(self, waiting: Sequence[Heard]) -> None:
        """Let messages show that they wait: by a mark, else in one sentence."""
        for one in waiting:
            await self._turns.marked(one.id, marked=True)
            if not await self._mark(one.ref) and self._waiting:
                await self._tell()

    async def unmark(self, heard: Sequence[Heard]) -> None:
        """Take the marks off messages whose turn has come."""
        surface = self._surface
        for one in heard:
            if one.marked:
                await self._turns.marked(one.id, marked=False)
                if isinstance(surface, Marks) and await self._may(surface.pace.unmark):
                    await self._try(surface.unmark(one.ref))

    async def _mark(self, ref: MessageRef) -> bool:
        surface = self._surface
        if not isinstance(surface, Marks):
            return False
        return await self._may(surface.pace.mark) and await self._try(surface.mark(ref))

    async def _tell(self) -> None:
        surface, sentence, self._waiting = self._surface, self._waiting, ""
        await self._pacer.turn(surface.pace.limits(WriteKind.POST), Urgency.FIRST_OR_LAST, clock.ticks())
        key = f"{self._turn.id}:waiting"
        await self._try(surface.post(surface.dialect.plain(sentence), controls=(), key=key))

    async def _may(self, limits: tuple[Limit, ...]) -> bool:
        return await self._pacer.sign(limits, self._surface.pace, clock.ticks())

    async def _try(self, sign: Awaitable[object]) -> bool:
        """Show a sign; False if something else may be shown in its place."""
        try:
            await sign
        except RateLimited as limit:
            self._pacer.refused(limit.scope, limit.retry_after)
            return False
        except _NO_SENTENCE:
            return True
        except PlatformError:
            return False
        return True
