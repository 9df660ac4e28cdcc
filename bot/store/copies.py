"""Copies of the database and their health. Synchronous, and read-only for the database itself."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.files import may
from bot.store.sqlite import APPLICATION_ID, BUSY_SECONDS, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PROBLEMS = 10


def back_up(source: Path, target: Path) -> None:
    """Copy the database as it is at one moment, also while the bot writes to it. Nobody waits for it.

    The copy is one file that only its owner may read. Raises StoreError with a sentence for the operator;
    nothing is overwritten and no half copy stays. A process that is killed meanwhile leaves its half under a name of
    its own, which ends in `.part`.
    """
    with _reading(source) as live:
        if _pragma(live, "application_id") != APPLICATION_ID:
            raise StoreError(f"{source} is not a database of this bot; nothing was copied")
        _refuse_taken(target)
        part = _begin(target)
        try:
            damage = _copied(live, part)
            _name(part, target)
        except sqlite3.Error as error:
            raise StoreError(f"{target} could not be written ({error}); nothing was copied") from error
        finally:
            part.unlink(missing_ok=True)
    if damage:
        raise StoreError(
            f"{target} is a copy of a damaged database, keep an earlier one as well: {damage[0]}"
        )


def problems_of(path: Path) -> list[str]:
    """Return what is wrong with a database or a copy of one; empty if it is whole.

    Raises StoreError if it cannot be read at all.
    """
    with _reading(path) as connection:
        try:
            return [*_identity(connection), *_damage(connection)]
        except sqlite3.DatabaseError as error:
            return [f"it cannot be read to its end: {error}"]


def version_of(path: Path) -> int:
    """Return the version of the schema. Raises StoreError if the file cannot be read."""
    with _reading(path) as connection:
        return int(_pragma(connection, "user_version"))


def _identity(connection: sqlite3.Connection) -> Iterator[str]:
    if _pragma(connection, "application_id") != APPLICATION_ID:
        yield "it is not a database of this bot"
    version, known = int(_pragma(connection, "user_version")), max(migrations())
    if version > known:
        yield f"it has version {version}, and this bot knows {known} at most; update the bot"


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (found,) in connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})"):
        if found != "ok":
            yield str(found)
    for row in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS):
        yield f"a row of {row[0]} refers to a row of {row[2]} that does not exist"


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    _refuse_unreadable(path)
    try:
        connection = sqlite3.connect(_address(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        with closing(connection):
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read as a database ({error})") from error


def _refuse_unreadable(path: Path) -> None:
    try:
        is_file = path.is_file()
        is_there = is_file or path.exists()
    except OSError as error:
        raise StoreError(f"{path} cannot be looked at: {error.strerror}") from error
    if not is_file:
        raise StoreError(f"{path} is not a file" if is_there else f"{path} does not exist")
    if not may(path, os.R_OK):
        raise StoreError(f"{path} cannot be read: only its owner may")


def _address(path: Path) -> str:
    """Return how SQLite opens the file without writing to it.

    It makes files beside a database to read it, which a folder that takes none refuses. Where there are none, nobody
    is writing, and it may do without.
    """
    alone = not may(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro" + ("&immutable=1" if alone else "")


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise _taken(target)


def _taken(target: Path) -> StoreError:
    return StoreError(f"{target} exists already; choose another name")


def _begin(target: Path) -> Path:
    """Create the file empty: words must not be readable by others even while they are copied."""
    try:
        file, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be created: {error.strerror}") from error
    os.close(file)
    return Path(name)


def _copied(live: sqlite3.Connection, part: Path) -> list[str]:
    """Copy; return what is damaged in the copy."""
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        try:
            return list(_damage(copy))
        except sqlite3.DatabaseError as error:
            return [f"it cannot be read to its end: {error}"]


def _name(part: Path, target: Path) -> None:
    """Give the finished copy its name, unless somebody took that meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError:
        # A file system without second names. Here a name taken within this instant would be lost.
        _refuse_taken(target)
        part.replace(target)
