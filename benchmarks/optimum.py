"""The freshest screen that any schedule could give, knowing the whole answer beforehand.

Staleness is what the model has written and the reader cannot see, in characters, averaged over the answer's
time. Under a limit of one write per `every` seconds the best schedule writes at the arrival of some chunk, at
least `every` after the write before; the last write shows everything. Which chunks, dynamic programming finds.

Many equal chats that share an overall limit do best when each gets an equal share of it, because the area
under a saw's teeth grows with the square of their width; so their limit is the share, where it is the longer.
And when their answers end together, their last writes still go out one after the other: that of the n-th chat
n slots after the end, at the earliest.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Chunk = tuple[float, int]
"""When it arrived (seconds), and how many characters it brought."""


def best_area(chunks: Sequence[Chunk], every: float, wait: float = 0.0) -> float:
    """Return the least possible area under the staleness of one answer, in character-seconds.

    The last write goes out `wait` seconds after the last chunk at the earliest.
    """
    times = [time for time, _ in chunks]
    sizes = list(accumulate((size for _, size in chunks), initial=0))
    moments = list(accumulate((time * size for time, size in chunks), initial=0.0))

    def waiting(first: int, last: int, at: float) -> float:
        """Return the area of the chunks first…last-1, all shown at `at`."""
        return at * (sizes[last] - sizes[first]) - (moments[last] - moments[first])

    total = len(chunks)
    best = [waiting(0, last + 1, times[last]) for last in range(total)]
    for last in range(total):
        for before in range(last):
            if times[last] - times[before] < every:
                break
            best[last] = min(best[last], best[before] + waiting(before + 1, last + 1, times[last]))
    end = times[-1] + wait
    ends = [waiting(0, total, end)]
    ends += [
        best[before] + waiting(before + 1, total, max(end, times[before] + every)) for before in range(total)
    ]
    return min(ends)


def area(chunks: Sequence[Chunk], shown: Sequence[tuple[float, int]]) -> float:
    """Return the area under the staleness that a screen really had; `shown` is (when, characters visible)."""
    events = sorted([(time, size, 0) for time, size in chunks] + [(time, 0, seen) for time, seen in shown])
    written = visible = 0
    total, before = 0.0, chunks[0][0]
    for time, size, seen in events:
        total += max(0, written - visible) * (time - before)
        written, visible, before = written + size, max(visible, seen), time
    return total


def share(every: float, overall: float, chats: int) -> float:
    """Return the seconds between two writes to one of `chats` that share `overall` writes a second."""
    return max(every, chats / overall)
