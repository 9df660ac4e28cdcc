"""What people may see of what is kept about them, and how it goes away: when they ask, or when its time is over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.limits import day_of, month_of
from bot.store.forgotten import KEPT_SECONDS, forget_person, forgotten_until
from bot.store.preferences import of_person, of_place
from bot.store.slices import TURNS, delete_doomed, drop_cached, drop_rows, drop_turns

if TYPE_CHECKING:
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Value, Work

ASIDE_SECONDS = 7 * 86_400.0
"""How long an event nobody could read is kept for the operator to look at."""
REFUSAL_SECONDS = 86_400.0
ALL = -1
"""A `:limit` that is none."""
CHATTER_SECONDS = 86_400.0
"""How long what was said around the bot is kept at most; it is given to the model for a few hours only."""
FORGOTTEN = "forgotten"
"""Stands among the limits somebody was told of until the day is over on which they asked to be forgotten."""
CACHED_MOST = 10_000
"""Answers that are kept for whoever asks the same, the newest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and its answer; `at` is seconds since 1970."""

    at: float
    question: str
    answer: str


class Privacy:
    """The verbs of `export`, `forget` and the janitor."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversation(self, turn: StoredTurn, most: int) -> list[Entry]:
        """Return what the person of this turn asked in its chat, with the answers, newest first."""
        values: dict[str, Value] = {"chat_id": turn.chat_id, "person": turn.person, "limit": most}
        rows = await self._database.look_up(lambda db: db.all("conversation_of", **values))
        return [Entry(row["created_at"], row["question"], row["answer"]) for row in rows]

    async def was_asked(self, turn: StoredTurn, since: float) -> bool:
        """Tell whether the person asked in this chat to be forgotten, in an earlier turn."""
        values: dict[str, Value] = {
            **_person(turn),
            "chat_id": turn.chat_id,
            "turn_id": turn.id,
            "since": since,
        }
        return await self._database.transact(lambda db: db.one("asked_to_forget", **values) is not None)

    async def is_busy_elsewhere(self, turn: StoredTurn) -> bool:
        """Tell whether the person waits for an answer in another chat."""
        values: dict[str, Value] = {**_person(turn), "chat_id": turn.chat_id}
        return await self._database.transact(lambda db: db.one("busy_elsewhere", **values) is not None)

    async def forget(self, turn: StoredTurn) -> None:
        """Erase all that was kept of the person on this platform, except for this turn; not even the file has it.

        What may be much goes first and in slices. A process that dies meanwhile begins again: only the last
        transaction says that it was done.
        """
        (last,) = await self._database.transact(lambda db: db.all("moment_of_turn", turn_id=turn.id))
        whose = _person(turn)
        await drop_turns(self._database, "mark_some_of", last["created_at"], spared=turn.id, **whose)
        await drop_rows(self._database, "forget_presses", **whose)
        await self._forget_use(since=day_of(last["created_at"])[0], **whose)
        await self._database.transact(lambda db: _forget(db, turn))
        passage("erased")
        await self._database.scrub()

    async def is_forgotten(self, turn: StoredTurn) -> bool:
        """Tell whether this very turn has erased it already, before a restart."""
        until = await self._database.transact(lambda db: forgotten_until(db, **_person(turn)))
        return until is not None and until == _sent_at(turn)

    async def expire(self, before: float, now: float) -> int:
        """Delete a slice of what ended before a moment; return how many turns and requests that were.

        With the last of them the cached answers go that are as old.
        """

        def work(db: Work) -> int:
            found = db.do("mark_old_turns", before=before, limit=TURNS)
            if found:
                delete_doomed(db, now)
            return found + db.do("delete_usage", before=before, limit=TURNS)

        if not (found := await self._database.transact(work)):
            await drop_cached(self._database, now=now, before=before, most=CACHED_MOST)
        return found

    async def tidy(self, now: float) -> None:
        """Delete what is of no use any more: old refusals, ended limits, what could not be read a week ago."""
        erased = await self._let_go(now) + await self._forget_refused(now - REFUSAL_SECONDS, now)
        drop = partial(drop_rows, self._database)
        await drop("delete_told", now=now)
        await drop("delete_spent", month=month_of(now)[0])
        await drop("delete_used", before=day_of(now)[0])
        await drop("delete_set_aside", before=now - ASIDE_SECONDS)
        await drop("delete_forgotten", before=now - KEPT_SECONDS)
        await drop("delete_chatter", before=now - CHATTER_SECONDS)
        await drop_cached(self._database, now=now, before=0.0, most=CACHED_MOST)
        if erased:
            await self._database.scrub()

    async def _forget_refused(self, before: float, now: float) -> int:
        """Delete who was refused a day ago and what they were told: strangers must not fill the disk."""
        found = await drop_turns(self._database, "mark_refused", now, before=before)
        return found + await drop_rows(self._database, "delete_refusals", before=before)

    async def _let_go(self, now: float) -> int:
        """Leave only numbers of the day on which people asked to be forgotten, once it is over; return of how many."""
        ended = await self._database.transact(lambda db: db.all("days_over", name=FORGOTTEN, now=now))
        for row in ended:
            await self._forget_use(since=row["until"], source=row["source"], person=row["subject"])
        return len(ended)

    async def _forget_use(self, *, since: float, source: str, person: str) -> None:
        """Leave of what was used before a moment only the numbers."""
        whose: dict[str, Value] = {"source": source, "person": person, "since": since}
        for row in await self._database.look_up(lambda db: db.all("lonely_places", **whose)):
            await drop_rows(self._database, "forget_place", source=source, chat=row["chat"], since=since)
        await drop_rows(self._database, "forget_usage", **whose)
        await self._database.transact(lambda db: db.do("forget_used", **whose))

    async def scrub(self) -> None:
        """Take what was deleted out of the write-ahead log, too."""
        await self._database.scrub()


def _forget(db: Work, turn: StoredTurn) -> None:
    person = _person(turn)
    (last,) = db.all("moment_of_turn", turn_id=turn.id)
    db.do("mark_turns_of", spared=turn.id, **person)
    db.do("mark_turns_again", spared=turn.id)
    delete_doomed(db, last["created_at"])
    forget_person(db, **person, until=_sent_at(turn))
    db.do("forget_presses", limit=ALL, **person)
    db.do("forget_name", turn_id=turn.id)
    db.do("forget_refusals", **person)
    db.do("forget_set_aside", **person)
    db.do("forget_roles", owner=of_person(turn.chat, turn.person))
    db.do("forget_preferences", own=of_person(turn.chat, turn.person), chat=_own_chat(turn))
    db.do("forget_chatter_of", **person)
    db.do("forget_cached", **person)
    tomorrow = day_of(last["created_at"])[1]
    db.do("tell_limit", source=turn.chat.source, subject=turn.person, name=FORGOTTEN, until=tomorrow)


def _own_chat(turn: StoredTurn) -> str:
    """Return the scope of the chat where it is the person's alone."""
    return "" if any(one.shared for one in turn.heard) else of_place(turn.chat)


def _sent_at(turn: StoredTurn) -> float:
    """Return the second in which the person asked for it: platforms tell of a message no more than that."""
    return math.floor(max(one.sent_at for one in turn.heard))


def _person(turn: StoredTurn) -> dict[str, str]:
    return {"source": turn.chat.source, "person": turn.person}
