"""How long to wait before a request goes out again, and when to stop; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.turns.qwen.refusals import Refusal, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 2
"""How often a failing server is asked again. Each try may be billed."""
FIRST = 1.0
FIRST_SLOW = 5.0
LONGEST = 30.0
"""Seconds. Qwen's limits count by the second and by the minute; most refusals are over within a minute."""


class Backoff:
    """The waits of one request. Moments are seconds; `chance` gives numbers from 0 up to 1."""

    def __init__(self, *, until: float, chance: Callable[[], float]) -> None:
        self._until = until
        self._chance = chance
        self._waits = 0
        self._failures = 0

    def wait(self, refusal: Refusal, now: float) -> float | None:
        """Return the seconds to wait before the next try; None if there must be none."""
        match refusal.meaning.retry:
            case Retry.NEVER | Retry.OTHERWISE:
                return None
            case Retry.FEW:
                self._failures += 1
                if self._failures > FEW:
                    return None
            case Retry.PATIENT | Retry.SLOW:
                pass
        seconds = self._seconds(refusal)
        self._waits += 1
        return seconds if now + seconds <= self._until else None

    def _seconds(self, refusal: Refusal) -> float:
        if refusal.retry_after is not None:
            # Never earlier than asked, and not everybody at the same instant.
            return refusal.retry_after + min(1.0, refusal.retry_after / 4) * self._chance()
        first = FIRST_SLOW if refusal.meaning.retry is Retry.SLOW else FIRST
        # The exponent is bounded because patience without end would overflow it.
        grown = min(first * 2.0 ** min(self._waits, 10), LONGEST)
        # Only ever later: the first waits are the shortest that help.
        return grown * (1 + self._chance() / 2)
