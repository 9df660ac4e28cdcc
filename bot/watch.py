"""Looking after the process itself: is the database still there, and does it answer; does the loop keep its beat.

A late loop is not only slow: acknowledgements come late, and a platform delivers again what it believes lost.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot import meters
from bot.errors import DatabaseGone, StoreUnavailable

if TYPE_CHECKING:
    from bot.store import Store
    from bot.store.sqlite import Database

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0
"""Seconds between two looks at the file: writes to a deleted one go on without an error, and are lost."""
STUCK = (35.0, 10.0)
"""Seconds in which no transaction ends, twice, before the database counts as dead: its disk hangs, or its thread is gone.
Twice, because a process that was put to sleep wakes up late for the first. A lock of another program is told after five
seconds to each that waits for it, and ends nothing."""
BEAT = 0.05
"""Seconds between two looks at the loop: a stall that is shorter can pass between them unseen."""
LATE = 0.5
"""Seconds a beat may be late before the log hears of it."""
TOLD_EVERY = 10.0
"""Seconds between two lines about a late loop: a busy machine must not flood the log."""
LOG_BYTES_MOST = 64 * 2**20
"""A write-ahead log of this size is not being emptied: somebody reads the database and does not end."""


async def watch_database(store: Store) -> None:
    """Look at the file, and have it answer, until cancelled. Raises DatabaseGone."""
    told = False
    while True:
        await asyncio.sleep(LOOK_EVERY)
        store.database.look()
        await _ask(store.database)
        size = store.database.log_size()
        if size > LOG_BYTES_MOST and not told:
            log.warning("the database's log is not emptied; end what reads it", extra={"bytes": size})
        told = size > LOG_BYTES_MOST


async def _ask(database: Database) -> None:
    for seconds in STUCK:
        ended = database.ended
        try:
            async with asyncio.timeout(seconds):
                return await database.transact(lambda _db: None)
        except StoreUnavailable:
            return None
        except TimeoutError:
            # Others that stood before it had their turn, if only to be refused.
            if database.ended != ended:
                return None
    problem = "the database does not answer any more; see whether its disk works"
    log.critical(problem)
    raise DatabaseGone(problem)


async def watch_loop() -> None:
    """Measure how late the event loop is, and say when it was held up, until cancelled."""
    loop = asyncio.get_running_loop()
    silent_until = 0.0
    while True:
        due = loop.time() + BEAT
        await asyncio.sleep(BEAT)
        late = loop.time() - due
        meters.lagged(late)
        if late > LATE and loop.time() >= silent_until:
            log.warning("the event loop was held up", extra={"seconds": round(late, 2)})
            silent_until = loop.time() + TOLD_EVERY
