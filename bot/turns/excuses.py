"""Saying why the model is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock, phrases

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.limits import Limits
    from bot.store import Spending, StoredTurn


class Excuses:
    """Looks at what may still be spent, and by whom.

    `limits` tells what the person of a turn may use, `is_welcome` whether anybody whom it answers may still speak.
    """

    def __init__(
        self,
        spending: Spending,
        limits: Callable[[StoredTurn], Limits],
        is_welcome: Callable[[StoredTurn], bool] = lambda _turn: True,
    ) -> None:
        self._spending = spending
        self._limits = limits
        self._is_welcome = is_welcome

    async def of(self, turn: StoredTurn) -> str:
        """Return why the model may not be asked for this turn now; empty if it may.

        A turn that was begun before a restart goes on, whatever it costs: its reader has seen a part of it. Who was
        kept out while it waited is not answered even so.
        """
        if not self._is_welcome(turn):
            return phrases.say("denied", turn.language)
        if turn.attempt > 1:
            return ""
        reached = await self._spending.reached(turn, self._limits(turn), clock.wall())
        return "" if reached is None else phrases.limit(reached, turn.language, clock.wall())
