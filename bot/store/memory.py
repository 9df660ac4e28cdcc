"""What a chat is reminded of: a summary of what is long ago, and where the words themselves begin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Work

GUESSES_MOST = 40
"""Requests of a model that are looked at to learn how it counts."""
END = 2**62
"""After every place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A turn that is over; its place is where its question stands in the conversation."""

    id: int
    place: int
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is kept for a chat: the summary reaches up to `folded_to`, the window begins at `window_from`."""

    since: int
    """The turn that began the conversation anew; it names the conversation."""
    window_from: int
    folded_to: int
    summary: str
    newest: int
    """The newest turn when the summary was made."""

    @property
    def first(self) -> int:
        """Return the first place of the window."""
        return max(self.window_from, self.since + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """What a question may be sent with."""

    kept: Remembered
    past: tuple[Past, ...]
    """The turns of the window, oldest first; at most as many as were asked for, the newest of them."""
    guesses: tuple[tuple[int, int], ...]
    """What the model's last requests were taken for, and what they were, in tokens."""
    is_earlier: bool
    """The question stands before the window, or in a conversation left behind: no summary ends just before it."""
    is_outdated: bool
    """A question within the summary was answered anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a summary can be made from."""

    kept: Remembered
    newest: int
    """The newest turn of the chat that is over."""
    past: tuple[Past, ...]
    """The turns that no summary holds, oldest first; at most as many as were asked for, the newest of them."""
    guesses: tuple[tuple[int, int], ...]
    is_outdated: bool
    """The summary counts for nothing, and `past` goes further back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a model made of the summary before it and the turns `read`, of which `newest` was the last of the chat."""

    text: str
    folded_to: int
    newest: int
    read: tuple[int, ...]


class Memories:
    """The verbs of remembering."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, turn: StoredTurn, model: str, most: int) -> Recollection:
        """Return what stands before the turn's question, at most so many turns of it word for word."""

        def work(db: Work) -> Recollection:
            kept = _kept(db, turn.chat_id)
            is_earlier = turn.since != kept.since or turn.place < kept.window_from
            first = turn.since + 1 if is_earlier else kept.first
            return Recollection(
                kept=kept,
                past=_between(db, turn.chat_id, (first, turn.place), most),
                guesses=_guesses(db, model),
                is_earlier=is_earlier,
                is_outdated=_is_outdated(db, turn.chat_id, kept),
            )

        return await self._database.transact(work)

    async def look(self, chat_id: int, model: str, most: int) -> Outlook:
        """Return what a summary of the chat can be made from, at most so many turns of it."""

        def work(db: Work) -> Outlook:
            kept = _kept(db, chat_id)
            newest = db.one("newest_turn", chat_id=chat_id)
            is_outdated = _is_outdated(db, chat_id, kept)
            first = max(kept.since + 1, 0 if is_outdated else kept.folded_to)
            return Outlook(
                kept=kept,
                newest=newest["id"] if newest is not None else 0,
                past=_between(db, chat_id, (first, END), most),
                guesses=_guesses(db, model),
                is_outdated=is_outdated,
            )

        return await self._database.transact(work)

    async def move_window(self, turn: StoredTurn, since: int, window_from: int) -> None:
        """Let the window of the turn's chat begin later; what it leaves out waits to be summarised."""

        def work(db: Work) -> None:
            db.do("leave_memory", chat_id=turn.chat_id)
            db.do("move_window", chat_id=turn.chat_id, since=since, window_from=window_from)

        await self._database.transact(work)

    async def fold(self, chat_id: int, base: Remembered, made: Summary) -> bool:
        """Store a summary that was made from the one in `base`; False if not all it was made from is still there.

        What was erased or answered anew meanwhile must not come back in a summary.
        """

        def work(db: Work) -> bool:
            (row,) = db.all("count_standing", ids=json.dumps(made.read))
            if row["turns"] != len(made.read):
                return False
            db.do("leave_memory", chat_id=chat_id)
            folded = db.one(
                "fold_memory",
                chat_id=chat_id,
                since=base.since,
                base=base.folded_to,
                folded_to=made.folded_to,
                newest=made.newest,
                summary=made.text,
            )
            return folded is not None

        return await self._database.transact(work)


def _kept(db: Work, chat_id: int) -> Remembered:
    (row,) = db.all("read_memory", chat_id=chat_id)
    return Remembered(**{name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row is no mapping


def _is_outdated(db: Work, chat_id: int, kept: Remembered) -> bool:
    """Tell whether a question within the summary was answered anew since it was made."""
    # Without a summary every turn would be looked at.
    if not kept.folded_to:
        return False
    where = {"since": kept.since, "folded_to": kept.folded_to, "newest": kept.newest}
    return db.one("answered_since", chat_id=chat_id, **where) is not None


def _guesses(db: Work, model: str) -> tuple[tuple[int, int], ...]:
    rows = db.all("guesses", model=model, most=GUESSES_MOST)
    return tuple((row["guessed"], row["prompt"]) for row in rows)


def _between(db: Work, chat_id: int, places: tuple[int, int], most: int) -> tuple[Past, ...]:
    """Return the newest turns from one place up to another, oldest first."""
    first, before = places
    rows = db.all("turns_between", chat_id=chat_id, first=first, before=before, most=most)
    return tuple(_past(row) for row in reversed(rows))


def _past(row: sqlite3.Row) -> Past:
    return Past(id=row["id"], place=row["place"], question=row["question"], answer=row["answer"])
