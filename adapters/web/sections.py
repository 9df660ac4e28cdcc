"""Where a page can be cut so that each section means by itself what it means in the page.

That is before a line at the margin behind a blank one: it ends every list, quote and paragraph, and only a fence
goes on. Most fences begin at the margin, where a look at the line tells them; others the parser is asked about.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.grammar import blocks

_MARGIN = re.compile(r"[^\W\d_]|#{1,6} |[*_`~(\"“]{1,3}[^\W_]|`{3}|~{3}|[\U0001f000-\U0001ffff]")
"""What a line begins with that is surely no list item, quote, rule or table."""
_FENCE = re.compile(r"(?:`{3,}(?=[^`]*$)|~{3,})")
_DOUBTFUL = re.compile(r"[ \t>].*(?:```|~~~)|(?:[-+*]|\d{1,9}[.)])[ \t].*(?:```|~~~)")
"""A fence that may stand in a list or quote, and then ends with it."""
_MOST_INDENT = 3
"""Columns that what ends a fence may stand from the margin."""
_DEFINITION = re.compile(r"(?m)^[ \t>*+-]*\[[^\]]+\]:")
"""What a link leads to may be said anywhere in a page."""


def sections(markdown: str) -> list[str]:
    """Return the page in sections, at least one; joined they are the page with line feeds for line ends."""
    page = markdown.replace("\r\n", "\n").replace("\r", "\n")
    if _DEFINITION.search(page):
        return [page]
    found: list[str] = []
    start = 0
    scan = _Scan()
    for position, line in _lines(page):
        if position > start and scan.may_begin(line) and scan.is_closed(page[start:position]):
            found.append(page[start:position])
            start, scan = position, _Scan()
        scan.read(line)
    return [*found, page[start:]]


def _lines(page: str) -> list[tuple[int, str]]:
    found, position = [], 0
    for line in page.split("\n"):
        found.append((position, line))
        position += len(line) + 1
    return found


class _Scan:
    """What is known of a section from its lines alone."""

    def __init__(self) -> None:
        self._fence = ""
        self._blank = False
        self._doubtful = False

    def may_begin(self, line: str) -> bool:
        """Tell whether a section may begin with this line, as far as its looks go."""
        return self._blank and _MARGIN.match(line) is not None

    def is_closed(self, section: str) -> bool:
        """Tell whether no fence is open at the end of what was read, which is `section`."""
        return _no_fence_open(section) if self._doubtful else not self._fence

    def read(self, line: str) -> None:
        self._blank = not line.strip()
        if self._fence:
            if _ends(line, self._fence):
                self._fence = ""
        elif found := _FENCE.match(line):
            self._fence = found[0]
        elif _DOUBTFUL.match(line):
            self._doubtful = True


def _ends(line: str, fence: str) -> bool:
    inner = line.strip(" \t")
    indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))
    return indent <= _MOST_INDENT and inner.startswith(fence) and not inner.strip(fence[0])


@lru_cache(maxsize=512)
def _no_fence_open(section: str) -> bool:
    last = next((token for token in reversed(blocks(section)) if token.level == 0), None)
    if last is None or last.type != "fence":
        return True
    begin, end = last.map or [0, 0]
    return last.content.count("\n") == end - begin - 2
