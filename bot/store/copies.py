"""Copies of the database and their health. Synchronous, and read-only for the database itself."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.errors import StoreError
from bot.store.sqlite import APPLICATION_ID, BUSY_SECONDS, migrations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_PROBLEMS = 10


def back_up(source: Path, target: Path) -> None:
    """Copy the database as it is at one moment, also while the bot writes to it. Nobody waits for it.

    The copy is one file that only its owner may read. Raises StoreError with a sentence for the operator;
    nothing is overwritten and no half copy stays.
    """
    with _reading(source) as live:
        _reserve(target)
        try:
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                live.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        except sqlite3.Error as error:
            target.unlink()
            raise StoreError(f"{target} could not be written ({error}); nothing was copied") from error


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
    if not path.is_file():
        raise StoreError(f"{path} does not exist")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        with closing(connection):
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read as a database ({error})") from error


def _reserve(target: Path) -> None:
    """Create the file empty: words must not be readable by others even while they are copied."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise StoreError(f"{target} exists already; choose another name") from error
    except OSError as error:
        raise StoreError(f"{target} cannot be created: {error.strerror}") from error
