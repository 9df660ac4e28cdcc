"""The way in: what people did, stored before the platform is told that we have it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.limits import Limits
from bot.model import ChatKey, Command, Edited, Overheard, Pressed, Said, TurnId
from bot.store.forgotten import is_forgotten
from bot.store.limits import first_reached, may_tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.limits import Reached
    from bot.model import Event
    from bot.store.sqlite import Database, Value, Work

REFUSAL_SECONDS = 3600.0
"""A refused person is told so once an hour."""
CHATTER_MOST, CHATTER_CHARACTERS = 50, 1000
"""Messages that are kept of what is said around the bot in one chat, and characters of each."""


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
    stopped: list[TurnId] = field(default_factory=list[TurnId])
    """Turns that were asked to stop."""
    told: dict[str, str] = field(default_factory=dict[str, str])
    """What only the person who did something shall read, by the event's key."""


def source(chat: ChatKey) -> str:
    """Return what names an account among all platforms."""
    return f"{chat.platform}:{chat.account}"


class Arrivals:
    """The verbs of the inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, arrivals: Sequence[Arrival], now: float) -> Accepted:
        """Store a batch in one transaction. `now` is seconds since 1970. Raises StoreUnavailable."""

        def work(db: Work) -> Accepted:
            accepted = Accepted()
            for arrival in arrivals:
                _accept(db, arrival, now, accepted)
            passage("storing")
            return accepted

        return await self._database.transact(work)

    async def set_aside(self, source: str, key: str, raw: str, now: float) -> None:
        """Keep an event nobody could read."""
        await self._database.transact(lambda db: db.do("set_aside", source=source, key=key, raw=raw, now=now))

    async def position(self, source: str) -> str:
        """Return how far a platform's events have been read, or an empty string."""
        row = await self._database.transact(lambda db: db.one("read_position", source=source))
        return str(row["value"]) if row else ""

    async def remember(self, source: str, value: str) -> None:
        """Store how far a platform's events have been read."""
        await self._database.transact(lambda db: db.do("write_position", source=source, value=value))

    async def recent(self, platform: str, account: str, since: float, most: int) -> list[ChatKey]:
        """Return the chats of an account in which people were heard since, the newest first."""
        where: dict[str, Value] = {"source": f"{platform}:{account}", "since": since, "most": most}
        rows = await self._database.transact(lambda db: db.all("recent_chats", **where))
        return [ChatKey(platform, account, row["chat"], row["thread"]) for row in rows]


def _accept(db: Work, arrival: Arrival, now: float, accepted: Accepted) -> None:
    event = arrival.event
    if arrival.refusal:
        accepted.stored += _refuse(db, event, arrival, now)
        return
    match event:
        case Said():
            accepted.stored += _said(db, event, arrival, now, accepted)
        case Edited():
            _edited(db, event, arrival)
        case Pressed():
            _pressed(db, event, arrival, now, accepted)
        case Overheard():
            _overhear(db, event)


def _refuse(db: Work, event: Event, arrival: Arrival, now: float) -> int:
    """Tell a stranger once, and keep nothing of what was said."""
    where, person = source(event.chat), event.person.id
    if not isinstance(event, Said) or not event.addressed:
        return 0
    if db.one("told_since", source=where, person=person, since=now - REFUSAL_SECONDS):
        return 0
    told = db.one(
        "add_notice",
        chat_id=_chat(db, event.chat, now),
        person=person,
        language=arrival.language,
        route=event.route,
        answer=arrival.refusal,
        now=now,
    )
    if told is None:
        # Somebody else is being answered there; the next message tries again.
        return 0
    db.do("tell", source=where, person=person, now=now)
    return 1


def _said(db: Work, said: Said, arrival: Arrival, now: float, accepted: Accepted) -> int:
    if _known(db, said):
        return 0
    chat_id = _find(db, said.chat)
    if not said.addressed and (chat_id is None or not db.one("takes_part", chat_id=chat_id)):
        return 0
    if _was_erased(db, said):
        return 0
    if chat_id is None:
        chat_id = _chat(db, said.chat, now)
    if arrival.command is not None and arrival.command.name == "stop":
        stopped = _stop(db, chat_id, None, accepted)
        if stopped:
            _add_deed(db, said, chat_id, stopped[0], now)
            return 0
    if reached := first_reached(db, said, chat_id, arrival.limits, now):
        return int(
            _excuse(
                db, said, arrival, reached, now, chat_id=chat_id, route=said.route, shared=int(said.shared)
            )
        )
    return int(_add(db, said, chat_id, arrival, now))


def _excuse(
    db: Work,
    event: Said | Pressed,
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
    return _insert(
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


def _edited(db: Work, edited: Edited, arrival: Arrival) -> None:
    """Change what still waits. A text that grew beyond the limit changes nothing."""
    most = arrival.limits.message_characters
    if most is None or len(edited.text) <= most:
        where = source(edited.chat)
        db.do("edit_waiting_event", source=where, ref=edited.ref, person=edited.person.id, text=edited.text)


def _overhear(db: Work, heard: Overheard) -> None:
    """Keep what is said around the bot, where the people of the chat want it to know."""
    where: dict[str, Value] = {"scope": f"chat:{source(heard.chat)}:{heard.chat.chat}"}
    if not db.one("is_overhearing", **where) or _was_erased(db, heard):
        return
    said: dict[str, Value] = {
        "key": heard.key,
        "person": heard.person.id,
        "name": heard.person.name,
        "text": heard.text[:CHATTER_CHARACTERS],
        "at": heard.sent_at.timestamp(),
    }
    db.do("add_chatter", **said, **where)
    db.do("trim_chatter", most=CHATTER_MOST, **where)


def _pressed(db: Work, pressed: Pressed, arrival: Arrival, now: float, accepted: Accepted) -> None:
    number, _, _picked = pressed.value.partition(".")
    if not number.isdecimal() or _known(db, pressed):
        return
    turn_id = TurnId(int(number[:18]))
    chat_id = _chat_of(db, turn_id, pressed.chat)
    if chat_id is None:
        return
    if arrival.command is not None:
        accepted.stored += _pick(db, pressed, arrival, chat_id, now, turn_id=turn_id, command=arrival.command)
        return
    if pressed.control == "stop":
        _stop(db, chat_id, turn_id, accepted)
    elif pressed.control == "again":
        accepted.stored += _again(db, pressed, arrival, chat_id, now, old=turn_id)


def _pick(
    db: Work,
    pressed: Pressed,
    arrival: Arrival,
    chat_id: int,
    now: float,
    *,
    turn_id: TurnId,
    command: Command,
) -> int:
    """Let a press in a menu wait in line as the command it stands for, by who asked for the menu.

    What comes of it is shown in the menu's message; below an answer, which must stay, in one of its own.
    """
    row = db.one("find_menu", turn_id=turn_id, chat_id=chat_id)
    if row is None or not (arrival.is_admin or row["person"] == pressed.person.id):
        return 0
    if reached := first_reached(db, pressed, chat_id, arrival.limits, now):
        return int(_excuse(db, pressed, arrival, reached, now, chat_id=chat_id, route=row["route"]))
    same: dict[str, Value] = {name: row[name] for name in ("language", "route", "opens", "bare", "shared")}
    onto = turn_id if row["kind"] == "notice" else None
    values: dict[str, Value] = {"command": command.name, "text": command.args, "onto": onto, "ref": ""}
    return int(_insert(db, pressed, chat_id, now, kind="command", **values, **same))


def _stop(db: Work, chat_id: int, turn_id: TurnId | None, accepted: Accepted) -> list[TurnId]:
    """Ask the running answer to stop. A stop never waits in line, so it is not an event that waits."""
    stopped = [TurnId(row["id"]) for row in db.all("request_stop", chat_id=chat_id, turn_id=turn_id)]
    accepted.stopped += stopped
    return stopped


def _again(db: Work, pressed: Pressed, arrival: Arrival, chat_id: int, now: float, *, old: TurnId) -> int:
    """Begin a turn that answers the same question in the same messages, on the account of who pressed."""
    row = db.one("askable_again", turn_id=old, chat_id=chat_id)
    if row is None:
        return 0
    if reached := first_reached(db, pressed, chat_id, arrival.limits, now):
        return int(_excuse(db, pressed, arrival, reached, now, chat_id=chat_id, route=row["route"]))
    same = {name: row[name] for name in ("asks", "language", "route", "question", "model")}
    new = db.one("add_again", chat_id=chat_id, person=pressed.person.id, now=now, **same)
    if new is None:
        return 0
    _add_deed(db, pressed, chat_id, new["id"], now)
    db.do("replace_turn", turn_id=old)
    db.do("inherit_pages", turn_id=new["id"], old_id=old)
    return 1


def _known(db: Work, event: Said | Pressed) -> bool:
    return db.one("find_event", source=source(event.chat), key=event.key) is not None


def _was_erased(db: Work, event: Said | Overheard) -> bool:
    sent_at = event.sent_at.timestamp()
    return is_forgotten(db, source(event.chat), key=event.key, person=event.person.id, sent_at=sent_at)


def _find(db: Work, chat: ChatKey) -> int | None:
    row = db.one("find_chat", **_key(chat))
    return int(row["id"]) if row else None


def _chat_of(db: Work, turn_id: TurnId, chat: ChatKey) -> int | None:
    where = {name: value for name, value in _key(chat).items() if name != "thread"}
    row = db.one("find_chat_of_turn", turn_id=turn_id, **where)
    return int(row["id"]) if row else None


def _chat(db: Work, chat: ChatKey, now: float) -> int:
    db.do("add_chat", now=now, **_key(chat))
    (chat_id,) = db.all("find_chat", **_key(chat))[0]
    return int(chat_id)


def _key(chat: ChatKey) -> dict[str, str]:
    return {"platform": chat.platform, "account": chat.account, "chat": chat.chat, "thread": chat.thread}


def _add(db: Work, said: Said, chat_id: int, arrival: Arrival, now: float) -> bool:
    command = arrival.command
    return _insert(
        db,
        said,
        chat_id,
        now,
        kind="said" if command is None else "command",
        language=arrival.language,
        ref=said.ref,
        route=said.route,
        text=said.text if command is None else command.args,
        command="" if command is None else command.name,
        quote=said.quote,
        shared=int(said.shared),
        opens=int(said.opens),
        bare=int(command is not None and command.is_bare),
        attachments=json.dumps(said.attachments),
        sent_at=said.sent_at.timestamp(),
        ready_at=now + said.quiet,
    )


def _add_deed(db: Work, event: Said | Pressed, chat_id: int, turn_id: int, now: float) -> None:
    """Keep what took effect at once by its key, so that a second delivery of it changes nothing."""
    _insert(db, event, chat_id, now, turn_id=turn_id, kind="pressed", ref=event.ref or "")


def _insert(db: Work, event: Said | Pressed, chat_id: int, now: float, **values: Value) -> bool:
    defaults: dict[str, Value] = {
        "source": source(event.chat),
        "key": event.key,
        "chat_id": chat_id,
        "turn_id": None,
        "person": event.person.id,
        "name": event.person.name,
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
