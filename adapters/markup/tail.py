"""The end of a text, as much of it as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST = 12
"""With less room than this nothing is shown: a few characters of thought say nothing."""


def tail(text: str, room: int, size: Callable[[str], int]) -> str:
    """Return the last whole characters of a text whose sizes fit, after an ellipsis if something is missing."""
    if sum(map(size, text)) <= room:
        return text
    room -= size("…")
    kept: list[str] = []
    for cluster in reversed(regex.findall(r"\X", text[-room:] if room > 0 else "")):
        room -= size(cluster)
        if room < 0:
            break
        kept.append(cluster)
    rest = "".join(reversed(kept)).lstrip()
    return "…" + rest if len(rest) >= _LEAST else ""
