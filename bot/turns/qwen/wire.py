"""Reading one answer within its limits of time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Text, Thought
from bot.turns.qwen.chunks import CUT, Chunks
from bot.turns.qwen.refusals import UNUSABLE, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.model import Delta

STALLED = Refusal(meaning=UNUSABLE, code="stalled")
"""Not to be tried again: the person has waited long, and the provider bills what it still makes."""

TAIL = 5.0
"""Seconds a complete answer may keep us waiting for its usage."""
DRAIN = 0.25
"""Seconds the body may take to end after `[DONE]`. A body read to its end leaves the connection usable."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one call, in seconds; a live answer is cut by none but `total`."""

    first: float = 60.0
    """From sending the request to the first piece of text or thought."""
    silence: float = 30.0
    """Between two chunks. The comments that keep a connection alive are no chunks."""
    total: float = 600.0
    """For the whole answer, so that a drip does not go on for ever."""
    connect: float = 10.0


class Failed(Exception):
    """A call came to nothing, or its answer broke off. `begun`: text or thoughts had arrived."""

    def __init__(self, refusal: Refusal, *, begun: bool = False) -> None:
        self.refusal = refusal
        self.begun = begun


class Wire:
    """One answer as its bytes come in. `started` is when the request went out, by the loop's clock.

    Only the time spent waiting for bytes counts as silence: a slow reader does not make the model slow.
    """

    def __init__(self, pieces: AsyncIterator[bytes], *, timeouts: Timeouts, started: float) -> None:
        self._pieces = pieces
        self._timeouts = timeouts
        self._chunks = Chunks()
        self._loop = asyncio.get_running_loop()
        self._deadline = started + timeouts.total
        self._quiet = self._loop.time() - started
        self._progress = 0
        self._ended = False
        self.begun = False
        """Text or thoughts have arrived."""

    async def read(self) -> list[Delta]:
        """Return the next deltas, at least one; none when the answer is over. Raises Failed."""
        while not self._chunks.over:
            if self._chunks.trouble is not None:
                raise Failed(self._chunks.trouble, begun=self.begun)
            if deltas := await self._more():
                return deltas
        return self._ending()

    def _ending(self) -> list[Delta]:
        if self._ended:
            return []
        self._ended = True
        return self._chunks.ending()

    async def _more(self) -> list[Delta]:
        piece = await self._piece()
        if not piece:
            self._chunks.end()
            return []
        deltas = self._chunks.feed(piece)
        self._listen(deltas)
        return deltas

    async def _piece(self) -> bytes:
        """Return the next bytes; none at the end of the body, or where a complete answer may be left alone."""
        before = self._loop.time()
        limit = min(before + self._allowed() - self._quiet, self._deadline)
        try:
            async with asyncio.timeout_at(limit):
                return await anext(self._pieces, b"")
        except Exception as error:  # noqa: BLE001  (whatever breaks while reading, the answer is broken)
            if self._chunks.complete:
                return b""
            raise Failed(_broken(error), begun=self.begun) from None
        finally:
            self._quiet += self._loop.time() - before

    def _allowed(self) -> float:
        if self._chunks.done:
            return DRAIN
        if self._chunks.complete:
            return TAIL
        return self._timeouts.silence if self.begun else self._timeouts.first

    def _listen(self, deltas: list[Delta]) -> None:
        """Count the silence anew if the answer got on: a chunk after its beginning, or a step of its end."""
        self.begun = self.begun or any(isinstance(delta, Text | Thought) for delta in deltas)
        progress = self._progress_now()
        if progress != self._progress:
            self._progress = progress
            self._quiet = 0.0

    def _progress_now(self) -> int:
        if self._chunks.done:
            return -2
        if self._chunks.complete:
            return -1
        return self._chunks.heard if self.begun else 0


def _broken(error: Exception) -> Refusal:
    if isinstance(error, TimeoutError):
        return STALLED
    return Refusal(meaning=CUT.meaning, code=type(error).__name__)
