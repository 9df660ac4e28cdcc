"""Telegram's own way to show an answer in the making: a draft, in private chats only.

A draft is no message. The platform forgets it after half a minute, and when a message of ours arrives; the text
that is to stay is posted as a message. It brings its own stop button, which is reported by its own update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.telegram.surface import ACCOUNT_EVERY, TelegramSurface, page_of, sendable
from bot.errors import Unfit
from bot.model import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Bot

    from adapters.telegram.dialect import TelegramDialect
    from adapters.telegram.rich import Rich
    from bot.model import ChatKey, TurnId
    from bot.ports import Body

SHOWN_ANEW = 20.0
"""Seconds; a draft is gone after thirty."""
DRAFT_EVERY = 0.6
"""Seconds between two drafts in one chat. Telegram names no limit; bots that keep this are left alone."""


class DraftSurface(TelegramSurface):
    """A private chat with drafts; `refused` is called when the platform does not take them."""

    preview_seconds = SHOWN_ANEW

    def __init__(
        self,
        bot: Bot,
        dialect: TelegramDialect,
        chat: ChatKey,
        route: str,
        lost_topics: set[ChatKey],
        *,
        rich: Rich | None,
        refused: Callable[[], None],
    ) -> None:
        super().__init__(bot, dialect, chat, route, lost_topics, rich=rich)
        self._refused = refused

    @property
    def previews(self) -> tuple[Limit, ...]:
        """Drafts have a pace of their own, but keep every silence that is asked of the chat."""
        chat = f"chat:{self._id}"
        return (Limit(f"draft:{self._id}", DRAFT_EVERY), Limit(chat, 0.0), Limit("account", ACCOUNT_EVERY))

    async def preview(self, body: Body, *, turn: TurnId, stoppable: bool) -> None:
        page = page_of(body)
        asked = {
            "chat_id": self._id,
            "message_thread_id": self._topic(),
            "draft_id": turn,
            "text": sendable(page.text),
            "entities": [entity.to_dict() for entity in page.entities],
            "can_stop": stoppable,
            "keep_on_stop": stoppable,
        }
        try:
            await self._ask(self._new("sendMessageDraft", asked))
        except Unfit:
            self._refused()
            raise
