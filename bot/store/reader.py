"""A second connection for what takes long, so that no message waits behind somebody who looks something up.

It sees what was committed before it looks, writes nothing, and does one look at a time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from threading import Event
from typing import TYPE_CHECKING, Self, TypeVar

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

STEPS = 10_000
"""Of SQLite's machine, between two questions whether it is over; a fraction of a millisecond."""
T = TypeVar("T")


class _Connection(aiosqlite.Connection):
    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def hop() -> T:
            self._conn.execute("BEGIN")
            try:
                return work(self._conn)
            finally:
                self._conn.rollback()

        result: T = await self._execute(hop)  # type: ignore[no-untyped-call]
        return result


class Reader:
    """Looks. Raises what sqlite3 raises."""

    def __init__(self, connection: _Connection, over: Event) -> None:
        self._connection = connection
        self._over = over
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, busy_seconds: float) -> Self:
        """Open a database that exists and is already open for writing."""
        over = Event()
        connection = _Connection(lambda: _open(path, busy_seconds, over), 64)
        await connection
        return cls(connection, over)

    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on one state of the database."""
        async with self._turn:
            return await self._connection.look(work)

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Nobody looks meanwhile: the write-ahead log can be emptied only then."""
        async with self._turn:
            # A look that was cancelled goes on in its thread.
            await self._connection.look(lambda _connection: None)
            yield

    async def close(self) -> None:
        """Close the connection. A look that is still being taken fails, as nobody waits for it at the end."""
        self._over.set()
        await self._connection.close()


def _open(path: Path, busy_seconds: float, over: Event) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=busy_seconds)
    connection.row_factory = sqlite3.Row
    connection.set_progress_handler(over.is_set, STEPS)
    return connection
