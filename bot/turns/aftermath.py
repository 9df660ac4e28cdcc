"""What becomes of a turn whose attempt broke off: it ends, moves, or is left to the next attempt."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock, phrases
from bot.errors import DatabaseGone, Moved, Rejected, StaleLease, StoreUnavailable
from bot.log import reference
from bot.store import TurnState
from bot.turns.posting import paced

if TYPE_CHECKING:
    from bot.ports import Surface
    from bot.reply.delivery import Delivery
    from bot.reply.pacer import Pacer
    from bot.store import StoredTurn, Turns
    from bot.turns.closing import Closing

log = logging.getLogger(__name__)

STORE_RETRY = 5.0
"""Seconds between two looks whether the database can be written again."""


class Aftermath:
    """Settles one attempt's turn. Only `end` raises, and StoreUnavailable at most."""

    def __init__(
        self, turn: StoredTurn, turns: Turns, *, surface: Surface, pacer: Pacer, delivery: Delivery
    ) -> None:
        self._turn = turn
        self._turns = turns
        self._surface = surface
        self._pacer = pacer
        self._delivery = delivery

    async def end(self, state: TurnState) -> None:
        """End the turn, unless another attempt has it."""
        now = clock.wall()
        with suppress(StaleLease):
            await self._turns.end(self._turn, state, self._delivery.boundaries, now)

    async def give_up(self) -> None:
        """End the turn as failed, as soon as the database allows."""
        try:
            await self.end(TurnState.FAILED)
        except StoreUnavailable:
            await self.let_go()

    async def let_go(self) -> None:
        """Wait until the database can be written again, then leave the turn to the next attempt."""
        log.warning("the turn waits for the database")
        while True:
            await asyncio.sleep(STORE_RETRY)
            with suppress(StoreUnavailable):
                return await self._turns.release(self._turn)

    async def move(self, moves: BaseExceptionGroup[Moved]) -> None:
        """Leave the turn to an attempt in the chat's new place; what stands in the old one is out of reach."""
        move: BaseException = moves
        while isinstance(move, BaseExceptionGroup):
            move = move.exceptions[0]
        if isinstance(move, Moved):
            log.info("the chat has moved, its turn goes along")
            with suppress(StaleLease):
                await self._turns.move(self._turn, move.chat, clock.wall())

    async def fail(self, errors: BaseExceptionGroup[Exception], closing: Closing | None) -> None:
        """Tell the person that something unexpected happened, with a reference that stands in the log.

        With `closing` it is the attempt that makes the answer, which ends with that sentence if it is not whole; it is
        shown by another attempt. What that one cannot show either is given up, and the sentence comes by itself.
        """
        name = reference()
        log.error("a turn failed unexpectedly", exc_info=errors, extra={"reference": name})
        sentence = phrases.say("failed", self._turn.language, reference=name)
        try:
            # What a platform refuses in every form it would refuse again.
            if closing is not None and errors.subgroup(Rejected) is None:
                return await self._leave(closing, sentence)
            await self._apologise(sentence)
        except DatabaseGone:
            raise
        except Exception:
            log.exception("nobody could be told that a turn failed", extra={"reference": name})
        return await self.give_up()

    async def _leave(self, closing: Closing, sentence: str) -> None:
        """Leave the answer to another attempt, with a sentence below it unless it was whole before."""
        try:
            with suppress(StaleLease):
                await closing.break_off(sentence)
            await self._turns.release(self._turn)
        except StoreUnavailable:
            await self.let_go()

    async def _apologise(self, sentence: str) -> None:
        turn, surface = self._turn, self._surface
        async with paced(surface, self._pacer):
            await surface.post(surface.dialect.plain(sentence), controls=(), key=f"{turn.id}:failed")
