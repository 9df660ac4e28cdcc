"""The way in: what people did, stored before the platform is told that we have it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.model import ChatKey, Edited, Overheard, Pressed, Said
from bot.store.edits import take_edit
from bot.store.forgotten import is_forgotten
from bot.store.limits import first_reached
from bot.store.line import (
    Accepted,
    Arrival,
    add_order,
    excuse,
    find_chat,
    insert,
    is_known,
    known_chat,
)
from bot.store.moving import move
from bot.store.preferences import of_place, of_thread
from bot.store.presses import stop_for, take_press

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Event
    from bot.store.sqlite import Database, Value, Work

REFUSAL_SECONDS = 3600.0
"""A refused person is told so once an hour."""
CHATTER_MOST, CHATTER_CHARACTERS = 50, 1000
"""Messages that are kept of what is said around the bot in one chat, and characters of each."""


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

    async def heeds(self, event: Said | Overheard) -> bool:
        """Tell whether what was said concerns the bot, or is to be kept all the same."""
        return await self._database.transact(lambda db: _heeds(db, event))

    async def moved(self, old: ChatKey, new: ChatKey) -> None:
        """Let a chat go on under another id."""
        await self._database.transact(lambda db: move(db, old, new))

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
        accepted.stored += _refuse(db, event, arrival, now, accepted)
        return
    match event:
        case Said():
            accepted.stored += _said(db, event, arrival, now, accepted)
        case Edited():
            take_edit(db, event, arrival, now, accepted)
        case Pressed():
            take_press(db, event, arrival, now, accepted)
        case Overheard():
            _overhear(db, event)


def _heeds(db: Work, event: Said | Overheard) -> bool:
    if isinstance(event, Overheard):
        return db.one("is_overhearing", scope=of_place(event.chat)) is not None
    return event.addressed or _takes_part(db, find_chat(db, event.chat))


def _takes_part(db: Work, chat_id: int | None) -> bool:
    return chat_id is not None and db.one("takes_part", chat_id=chat_id) is not None


def _refuse(db: Work, event: Event, arrival: Arrival, now: float, accepted: Accepted) -> int:
    """Tell a stranger once, where they asked or pressed, and keep nothing of what was said."""
    where, person = event.chat.source, event.person.id
    if db.one("told_since", source=where, person=person, since=now - REFUSAL_SECONDS):
        return 0
    match event:
        case Pressed():
            accepted.told[event.key], stored = arrival.refusal, 0
        case Said(addressed=True):
            if not _notice(db, event, arrival, now):
                # Somebody else is being answered there; the next message tries again.
                return 0
            stored = 1
        case _:
            return 0
    db.do("tell", source=where, person=person, now=now)
    return stored


def _notice(db: Work, said: Said, arrival: Arrival, now: float) -> bool:
    values: dict[str, Value] = {
        "person": said.person.id,
        "language": arrival.language,
        "route": said.route,
        "answer": arrival.refusal,
    }
    return db.one("add_notice", chat_id=known_chat(db, said.chat, now), now=now, **values) is not None


def _said(db: Work, said: Said, arrival: Arrival, now: float, accepted: Accepted) -> int:
    if is_known(db, said):
        return 0
    chat_id = find_chat(db, said.chat)
    if not said.addressed and not _takes_part(db, chat_id):
        return 0
    if _was_erased(db, said):
        return 0
    if chat_id is None:
        chat_id = known_chat(db, said.chat, now)
    if arrival.command is not None and arrival.command.name == "stop":
        args = stop_for(db, said, arrival, chat_id=chat_id, now=now, accepted=accepted)
        if args is None:
            return 0
        arrival = replace(arrival, command=replace(arrival.command, args=args))
    if reached := first_reached(db, said, chat_id, arrival.limits, now):
        where: dict[str, Value] = {"route": said.route, "shared": int(said.shared)}
        return int(excuse(db, said, arrival, reached, now, chat_id=chat_id, **where))
    if said.shared:
        db.do("drop_chatter", scope=of_thread(said.chat), key=said.key)
    return int(_add(db, said, chat_id, arrival, now))


def _overhear(db: Work, heard: Overheard) -> None:
    """Keep what is said around the bot, where the people of the chat want it to know."""
    if not _heeds(db, heard) or _was_erased(db, heard):
        return
    where: dict[str, Value] = {"scope": of_thread(heard.chat)}
    said: dict[str, Value] = {
        "key": heard.key,
        "person": heard.person.id,
        "name": heard.person.name,
        "text": heard.text[:CHATTER_CHARACTERS],
        "at": heard.sent_at.timestamp(),
    }
    db.do("add_chatter", **said, **where)
    db.do("trim_chatter", most=CHATTER_MOST, **where)


def _was_erased(db: Work, event: Said | Overheard) -> bool:
    sent_at = event.sent_at.timestamp()
    return is_forgotten(db, event.chat.source, key=event.key, person=event.person.id, sent_at=sent_at)


def _add(db: Work, said: Said, chat_id: int, arrival: Arrival, now: float) -> bool:
    where: dict[str, Value] = {
        "language": arrival.language,
        "ref": said.ref,
        "route": said.route,
        "quote": said.quote,
        "shared": int(said.shared),
        "opens": int(said.opens),
        "attachments": json.dumps(said.attachments),
        "sent_at": said.sent_at.timestamp(),
        "ready_at": now + said.quiet,
    }
    if arrival.command is not None:
        return add_order(db, said, chat_id, arrival.command, now, **where)
    return insert(db, said, chat_id, now, kind="said", text=said.text, **where)
