"""Which turns a summary is to take in next; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from bot.turns.memory import request, window
from bot.turns.memory.gauge import ratio
from bot.turns.tokens import estimate_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Outlook, Past

REACH = 2
"""A first summary looks back so many budgets far; what is older costs more than it is worth."""
PORTION = 0.5
"""Share of the budget that is summarised in one request."""


@dataclass(slots=True)
class Plan:
    """What is left to take in. `folded_to` is where a summary of all of it reaches."""

    folded_to: int
    portions: deque[tuple[Past, ...]] = field(default_factory=deque[tuple["Past", ...]])

    @property
    def reaches(self) -> int:
        """Return where a summary reaches that has taken in the first portion."""
        return self.portions[1][0].place if len(self.portions) > 1 else self.folded_to

    def halve(self) -> bool:
        """Make two of the first portion, if it is more than one turn."""
        first = self.portions[0]
        if len(first) == 1:
            return False
        self.portions.popleft()
        middle = len(first) // 2
        self.portions.extendleft((first[middle:], first[:middle]))
        return True


def plan(seen: Outlook, system: str, budget: int) -> Plan | None:
    """Return what to summarise; None if there is nothing to do.

    All that stands before the window, and the older half of a window that is full.
    """
    scale = ratio(seen.guesses)
    past, start = seen.past, seen.kept.window_from
    waiting = [one for one in past if one.place < start]
    inside = past[len(waiting) :]
    sizes = _sizes(inside, scale)
    fixed = request.messages(system=system, summary=seen.kept.summary, past=(), asked="")
    room = budget - scale * sum(map(estimate_message, fixed))
    count = window.older_half(sizes) if window.is_full(sizes, room) else 0
    folded_to = inside[count].place if count else start
    if not count and folded_to == seen.kept.folded_to and not seen.is_outdated:
        return None
    old = [*waiting, *inside[:count]]
    if seen.is_outdated or not seen.kept.summary:
        old = old[_within(_sizes(old, scale), REACH * budget) :]
    return Plan(folded_to, _portions(old, scale, budget))


def _portions(past: Sequence[Past], scale: float, budget: int) -> deque[tuple[Past, ...]]:
    """Cut what is to be summarised into requests."""
    rest = iter(past)
    counts = window.portions(_sizes(past, scale), PORTION * budget)
    return deque(tuple(islice(rest, count)) for count in counts)


def _within(sizes: Sequence[float], room: float) -> int:
    first, left = len(sizes), room
    while first > 0 and sizes[first - 1] <= left:
        first -= 1
        left -= sizes[first]
    return first


def _sizes(past: Sequence[Past], scale: float) -> list[float]:
    return [scale * sum(map(estimate_message, request.said(one))) for one in past]
