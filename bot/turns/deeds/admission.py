"""`allow` and `deny`: who may speak to the bot, decided by its administrators while it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot import clock, parsing
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from bot.store import Admissions, StoredTurn
    from bot.turns.deeds import Deed

_ID = re.compile(r"(?:([a-z]+):)?<?@?([A-Za-z0-9_-]{1,40})>?")
"""An id, alone or after its platform; or a mention, where the platform writes one with the id."""

FORMS: Mapping[str, Callable[[str], object]] = {"telegram": parsing.telegram_id, "slack": parsing.slack_id}
"""What raises ValueError for what is no id of a person on a platform: a name would let in, or keep out, nobody."""
EXAMPLES = {"slack": "U012AB3CD"}
EXAMPLE = "123456789"


class Admission:
    """The deeds. To everybody else these commands do not exist."""

    def __init__(
        self, admissions: Admissions, platforms: Collection[str], is_admin: Callable[[str, StoredTurn], bool]
    ) -> None:
        self._admissions = admissions
        self._platforms = platforms
        self._is_admin = is_admin

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deeds by the names of their commands."""
        return {"allow": self.allow, "deny": self.deny}

    async def allow(self, order: Order) -> Reply:
        """Let somebody in."""
        return await self._decide(order, allowed=True)

    async def deny(self, order: Order) -> Reply:
        """Keep somebody out, also if the operator's list lets them in."""
        return await self._decide(order, allowed=False)

    async def _decide(self, order: Order, *, allowed: bool) -> Reply:
        if not self._is_admin(order.turn.person, order.turn):
            return Reply(text=order.say("unknown_command"))
        if not order.args:
            return Reply(text=self._listed(order))
        match = _ID.fullmatch(order.args)
        platform = match[1] or order.turn.chat.platform if match else ""
        if match is None or platform not in self._platforms or not _is_id(platform, match[2]):
            return Reply(text=_unclear(order, "allow" if allowed else "deny"))
        if not allowed and self._is_admin(match[2], order.turn):
            return Reply(text=order.say("admission_admin"))
        await self._admissions.decide(platform, match[2], allowed=allowed, now=clock.wall())
        return Reply(text=order.say("admission_allowed" if allowed else "admission_denied", id=match[2]))

    def _listed(self, order: Order) -> str:
        decided = self._admissions.all()
        lines = [
            order.say("admission_line_in" if allowed else "admission_line_out", id=f"{platform}:{person}")
            for (platform, person), allowed in decided.items()
        ]
        words = {"allow": order.word("allow"), "deny": order.word("deny")}
        heading = order.say("admission_decided" if lines else "admission_nobody")
        listed = "\n".join(f"- {line}" for line in lines)
        return "\n\n".join([order.say("admission_list", **words), heading, listed]).strip()


def _is_id(platform: str, text: str) -> bool:
    try:
        FORMS.get(platform, str)(text)
    except ValueError:
        return False
    return True


def _unclear(order: Order, command: str) -> str:
    example = EXAMPLES.get(order.turn.chat.platform, EXAMPLE)
    return order.say("admission_unclear", word=order.word(command), example=example)
