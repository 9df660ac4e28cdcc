"""What people may see of what is kept about them, and how it goes away: when they ask, or when its time is over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.limits import day_of, month_of
from bot.store.forgotten import KEPT_SECONDS, forget_doomed, forget_person, forgotten_until
from bot.store.preferences import of_person, of_place

if TYPE_CHECKING:
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Value, Work

SLICE = 100
"""Turns deleted in one transaction: nobody waits behind more than a few milliseconds of it."""
ASIDE_SECONDS = 7 * 86_400.0
"""How long an event nobody could read is kept for the operator to look at."""
REFUSAL_SECONDS = 86_400.0
REFUSED_MOST = 1_000
"""Sentences of refusal deleted at once; the others go an hour later."""
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
        """Erase all that was kept of the person on this platform, except for this turn; not even the file has it."""
        await self._database.transact(lambda db: _forget(db, turn))
        await self._database.scrub()

    async def is_forgotten(self, turn: StoredTurn) -> bool:
        """Tell whether this very turn has erased it already, before a restart."""
        until = await self._database.transact(lambda db: forgotten_until(db, **_person(turn)))
        return until is not None and until == _sent_at(turn)

    async def expire(self, before: float, now: float) -> int:
        """Delete a slice of what ended before a moment; return how many turns that were."""

        def work(db: Work) -> int:
            found = db.do("mark_old_turns", before=before, limit=SLICE)
            delete_doomed(db, now)
            db.do("delete_usage", before=before, limit=SLICE)
            db.do("delete_old_cached", before=before)
            return found

        return await self._database.transact(work)

    async def tidy(self, now: float) -> None:
        """Delete what is of no use any more: old refusals, ended limits, what could not be read a week ago."""

        def work(db: Work) -> int:
            erased = _let_go(db, now) + _forget_refused(db, now)
            db.do("delete_told", now=now)
            db.do("delete_spent", month=month_of(now)[0])
            db.do("delete_used", before=day_of(now)[0])
            db.do("delete_cached", now=now, most=CACHED_MOST)
            db.do("delete_set_aside", before=now - ASIDE_SECONDS, limit=SLICE)
            db.do("delete_forgotten", before=now - KEPT_SECONDS)
            db.do("delete_chatter", before=now - CHATTER_SECONDS)
            return erased

        if await self._database.transact(work):
            await self._database.scrub()

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
    db.do("forget_presses", **person)
    db.do("forget_name", turn_id=turn.id)
    db.do("forget_refusals", **person)
    db.do("forget_set_aside", **person)
    db.do("forget_roles", owner=of_person(turn.chat, turn.person))
    db.do("forget_preferences", own=of_person(turn.chat, turn.person), chat=_own_chat(turn))
    db.do("forget_chatter_of", **person)
    db.do("forget_cached", **person)
    today, tomorrow = day_of(last["created_at"])
    _forget_use(db, since=today, **person)
    db.do("tell_limit", source=turn.chat.source, subject=turn.person, name=FORGOTTEN, until=tomorrow)


def _forget_use(db: Work, *, since: float, source: str, person: str) -> int:
    """Leave of what was used before a moment only the numbers; return how many there were."""
    whose: dict[str, Value] = {"source": source, "person": person, "since": since}
    db.do("forget_places", **whose)
    count = db.do("forget_usage", **whose)
    db.do("forget_used", **whose)
    return count


def _forget_refused(db: Work, now: float) -> int:
    """Delete who was refused a day ago and what they were told, as strangers must not fill the disk; count them."""
    before = now - REFUSAL_SECONDS
    found = db.do("mark_refused", before=before, limit=REFUSED_MOST)
    delete_doomed(db, now)
    return found + (db.do("delete_refusals", before=before) if found < REFUSED_MOST else 0)


def _let_go(db: Work, now: float) -> int:
    """Do so for the day on which people asked to be forgotten, once it is over."""
    ended = db.all("days_over", name=FORGOTTEN, now=now)
    return sum(
        _forget_use(db, since=row["until"], source=row["source"], person=row["subject"]) for row in ended
    )


def delete_doomed(db: Work, now: float) -> None:
    """Delete the turns that were marked, with all that hangs on them; what they cost stays counted."""
    forget_doomed(db, now)
    db.do("drop_doomed_summaries")
    for query in ("delete_pages", "delete_events", "detach_usage", "detach_turns", "delete_turns"):
        db.do(query)
    db.do("delete_emptied_chats")
    db.do("clear_doomed")


def _own_chat(turn: StoredTurn) -> str:
    """Return the scope of the chat where it is the person's alone."""
    return "" if any(one.shared for one in turn.heard) else of_place(turn.chat)


def _sent_at(turn: StoredTurn) -> float:
    """Return the second in which the person asked for it: platforms tell of a message no more than that."""
    return math.floor(max(one.sent_at for one in turn.heard))


def _person(turn: StoredTurn) -> dict[str, str]:
    return {"source": turn.chat.source, "person": turn.person}
