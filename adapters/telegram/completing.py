"""What the library insists on in an update and nobody here needs. Pure.

The platform sends all of it. A server that only speaks its language may leave some out, and for one field too few the
library gives up a whole update: what a person wrote would be unreadable.
"""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]


def completed(update: Any, now: int) -> Any:
    """Return an update with what it lacks; `now` is the moment of a message that names none."""
    if not isinstance(update, dict):
        return update
    found = dict(update)
    for name in ("message", "edited_message"):
        if isinstance(update.get(name), dict):
            found[name] = _written(_message(update[name], now))
    if isinstance(query := update.get("callback_query"), dict):
        found["callback_query"] = _query(query, now)
    return found


def _query(query: JSON, now: int) -> JSON:
    found = {"chat_instance": "", **query}
    if isinstance(query.get("from"), dict):
        found["from"] = _user(query["from"])
    if isinstance(query.get("message"), dict):
        found["message"] = _message(query["message"], now)
    return found


def _written(message: JSON) -> JSON:
    """Add who wrote to the bot: a private chat has the id of its person."""
    chat = message.get("chat")
    if "from" in message or not isinstance(chat, dict) or chat["type"] != "private":
        return message
    return {**message, "from": _user({name: chat[name] for name in ("id", "first_name") if name in chat})}


def _message(message: JSON, now: int) -> JSON:
    found = {"date": now, **message}
    if isinstance(chat := message.get("chat"), dict):
        found["chat"] = {"type": _type(chat.get("id")), **chat}
    if isinstance(author := message.get("from"), dict):
        found["from"] = _user(author)
    if isinstance(message.get("reply_to_message"), dict):
        found["reply_to_message"] = _message(message["reply_to_message"], now)
    return found


def _user(user: JSON) -> JSON:
    return {"first_name": "", "is_bot": False, **user}


def _type(chat: object) -> str:
    # Only people have ids without a sign. A group taken for a person's own chat would show all what is told to one.
    return "private" if str(chat).isdecimal() else "supergroup"
