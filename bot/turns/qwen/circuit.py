"""Stops asking a provider that has refused for good, so that one bad key does not cost a thousand calls; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

Reason = TypeVar("Reason")

FIRST = 60.0
LONGEST = 300.0
"""Seconds. An operator who has repaired the cause waits five minutes at most, without a restart."""


@dataclass(slots=True)
class _Open(Generic[Reason]):
    reason: Reason
    until: float
    wait: float
    probing: bool = False


class Circuit(Generic[Reason]):
    """Remembers per scope (the account, one model) why and until when asking is useless.

    When the time is over, one caller may try; until its outcome or for another such time, the others may
    not. A refused try doubles the time up to `longest`; any success closes the circuit. Moments are seconds.
    """

    def __init__(self, *, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._open: dict[Hashable, _Open[Reason]] = {}

    def refusal(self, scope: Hashable, now: float) -> Reason | None:
        """Return why the call must not be made, or None if it may; then it is the one try."""
        known = self._open.get(scope)
        if known is None:
            return None
        if now < known.until:
            return known.reason
        # The next try is due after another wait, so one that vanishes without an outcome blocks nobody.
        known.until = now + known.wait
        known.probing = True
        return None

    def refused(self, scope: Hashable, reason: Reason, now: float) -> bool:
        """Note that a call was refused for good. True: this opened the circuit or its try failed."""
        known = self._open.get(scope)
        if known is not None and not known.probing:
            # This call was under way when another one opened the circuit: nothing new.
            return False
        wait = self._first if known is None else min(known.wait * 2, self._longest)
        self._open[scope] = _Open(reason, now + wait, wait)
        return True

    def answered(self, scope: Hashable) -> bool:
        """Note that a call was answered. True: this closed the circuit."""
        return self._open.pop(scope, None) is not None
