"""A Telegram Bot API server on loopback that speaks the real wire protocol and enforces the real rules.

    async with TelegramServer() as server:
        server.say(7, "hello")                      # what people do
        await server.until(lambda: server.messages(7))
        server.messages(7)[0].text                  # what they see
        server.fail("editMessageText", too_many(2)) # what goes wrong
        assert not server.violations                # what the platform would punish

A violation is a call that a careful bot would not have made: refused for a reason it could know, too fast,
in a time of silence, or with formatting the platform drops. Bad luck (blocked, deleted, topic gone) is none.
"""

from __future__ import annotations

import time
from typing import Any

from tests.servers.telegram_http import BotApi, Call
from tests.servers.telegram_methods import Press
from tests.servers.telegram_rules import found_entities
from tests.servers.telegram_wire import (
    BAD_GATEWAY,
    BLOCKED,
    GARBAGE,
    RESTART,
    UNAUTHORIZED,
    Answer,
    Drop,
    Hang,
    Lost,
    Raw,
    Slow,
    refuse,
    too_many,
)
from tests.servers.telegram_world import DRAFT_LIFETIME, Button, Chat, Draft, Shown, Version, person

__all__ = [
    "BAD_GATEWAY",
    "BLOCKED",
    "GARBAGE",
    "RESTART",
    "UNAUTHORIZED",
    "Answer",
    "Button",
    "Call",
    "Chat",
    "Drop",
    "Hang",
    "Lost",
    "Raw",
    "Shown",
    "Slow",
    "TelegramServer",
    "refuse",
    "too_many",
]

TOKEN = "123456:TEST"


class TelegramServer(BotApi):
    """One bot's Telegram. `url` is what the bot needs as the root of the API."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        username: str = "QwenTestBot",
        flood: bool = False,
        flood_penalty: int = 3,
    ) -> None:
        bot = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Qwen",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "has_topics_enabled": True,
        }
        super().__init__(token, bot, flood=flood, flood_penalty=flood_penalty)

    # ------------------------------------------------------------ what people do

    def say(
        self,
        chat_id: int,
        text: str = "",
        *,
        user_id: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        user: dict[str, Any] | None = None,
        **fields: Any,
    ) -> int:
        """A person writes; further `fields` go into the Message as they are. Return the message's id."""
        chat = self.world.chat(chat_id)
        if thread:
            chat.topics.add(thread)
        author = person(user_id or (chat_id if chat_id > 0 else 1000), **(user or {}))
        entities = tuple(fields.pop("entities", found_entities(text)))
        version = Version(text, entities, (), at=time.monotonic())
        shown = self.world.put(chat, author, version, thread=thread, reply_to=reply_to, raw=fields)
        self.update({"message": self.world.as_json(shown)})
        return shown.message_id

    def edit(self, chat_id: int, message_id: int, text: str, **fields: Any) -> None:
        """A person changes a message of theirs."""
        shown = self.world.chat(chat_id).messages[message_id]
        entities = tuple(fields.pop("entities", found_entities(text)))
        shown.versions.append(Version(text, entities, (), at=time.monotonic()))
        changed = {"edit_date": int(time.time()) + len(shown.versions)} | fields
        self.update({"edited_message": self.world.as_json(shown) | changed})

    def press(
        self, message_id: int, data: str | None = None, user_id: int = 1000, *, chat_id: int | None = None
    ) -> str:
        """A person presses a button of the bot's; without `data` the first one. Return the query's id."""
        shown = self._find(message_id, chat_id)
        pressed = shown.buttons[0].data if data is None else data
        query_id = str(4_382_000_000_000 + len(self._methods.presses))
        query = {
            "id": query_id,
            "from": person(user_id),
            "message": self.world.as_json(shown),
            "chat_instance": str(shown.chat_id),
            "data": pressed,
        }
        self._methods.presses[query_id] = Press(query_id, time.monotonic())
        self.update({"callback_query": query})
        return query_id

    def stop_draft(self, chat_id: int, *, thread: int | None = None) -> None:
        """A person presses the stop button beside a draft."""
        draft = self.drafts(chat_id, thread=thread)[-1]
        assert draft.can_stop, "this draft has no stop button"
        stopped = {"chat": self.world.chat(chat_id).as_json(), "draft_id": draft.draft_id}
        self.update(
            {"stopped_message_generation": stopped | ({"message_thread_id": thread} if thread else {})}
        )

    def wrote(self, chat_id: int, text: str, *buttons: Button) -> int:
        """The bot wrote this some time ago. Return the message's id."""
        version = Version(text, (), buttons, at=time.monotonic())
        return self.world.put(self.world.chat(chat_id), self.bot, version).message_id

    def update(self, raw: dict[str, Any]) -> int:
        """Queue any update, readable or not, and return its id; one is given if it has none."""
        return self.updates.push(raw)

    def delete(self, chat_id: int, message_id: int) -> None:
        """A person deletes a message; the bot is not told."""
        self.world.chat(chat_id).messages[message_id].deleted_at = time.monotonic()

    def chat(self, chat_id: int, **facts: Any) -> Chat:
        """Return a chat, with `facts` set on it (`forum`, `topics`, `closed_topics`, `shut`, `moved_to`)."""
        chat = self.world.chat(chat_id)
        for name, value in facts.items():
            setattr(chat, name, value)
        return chat

    # ------------------------------------------------------------ what they see

    def messages(self, chat_id: int, *, thread: int | None = None) -> list[Shown]:
        """Return the bot's messages that stand in a chat now, oldest first; of one topic if it is named."""
        return [
            shown
            for shown in self.everything(chat_id)
            if shown.author is self.bot and thread in (None, shown.thread)
        ]

    def everything(self, chat_id: int) -> list[Shown]:
        """Return all messages that stand in a chat now, people's and the bot's."""
        shown = self.world.chats[chat_id].messages.values() if chat_id in self.world.chats else ()
        return [message for message in shown if message.deleted_at is None]

    def drafts(self, chat_id: int, *, thread: int | None = None) -> list[Draft]:
        """Return what is previewed in a chat now: nothing lives longer than half a minute."""
        found = self.world.chat(chat_id).drafts.values()
        alive = time.monotonic() - DRAFT_LIFETIME
        return [draft for draft in found if draft.at > alive and draft.thread == thread]

    @property
    def menus(self) -> dict[tuple[str, str], list[dict[str, str]]]:
        """The command menus by scope and language."""
        return self._methods.menus

    def press_answer(self, query_id: str) -> dict[str, Any] | None:
        """Return how a press was answered, None while the person still sees it spinning."""
        return self._methods.presses[query_id].answer

    def _find(self, message_id: int, chat_id: int | None) -> Shown:
        found = [
            chat.messages[message_id]
            for chat in self.world.chats.values()
            if chat_id in (None, chat.id) and message_id in chat.messages
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} messages have the id {message_id}: name the chat")
        return found[0]
