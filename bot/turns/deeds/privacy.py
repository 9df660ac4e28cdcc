"""What is kept of a person: written down for them, or erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock
from bot.turns import transcript
from bot.turns.deeds import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store import Privacy
    from bot.turns.deeds import Deed, Order

CONFIRMED = frozenset({"yes", "是"})
"""What must follow `forget` before anything is erased."""
CONFIRM_SECONDS = 600.0
"""A confirmation counts so long after the same person asked."""


class OwnData:
    """`export` and `forget`."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deeds by the names of their commands."""
        return {"export": self.export, "forget": self.forget}

    async def export(self, order: Order) -> Reply:
        """Write down what the person asked here."""
        entries = await self._privacy.conversation(order.turn, transcript.MOST)
        return Reply(text=transcript.written(entries, order.language))

    async def forget(self, order: Order) -> Reply:
        """Erase what is kept of the person, once they have confirmed it."""
        words = f"{order.word('forget')} yes"
        turn = order.turn
        if order.args.casefold() not in CONFIRMED:
            return Reply(text=order.say("forget_ask", words=words))
        if await self._privacy.is_forgotten(turn):
            return Reply(text=order.say("forget_done"))
        if not await self._privacy.was_asked(turn, clock.wall() - CONFIRM_SECONDS):
            return Reply(text=order.say("forget_ask", words=words))
        if await self._privacy.is_busy_elsewhere(turn):
            return Reply(text=order.say("forget_busy", words=words))
        await self._privacy.forget(turn)
        return Reply(text=order.say("forget_done"))
