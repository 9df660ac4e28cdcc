"""Stops asking a provider that has refused for good, so that one bad key does not cost a thousand calls; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Reason = TypeVar("Reason")

WAIT = 300.0
"""Seconds between two tries: what is refused for want of a key or of money costs one call in five minutes, and an
operator who has repaired the cause waits no longer than that. A restart tries at once."""


@dataclass(slots=True)
class _Open(Generic[Reason]):
    reason: Reason
    until: float
    probing: bool = False


class Circuit(Generic[Reason]):
    """Remembers per scope (the account, one model) why and until when asking is useless.

    When the time is over, one caller may try; until its outcome or for another such time, the others may
    not. Any success closes the circuit, and a try that shows nothing gives way to the next. Moments are seconds.
    """

    def __init__(self, wait: float = WAIT) -> None:
        self._wait = wait
        self._open: dict[Hashable, _Open[Reason]] = {}

    def refusal(self, scope: Hashable, now: float) -> Reason | None:
        """Return why the call must not be made, or None if it may; then it is the one try."""
        known = self._open.get(scope)
        if known is None:
            return None
        if now < known.until:
            return known.reason
        # The next try is due after another wait, so one that vanishes without an outcome blocks nobody.
        known.until = now + self._wait
        known.probing = True
        return None

    def refused(self, scope: Hashable, reason: Reason, now: float) -> bool:
        """Note that a call was refused for good. True: this opened the circuit or its try failed."""
        known = self._open.get(scope)
        if known is not None and not known.probing:
            # This call was under way when another one opened the circuit: nothing new.
            return False
        self._open[scope] = _Open(reason, now + self._wait)
        return True

    def left(self, scope: Hashable, now: float) -> None:
        """Note that a call is over, whatever came of it. Where it was the one try, what came of it may still be noted."""
        known = self._open.get(scope)
        if known is not None and known.probing:
            known.until = now

    def answered(self, scope: Hashable) -> bool:
        """Note that a call was answered. True: this closed the circuit."""
        return self._open.pop(scope, None) is not None
