"""What a disk holds after a power cut: all that was synced, and any sectors of the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.powercut.recording import Operation

SECTOR = 512
"""Bytes that a disk writes wholly or not at all."""
KEPT = 0.5
"""How likely it is that something unsynced got to the disk."""


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at an offset."""

    at: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """The file was cut off, or extended by zeros."""

    size: int


@dataclass(slots=True)
class File:
    """One file: what is surely on the disk, and what was done since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Written | Resized] = field(default_factory=list[Written | Resized])

    def sync(self) -> None:
        """Bring all of it to the disk."""
        for change in self.pending:
            _apply(self.synced, change)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """Return what may be found of it."""
        content = bytearray(self.synced)
        for change in self.pending:
            for piece in _sectors(change):
                if chance.random() < KEPT:
                    _apply(content, piece)
        return bytes(content)


class Disk:
    """The files of a folder by name. Making and removing a file takes effect at once, and in order."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self._opened: dict[int, str] = {}

    def do(self, operation: Operation) -> None:
        """Take over one operation."""
        match operation.what:
            case "o":
                self._open(operation)
            case "c":
                del self._opened[operation.fd]
            case "u":
                del self.files[operation.content.decode()]
            case _:
                self._change(operation)

    def named(self, fd: int) -> str:
        """Return the file that a descriptor stands for."""
        return self._opened[fd]

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return what may be found if the power is cut now."""
        return {name: file.after_cut(chance) for name, file in self.files.items()}

    def _open(self, operation: Operation) -> None:
        name = operation.content.decode()
        self._opened[operation.fd] = name
        file = self.files.setdefault(name, File())
        if operation.at:
            file.pending.append(Resized(0))

    def _change(self, operation: Operation) -> None:
        # What was removed while it was open can still be written to, and is gone all the same.
        file = self.files.get(self.named(operation.fd), File())
        match operation.what:
            case "w":
                file.pending.append(Written(operation.at, operation.content))
            case "t":
                file.pending.append(Resized(operation.at))
            case "s":
                file.sync()
            case other:
                raise ValueError(other)


def _apply(content: bytearray, change: Written | Resized) -> None:
    match change:
        case Written(at, new):
            _extend(content, at)
            content[at : at + len(new)] = new
        case Resized(size):
            del content[size:]
            _extend(content, size)


def _extend(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))


def _sectors(change: Written | Resized) -> Iterator[Written | Resized]:
    """Yield what reaches the disk wholly or not at all."""
    if isinstance(change, Resized):
        yield change
        return
    start, end = change.at, change.at + len(change.content)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Written(start, change.content[start - change.at : stop - change.at])
        start = stop
