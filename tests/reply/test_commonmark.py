"""Every example of the CommonMark and GFM specifications, as a reader sees it.

The words a reader sees (runs of letters and digits) are the words of the example's HTML, in order, none lost
and none doubled; whole, and when the example arrives character by character.

The examples are other people's text (CC BY-SA) and not part of this repository: MARKDOWN_EXAMPLES names the
file, else it is looked for beside the repository.

What counts as a word of the HTML, and why:
- the number of an ordered list's item, because a browser shows it;
- an image's `alt`, because it is what stands for the image;
- the address of a link or image without any label, because we show it: an empty link cannot be followed;
- not raw HTML: we show it as text (it would do nothing in a chat), so where an example holds some, tags are
  taken out of both sides;
- a link definition that the page uses is hidden as in HTML; one it does not use is shown, because its link may
  stand on another page: the words of such definitions may come on top.
"""

from __future__ import annotations

import html
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from bot.grammar import blocks
from bot.reply.markdown import committed
from bot.reply.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FILE = Path(
    os.environ.get("MARKDOWN_EXAMPLES")
    or Path(__file__).parents[2].parent / "shared" / "markdown-spec-examples.json"
)
_TAG = re.compile(
    r"""<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|<![A-Za-z][^>]*>|</?[A-Za-z](?:"[^"]*"|'[^']*'|[^>"'])*>""",
    re.DOTALL,
)
_BLOCKS = {"p", "li", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "tr", "hr", "br", "div"}  # fmt: skip

_EXEMPT = {
    # In HTML a block of raw HTML swallows the fence below it; where HTML is text it is a fence, and its
    # info string `c` names the language.
    ("commonmark", 161),
}


@dataclass(frozen=True)
class _Example:
    family: str
    number: int
    markdown: str
    html: str


@cache
def _examples() -> tuple[_Example, ...]:
    if not _FILE.exists():
        return ()
    families = json.loads(_FILE.read_text("utf-8"))
    return tuple(
        _Example(family, each["number"], each["markdown"], each["html"])
        for family in ("commonmark", "gfm")
        for each in families[family]
    )


@pytest.fixture
def examples() -> tuple[_Example, ...]:
    if not _examples():
        pytest.skip(f"no specification examples: set MARKDOWN_EXAMPLES to the file (looked for {_FILE.name})")
    return _examples()


class _Seen(HTMLParser):
    """The text of an HTML page as a browser would show it, scripts and styles as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._counts: list[int | None] = []
        self._address = ""

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        """Scripts and styles are text to us, so they are to the other side."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _BLOCKS:
            self.out.append(" ")
        if tag in ("ul", "ol"):
            self._counts.append(None if tag == "ul" else int(values.get("start") or "1"))
        if tag == "li" and self._counts and (count := self._counts[-1]) is not None:
            self.out.append(f"{count} ")
            self._counts[-1] = count + 1
        if tag == "a":
            self._address = values.get("href") or ""
            self._begin = len(self.out)
        if tag == "img" and "alt" in values:  # one without is raw HTML
            self.out.append(values.get("alt") or values.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address and not "".join(self.out[self._begin :]).strip():
            self.out.append(self._address)
        if tag in ("ul", "ol") and self._counts:
            self._counts.pop()
        if tag in _BLOCKS:
            self.out.append(" ")

    def handle_data(self, data: str) -> None:
        self.out.append(data)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _expected(example: _Example) -> str:
    seen = _Seen()
    seen.feed(example.html)
    seen.close()
    return "".join(seen.out)


def _definitions(markdown: str) -> list[str]:
    lines = markdown.split("\n")
    maps = [token.map for token in blocks(markdown) if token.type == "definition"]
    return [word for span in maps if span for line in lines[span[0] : span[1]] for word in _words(line)]


def _same(example: _Example, text: str) -> bool:
    """Tell whether the text has the words of the example's HTML, as the rules above count them."""
    got, want = _words(text), _words(_expected(example))
    if got != want and "<" in example.markdown:
        got = _words(_TAG.sub("", text))
        want = _words(_TAG.sub("", _expected(example)))
    if got == want:
        return True
    spare = _definitions(example.markdown)
    for word in got:
        if want and word == want[0]:
            want = want[1:]
        elif word in spare:
            spare.remove(word)
        else:
            return False
    return not want


def _telegram(sources: Sequence[str]) -> str:
    return "\n".join(TelegramDialect().render(source).text for source in sources)


def _slack_text(sources: Sequence[str]) -> str:
    return html.unescape("\n".join(SlackDialect().render(source).text for source in sources))


def _slack_block(sources: Sequence[str]) -> str:
    """What a Markdown parser, which Slack's block is read by, makes of the block."""
    return "\n".join(
        TelegramDialect().render(SlackDialect().render(source).markdown).text for source in sources
    )


_VIEWS: dict[str, Callable[[Sequence[str]], str]] = {
    "telegram": _telegram,
    "slack text": _slack_text,
    "slack block": _slack_block,
}


@pytest.mark.parametrize("view", _VIEWS)
def test_the_words_of_each_example_are_seen(view: str, examples: tuple[_Example, ...]) -> None:
    wrong = [
        (example.family, example.number, example.markdown, seen)
        for example in examples
        if (example.family, example.number) not in _EXEMPT
        if not _same(example, seen := _VIEWS[view]([example.markdown]))
    ]

    assert not wrong


@pytest.mark.parametrize("view", ["telegram", "slack block"])
def test_the_words_of_each_example_are_seen_when_it_came_in_pieces(
    view: str, examples: tuple[_Example, ...]
) -> None:
    dialect = TelegramDialect() if view == "telegram" else SlackDialect()
    wrong = []

    for example in examples:
        pages = Pages(dialect)
        for end in range(1, len(example.markdown), 3):
            pages.grow(example.markdown[:end], finished=False)
        pages.grow(example.markdown, finished=True)
        seen = _VIEWS[view]([pages.source(n) for n in range(len(pages))])
        if (example.family, example.number) not in _EXEMPT and not _same(example, seen):
            wrong.append((example.family, example.number, example.markdown, seen))

    assert not wrong


def test_every_prefix_of_every_example_can_be_shown(examples: tuple[_Example, ...]) -> None:
    telegram, slack = TelegramDialect(), SlackDialect()

    for example in examples:
        before = 0
        for end in range(0, len(example.markdown) + 1, 2):
            prefix = example.markdown[:end]
            pages = Pages(telegram)
            pages.grow(prefix, finished=False)
            telegram.render(pages.source(0))
            slack.render(pages.source(0))
            assert before <= (before := committed(prefix)) <= end
