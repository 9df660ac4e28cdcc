"""What stands on the page now, in memory: the answers that grow, and whoever watches them.

Nothing is queued: a watcher waits until something changed, and looks at what is true then. What is over is read
from the store, so this is small, and a restart loses nothing but the growing of a moment.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.web.refusals import too_many
from adapters.web.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.web.dialect import WebBody
    from bot.model import Controls, MessageRef, TurnId


MOST_WATCHERS = 200
WAIT = 10.0
"""Seconds after which whoever finds no place may try again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it is shown."""

    body: WebBody
    controls: Controls


@dataclass(slots=True)
class Live:
    """One answer in the making, as it is shown."""

    text: str = ""
    status: str = ""
    messages: dict[MessageRef, Shown] = field(default_factory=dict["MessageRef", Shown])
    over_at: float | None = None
    """When all of it was shown, in seconds since 1970; the store knows the rest."""

    @property
    def pages(self) -> list[Shown]:
        """Return the pages of the answer, in their order."""
        numbered = [(number, one) for ref, one in self.messages.items() if (number := page(ref)) is not None]
        return [one for _, one in sorted(numbered, key=lambda pair: pair[0])]

    @property
    def beside(self) -> list[Shown]:
        """Return what was said beside the answer, such as that it failed."""
        return [one for ref, one in self.messages.items() if page(ref) is None]


def page(ref: MessageRef) -> int | None:
    """Return which page of its answer a message is; None for a sentence beside it."""
    number = ref.rpartition(":")[2]
    return int(number) if number.isdecimal() else None


class Room:
    """One conversation."""

    def __init__(self) -> None:
        self.lives: dict[TurnId, Live] = {}
        self.version = 0
        """Grows with every change."""
        self.stale = 0
        """Grows when what was read from the store is no longer all there is."""
        self.watchers = 0
        self.closed = False
        self._changed = asyncio.Event()

    def change(self) -> None:
        """Let the watchers look at the answers that grow."""
        self.version += 1
        self._changed.set()

    def touch(self) -> None:
        """Let the watchers look at the store."""
        self.stale += 1
        self.change()

    async def changed(self, version: int, within: float) -> None:
        """Wait until something differs from what it was at `version`, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.version == version and not self.closed:
                    self._changed.clear()
                    await self._changed.wait()

    def close(self) -> None:
        """Send the watchers away."""
        self.closed = True
        self._changed.set()


class Hub:
    """All conversations in which something happens or somebody watches."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self.shelf = Shelf()
        self.closed = False

    def room(self, conversation: str) -> Room:
        """Return the room of a conversation."""
        if conversation not in self._rooms:
            self._tidy()
            self._rooms[conversation] = Room()
            self._rooms[conversation].closed = self.closed
        return self._rooms[conversation]

    @contextmanager
    def watched(self, conversation: str) -> Iterator[Room]:
        """Keep a room while somebody watches it. Raises Refusal if too many do."""
        if sum(room.watchers for room in self._rooms.values()) >= MOST_WATCHERS:
            raise too_many(WAIT)
        room = self.room(conversation)
        room.watchers += 1
        try:
            yield room
        finally:
            room.watchers -= 1

    def close(self) -> None:
        """Send everybody away, and whoever comes."""
        self.closed = True
        for room in self._rooms.values():
            room.close()

    def _tidy(self) -> None:
        """Forget the rooms where nothing goes on."""
        self._rooms = {name: room for name, room in self._rooms.items() if room.watchers or _is_busy(room)}


def _is_busy(room: Room) -> bool:
    return any(live.over_at is None for live in room.lives.values())
