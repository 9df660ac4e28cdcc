"""A chat that goes on under another id: what was said there and what was chosen for it go along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.line import find_chat
from bot.store.preferences import of_place

if TYPE_CHECKING:
    from bot.model import ChatKey
    from bot.store.sqlite import Work


def move_choices(db: Work, old: ChatKey, new: ChatKey) -> None:
    """Let what was chosen for a chat hold where it goes on, unless something else was chosen there."""
    where = {"old": of_place(old), "new": of_place(new)}
    for query in ("move_preferences", "move_chatter"):
        db.do(query, **where)
    for query in ("delete_choices", "forget_chatter"):
        db.do(query, scope=where["old"])


def move(db: Work, old: ChatKey, new: ChatKey) -> None:
    """Let a chat go on under another id. Doing it twice changes nothing.

    An answer in the making finds out by itself when it is refused, and moves with its question.
    """
    move_choices(db, old, new)
    chat_id = find_chat(db, old)
    if chat_id is None or db.do("move_chat", chat_id=chat_id, chat=new.chat, thread=new.thread):
        return
    if (new_id := find_chat(db, new)) is not None and not db.one("is_talk_live", chat_id=chat_id):
        merge(db, chat_id, new_id)


def merge(db: Work, old_id: int, new_id: int, *, turn_id: int = 0) -> None:
    """Make one conversation of two; what the turn has heard waits again."""
    db.do("move_events", turn_id=turn_id, old_id=old_id, new_id=new_id)
    db.do("move_turns", old_id=old_id, new_id=new_id)
    # Of two conversations that become one, no summary tells.
    for chat_id in (old_id, new_id):
        db.do("drop_memory", chat_id=chat_id)
