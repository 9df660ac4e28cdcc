"""Who writes next. Everybody who wants to write to an account stands here; one loop lets them go.

First texts and last texts go before refreshes; among equals, the reader who has waited longest. Nothing
is queued here but the wish: what is written is decided when the wish is granted, from what is true then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from bot import clock, meters
from bot.errors import StoreUnavailable
from bot.model import Limit
from bot.reply.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.model import ChatKey, Pace


class Urgency(IntEnum):
    """What a write is for; lower goes first."""

    FIRST_OR_LAST = 0
    REFRESH = 1
    SIGN = 2
    """A mark or another small sign that carries no text."""


@dataclass(slots=True)
class _Wish:
    limits: tuple[Limit, ...]
    urgency: Callable[[], Urgency]
    since: float
    granted: asyncio.Event = field(default_factory=asyncio.Event)

    def rank(self) -> tuple[int, float]:
        """Return its place in line; lower goes first."""
        return self.urgency(), self.since


class Pacer:
    """The gate before one account's writes. `run` must be running for any wish to be granted."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        enforced: bool = True,
        told: Callable[[str, float], object] = lambda _scope, _seconds: None,
    ) -> None:
        self._now = now
        self._told = told
        self._enforced = enforced
        self._budget = Budget()
        self._wishes: list[_Wish] = []
        self._sharers: Counter[str] = Counter()
        self._changed = asyncio.Event()

    async def turn(
        self, limits: tuple[Limit, ...], urgency: Urgency | Callable[[], Urgency], since: float
    ) -> None:
        """Wait until a write under `limits` may go; it counts as spent when this returns.

        `urgency` may be asked again while the wish waits: an answer can end meanwhile.
        `since` is the moment from which the reader has been waiting.
        """
        wish = _Wish(self._kept(limits), urgency if callable(urgency) else lambda: urgency, since)
        self._wishes.append(wish)
        self._changed.set()
        try:
            await wish.granted.wait()
        finally:
            with suppress(ValueError):
                self._wishes.remove(wish)

    @contextmanager
    def sharing(self, limits: tuple[Limit, ...]) -> Iterator[None]:
        """Count somebody who is going to write under these limits for a while."""
        scopes = [limit.scope for limit in limits]
        self._sharers.update(scopes)
        try:
            yield
        finally:
            self._sharers.subtract(scopes)
            self._sharers += Counter()  # drops what is no longer shared

    def crowd(self, limits: tuple[Limit, ...]) -> float:
        """Return the seconds it takes until everybody who shares these limits has written once."""
        rounds = [
            self._sharers[limit.scope] * limit.every for limit in limits if self._sharers[limit.scope] > 1
        ]
        return max(rounds, default=0.0)

    def delay(self, limits: tuple[Limit, ...]) -> float:
        """Return about how many seconds a wish made now would wait, those before it in line included."""
        now, limits = self._now(), self._kept(limits)
        ahead = Counter(limit.scope for wish in self._wishes for limit in wish.limits)
        line = max((ahead[limit.scope] * limit.every for limit in limits), default=0.0)
        return max(0.0, self._budget.allowed_at(limits, now) - now) + line

    def _kept(self, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
        return limits if self._enforced else tuple(Limit(limit.scope, 0.0) for limit in limits)

    async def sign(self, limits: tuple[Limit, ...], pace: Pace, since: float) -> bool:
        """Wait until a small sign may be sent; False if the chat must be left in silence just now."""
        await self.turn(limits, Urgency.SIGN, since)
        return not self._budget.rests((*pace.post, *pace.edit), self._now())

    def refused(self, scope: str, retry_after: float) -> None:
        """Keep the silence the platform asked for."""
        self.rest(scope, retry_after)
        self._told(scope, retry_after)

    def rest(self, scope: str, seconds: float) -> None:
        """Keep a silence that is known already."""
        self._budget.refused(scope, self._now(), seconds)

    async def run(self) -> None:
        """Grant wishes until cancelled."""
        while True:
            self._changed.clear()
            wait = self._grant()
            if wait is None:
                await self._changed.wait()
            elif wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()

    def _grant(self) -> float | None:
        """Grant the best wish that may go now; return the seconds until another may, None if nobody waits."""
        now = self._now()
        best, soonest = None, None
        for wish in self._wishes:
            at = self._budget.allowed_at(wish.limits, now)
            if at <= now:
                best = wish if best is None or wish.rank() < best.rank() else best
            else:
                soonest = at if soonest is None else min(at, soonest)
        if best is None:
            return None if soonest is None else soonest - now
        self._wishes.remove(best)
        self._budget.spent(best.limits, now)
        best.granted.set()
        return 0.0


class Memory(Protocol):
    """Where silences outlive the process."""

    async def keep(self, source: str, scope: str, seconds: float, now: float) -> None: ...
    async def left(self, now: float) -> list[tuple[str, str, float]]: ...


class Pacers:
    """One gate per account, opened when first needed and kept by the task group given.

    Not `enforced` means: keep no limits but the silences that are asked for. With a `memory`, these are kept
    over a restart too, once `recall` was called.
    """

    def __init__(
        self, tasks: asyncio.TaskGroup, *, enforced: bool = True, memory: Memory | None = None
    ) -> None:
        self._tasks = tasks
        self._enforced = enforced
        self._memory = memory
        self._left: dict[str, list[tuple[str, float]]] = {}
        self._pacers: dict[tuple[str, str], Pacer] = {}
        self._running: list[asyncio.Task[None]] = []

    def of(self, chat: ChatKey) -> Pacer:
        """Return the gate of the account that owns this chat."""
        account = (chat.platform, chat.account)
        if account not in self._pacers:
            self._pacers[account] = pacer = self._open(":".join(account))
            self._running.append(self._tasks.create_task(pacer.run(), name=f"pacer {chat.platform}"))
        return self._pacers[account]

    async def recall(self) -> None:
        """Take over the silences an earlier process was asked for. Call it before the first write."""
        if self._memory is not None:
            began = clock.ticks()
            for source, scope, seconds in await self._memory.left(clock.wall()):
                self._left.setdefault(source, []).append((scope, began + seconds))

    def _open(self, source: str) -> Pacer:
        now = asyncio.get_running_loop().time

        def told(scope: str, seconds: float) -> None:
            meters.refused(source.partition(":")[0])
            self._tasks.create_task(self._keep(source, scope, seconds), name=f"keep silence {scope}")

        pacer = Pacer(now, enforced=self._enforced, told=told)
        for scope, until in self._left.pop(source, []):
            pacer.rest(scope, max(0.0, until - now()))
        return pacer

    async def _keep(self, source: str, scope: str, seconds: float) -> None:
        # Best effort: this process keeps the silence in any case.
        if self._memory is not None:
            with suppress(StoreUnavailable):
                await self._memory.keep(source, scope, seconds, clock.wall())

    def close(self) -> None:
        """Let nobody through any more."""
        for task in self._running:
            task.cancel()
