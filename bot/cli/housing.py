"""What is around the bot: its files, who may read them, and the space they have."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.findings import Finding, Severity
from bot.store import copies
from bot.store.files import may
from bot.store.sqlite import SAFE_SQLITE

if TYPE_CHECKING:
    from collections.abc import Iterator

FINE, NOTE, RISK, CRITICAL = Severity.FINE, Severity.NOTE, Severity.RISK, Severity.CRITICAL
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MEGABYTE = 1024 * 1024
FULL, NARROW = 50 * MEGABYTE, 500 * MEGABYTE
AS_WHO = "Run this as the user who runs the bot; if you do, give that user the file, or choose another DATABASE_URL."


def files(folder: Path) -> Iterator[Finding]:
    """Yield a risk for each file with secrets that others may read."""
    for name in (".env.local", ".env"):
        path = folder / name
        if path.is_file() and path.stat().st_mode & OTHERS:
            yield Finding(RISK, name, "others on this machine may read it", f"chmod 600 {name}")


def database(path: Path) -> Iterator[Finding]:
    """Yield what is to say about the database, its folder and its disk."""
    yield from _sqlite()
    try:
        yield from _place(path)
    except OSError as error:
        text = f"{path} cannot be looked at: {error.strerror}"
        yield Finding(CRITICAL, "database", text, AS_WHO)


def _place(path: Path) -> Iterator[Finding]:
    place = next(one for one in (path.parent, *path.absolute().parents) if one.exists())
    yield from _space(shutil.disk_usage(place).free)
    if (closed := _closed(path, place)) is not None:
        yield Finding(CRITICAL, "database", f"{closed} cannot be written to", AS_WHO)
        return
    if not path.exists():
        yield Finding(NOTE, "database", f"{path} does not exist yet; the first start makes it")
        return
    yield from _modes(path)
    yield from _health(path)


def _closed(path: Path, place: Path) -> Path | None:
    """Return what of the files and folders that the bot writes to is closed to whoever asks."""
    files = (Path(f"{path}{end}") for end in ("", "-wal", "-shm", ".lock"))
    return next((one for one in (place, *filter(Path.exists, files)) if not may(one, os.W_OK)), None)


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        yield Finding(FINE, "SQLite", f"version {version}")
        return
    safe = ".".join(map(str, SAFE_SQLITE))
    text = f"version {version} may lose the last writes if a second program writes to the database"
    yield Finding(
        NOTE, "SQLite", text, f"Only read it while the bot runs, or use a Python with {safe} or later."
    )


def _space(free: int) -> Iterator[Finding]:
    text = f"{free // MEGABYTE:,} MB are free"
    if free < FULL:
        yield Finding(CRITICAL, "disk", text, "Make room: what cannot be stored is not answered.")
    elif free < NARROW:
        yield Finding(RISK, "disk", text, "Make room soon.")
    else:
        yield Finding(FINE, "disk", text)


def _modes(path: Path) -> Iterator[Finding]:
    for one, mode in ((path, "600"), (path.parent, "700")):
        if one.stat().st_mode & OTHERS:
            yield Finding(RISK, "database", f"others on this machine may open {one}", f"chmod {mode} {one}")


def _health(path: Path) -> Iterator[Finding]:
    running = " and in use by a running bot" if _is_locked(path) else ""
    try:
        problems, version = copies.problems_of(path), copies.version_of(path)
    except StoreError as error:
        problems, version = [str(error)], 0
    for problem in problems:
        yield Finding(CRITICAL, "database", problem, "Stop the bot and restore the file from a backup.")
    if not problems:
        yield Finding(FINE, "database", f"whole, version {version}{running}")


def _is_locked(path: Path) -> bool:
    lock = path.with_name(f"{path.name}.lock")
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
