"""Making a record: the recorder is compiled, and a process works under it."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HEAD = struct.Struct("=4q")
SECONDS_MOST = 300


class NoRecorder(Exception):
    """Nothing can be recorded here; the message says why."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that was done to a file.

    `what` is o(pen), c(lose), w(rite), t(runcate), s(ync) or u(nlink); `at` is an offset, the size of a truncated file,
    or whether an opened one was emptied; `content` is what was written, or a file's name.
    """

    what: str
    fd: int
    at: int
    content: bytes


def compiled(folder: Path) -> Path:
    """Compile the recorder into a folder. Raises NoRecorder."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux"):
        raise NoRecorder("power cuts can be simulated on Linux only: the recorder needs LD_PRELOAD")
    if compiler is None:
        raise NoRecorder("power cuts cannot be simulated without a C compiler named cc; install gcc or clang")
    library = folder / "recorder.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library)]
    command = [compiler, *flags, str(HERE / "recorder.c"), "-ldl", "-lpthread"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own source
    if run.returncode:
        raise NoRecorder(f"the recorder could not be compiled:\n{run.stderr}")
    return library


def recorded(recorder: Path, folder: Path, *, steps: int, synchronous: str, seed: int) -> list[Operation]:
    """Let a process work in a folder, and return all it did to its files. Raises NoRecorder."""
    record, files = folder / "record", folder / "files"
    files.mkdir()
    record.touch()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "LD_PRELOAD": str(recorder),
        "POWERCUT_FOLDER": str(files.resolve()),
        "POWERCUT_LOG": str(record),
    }
    command = [sys.executable, "-m", "tests.powercut.work", str(files.resolve())]
    subprocess.run(  # noqa: S603 - our own interpreter and our own module
        [*command, str(steps), synchronous, str(seed)], env=environment, check=True, timeout=SECONDS_MOST
    )
    operations = list(_read(record.read_bytes()))
    if not any(one.what == "s" for one in operations):
        raise NoRecorder("nothing was recorded: this Python's SQLite does not call the C library")
    return operations


def _read(record: bytes) -> Iterator[Operation]:
    place = 0
    while place < len(record):
        what, fd, at, length = HEAD.unpack_from(record, place)
        place += HEAD.size
        yield Operation(chr(what), fd, at, record[place : place + length])
        place += length
