"""From an update to what a person did, or nothing. Pure, but for the posts whose comments are remembered."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from telegram import Message

from adapters.telegram.comments import Comments
from adapters.telegram.names import visible
from adapters.telegram.quotes import quoted
from adapters.telegram.words import attached, clean, is_command, meant, text_of, units
from bot.model import ChatKey, Edited, Event, MessageRef, Overheard, Person, Pressed, Said, Standing

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

CALLED_WITHIN = 900.0
"""Seconds after a message in which a change of it may make it a question."""

_PRESS = re.compile(r"([a-z_]{1,32}):([^\s:]{1,62})")


def read(update: Update, me: User, comments: Comments | None = None) -> Event | None:
    """Return what a person did, None for anything that is no business of this bot.

    `comments` knows the posts of channels that people comment on, and learns of further ones.

    May raise the errors in `calls.UNREADABLE` for an update the platform would not send.
    """
    known = Comments() if comments is None else comments
    if update.message is not None:
        return _said(update.message, me, known)
    if update.edited_message is not None:
        return _edited(update.edited_message, me, known)
    if update.callback_query is not None:
        return _pressed(update.callback_query, me, known)
    if stopped := update.api_kwargs.get(STOPPED):
        return _stopped(stopped, me)
    return None


def called(update: Update, me: User, comments: Comments | None = None) -> Event | None:
    """Return the message behind a change that calls the bot, as if it was said just so, None for any other update.

    In a group people forget the name and add it. Whatever was said to the bot before is known by its key, and
    what is changed long after it was said concerns nobody any more. It was said when the name was added: until
    then nobody waited for an answer.
    """
    message = update.edited_message
    if message is None or message.chat.type == "private" or not message.edit_date:
        return None
    if meant(message, me) is None or (message.edit_date - message.date).total_seconds() > CALLED_WITHIN:
        return None
    said = _said(message, me, Comments() if comments is None else comments)
    return None if said is None else replace(said, sent_at=message.edit_date)


def moved(update: Update, me: User) -> tuple[ChatKey, ChatKey] | None:
    """Return a group and the supergroup it has become, if that is what the update says."""
    message = update.message
    if message is None:
        return None
    here, account = message.chat.id, str(me.id)
    old, new = message.migrate_from_chat_id or here, message.migrate_to_chat_id or here
    return (ChatKey(NAME, account, str(old)), ChatKey(NAME, account, str(new))) if old != new else None


def press_key(query_id: str) -> str:
    """Return the key of the event that a press becomes."""
    return f"press:{query_id}"


def ref(chat_id: int, message_id: int) -> MessageRef:
    """Return the name of a message: only a supergroup's ids are its own, so the chat is part of it."""
    return MessageRef(f"{chat_id}:{message_id}")


# ---------------------------------------------------------------- the kinds


def _said(message: Message, me: User, comments: Comments) -> Said | Overheard | None:
    author, text, attachments = message.from_user, meant(message, me), attached(message)
    if author is None or author.id == me.id:
        return None
    if text is None:
        return _overheard(message, author, me, comments)
    if not (text or attachments or text_of(message)):
        return None
    shared = message.chat.type != "private"
    return Said(
        key=_key(message),
        chat=_chat(message, me, comments),
        person=_person(author, message),
        ref=ref(message.chat.id, message.message_id),
        text=text,
        sent_at=message.date,
        route=str(message.message_id) if shared else "",
        quote=quoted(message, me),
        shared=shared,
        quiet=_quiet(message),
        attachments=attachments,
    )


def _overheard(message: Message, author: User, me: User, comments: Comments) -> Overheard | None:
    """Read what somebody wrote to others. Orders to other bots say nothing to anybody else."""
    text, person = clean(text_of(message)), _person(author, message)
    if (
        message.chat.type == "private"
        or not text
        or is_command(message, me)
        or person.standing is Standing.MACHINE
    ):
        return None
    return Overheard(
        key=_key(message),
        chat=_chat(message, me, comments),
        person=person,
        text=text,
        sent_at=message.date,
    )


def _edited(message: Message, me: User, comments: Comments) -> Edited | None:
    author, text = message.from_user, meant(message, me)
    if author is None or author.id == me.id or not text:
        return None
    changed = int(message.edit_date.timestamp()) if message.edit_date else 0
    # The platform counts in seconds, and a person may change a message twice in one.
    told_apart = zlib.crc32(text.encode("utf-8", "replace"))
    return Edited(
        key=f"edit:{message.chat.id}:{message.message_id}:{changed}:{told_apart:x}",
        chat=_chat(message, me, comments),
        person=_person(author, message),
        ref=ref(message.chat.id, message.message_id),
        text=text,
        edited_at=message.edit_date,
    )


def _pressed(query: CallbackQuery, me: User, comments: Comments) -> Pressed | None:
    match = _PRESS.fullmatch(query.data or "")
    if match is None or query.message is None:
        return None
    message = query.message
    thread = _thread(message, comments) if isinstance(message, Message) else ""
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


def _key(message: Message) -> str:
    return f"message:{message.chat.id}:{message.message_id}"


def _chat(message: Message, me: User, comments: Comments) -> ChatKey:
    return ChatKey(NAME, str(me.id), str(message.chat.id), _thread(message, comments))


def _thread(message: Message, comments: Comments) -> str:
    # Replies in plain supergroups carry a thread id too; only a topic or a post with comments is a place of its own.
    if message.is_topic_message:
        return str(message.message_thread_id or "")
    return comments.thread(message)


def _person(author: User, message: Message | None = None) -> Person:
    disguised = message is not None and (message.via_bot is not None or message.sender_chat is not None)
    machine = author.is_bot or author.id in MACHINES or disguised
    return Person(
        id=str(author.id),
        name=visible(author.full_name or ""),
        language=author.language_code or "",
        standing=Standing.MACHINE if machine else Standing.STRANGER,
    )


# ---------------------------------------------------------------- what comes with it


def _quiet(message: Message) -> float:
    long = units(text_of(message)) >= PIECE
    return max(
        QUIET_PIECE if long else 0.0,
        QUIET_ALBUM if message.media_group_id else 0.0,
        QUIET_FORWARD if message.forward_origin else 0.0,
    )
