"""SQLite as one file with one owner.

- One process: a lock file held for its lifetime; the operating system lets go of it however the process ends.
- One connection that writes, and a whole transaction in one hop to its thread: a cancelled task can neither leave a
  transaction open nor have another task's statements fall into it. What takes long is looked up by another one.
- WAL with `synchronous=FULL`: with NORMAL a power cut loses commits that were already acknowledged.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import aiosqlite

from bot.crash import passage
from bot.errors import DatabaseGone, NewerDatabase, StoreError, StoreUnavailable
from bot.store.files import close_to_others, identity, note_made, own, refuse_emptied, was_made
from bot.store.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

log = logging.getLogger(__name__)

APPLICATION_ID = 0x51574E42  # "QWNB": tells our file from anybody else's
BUSY_SECONDS = 5.0
DAMAGED, PRIMARY = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}, 0xFF
"""What SQLite says of a damaged file; the low byte of its codes is the kind, the rest are details."""
PASSING = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM),
}
"""What it says where the file may be well, and its disk, its rights or another program are in the way."""
SAFE_SQLITE = (3, 51, 3)  # older ones have the WAL-reset bug, which needs a second writing connection

Value = str | int | float | None
T = TypeVar("T")


@cache
def queries() -> dict[str, str]:
    """Return the statements of all `.sql` files beside this one by name."""
    files = [file for file in resources.files("bot.store").iterdir() if file.name.endswith(".sql")]
    parts = [part for file in files for part in file.read_text("utf-8").split("\n-- name: ")[1:]]
    return {name.strip(): body.strip() for name, _, body in (part.partition("\n") for part in parts)}


class Work:
    """One transaction: named queries, one after the other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, query: str, **values: Value) -> list[sqlite3.Row]:
        """Run a named query and return all its rows."""
        return self._run(query, values).fetchall()

    def one(self, query: str, **values: Value) -> sqlite3.Row | None:
        """Run a named query and return its first row, if any."""
        rows = self.all(query, **values)
        return rows[0] if rows else None

    def do(self, query: str, **values: Value) -> int:
        """Run a named query and return how many rows it changed."""
        return self._run(query, values).rowcount

    def _run(self, query: str, values: Mapping[str, Value]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(queries()[query], values)
        except UnicodeEncodeError:
            # Half a surrogate pair cannot be stored, and must not stop what came with it.
            whole = {name: _encodable(value) for name, value in values.items()}
            return self._connection.execute(queries()[query], whole)


def _encodable(value: Value) -> Value:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


class _OneHop(aiosqlite.Connection):
    ended = 0

    async def transact(self, work: Callable[[Work], T]) -> T:
        def hop() -> T:
            try:
                return self._run(work)
            finally:
                self.ended += 1

        result: T = await self._execute(hop)  # type: ignore[no-untyped-call]
        return result

    def _run(self, work: Callable[[Work], T]) -> T:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            result = work(Work(self._conn))
            self._conn.commit()
        except BaseException:
            # A commit that failed leaves the transaction open, and every later one would be refused.
            self._conn.rollback()
            raise
        return result

    async def scrub(self) -> bool:
        """Write the log back into the file and empty it; False if a reader kept it."""

        def hop() -> bool:
            # Read to its end at once: while it is under way, no transaction can be committed.
            ((busy, *_pages),) = self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not busy

        whole: bool = await self._execute(hop)  # type: ignore[no-untyped-call]
        return whole

    def join(self) -> None:
        """Wait for the thread of a connection that could not be opened.

        It reports to the event loop that it stops, and would die loudly if the loop were closed by then.
        """
        self._thread.join()


class Database:
    """The file, owned. What writes goes through `transact`; what only reads, and takes long, through `look_up`."""

    def __init__(self, connection: _OneHop, reader: Reader, lock: int, path: Path) -> None:
        self._connection = connection
        self._reader = reader
        self._lock = lock
        self._path = path
        self._file = identity(path)
        self._journal_path = Path(f"{path}-wal")
        self._journal = identity(self._journal_path)
        self._damage = ""

    async def transact(self, work: Callable[[Work], T]) -> T:
        """Run `work` as one transaction. All that is said and answered waits for it: let it take milliseconds.

        Raises StoreUnavailable if the file is full, locked or unwritable; nothing of it is stored then. Raises
        DatabaseGone if it is damaged.
        """
        with self._named():
            return await self._connection.transact(work)

    @property
    def ended(self) -> int:
        """How many transactions have ended, done or refused. One after the other they do, as long as the database answers."""
        return self._connection.ended

    async def look_up(self, work: Callable[[Work], T]) -> T:
        """Run `work`, which only reads, on one state of the database. Nobody waits for it but who else looks up.

        Raises as `transact` does.
        """
        with self._named():
            return await self._reader.look(lambda connection: work(Work(connection)))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Give what SQLite raises the name that says what to do about it."""
        try:
            yield
        except sqlite3.OperationalError as error:
            log.warning("the database refused a transaction", extra={"reason": str(error)})
            raise StoreUnavailable from error
        except sqlite3.DatabaseError as error:
            if _kind(error) not in DAMAGED:
                raise
            self._damage = f"{self._path} is damaged ({error}); restore it from a backup, then start the bot"
            raise DatabaseGone(self._damage) from error

    async def scrub(self) -> None:
        """Take what was deleted out of the write-ahead log, where its old pages stand.

        In the file itself it was overwritten when it was deleted. Raises StoreUnavailable.
        """
        try:
            async with self._reader.at_rest():
                whole = await self._connection.scrub()
        except sqlite3.OperationalError as error:
            raise StoreUnavailable from error
        if not whole:
            log.warning("somebody reads the database; what was deleted leaves its log later")

    def look(self) -> None:
        """Raise DatabaseGone unless the files that were opened still stand in their places, and no damage was met.

        Whoever meets damage may be serving a request, and such an error ends that request and not the process. What
        the write-ahead log holds and the file does not is put into the file when the database is closed.
        """
        if self._damage:
            raise DatabaseGone(self._damage)
        if identity(self._path) != self._file:
            raise DatabaseGone(
                f"{self._path} was deleted or replaced while the bot was running; "
                "put it back from a backup, then start the bot"
            )
        if self._journal is not None and identity(self._journal_path) != self._journal:
            raise DatabaseGone(
                f"{self._journal_path} was deleted or replaced while the bot was running; "
                "leave it alone, and start the bot again"
            )

    def size(self) -> int:
        """Return the bytes of the database with its write-ahead log."""
        return self._path.stat().st_size + self.log_size()

    def log_size(self) -> int:
        """Return the bytes of the write-ahead log; 0 if there is none."""
        try:
            return self._journal_path.stat().st_size
        except OSError:
            return 0

    async def close(self) -> None:
        """Close the file and let go of the lock; without it the process would hang at its end."""
        try:
            # The last to close puts the log into the file, and a reader cannot.
            await self._reader.close()
        finally:
            try:
                await self._connection.close()
            finally:
                os.close(self._lock)


async def open_database(path: Path) -> Database:
    """Open or create the file, become its owner, and bring its schema up to date.

    Raises AlreadyRunning, NewerDatabase, or StoreError with a sentence for the operator.
    """
    lock = own(path)
    try:
        known = was_made(lock)
        connection = await _connect(path, known=known)
        reader = await _beside(connection, path)
        if not known:
            note_made(lock)
    except BaseException:
        os.close(lock)
        raise
    return Database(connection, reader, lock, path)


async def _beside(connection: _OneHop, path: Path) -> Reader:
    """Open what looks up beside what writes."""
    try:
        return await Reader.open(path, BUSY_SECONDS)
    except BaseException:
        await connection.close()
        raise


def _kind(error: sqlite3.DatabaseError) -> int:
    """Return what went wrong, as one of SQLite's primary codes; 0 if it was not SQLite that refused."""
    return int(getattr(error, "sqlite_errorcode", 0)) & PRIMARY


async def _connect(path: Path, *, known: bool) -> _OneHop:
    connection = _OneHop(lambda: _open(path, known=known), 64)
    try:
        await connection
    except sqlite3.DatabaseError as error:
        connection.join()
        if _kind(error) in PASSING:
            raise StoreUnavailable(
                f"{path} cannot be opened now ({error}); see whether its disk is full, whether the bot may write "
                "there and whether another program holds it, then start the bot again"
            ) from error
        raise StoreError(
            f"{path} cannot be used as a database ({error}); restore it from a backup"
        ) from error
    except BaseException:
        connection.join()
        raise
    return connection


def _open(path: Path, *, known: bool) -> sqlite3.Connection:
    refuse_emptied(path, known=known)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; choose another DATABASE_URL"
        ) from error
    close_to_others(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    connection.row_factory = sqlite3.Row
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    log.info(
        "database opened",
        extra={"sqlite": sqlite3.sqlite_version, "safe": sqlite3.sqlite_version_info >= SAFE_SQLITE},
    )
    return connection


def migrations() -> Mapping[int, str]:
    """Return the schema's steps by number."""
    files = resources.files("bot.store").joinpath("migrations").iterdir()
    return {int(file.name[:3]): file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name)}


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    _refuse_foreign(connection, path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = migrations()
    if version > max(steps):
        raise NewerDatabase(f"{path} was written by a newer version of this bot; update the bot to use it")
    for number in range(version + 1, max(steps) + 1):
        _step(connection, steps[number], number)
        log.info("database migrated", extra={"version": number})


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; choose another DATABASE_URL")


def _step(connection: sqlite3.Connection, script: str, number: int) -> None:
    """Run one step and its number as one transaction: a kill leaves the old version or the new one."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(script):
            connection.execute(statement)
            passage("migrating")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit on its own."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
