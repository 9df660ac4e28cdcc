"""From an update to what a person did, or nothing. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from telegram import Message, MessageEntity

from bot.model import ChatKey, Edited, Event, MessageRef, Person, Pressed, Said, Standing
from bot.phrases import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import CallbackQuery, Update, User

NAME = "telegram"

STOPPED = "stopped_message_generation"
"""An update that is newer than the library: the person stopped a draft."""

MACHINES = frozenset({136817688, 1087968824, 777000})
"""Channel Bot, GroupAnonymousBot and Telegram itself: the platform puts them where a person should be."""

PIECE = 4000
"""A message this long (UTF-16 units) is probably a piece of a paste that the client cut at 4096."""

QUIET_PIECE, QUIET_ALBUM, QUIET_FORWARD = 1.5, 1.0, 0.5
"""Seconds to wait for the next piece; the platform does not say which one is the last."""

ATTACHMENTS = (
    *("animation", "audio", "document", "paid_media", "photo", "sticker", "story", "video", "video_note"),
    *("voice", "contact", "dice", "game", "invoice", "venue", "location", "poll", "checklist"),
)
_ALSO_SET = {"animation": "document", "venue": "location"}
"""Kinds under which the platform repeats another one."""

_PRESS = re.compile(r"([a-z_]{1,32}):([^\s:]{1,62})")
_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?")


def read(update: Update, me: User) -> Event | None:
    """Return what a person did, None for anything that is not meant for this bot.

    May raise the errors in `calls.UNREADABLE` for an update the platform would not send.
    """
    if update.message is not None:
        return _said(update.message, me)
    if update.edited_message is not None:
        return _edited(update.edited_message, me)
    if update.callback_query is not None:
        return _pressed(update.callback_query, me)
    if stopped := update.api_kwargs.get(STOPPED):
        return _stopped(stopped, me)
    return None


def press_key(query_id: str) -> str:
    """Return the key of the event that a press becomes."""
    return f"press:{query_id}"


def ref(chat_id: int, message_id: int) -> MessageRef:
    """Return the name of a message: only a supergroup's ids are its own, so the chat is part of it."""
    return MessageRef(f"{chat_id}:{message_id}")


# ---------------------------------------------------------------- the three kinds


def _said(message: Message, me: User) -> Said | None:
    author, text, attachments = message.from_user, _text(message, me), _attachments(message)
    if author is None or author.id == me.id or text is None or not (text or attachments or _text_of(message)):
        return None
    shared = message.chat.type != "private"
    return Said(
        key=f"message:{message.chat.id}:{message.message_id}",
        chat=_chat(message, me),
        person=_person(author, message),
        ref=ref(message.chat.id, message.message_id),
        text=text,
        sent_at=message.date,
        route=str(message.message_id) if shared else "",
        quote=_quote(message),
        shared=shared,
        quiet=_quiet(message),
        attachments=attachments,
    )


def _edited(message: Message, me: User) -> Edited | None:
    author, text = message.from_user, _text(message, me)
    if author is None or author.id == me.id or not text:
        return None
    changed = int(message.edit_date.timestamp()) if message.edit_date else 0
    return Edited(
        key=f"edit:{message.chat.id}:{message.message_id}:{changed}",
        chat=_chat(message, me),
        person=_person(author, message),
        ref=ref(message.chat.id, message.message_id),
        text=text,
    )


def _pressed(query: CallbackQuery, me: User) -> Pressed | None:
    match = _PRESS.fullmatch(query.data or "")
    if match is None or query.message is None:
        return None
    message = query.message
    thread = _thread(message) if isinstance(message, Message) else ""
    return Pressed(
        key=press_key(query.id),
        chat=ChatKey(NAME, str(me.id), str(message.chat.id), thread),
        person=_person(query.from_user),
        control=match[1],
        value=match[2],
        ref=ref(message.chat.id, message.message_id),
    )


def _stopped(stopped: Mapping[str, Any], me: User) -> Pressed:
    """Read a press of the stop button that Telegram itself puts beside a draft. The draft's id is the turn's."""
    chat, thread, draft = stopped["chat"]["id"], stopped.get("message_thread_id"), stopped["draft_id"]
    return Pressed(
        key=f"stopped:{chat}:{draft}",
        chat=ChatKey(NAME, str(me.id), str(chat), str(thread) if thread else ""),
        person=Person(id=str(chat)),  # a private chat has the id of its person
        control="stop",
        value=str(draft),
    )


# ---------------------------------------------------------------- where and who


def _chat(message: Message, me: User) -> ChatKey:
    return ChatKey(NAME, str(me.id), str(message.chat.id), _thread(message))


def _thread(message: Message) -> str:
    # Replies in plain supergroups carry a thread id too; only a topic is a place of its own.
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _person(author: User, message: Message | None = None) -> Person:
    disguised = message is not None and (message.via_bot is not None or message.sender_chat is not None)
    machine = author.is_bot or author.id in MACHINES or disguised
    return Person(
        id=str(author.id),
        name=_visible(author.full_name),
        language=author.language_code or "",
        standing=Standing.MACHINE if machine else Standing.STRANGER,
    )


def _visible(name: str) -> str:
    # Control characters forge log lines and direction overrides forge names; the joiner builds emoji.
    kept = (c for c in name if c == "\u200d" or not unicodedata.category(c).startswith("C"))
    return "".join(kept).strip()


# ---------------------------------------------------------------- what was said


def _text(message: Message, me: User) -> str | None:
    """Return the words meant for this bot without its name, None if they are not meant for it."""
    text = _text_of(message)
    entities = message.entities or message.caption_entities or _unmarked(text, me)
    command = _COMMAND.match(_covered(text, entities[0])) if entities and _is_command(entities[0]) else None
    if command is not None:
        return _command(text, command, message, me)
    own = [entity for entity in entities if _names(entity, text, me)]
    if message.chat.type != "private" and not own and not _answers(message, me):
        return None
    for entity in reversed(own):
        text = _without(text, entity)
    return clean(text)


def _unmarked(text: str, me: User) -> tuple[MessageEntity, ...]:
    """Return the command and the names of ours in a text in which nothing is marked, as some servers send it."""
    command = re.match(rf"{_COMMAND.pattern}(?!\S)", text)
    name = rf"(?<!\w)@{re.escape(_username(me))}(?![A-Za-z0-9_])"
    names = re.finditer(name, text, re.IGNORECASE) if me.username else ()
    return (
        *([MessageEntity(MessageEntity.BOT_COMMAND, 0, _units(command[0]))] if command else []),
        *(MessageEntity(MessageEntity.MENTION, _units(text[: n.start()]), _units(n[0])) for n in names),
    )


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _command(text: str, command: re.Match[str], message: Message, me: User) -> str | None:
    name, target = command[1], command[2]
    if target is not None:
        ours = target.lower() == _username(me)
    else:
        # A bare command in a group may be meant for any bot there: ours are known by name.
        ours = message.chat.type == "private" or name.lower() in COMMANDS or _answers(message, me)
    return clean(f"/{name}{text[command.end() :]}") if ours else None


def _is_command(entity: MessageEntity) -> bool:
    return entity.type == "bot_command" and entity.offset == 0


def _names(entity: MessageEntity, text: str, me: User) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    covered = _covered(text, entity).lower()
    if (
        entity.type == "bot_command"
    ):  # `please /new@OurBot`: the name is ours, the command is not at the start
        return covered.endswith(f"@{_username(me)}")
    return entity.type == "mention" and covered == f"@{_username(me)}"


def _username(me: User) -> str:
    return (me.username or "").lower()


def _answers(message: Message, me: User) -> bool:
    target = message.reply_to_message
    if target is None or target.forum_topic_created is not None or target.from_user is None:
        return False
    return target.from_user.id == me.id


def _covered(text: str, entity: MessageEntity) -> str:
    return _cut(text, entity.offset, entity.offset + entity.length)


def _cut(text: str, start: int, end: int | None) -> str:
    # The platform counts in UTF-16 units.
    return text.encode("utf-16-le", "surrogatepass")[2 * start : None if end is None else 2 * end].decode(
        "utf-16-le", "replace"
    )


def _without(text: str, entity: MessageEntity) -> str:
    before, after = _cut(text, 0, entity.offset), _cut(text, entity.offset + entity.length, None)
    if not before.strip():
        return after.lstrip(" \u00a0,:;，：；")
    if not after.strip() or after[0] in ".,:;!?\n":
        return before.rstrip(" ") + after
    return f"{before.rstrip(' ')} {after.lstrip(' ')}"


def _text_of(message: Message) -> str:
    return message.text or message.caption or ""


def _quote(message: Message) -> str:
    if message.quote is not None:
        return clean(message.quote.text)
    target = message.reply_to_message
    # In a topic, a message that replies to nothing replies to the topic's beginning.
    return "" if target is None or target.forum_topic_created is not None else clean(_text_of(target))


def _quiet(message: Message) -> float:
    long = _units(_text_of(message)) >= PIECE
    return max(
        QUIET_PIECE if long else 0.0,
        QUIET_ALBUM if message.media_group_id else 0.0,
        QUIET_FORWARD if message.forward_origin else 0.0,
    )


def _attachments(message: Message) -> tuple[str, ...]:
    kinds = [kind for kind in ATTACHMENTS if getattr(message, kind)]
    for kind in tuple(kinds):
        if _ALSO_SET.get(kind) in kinds:
            kinds.remove(_ALSO_SET[kind])
    # Newer than the library: a forwarded message of another bot that has blocks instead of a text.
    return (*kinds, *({"rich_message"} & message.api_kwargs.keys()))


def clean(text: str) -> str:
    """Return the text without what no database and no wire carries: NUL, and halves of surrogate pairs."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "").strip()
