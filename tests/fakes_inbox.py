"""An inbox in memory, for adapters under test: it keeps the port's contract, and can be told to fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import StoreUnavailable
from bot.model import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.model import ChatKey, Event, Overheard


@dataclass(frozen=True, slots=True)
class Aside:
    """What could not be read."""

    platform: str
    account: str
    key: str
    raw: str


class FakeInbox:
    """Stores events in order; a key seen before changes nothing.

    `events` is what was stored, `batches` every successful `accept` as it was called, duplicates included,
    `refused` every batch that met `fail_next`. `told` is what the person behind an event with this key shall read.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.batches: list[tuple[Event, ...]] = []
        self.refused: list[tuple[Event, ...]] = []
        self.told: dict[str, str] = {}
        self.aside: list[Aside] = []
        self.moves: list[tuple[ChatKey, ChatKey]] = []
        self.positions: dict[tuple[str, str], str] = {}
        self.heeding = True
        """Whether anything is done about what is said to others."""
        self.before_accept: Callable[[], None] = lambda: None
        self._failures = 0
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Condition()

    def fail_next(self, times: int = 1) -> None:
        """Let the next calls that store something raise StoreUnavailable."""
        self._failures = times

    def hold(self) -> None:
        """Let `accept` wait until `release`, as a slow disk would."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def accept(self, events: Sequence[Event]) -> Mapping[str, str]:
        self.before_accept()
        await self._open.wait()
        if self._failing():
            self.refused.append(tuple(events))
            await self._tell()
            raise StoreUnavailable
        self.batches.append(tuple(events))
        for event in events:
            if all(self._identity(event) != self._identity(known) for known in self.events):
                self.events.append(event)
        await self._tell()
        return {event.key: self.told[event.key] for event in events if event.key in self.told}

    async def heeds(self, event: Said | Overheard) -> bool:
        if self._failing():
            raise StoreUnavailable
        return self.heeding or (isinstance(event, Said) and event.addressed)

    async def moved(self, old: ChatKey, new: ChatKey) -> None:
        if self._failing():
            raise StoreUnavailable
        self.moves.append((old, new))
        await self._tell()

    async def set_aside(self, platform: str, account: str, key: str, raw: str) -> None:
        if self._failing():
            raise StoreUnavailable
        entry = Aside(platform, account, key, raw)
        if all(
            (entry.platform, entry.account, entry.key) != (a.platform, a.account, a.key) for a in self.aside
        ):
            self.aside.append(entry)
        await self._tell()

    async def position(self, platform: str, account: str) -> str:
        return self.positions.get((platform, account), "")

    async def remember(self, platform: str, account: str, position: str) -> None:
        if self._failing():
            raise StoreUnavailable
        self.positions[platform, account] = position
        await self._tell()

    async def recent(self, platform: str, account: str, since: float, most: int) -> Sequence[ChatKey]:
        heard = [
            event for event in self.events if isinstance(event, Said) and event.sent_at.timestamp() > since
        ]
        return list(dict.fromkeys(event.chat for event in reversed(heard)))[:most]

    async def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Return as soon as the condition holds after a change here; raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def wait(self, count: int, seconds: float = 10.0) -> list[Event]:
        """Return the stored events once there are `count` of them; raises TimeoutError."""
        await self.until(lambda: len(self.events) >= count, seconds)
        return self.events

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _failing(self) -> bool:
        self._failures -= 1
        return self._failures >= 0

    @staticmethod
    def _identity(event: Event) -> tuple[str, str, str]:
        return event.chat.platform, event.chat.account, event.key
