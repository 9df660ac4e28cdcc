"""How much one client may ask: so many requests at once, then one in a while. Pure: time is an argument."""

from __future__ import annotations

MOST_CLIENTS = 10_000
"""Clients that are remembered; in a crowd the ones that have waited longest are let go."""


class Throttle:
    """Counts by client. `every` is in seconds; all moments are on one clock that never jumps."""

    def __init__(self, *, every: float, burst: int) -> None:
        self._every = every
        self._slack = (burst - 1) * every
        self._due: dict[str, float] = {}

    def wait(self, client: str, now: float) -> float:
        """Return the seconds until the client may ask; 0 if it may now, without counting it."""
        return max(0.0, self._due.get(client, now) - self._slack - now)

    def count(self, client: str, now: float) -> None:
        """Note that the client asked."""
        due = max(self._due.pop(client, now), now) + self._every
        self._due[client] = due
        if len(self._due) > MOST_CLIENTS:
            self._forget(now)

    def take(self, client: str, now: float) -> float:
        """Count the client's request if it may ask now; return the seconds it has to wait otherwise."""
        wait = self.wait(client, now)
        if not wait:
            self.count(client, now)
        return wait

    def _forget(self, now: float) -> None:
        """Forget who is at rest, and the half that asked longest ago: so seldom that it costs nothing."""
        busy = [(client, due) for client, due in self._due.items() if due > now]
        self._due = dict(busy[-MOST_CLIENTS // 2 :])
