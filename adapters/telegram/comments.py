"""Comments on a channel's posts: those on one post are a conversation of their own.

The platform copies each post into the group where people comment. A reply in any supergroup names a thread, but only
the thread of such a copy is a place; which ones are, a message deep in it does not say, so it is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Message

    from bot.model import ChatKey

MARK = "post"
"""Stands before the id of the post in a `ChatKey.thread`: unlike a topic's, it cannot be written to."""
KNOWN = 5_000
SINCE = 30 * 86_400.0
"""Seconds for which the comments on a post are looked back to when the bot starts."""


class Comments:
    """Remembers the posts that people commented on last."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def learn(self, chats: Iterable[ChatKey]) -> None:
        """Take in where people were heard, the newest first."""
        for chat in reversed(tuple(chats)):
            if chat.thread.startswith(MARK):
                self._remember(chat.chat, chat.thread)

    def thread(self, message: Message) -> str:
        """Return the thread of a comment; empty for any other message."""
        place, target = str(message.chat.id), message.reply_to_message
        if target is not None and target.is_automatic_forward:
            return self._remember(place, f"{MARK}{target.message_id}")
        thread = f"{MARK}{message.message_thread_id}"
        return thread if (place, thread) in self._known else ""

    def _remember(self, place: str, thread: str) -> str:
        self._known[place, thread] = None
        self._known.move_to_end((place, thread))
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return thread
