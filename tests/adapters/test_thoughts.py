"""Thoughts above a page: they take the room it leaves, and change nothing about it."""

from __future__ import annotations

import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.markup.tail import tail
from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect, units
from bot.ports import Quotes
from tests.reply.written import DOCUMENT, NOISE

TELEGRAM, SLACK = TelegramDialect(), SlackDialect()
TEXT = st.lists(st.sampled_from([*"ab *_`<>&\n|#", "😀", "👩‍🍳", "é", "中"]), max_size=80).map("".join)
THOUGHTS = st.builds(lambda text, times: text * times, TEXT, st.integers(1, 300))


def test_both_dialects_can_show_thoughts() -> None:
    assert isinstance(TELEGRAM, Quotes)
    assert isinstance(SLACK, Quotes)


@settings(max_examples=60, deadline=None)
@given(page=DOCUMENT | NOISE, thoughts=THOUGHTS, folded=st.booleans())
def test_telegram_shows_the_page_as_it_is_under_a_quote_that_fits(
    page: str, thoughts: str, folded: bool
) -> None:
    if not TELEGRAM.fits(page):
        return
    alone = TELEGRAM.render(page)

    body = TELEGRAM.with_thoughts(page, thoughts, folded=folded)

    assert units(body.text) <= 4096
    assert len(body.entities) <= 101
    assert body.text.endswith(alone.text)
    if body != alone:
        quote, *rest = body.entities
        assert quote.type == ("expandable_blockquote" if folded else "blockquote")
        assert quote.offset == 0
        assert body.text.encode("utf-16-le")[2 * quote.length :].decode("utf-16-le") == f"\n{alone.text}"
        assert [e.to_dict() for e in MessageEntity.shift_entities(-quote.length - 1, rest)] == [
            e.to_dict() for e in alone.entities
        ]


@settings(max_examples=60, deadline=None)
@given(page=DOCUMENT | NOISE, thoughts=THOUGHTS, folded=st.booleans())
def test_slack_shows_the_page_as_it_is_under_a_quote_that_fits(
    page: str, thoughts: str, folded: bool
) -> None:
    if not SLACK.fits(page):
        return
    alone = SLACK.render(page)

    body = SLACK.with_thoughts(page, thoughts, folded=folded)

    assert len(body.markdown) <= 11_500
    assert body.text == alone.text
    if body != alone:
        quote = body.markdown.removesuffix(alone.markdown)
        assert all(line.startswith(">") for line in quote.rstrip("\n").split("\n"))


@given(text=TEXT, room=st.integers(0, 200))
def test_the_tail_is_the_end_of_the_text_in_whole_characters(text: str, room: int) -> None:
    kept = tail(text, room, units)

    assert units(kept) <= room
    if kept != text:
        assert not kept or kept[0] == "…"
        assert text.endswith(kept[1:])
        assert regex.findall(r"\X", text)[-len(regex.findall(r"\X", kept[1:])) or None :] == (
            regex.findall(r"\X", kept[1:]) or regex.findall(r"\X", text)
        )


def test_a_full_page_leaves_no_room_for_thoughts() -> None:
    full = "x" * 4096

    assert TELEGRAM.with_thoughts(full, "I thought about it. " * 9, folded=True) == TELEGRAM.render(full)
