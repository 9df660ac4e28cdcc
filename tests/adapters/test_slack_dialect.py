"""Markdown as Slack gets it: nothing in it pings, hides where it leads or loads an image."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackBody, SlackDialect
from adapters.telegram.dialect import TelegramDialect
from bot.reply.pages import Pages
from tests.reply.written import DOCUMENT, NOISE, REALISTIC

_DIALECT = SlackDialect()
_PING = re.compile(r"<(?:!|@|#)")
_PINGS = ["<!channel>", "<!here>", "<!everyone>", "<!subteam^S123>", "<!date^1^{date}|x>", "<@U123>", "<@W1>", "<@B1>", "<#C123>"]  # fmt: skip


def _block(markdown: str) -> str:
    return _DIALECT.render(markdown).markdown


@pytest.mark.parametrize("ping", _PINGS)
def test_no_ping_fires_wherever_it_stands(ping: str) -> None:
    for place in ("{}", "a {} b", "**{}**", "`{}`", "```\n{}\n```", "    {}", "[{}](https://x.test)", "![{}](https://x.test)",
                  "# {}", "- {}", "> {}", "|a|\n|-|\n|{}|", "${}$", "||{}||", "\\{}", "[1]: https://x.test \"{}\"", "<https://x.test|{}>"):  # fmt: skip
        body = _DIALECT.render(place.format(ping))

        assert not _PING.search(body.markdown), place
        assert "<" not in body.text


@pytest.mark.parametrize("ping", _PINGS)
def test_a_ping_that_came_in_pieces_does_not_fire(ping: str) -> None:
    pages = Pages(_DIALECT)

    for end in range(len(ping) + 1):
        pages.grow("a " + ping[:end], finished=end == len(ping))

        assert not _PING.search(_block(pages.source(0)))


@pytest.mark.parametrize(
    "spelled",
    ["<\u2060!channel>", "<!chan\u206anel>", "&lt;!channel&gt;", "&#60;!channel&#62;", "&amp;lt;!channel>"],
)
def test_a_ping_that_is_spelled_oddly_does_not_fire(spelled: str) -> None:
    once = html.unescape(_block(spelled))

    assert not _PING.search(_block(spelled))
    assert "<!channel>" in html.unescape(once)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        NOISE,
        st.lists(
            st.sampled_from([*_PINGS, "`", "```\n", "**", "[", "](https://x.test)", "\n", "\\", "| "])
        ).map("".join),
    )
)
def test_no_noise_pings(noise: str) -> None:
    body = _DIALECT.render(noise)

    assert not re.search(r"<(?:!(?:channel|here|everyone|subteam|date)|[@#][A-Z])", body.markdown)
    assert not re.search("[<>]", body.text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENT)
def test_the_block_says_what_the_model_wrote(document: str) -> None:
    telegram = TelegramDialect()

    seen = telegram.render(_block(document)).text

    letters = re.compile(r"[\W_]")
    assert letters.sub("", seen) == letters.sub("", telegram.render(document).text)


def test_ordinary_markdown_passes_as_it_is() -> None:
    markdown = (
        "# Title\n\nText with **bold**, *italic*, _both_, ~~gone~~, `code` and [a link](https://x.test).\n"
        "Second line\n\n- a\n- b\n  - c\n\n1. one\n2. two\n\n   more\n\n> quote\n> **bold**\n\n"
        "```python\nif a < b & c:\n    pass\n```\n\n| a | b |\n| :-- | --: |\n| 1 | `2` |\n\n---\n\n- [ ] open\n- [x] done"
    )

    assert _block(markdown) == markdown


@pytest.mark.parametrize(
    ("markdown", "block"),
    [
        ("a < b & c > d", "a &lt; b &amp; c > d"),
        ("<b>x</b>", "&lt;b>x&lt;/b>"),
        ("![alt](https://x.test/p.png)", "[alt](https://x.test/p.png)"),
        ("[https://bank.test](https://evil.test)", "[https://bank.test](https://evil.test) (evil.test)"),
        ("<https://evil.test|https://bank.test>", "https://evil.test|https://bank.test"),
        ("<https://evil.test|click here>", "&lt;https://evil.test|click here>"),
        ("<https://x.test>", "<https://x.test>"),
        ("[x](javascript:y)", "x"),
        ("[x](slack://user?id=1)", "x"),
        ("||secret||", "secret"),
        ("$x^2$", "x²"),
        ("\\*a\\*", "\\*a\\*"),
        ("Title\n=====", "# Title"),
        ("    code", "```\ncode\n```"),
        ("~~~js\n```\n~~~", "````js\n```\n````"),
        ("`` a`b ``", "``a`b``"),
        ("[a](b](https://x.test)", "[a\\](b\\](https://x.test)"),
        ("see [1]\n\n[2]: https://x.test", "see [1]\n\n\\[2]: https://x.test"),
        ("a\u202eb", "ab"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧"),
    ],
)
def test_what_slack_must_not_see_is_written_otherwise(markdown: str, block: str) -> None:
    assert _block(markdown) == block


def test_text_is_what_one_reads_without_marks_and_escaped() -> None:
    body = _DIALECT.render("# A *title*\n\n- **b** & <c>\n- [docs](https://x.test)")

    assert body.text == "A title\n\n• b &amp; &lt;c&gt;\n• docs"


def test_plain_has_no_block_and_fits_an_update() -> None:
    body = _DIALECT.plain("**a** [docs](https://x.test) " + "&<>😀" * 400)

    assert body.markdown == ""
    assert body.text.startswith("a docs (https://x.test) &amp;&lt;&gt;😀&amp;")
    assert len(body.text.encode()) <= 3800
    assert body.text.endswith("…")


@pytest.mark.parametrize("unit", ["x", "&", "你", "👨‍👩‍👧", "e\u0301", "<😀"])
def test_text_is_clipped_between_characters(unit: str) -> None:
    text = _DIALECT.render(unit * 4000).text

    assert len(text.encode()) <= 3800
    whole = html.unescape(text.removesuffix("…"))
    assert unit == "<😀" or whole == unit * (len(whole) // len(unit))
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)


def test_the_block_stays_within_slacks_limit() -> None:
    assert _DIALECT.fits("x" * 11_500)
    assert not _DIALECT.fits("x" * 11_501)
    assert not _DIALECT.fits("<" * 3_000)
    assert _DIALECT.fits(REALISTIC)


def test_bodies_are_compared_by_value() -> None:
    assert _DIALECT.render("**a**") == SlackBody("**a**", "a")


@pytest.mark.parametrize("unseen", ["&nbsp;", "&#8203;", "\u200b", "\u00a0\n\ufeff"])
def test_a_page_on_which_nothing_can_be_seen_is_still_a_message(unseen: str) -> None:
    for body in (SlackDialect().render(unseen), SlackDialect().plain(unseen)):
        assert body.text == "…"
