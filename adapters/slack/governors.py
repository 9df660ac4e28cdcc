"""Who governs a channel: who created it, and who administers the workspace."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from adapters.slack.calls import door
from adapters.slack.people import standing_of
from bot import clock
from bot.errors import Closed, Unsupported
from bot.model import Standing

if TYPE_CHECKING:
    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from bot.model import ChatKey

log = logging.getLogger(__name__)

FRESH = 60.0
"""Seconds for which an answer holds: so soon, who is no administrator any more is none here."""
KNOWN = 1_000
RANKS = ("is_admin", "is_owner", "is_primary_owner")


class Governors:
    """Remembers what was asked last, by channel and person."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: OrderedDict[tuple[str, str], tuple[float, bool]] = OrderedDict()

    async def governs(self, chat: ChatKey, person: str, me: Me) -> bool:
        """See `bot.ports.Ranks`. A direct chat belongs to its person, a group message to all who are in it."""
        if chat.chat.startswith("D"):
            return True
        until, governs = self._known.get((chat.chat, person), (0.0, False))
        now = clock.ticks()
        if now < until:
            return governs
        governs = await self._asked(chat.chat, person, me)
        self._known[chat.chat, person] = (now + FRESH, governs)
        self._known.move_to_end((chat.chat, person))
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return governs

    async def _asked(self, channel: str, person: str, me: Me) -> bool:
        try:
            return await self._administers(person, me) or await self._created(channel, person)
        except Unsupported:
            # Slack itself knows these methods, whatever it says. On any other server nobody could ever choose.
            if self._calls.reaches_slack:
                raise
            return True

    async def _administers(self, person: str, me: Me) -> bool:
        """Tell whether somebody of this workspace administers it, or the organisation it is part of."""
        with self._calls.asking("users.info"):
            answer = await self._calls.web.users_info(user=person)
        user: dict[str, Any] = answer.get("user") or {}
        ranked = any(
            bool(one.get(rank)) for one in (user, user.get("enterprise_user") or {}) for rank in RANKS
        )
        return ranked and standing_of(user, me) is Standing.MEMBER

    async def _created(self, channel: str, person: str) -> bool:
        try:
            with door("conversations.info"):
                answer = await self._calls.web.conversations_info(channel=channel)
        except Closed as error:
            if str(error) != "missing_scope":
                raise
            log.warning(
                "who created a channel is not known: the app lacks a scope", extra={"channel": channel}
            )
            return False
        found: dict[str, Any] = answer.get("channel") or {}
        return bool(found.get("is_mpim")) or found.get("creator") == person
