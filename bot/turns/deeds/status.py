"""`status`: how the bot is, for its administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot import clock, phrases
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from bot.store import Health, StoredTurn
    from bot.troubles import Trouble, Troubles
    from bot.turns.deeds import Deed

MEGA = 1_000_000


class Status:
    """The deed. To everybody but administrators the command does not exist."""

    def __init__(
        self,
        health: Health,
        troubles: Troubles,
        platforms: Collection[str],
        is_admin: Callable[[str, StoredTurn], bool],
    ) -> None:
        self._health = health
        self._troubles = troubles
        self._platforms = platforms
        self._is_admin = is_admin
        self._since = clock.wall()

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"status": self.tell}

    async def tell(self, order: Order) -> Reply:
        """Tell what runs, what waits, what was done today, and what went wrong last."""
        if not self._is_admin(order.turn.person, order.turn):
            return Reply(text=order.say("unknown_command"))
        now = clock.wall()
        load = await self._health.look(now)
        told = order.say(
            "status",
            up=phrases.duration(max(0.0, now - self._since), order.language),
            platforms=", ".join(sorted(self._platforms)),
            running=load.running - 1,  # this one
            waiting=load.waiting,
            answers=f"{load.answers:,}",
            tokens=f"{load.tokens:,}",
            size=f"{load.size / MEGA:,.1f}",
        )
        return Reply(text="\n\n".join([told, self._last(order)]))

    def _last(self, order: Order) -> str:
        troubles = self._troubles.last()
        if not troubles:
            return order.say("status_fine")
        return "\n".join([order.say("status_troubles"), "", *(f"- {_line(one)}" for one in troubles)])


def _line(trouble: Trouble) -> str:
    moment = datetime.fromtimestamp(trouble.last, UTC).strftime("%m-%d %H:%M")
    times = f" ×{trouble.count}" if trouble.count > 1 else ""
    return f"{moment} {trouble.level.lower()}: {trouble.sentence}{times}"
