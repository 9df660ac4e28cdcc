"""The files of the database: who owns them, who may read them, and whether they are what they were."""

from __future__ import annotations

import fcntl
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

from bot.errors import AlreadyRunning, StoreError

log = logging.getLogger(__name__)

OTHERS = stat.S_IRWXG | stat.S_IRWXO
MADE = "A database was made beside this file. It is locked by the process that uses it.\n"
"""Stands in the lock file once the database has its tables: so an emptied one is not taken for a new one."""


def may(path: Path, mode: int) -> bool:
    """Tell whether this process may use a file or folder so; `mode` is of `os.access`."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def own(path: Path) -> int:
    """Take the lock beside the file; people's words are readable by the owner alone."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be created: {error.strerror}; choose another DATABASE_URL"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise AlreadyRunning(f"another process is already using {path}; stop it first") from error
    return lock


def was_made(lock: int) -> bool:
    """Tell whether the lock file says that a database was made beside it."""
    return os.fstat(lock).st_size > 0


def note_made(lock: int) -> None:
    """Write it there. Best effort: on a full disk the next start tries again."""
    with suppress(OSError):
        os.write(lock, MADE.encode())


def refuse_emptied(path: Path, *, known: bool) -> None:
    """Refuse an emptied file, which would silently become a new database.

    It is told from one that was never used by what lies beside it: its write-ahead log, or the lock file, in which
    stands that a database was made. Without any file at all somebody wanted to begin anew, or lost a disk: the log
    says so, and the bot begins.
    """
    if not path.exists():
        if known:
            log.warning("the database of earlier starts is gone, a new one is made", extra={"file": path})
        return
    is_empty = path.is_file() and path.stat().st_size == 0
    if is_empty and (known or Path(f"{path}-wal").exists()):
        raise StoreError(f"{path} was emptied; restore it from a backup, or remove it to start anew")


def close_to_others(path: Path) -> None:
    """Take from others the right to read what people said; the folder may be shared, so it is only looked at."""
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if file.exists() and file.stat().st_mode & OTHERS:
            try:
                file.chmod(0o600)
            except OSError as error:
                raise StoreError(
                    f"others may read {file}, and it cannot be closed to them: {error.strerror}; "
                    "give it to the user who runs the bot"
                ) from error
            log.warning("others could read the database; now only its owner can", extra={"file": file.name})
    if path.parent.stat().st_mode & stat.S_IWOTH:
        log.warning("everybody may write to the folder of the database", extra={"folder": path.parent})


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from any other that may take its place; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
