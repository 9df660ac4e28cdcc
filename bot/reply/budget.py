"""When the next write is allowed. Pure: time is an argument, nothing sleeps.

Each `Limit` is kept as the moment its next write falls due (the generic cell rate algorithm): a write is
allowed from `due - (burst - 1) * every` on, and moves `due` by `every`. Three more rules:

- A refusal silences its scope for the whole time named; `""` silences the account.
- A refused scope is slowed down, and every write that succeeds wins a little of the speed back, because the
  platforms do not publish their limits and other tools may share the token.
  Only the average slows down: a burst that grew with it would let writes through that the limit forbids.
- Scopes that have come to rest are forgotten, so memory follows the chats that are live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import Limit

ACCOUNT = ""
MARGIN = 0.1
"""Seconds added to a wait the platform names: clocks and networks are not exact."""
SLOWER, SLOWEST, RECOVERY = 1.5, 4.0, 0.97
FORGET_EVERY = 1000
REMEMBERED_FOR = 3600.0
"""Seconds after a silence for which a scope that is hardly written to stays slow."""


class Budget:
    """The pace of one account. All moments are on one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._rests_until: dict[str, float] = {}
        self._slowness: dict[str, float] = {}
        self._writes = 0

    def allowed_at(self, limits: Iterable[Limit], now: float) -> float:
        """Return the moment a write under all these limits may go; `now` or earlier means at once."""
        moments = [self._rests_until.get(ACCOUNT, now)]
        for limit in limits:
            moments.append(self._due.get(limit.scope, now) - (limit.burst - 1) * limit.every)
            moments.append(self._rests_until.get(limit.scope, now))
        return max(moments)

    def rests(self, limits: Iterable[Limit], now: float) -> bool:
        """Tell whether a silence the platform asked for covers any of these limits."""
        scopes = (ACCOUNT, *(limit.scope for limit in limits))
        return any(self._rests_until.get(scope, now) > now for scope in scopes)

    def spent(self, limits: Iterable[Limit], now: float) -> None:
        """Note that a write went out."""
        for limit in limits:
            self._due[limit.scope] = max(self._due.get(limit.scope, now), now) + self._every(limit)
            self._recover(limit.scope)
        self._writes += 1
        if self._writes % FORGET_EVERY == 0:
            self._forget(now)

    def refused(self, scope: str, now: float, retry_after: float) -> None:
        """Note that the platform asked for silence: `scope` rests for `retry_after` seconds, and slows down."""
        until = now + retry_after + MARGIN
        self._rests_until[scope] = max(until, self._rests_until.get(scope, until))
        self._slowness[scope] = min(SLOWEST, self._slowness.get(scope, 1.0) * SLOWER)

    def _every(self, limit: Limit) -> float:
        return limit.every * self._slowness.get(limit.scope, 1.0)

    def _recover(self, scope: str) -> None:
        slowness = self._slowness.get(scope, 1.0) * RECOVERY
        if slowness > 1.0:
            self._slowness[scope] = slowness
        else:
            self._slowness.pop(scope, None)

    def _forget(self, now: float) -> None:
        self._due = {scope: due for scope, due in self._due.items() if due > now}
        kept = {scope: until for scope, until in self._rests_until.items() if until + REMEMBERED_FOR > now}
        self._rests_until = kept
        self._slowness = {scope: slowness for scope, slowness in self._slowness.items() if scope in kept}
