"""The line in which events wait for their turn: each is stored once, under the key its platform gave it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.limits import Limits
from bot.store.limits import may_tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.limits import Reached
    from bot.model import ChatKey, Command, Edited, Event, Pressed, Said, TurnId
    from bot.store.sqlite import Value, Work


ASKED = ":asked"
"""Ends the key of a question that came behind `new`: both are of one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event, and what the inbox made of it."""

    event: Event
    language: str = "en"
    command: Command | None = None
    """Set where a `Said` is a command, or a `Pressed` picks something in a menu."""
    is_admin: bool = False
    """The person administers the bot."""
    refusal: str = ""
    """Set where the person may not speak: the sentence to tell. Nothing of the event is stored."""
    limits: Limits = field(default_factory=Limits)
    """What this person may use. Beyond it nothing of the event is stored, and `excuse` is told once."""
    excuse: Callable[[Reached], str] = field(default=lambda reached: reached.limit.value)


@dataclass(slots=True)
class Accepted:
    """What one batch changed."""

    stored: int = 0
    """New events that wait for a turn, and new turns."""
    stopped: list[TurnId] = field(default_factory=list["TurnId"])
    """Turns that were asked to stop."""
    told: dict[str, str] = field(default_factory=dict[str, str])
    """What only the person who did something shall read, by the event's key."""


def is_known(db: Work, event: Said | Edited | Pressed) -> bool:
    """Tell whether an event was stored before."""
    return db.one("find_event", source=event.chat.source, key=event.key) is not None


def find_chat(db: Work, chat: ChatKey) -> int | None:
    """Return the number of a chat, None if nobody was heard there."""
    row = db.one("find_chat", **_key(chat))
    return int(row["id"]) if row else None


def known_chat(db: Work, chat: ChatKey, now: float) -> int:
    """Return the number of a chat, which is known from here on."""
    db.do("add_chat", now=now, **_key(chat))
    (chat_id,) = db.all("find_chat", **_key(chat))[0]
    return int(chat_id)


def _key(chat: ChatKey) -> dict[str, str]:
    return {"platform": chat.platform, "account": chat.account, "chat": chat.chat, "thread": chat.thread}


def excuse(
    db: Work,
    event: Said | Edited | Pressed,
    arrival: Arrival,
    reached: Reached,
    now: float,
    *,
    chat_id: int,
    **where: Value,
) -> bool:
    """Tell once that a limit is reached: a command that waits in line like any other, without what was said."""
    if not may_tell(db, event.chat, event.person.id, reached, now):
        return False
    return insert(
        db,
        event,
        chat_id,
        now,
        kind="command",
        command="limited",
        text=arrival.excuse(reached),
        language=arrival.language,
        ref=event.ref or "",
        **where,
    )


def add_order(
    db: Work, event: Said | Edited, chat_id: int, command: Command, now: float, **where: Value
) -> bool:
    """Let a command wait in line, with what was asked behind it; False if it was stored before."""
    order: dict[str, Value] = {"command": command.name, "text": command.args, "bare": int(command.is_bare)}
    stored = insert(db, event, chat_id, now, kind="command", **order, **where)
    if stored:
        add_asked(db, event, chat_id, command, now, **where)
    return stored


def add_asked(
    db: Work, event: Said | Edited, chat_id: int, command: Command, now: float, **where: Value
) -> None:
    """Let the question that came with `new` wait behind it."""
    if command.name == "new" and command.args:
        asked = replace(event, key=f"{event.key}{ASKED}")
        insert(db, asked, chat_id, now, kind="said", text=command.args, **{**where, "onto": None})


def is_asked(key: str) -> bool:
    """Tell whether this is the key of a question that came with `new`."""
    return key.endswith(ASKED)


def add_deed(db: Work, event: Said | Edited | Pressed, chat_id: int, turn_id: int, now: float) -> None:
    """Keep what took effect at once by its key, so that a second delivery of it changes nothing."""
    insert(db, event, chat_id, now, turn_id=turn_id, kind="pressed", ref=event.ref or "")


def insert(db: Work, event: Said | Edited | Pressed, chat_id: int, now: float, **values: Value) -> bool:
    """Store an event; False if it was stored before."""
    defaults: dict[str, Value] = {
        "source": event.chat.source,
        "key": event.key,
        "chat_id": chat_id,
        "turn_id": None,
        "person": event.person.id,
        "name": event.person.name,
        "standing": event.person.standing.value,
        "language": "",
        "route": "",
        "text": "",
        "command": "",
        "quote": "",
        "shared": 0,
        "attachments": "[]",
        "bare": 0,
        "opens": 0,
        "onto": None,
        "sent_at": now,
        "now": now,
        "ready_at": now,
    }
    return db.one("add_event", **{**defaults, **values}) is not None
