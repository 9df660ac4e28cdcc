"""The chats behind the Telegram server: what every person sees on the screen now, and how it came about."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from tests.servers.telegram_rules import Entity, utf16
from tests.servers.telegram_wire import Refusal, Upload, bad, unlucky

SUPERGROUPS_BELOW = -1_000_000_000_000
GENERAL_TOPIC = 1


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    label: str
    data: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What a message showed from `at` on (monotonic seconds)."""

    text: str
    entities: tuple[Entity, ...] = ()
    buttons: tuple[Button, ...] = ()
    rich: str = ""
    """The Markdown of a rich message; such a message has no text."""
    file: Upload | None = None
    """A document; the text is its caption."""
    at: float = field(default=0.0, compare=False)
    layout: tuple[int, ...] = ()
    """How many buttons stand in each row; all in one if nothing is said."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """One message on the screen, with every version it had, the newest last."""

    chat_id: int
    message_id: int
    author: dict[str, Any]
    date: int
    versions: list[Version]
    thread: int | None = None
    reply_to: int | None = None
    reaction: str = ""
    deleted_at: float | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    """A person's message: further fields, as the bot got them."""

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def text(self) -> str:
        return self.now.text

    @property
    def entities(self) -> tuple[Entity, ...]:
        return self.now.entities

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.now.buttons

    @property
    def file(self) -> Upload | None:
        return self.now.file

    @property
    def rows(self) -> list[tuple[Button, ...]]:
        """The buttons as they stand."""
        ends = list(accumulate(self.now.layout or (len(self.buttons),)))
        return [self.buttons[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    @property
    def texts(self) -> list[str]:
        """Every text this message had; of a rich version, its Markdown."""
        return [version.text or version.rich for version in self.versions]

    def covered(self, kind: str) -> list[str]:
        """The pieces of the text that an entity of this type covers."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.entities
            if e["type"] == kind
        ]


DRAFT_LIFETIME = 30.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A preview in a private chat, shown from `at` on (monotonic seconds)."""

    draft_id: int
    thread: int | None
    text: str
    entities: tuple[Entity, ...]
    can_stop: bool
    at: float


@dataclass(slots=True)
class Chat:
    """One chat. `shut` is the text the bot is refused with, empty while it may write."""

    id: int
    forum: bool = False
    topics: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)
    title: str = "Friends"
    shut: str = ""
    admins: frozenset[int] = frozenset()
    """Who administers it; the first of them in order of their ids owns it."""
    no_files: bool = False
    """Bots may write here, but send no files."""
    moved_to: int = 0
    messages: dict[int, Shown] = field(default_factory=dict)
    actions: list[tuple[float, str, int | None]] = field(default_factory=list)
    drafts: dict[tuple[int | None, int], Draft] = field(default_factory=dict)
    """What is previewed now, by topic and draft."""
    drafted: list[Draft] = field(default_factory=list)
    """Every preview there was."""

    @property
    def kind(self) -> str:
        if self.id > 0:
            return "private"
        return "supergroup" if self.id < SUPERGROUPS_BELOW else "group"

    def as_json(self) -> dict[str, Any]:
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": f"User {self.id}"}
        return {"id": self.id, "type": self.kind, "title": self.title} | (
            {"is_forum": True} if self.forum else {}
        )


class World:
    """All chats. Everything here is on the platform's side of the wire."""

    def __init__(self, bot: dict[str, Any]) -> None:
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self._ids = itertools.count(1)
        self._own_ids: dict[int, itertools.count[int]] = {}

    def chat(self, chat_id: int) -> Chat:
        """Return a chat; it exists from then on."""
        return self.chats.setdefault(chat_id, Chat(chat_id))

    def open_chat(self, chat_id: int) -> Chat:
        """Return the chat the bot wants to write to. Raises Refusal."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise unlucky("chat not found")
        if chat.moved_to:
            raise Refusal(
                "Bad Request: group chat was upgraded to a supergroup chat",
                blame=False,
                parameters={"migrate_to_chat_id": chat.moved_to},
            )
        if chat.shut:
            raise Refusal(chat.shut, status=403, blame=False)
        return chat

    def next_id(self, chat: Chat) -> int:
        """A supergroup counts its own messages; all other chats of the account share one sequence."""
        if chat.kind == "supergroup":
            return next(self._own_ids.setdefault(chat.id, itertools.count(1)))
        return next(self._ids)

    def message(self, chat: Chat, message_id: int, missing: str) -> Shown:
        """Return a message that is still there. Raises Refusal with the text `missing`."""
        shown = chat.messages.get(message_id)
        if shown is None or shown.deleted_at is not None:
            raise unlucky(missing)
        return shown

    def put(self, chat: Chat, author: dict[str, Any], version: Version, **facts: Any) -> Shown:
        """Show a new message."""
        number = self.next_id(chat)
        shown = Shown(
            chat_id=chat.id,
            message_id=number,
            author=author,
            date=int(time.time()),
            versions=[version],
            **facts,
        )
        chat.messages[number] = shown
        return shown

    def thread(self, chat: Chat, thread: int) -> int | None:
        """Return the topic a send goes to, None for the main one. Raises Refusal."""
        if not thread:
            return None
        if thread not in chat.topics or thread == GENERAL_TOPIC:
            raise unlucky("message thread not found")
        if thread in chat.closed_topics:
            raise unlucky("TOPIC_CLOSED")
        return thread

    def reply_target(self, chat: Chat, parameters: Any) -> int | None:
        """Return the message replied to, None if it is gone and that is allowed. Raises Refusal."""
        if not parameters:
            return None
        if not isinstance(parameters, dict) or not isinstance(parameters.get("message_id"), int):
            raise bad("can't parse reply parameters")
        try:
            return self.message(chat, parameters["message_id"], "message to be replied not found").message_id
        except Refusal:
            if parameters.get("allow_sending_without_reply"):
                return None
            raise

    def as_json(self, shown: Shown, *, nested: bool = False) -> dict[str, Any]:
        """Return the message as the platform describes it; the message replied to comes along once."""
        chat = self.chats[shown.chat_id]
        body: dict[str, Any] = {
            "message_id": shown.message_id,
            "from": shown.author,
            "chat": chat.as_json(),
            "date": shown.date,
        }
        if shown.file is not None:
            body["document"] = _document(shown.file, shown.message_id)
        words, marks = ("caption", "caption_entities") if shown.file else ("text", "entities")
        if shown.text:
            body[words] = shown.text
        if shown.now.rich:
            body["rich_message"] = {"blocks": [{"type": "paragraph", "text": shown.now.rich}]}
        if shown.entities:
            body[marks] = list(shown.entities)
        if shown.thread:
            body |= {"message_thread_id": shown.thread, "is_topic_message": True}
        if shown.buttons:
            rows = [[{"text": one.label, "callback_data": one.data} for one in row] for row in shown.rows]
            body["reply_markup"] = {"inline_keyboard": rows}
        target = chat.messages.get(shown.reply_to or 0)
        if target is not None and not nested:
            body["reply_to_message"] = self.as_json(target, nested=True)
        return body | shown.raw


def _document(file: Upload, number: int) -> dict[str, Any]:
    named = {"file_id": f"BQACAgIAAxkDAAI{number}", "file_unique_id": f"AgAD{number}"}
    return named | {"file_name": file.name, "mime_type": file.kind, "file_size": len(file.content)}


def person(user_id: int, **fields: Any) -> dict[str, Any]:
    """Return a User as updates carry it."""
    return {"id": user_id, "is_bot": False, "first_name": f"User {user_id}", "language_code": "en"} | fields


def quote(text: str) -> dict[str, Any]:
    """Return a TextQuote a person made."""
    return {"text": text, "position": 0, "is_manual": True, "entities": []} if utf16(text) else {}
