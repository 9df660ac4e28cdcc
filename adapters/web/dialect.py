"""How the page in the browser writes Markdown: as a list of sanitised HTML blocks.

A growing answer changes at its end, so a page is cut into sections that can be read by themselves, and a
section that was written once is not written again. What is sent again is then only the block that changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from adapters.markup.unseen import visible
from adapters.web.sections import sections
from adapters.web.writing import unmarked, written

_LONGEST = 12_000
"""Characters of source. The browser has no limit; this one keeps a pass and what it sends small."""
_THOUGHTS = 6_000
"""Characters of thoughts, from their end."""


@dataclass(frozen=True, slots=True)
class WebBody:
    """A page: `blocks` and `thoughts` are sanitised HTML, `folded` means that the thoughts are over."""

    blocks: tuple[str, ...]
    thoughts: tuple[str, ...] = ()
    folded: bool = False


class WebDialect:
    """Pure; see `bot.ports.Dialect` and `bot.ports.Quotes`."""

    def render(self, markdown: str) -> WebBody:
        return WebBody(_blocks(markdown))

    def plain(self, markdown: str) -> WebBody:
        return WebBody(unmarked(markdown))

    def with_thoughts(self, markdown: str, thoughts: str, *, folded: bool) -> WebBody:
        """Return the page with the end of the thoughts beside it; the browser folds them."""
        return WebBody(_blocks(markdown), _blocks(_end_of(thoughts)), folded)

    def fits(self, markdown: str) -> bool:
        return len(markdown) <= _LONGEST


def _blocks(markdown: str) -> tuple[str, ...]:
    *settled, last = sections(visible(markdown))
    return tuple(block for section in settled for block in _settled(section)) + _growing(last)


@lru_cache(maxsize=512)
def _settled(section: str) -> tuple[str, ...]:
    return written(section, grows=False)


@lru_cache(maxsize=32)
def _growing(section: str) -> tuple[str, ...]:
    return written(section, grows=True)


def _end_of(thoughts: str) -> str:
    """Return the last whole lines of thoughts that are too long to be shown."""
    if len(thoughts) <= _THOUGHTS:
        return thoughts
    return "…\n\n" + thoughts[-_THOUGHTS:].partition("\n")[2]
