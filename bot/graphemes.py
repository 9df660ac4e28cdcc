"""Characters as people count them: what is one to the eye is never cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLUSTER = regex.compile(r"\X")


def clusters(text: str) -> Iterator[str]:
    """Yield the extended grapheme clusters of the text."""
    return (found[0] for found in _CLUSTER.finditer(text))
