"""Who administers a group.

Asked is for all administrators at once: about one member, Telegram promises an answer only to bots that administer
the group themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.telegram.calls import asked
from bot import clock
from bot.errors import Unsupported

if TYPE_CHECKING:
    from telegram import Bot

    from bot.model import ChatKey

FRESH = 60.0
"""Seconds for which an answer holds: so soon, who is no administrator any more is none here."""
KNOWN = 1_000
PUBLIC = "api.telegram.org"
"""Where the platform itself answers."""
ANONYMOUS = "1087968824"
"""GroupAnonymousBot: it stands where an administrator speaks as the group, and nowhere else."""


class Governors:
    """Remembers the administrators of the groups that were asked about last."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._known: OrderedDict[str, tuple[float, frozenset[str] | None]] = OrderedDict()

    async def governs(self, chat: ChatKey, person: str) -> bool:
        """See `bot.ports.Ranks`. A private chat belongs to its person."""
        if not chat.chat.startswith("-") or person == ANONYMOUS:
            return True
        people = await self._of(chat)
        return people is None or person in people

    async def _of(self, chat: ChatKey) -> frozenset[str] | None:
        """Return who administers a group; None where the server has no administrators."""
        until, people = self._known.get(chat.chat, (0.0, None))
        now = clock.ticks()
        if now < until:
            return people
        people = await self._asked(chat)
        self._known[chat.chat] = (now + FRESH, people)
        self._known.move_to_end(chat.chat)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return people

    async def _asked(self, chat: ChatKey) -> frozenset[str] | None:
        try:
            members = await asked(self._bot.get_chat_administrators(int(chat.chat)), chat)
        except Unsupported:
            # The platform itself knows this method, whatever it says. On any other server nobody could ever choose.
            if urlsplit(self._bot.base_url).hostname == PUBLIC:
                raise
            return None
        return frozenset(str(member.user.id) for member in members)
