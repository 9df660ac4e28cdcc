"""What one pass over a growing answer costs: take the newest text, lay it out, render the open page.

    python -m benchmarks.markdown

The first table must not grow from row to row (but for the first, whose page is not full). The second shows
hostile text: a whole page of it at once, which no honest answer comes near.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from bot.reply.markdown import committed
from bot.reply.pages import Pages

if TYPE_CHECKING:
    from bot.ports import Dialect

_PARAGRAPH = (
    "## A heading\n\nA paragraph with **bold**, *italic*, `code` and a [link](https://example.com/path), long "
    "enough to look like one that a model would write.\n\n- an item\n- another **item**\n\n"
    "```python\nfor each in range(10):\n    print(each)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
)
_HOSTILE = (
    "![",
    "[",
    ">",
    "> ",
    "*",
    "**a ",
    "`",
    "`a",
    "_",
    "~~",
    "||",
    "$",
    "<",
    "&",
    "\\",
    "- ",
    "1. ",
    "|",
    "😀",
)


def main() -> None:
    for dialect in (TelegramDialect(), SlackDialect()):
        print(f"{type(dialect).__name__}: µs per pass, answer growing by 20 characters")
        costs = {size: _growing(dialect, size) for size in (1_000, 10_000, 100_000)}
        for size, cost in costs.items():
            print(f"  {size:>7} characters {cost:>9.0f}   x{cost / costs[1_000]:.2f}")
        print(f"  100,000 at once  {_whole(dialect, (_PARAGRAPH * 300)[:100_000]) / 1e3:>9.0f} ms")
        print("  hostile, 4,000 characters in one pass, ms:")
        print("   ", "  ".join(f"{part!r} {_hostile(dialect, part):.0f}" for part in _HOSTILE))
    print(f"committed() of 100,000 characters: {_committing((_PARAGRAPH * 300)[:100_000]):.0f} µs")


def _growing(dialect: Dialect, size: int) -> float:
    """Return the median, because a page is turned now and then."""
    text = (_PARAGRAPH * (size // len(_PARAGRAPH) + 20))[: size + 400]
    pages = Pages(dialect)
    pages.grow(text[:size], finished=False)
    times = sorted(_pass(pages, dialect, text[:end]) for end in range(size + 20, size + 400, 20))
    return times[len(times) // 2]


def _pass(pages: Pages, dialect: Dialect, text: str) -> float:
    begin = time.perf_counter()
    pages.grow(text, finished=False)
    dialect.render(pages.source(len(pages) - 1))
    return (time.perf_counter() - begin) * 1e6


def _whole(dialect: Dialect, text: str) -> float:
    begin = time.perf_counter()
    Pages(dialect).grow(text, finished=True)
    return (time.perf_counter() - begin) * 1e6


def _hostile(dialect: Dialect, part: str) -> float:
    return _pass(Pages(dialect), dialect, (part * 4_000)[:4_000]) / 1e3


def _committing(text: str) -> float:
    begin = time.perf_counter()
    committed(text)
    return (time.perf_counter() - begin) * 1e6


if __name__ == "__main__":
    main()
