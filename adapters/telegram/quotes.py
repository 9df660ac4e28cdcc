"""What a message replies to or quotes, with who wrote it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import (
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from adapters.markup.authors import ME, YOU, one_line, unmistaken
from adapters.telegram.names import visible
from adapters.telegram.words import attached, clean, text_of

if TYPE_CHECKING:
    from telegram import Message, MessageOrigin, User


def quoted(message: Message, me: User) -> str:
    """Return what is replied to or quoted, behind the name of who wrote it; empty if there is no such thing."""
    target = message.reply_to_message
    # In a topic, a message that replies to nothing replies to the topic's beginning.
    if target is not None and target.forum_topic_created is not None:
        target = None
    words = _words(message, target)
    author = _author(message, target, me)
    return f"{author}: {words}" if words and author else words


def _words(message: Message, target: Message | None) -> str:
    """Return the part that was quoted, or all of it, or the kinds of what stands there instead of words."""
    if message.quote is not None:
        return clean(message.quote.text)
    if target is not None and (text := clean(text_of(target))):
        return text
    kinds = attached(target or message.external_reply)
    return f"[{', '.join(kinds)}]" if kinds else ""


def _author(message: Message, target: Message | None, me: User) -> str:
    if target is None:
        return _of_origin(message.external_reply.origin, me) if message.external_reply else ""
    if target.sender_chat is not None:
        return _name(target.sender_chat.effective_name)
    author = target.from_user
    if author is None:
        return ""
    own = (
        message.chat.type == "private" and message.from_user is not None and author.id == message.from_user.id
    )
    return ME if own else _of_user(author, me)


def _of_origin(origin: MessageOrigin, me: User) -> str:
    """Return who wrote what stands in another chat."""
    match origin:
        case MessageOriginUser():
            return _of_user(origin.sender_user, me)
        case MessageOriginHiddenUser():
            return _name(origin.sender_user_name)
        case MessageOriginChat():
            return _name(origin.sender_chat.effective_name)
        case MessageOriginChannel():
            return _name(origin.chat.effective_name)
        case _:
            return ""


def _of_user(user: User, me: User) -> str:
    return YOU if user.id == me.id else _name(user.full_name)


def _name(name: str | None) -> str:
    return unmistaken(visible(one_line(name or "")))
