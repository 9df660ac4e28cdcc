"""What every dialect promises the core, whatever the platform."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from bot.reply.markdown import repaired
from bot.reply.pages import Pages
from tests.fakes import FakeDialect

if TYPE_CHECKING:
    from bot.ports import Dialect

DIALECTS: list[Dialect] = [TelegramDialect(), SlackDialect(), WebDialect(), FakeDialect()]

PIECES = [
    "word ", "字", "😀", "**", "*", "_", "`", "```\n", "~~", "||", "[a](", "http://x.test)", "![", "](", "> ",
    "- ", "1. ", "# ", "\n", "\n\n", "| a | b |\n", "|---|---|\n", "$x$", "$$", "\\(", "<b>", "&amp;", "<!channel>",
    "<@U1>", "@all ", "\\", "\u202e", "\u200d", "\ud83d", "\x00", "tg://user?id=1", "---\n", "\t", "'", '"',
]  # fmt: skip

MARKUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200)

each = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: type(dialect).__name__)


@each
@settings(max_examples=30, deadline=None)
@given(markdown=MARKUP)
def test_no_text_makes_it_raise_and_the_same_text_makes_the_same_body(
    dialect: Dialect, markdown: str
) -> None:
    assert dialect.render(markdown) == dialect.render(markdown)
    assert dialect.plain(markdown) == dialect.plain(markdown)
    assert dialect.fits(markdown) in {True, False}


@each
@settings(max_examples=30, deadline=None)
@given(markdown=MARKUP)
def test_a_growing_text_can_be_shown_at_any_moment(dialect: Dialect, markdown: str) -> None:
    for end in range(0, len(markdown), 7):
        dialect.render(repaired(markdown[:end]))


@each
def test_different_words_make_different_bodies(dialect: Dialect) -> None:
    assert dialect.render("one") != dialect.render("two")
    assert dialect.plain("one") != dialect.plain("two")


@each
@pytest.mark.parametrize("markdown", ["", " ", "\n", "\ufeff"])
def test_nothing_fits_and_is_no_error(dialect: Dialect, markdown: str) -> None:
    assert dialect.fits(markdown)
    dialect.render(markdown)
    dialect.plain(markdown)


@each
@pytest.mark.parametrize("unit", ["word ", "字", "😀", "**a** ", "&", "[a](http://x.test) ", "`x` "])
def test_a_page_has_an_end_and_what_fits_fits_also_when_it_is_shorter(dialect: Dialect, unit: str) -> None:
    lengths = [10, 100, 1_000, 3_000, 6_000, 15_000]

    fits = [dialect.fits((unit * length)[:length]) for length in lengths]

    assert fits[0] is True
    assert fits[-1] is False
    assert all(before or not after for before, after in pairwise(fits))


@each
@settings(max_examples=8, deadline=None)
@given(parts=st.lists(MARKUP, min_size=1, max_size=6))
def test_every_page_of_an_answer_fits_also_without_its_formatting(dialect: Dialect, parts: list[str]) -> None:
    pages = Pages(dialect)
    text = ""
    for part in parts:
        text += part + "\n\n" + "some words of prose " * 60
        pages.grow(text, finished=False)
    pages.grow(text, finished=True, note="_A note._")

    assert all(dialect.fits(pages.source(n)) for n in range(len(pages)))
