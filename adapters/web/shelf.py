"""Files that were made for whoever is at the page, until they are fetched. Pure: time is an argument.

They are kept in memory and for a short time: what stands in them is in the database, and can be written down again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import MessageRef

if TYPE_CHECKING:
    from bot.model import TurnId

KEEP = 900.0
"""Seconds for which a file can be fetched."""
MOST = 8
"""Files that are kept, the newest."""
KINDS = {"md": "text/markdown; charset=utf-8", "json": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file, made at a moment in seconds since 1970."""

    name: str
    content: bytes
    at: float

    @property
    def kind(self) -> str:
        """Return its media type."""
        return KINDS.get(self.name.rpartition(".")[2], "application/octet-stream")


class Shelf:
    """Holds the files by the messages that carry them; moments are seconds since 1970."""

    def __init__(self) -> None:
        self._parcels: dict[MessageRef, Parcel] = {}

    def put(self, ref: MessageRef, parcel: Parcel) -> None:
        """Keep a file; the oldest makes room for it."""
        self._parcels.pop(ref, None)
        self._parcels[ref] = parcel
        while len(self._parcels) > MOST:
            del self._parcels[next(iter(self._parcels))]

    def find(self, turn: TurnId, began: float, now: float) -> Parcel | None:
        """Return the file of a turn that `began` then: a turn that was erased may have had its number before."""
        found = self._parcels.get(ref_of(turn))
        return found if found is not None and began <= found.at and now - found.at < KEEP else None

    def drop(self, ref: MessageRef) -> None:
        """Forget the file of a message, if it carries one."""
        self._parcels.pop(ref, None)

    def tidy(self, now: float) -> None:
        """Forget what was not fetched in time."""
        self._parcels = {ref: one for ref, one in self._parcels.items() if now - one.at < KEEP}

    def clear(self) -> None:
        """Forget all of it."""
        self._parcels.clear()


def ref_of(turn: TurnId) -> MessageRef:
    """Return the message that carries the file of a turn."""
    return MessageRef(f"{turn}:file")
