"""Tables in text of fixed width."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from bot.graphemes import clusters

if TYPE_CHECKING:
    from collections.abc import Sequence

# A cell wider than this is not waited for by the others: padding would multiply the size of the page.
_WIDEST = 40
_WIDE = frozenset("WF")


def columns(rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> str:
    """Return the rows below each other, the first one underlined; `aligns` are left, right, center or empty."""
    widths = [max(min(width(cell), _WIDEST) for cell in column) for column in zip(*rows, strict=True)]
    lines = [_row(row, widths, aligns) for row in rows]
    lines.insert(1, "─┼─".join("─" * each for each in widths))
    return "\n".join(lines)


def _row(row: Sequence[str], widths: Sequence[int], aligns: Sequence[str]) -> str:
    return " │ ".join(map(_padded, row, widths, aligns)).rstrip()


def _padded(cell: str, wide: int, align: str) -> str:
    space = max(wide - width(cell), 0)
    left = {"right": space, "center": space // 2}.get(align, 0)
    return " " * left + cell + " " * (space - left)


def width(text: str) -> int:
    """Return how many columns the text takes: 2 for each East Asian character or emoji."""
    return len(text) if text.isascii() else sum(map(_cluster, clusters(text)))


def _cluster(cluster: str) -> int:
    if len(cluster) > 1 and ("\ufe0f" in cluster or "\u200d" in cluster):
        return 2
    if unicodedata.east_asian_width(cluster[0]) in _WIDE or "\U0001f1e6" <= cluster[0] <= "\U0001f1ff":
        return 2
    return 0 if unicodedata.category(cluster[0]) in ("Mn", "Me", "Cf") else 1
