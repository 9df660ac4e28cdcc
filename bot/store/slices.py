"""What may be much goes away in slices: between two of them whoever speaks is heard.

Each statement of the two kinds takes a `:limit` and looks at the front of what it deletes, so that a slice costs the
same however much is left. What is erased in this way can be erased again from the beginning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.store.forgotten import forget_doomed

if TYPE_CHECKING:
    from bot.store.sqlite import Database, Value, Work

TURNS, ROWS = 25, 200
"""Deleted in one transaction: turns with all that hangs on them, or single rows. Some ten milliseconds."""


async def drop_rows(database: Database, query: str, **values: Value) -> int:
    """Run a statement until it finds nothing more; return how many rows that were."""
    dropped = 0
    while found := await database.transact(lambda db: db.do(query, limit=ROWS, **values)):
        dropped += found
    return dropped


async def drop_turns(database: Database, mark: str, now: float, *, spared: int = 0, **values: Value) -> int:
    """Delete the turns that a statement marks, until it marks none; return how many those were.

    A turn that answers one of them again has its question, too, and goes with it. One is spared.
    """

    def work(db: Work) -> int:
        found = db.do(mark, limit=TURNS, spared=spared, **values)
        if found:
            db.do("mark_turns_again", spared=spared)
            delete_doomed(db, now)
        return found

    dropped = 0
    while found := await database.transact(work):
        dropped += found
        passage("erasing")
    return dropped


async def drop_cached(database: Database, **values: Value) -> None:
    """Delete the cached answers that are over, too old or too many; they are looked for beside what is written."""
    rows = await database.look_up(lambda db: db.all("worn_cached", **values))
    keys = [row["key"] for row in rows]
    for n in range(0, len(keys), ROWS):
        some = json.dumps(keys[n : n + ROWS])
        await database.transact(lambda db, some=some: db.do("delete_cached", keys=some))  # type: ignore[misc]


def delete_doomed(db: Work, now: float) -> None:
    """Delete the turns that were marked, with all that hangs on them; what they cost stays counted."""
    forget_doomed(db, now)
    db.do("drop_doomed_summaries")
    for query in ("delete_pages", "delete_events", "detach_usage", "detach_turns", "delete_turns"):
        db.do(query)
    db.do("delete_emptied_chats")
    db.do("clear_doomed")
