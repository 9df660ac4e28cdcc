"""Which turns are given to the model word for word; pure.

Sizes and room are in tokens, sizes from the oldest turn to the newest. The window moves rarely and far: a request
that begins like the one before it costs a fraction, because the provider still has what it made of the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FULL = 0.7
"""Share of the room from which on the older half of the window is summarised."""
KEPT = 0.5
"""Share of the room that is left to the past where it did not fit: the next turns have room without moving it again."""
MOST = 400
"""Turns in a window: reading them must stay cheap, however short they are."""


def opening(sizes: Sequence[float], room: float) -> int:
    """Return the first turn that goes along: 0 where all have room, else so that a part of the room is left."""
    if sum(sizes) <= room and len(sizes) < MOST:
        return 0
    return newest_within(sizes, room * KEPT)


def newest_within(sizes: Sequence[float], room: float) -> int:
    """Return the first of the newest turns that have room together; their number if none has."""
    first, left = len(sizes), room
    while first > 0 and sizes[first - 1] <= left and len(sizes) - first < MOST // 2:
        first -= 1
        left -= sizes[first]
    return first


def is_full(sizes: Sequence[float], room: float) -> bool:
    """Tell whether it is time to summarise the older half."""
    return sum(sizes) > FULL * room or len(sizes) > FULL * MOST


def older_half(sizes: Sequence[float]) -> int:
    """Return how many of the oldest turns make up half of the window; at least one, but never all of it."""
    half, number, gone = sum(sizes) / 2, 0, 0.0
    while number < len(sizes) - 1 and (number == 0 or gone + sizes[number] <= half):
        gone += sizes[number]
        number += 1
    return number


def portions(sizes: Sequence[float], most: float) -> list[int]:
    """Return how many turns after one another have room together, each time; a turn too large stands alone."""
    counts: list[int] = []
    left = 0.0
    for size in sizes:
        if not counts or size > left:
            counts.append(0)
            left = most
        counts[-1] += 1
        left -= size
    return counts
