"""Markdown as Telegram shows it: text and entities that Telegram's rules allow."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.telegram.dialect import TelegramBody, TelegramDialect, units
from tests.reply.written import DOCUMENT, NOISE, REALISTIC

_DIALECT = TelegramDialect()
_CODE = (MessageEntity.CODE, MessageEntity.PRE)


def _text(markdown: str) -> str:
    return _DIALECT.render(markdown).text


def _parts(markdown: str) -> list[tuple[str, str]]:
    """Each entity as its type and the text it covers."""
    body = _DIALECT.render(markdown)
    return [(entity.type, _covered(body, entity)) for entity in body.entities]


def _covered(body: TelegramBody, entity: MessageEntity) -> str:
    encoded = body.text.encode("utf-16-le")
    return encoded[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def _assert_valid(body: TelegramBody) -> None:
    """Check what the Bot API's page on formatting demands of entities."""
    assert body.text == body.text.strip() or body.entities[0].type == MessageEntity.PRE
    assert [(e.offset, -e.length) for e in body.entities] == sorted(
        (e.offset, -e.length) for e in body.entities
    )
    for entity in body.entities:
        covered = _covered(body, entity)  # raises if half a surrogate pair is covered
        assert 0 <= entity.offset < entity.offset + entity.length <= units(body.text)
        assert covered == covered.rstrip()
        assert entity.type == MessageEntity.PRE or covered == covered.lstrip()
    for outer, inner in combinations(body.entities, 2):
        _assert_nested(outer, inner)


def _assert_nested(outer: MessageEntity, inner: MessageEntity) -> None:
    end = outer.offset + outer.length
    if inner.offset >= end:
        return
    assert inner.offset + inner.length <= end, "entities overlap"
    assert outer.type not in _CODE, "code holds nothing else"
    assert outer.type != inner.type, "the same within itself"
    if inner.type in _CODE:
        assert outer.type == MessageEntity.BLOCKQUOTE


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(DOCUMENT, NOISE))
def test_entities_are_always_valid(markdown: str) -> None:
    _assert_valid(_DIALECT.render(markdown))


def test_entities_of_a_realistic_answer_are_valid() -> None:
    _assert_valid(_DIALECT.render(REALISTIC))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_rendered(text: str) -> None:
    body = _DIALECT.render(text)

    body.text.encode()
    _DIALECT.plain(text)
    _DIALECT.fits(text)


@pytest.mark.parametrize(
    ("markdown", "parts"),
    [
        ("**bold** *italic* ~~gone~~ ||secret||", [("bold", "bold"), ("italic", "italic"), ("strikethrough", "gone"), ("spoiler", "secret")]),
        ("***both***", [("bold", "both"), ("italic", "both")]),
        ("**a *b* c**", [("bold", "a b c"), ("italic", "b")]),
        ("**a `b` c**", [("bold", "a"), ("code", "b"), ("bold", "c")]),
        ("**`b`**", [("code", "b")]),
        ("# Title", [("underline", "Title"), ("bold", "Title")]),
        ("### Title `x`", [("bold", "Title"), ("code", "x")]),
        ("**bold **x", []),
        ("```py\nx = 1\n```", [("pre", "x = 1")]),
        ("    indented", [("pre", "indented")]),
        ("> quote **b**", [("blockquote", "quote b"), ("bold", "b")]),
        ("> a\n> > b\n>\n> - c", [("blockquote", "a\nb\n\n• c")]),
        ("[a **b**](https://x.test)", [("text_link", "a b"), ("bold", "b")]),
        ("[`a`](https://x.test)", [("text_link", "a")]),
        ("😀 **bold 😀**", [("bold", "bold 😀")]),
    ],
)  # fmt: skip
def test_marks_become_entities(markdown: str, parts: list[tuple[str, str]]) -> None:
    assert sorted(_parts(markdown)) == sorted(parts)


def test_code_keeps_its_language() -> None:
    body = _DIALECT.render("```C++ title\nint x;\n```")

    assert [entity.language for entity in body.entities] == ["c++"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("- a\n- b\n  - c\n    - d", "• a\n• b\n   ◦ c\n      ▪ d"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("1) a\n\n   more\n\n2) b", "1) a\n\n   more\n\n2) b"),
        ("- [ ] open\n- [x] done", "☐ open\n☑ done"),
        ("line\nbreak  \nhard\\\nend", "line\nbreak\nhard\nend"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("Intro:\n- a\n- b", "Intro:\n• a\n• b"),
        ("a\n\n---\n\nb", "a\n\n──────────\n\nb"),
        ("<b>raw</b> &amp; &lt;i&gt; <!-- c -->", "<b>raw</b> & <i> <!-- c -->"),
        ("H~2~O, a || b || c, 2 * 3, snake_case_name", "H~2~O, a || b || c, 2 * 3, snake_case_name"),
        ("\\*stars\\* and \\_", "*stars* and _"),
        ("| a | b |\n|:--|--:|\n| 你好 | 1 |\n| 👍 | 22 |", "a    │  b\n─────┼───\n你好 │  1\n👍   │ 22"),
        ("|a|\n|-|\n|[x](https://x.test)|", "a\n─────\nx [1]\n[1] https://x.test"),
        ("see [1]\n\n[2]: https://x.test", "see [1]\n\n[2]: https://x.test"),
        ("see [1]\n\n[1]: https://x.test", "see 1"),
    ],
)
def test_blocks_become_text(markdown: str, text: str) -> None:
    assert _text(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (r"$x^2 + y_1$", "x² + y₁"),
        (r"\(\frac{a}{b}\)", "a/b"),
        (r"$$\sum_{i=1}^{n} i$$", "∑ᵢ₌₁ⁿ i"),
        ("\\[\n\\alpha \\to \\infty\n\\]", "α→∞"),
        (r"$2\frac{1}{2}$", "2 1/2"),
        ("it costs $5 and $6", "it costs $5 and $6"),
        ("$HOME/$PATH", "$HOME/$PATH"),
        (r"$\unknown{x}$", r"\unknown{x}"),
        ("$" + "{" * 50 + "$", "{" * 50),
        (r"$\frac$", r"\frac"),
    ],
)
def test_formulas_become_readable(markdown: str, text: str) -> None:
    assert _text(markdown).replace(" →", "→") == text


@pytest.mark.parametrize(
    ("markdown", "text", "url"),
    [
        ("[docs](https://docs.test/a_b)", "docs", "https://docs.test/a_b"),
        ("<https://docs.test>", "https://docs.test", "https://docs.test"),
        ("[https://bank.test](https://evil.test)", "https://bank.test (evil.test)", "https://evil.test"),
        ("[bank.test](https://evil.test)", "bank.test (evil.test)", "https://evil.test"),
        ("[www.bank.test](https://bank.test/x)", "www.bank.test", "https://bank.test/x"),
        ("[https://bank.test](https://bank.test@evil.test)", "https://bank.test (evil.test)", "https://bank.test@evil.test"),
        ("[Node.js](https://nodejs.org)", "Node.js", "https://nodejs.org"),
        ("[](https://docs.test/x)", "docs.test", "https://docs.test/x"),
        ("![a chart](https://x.test/p.png)", "a chart", "https://x.test/p.png"),
        ("![](https://x.test/p.png)", "x.test", "https://x.test/p.png"),
        ("[x](tg://user?id=1)", "x", None),
        ("[x](javascript:alert)", "x", None),
        ("[x](data:text/html,y)", "x", None),
        ("[x](/relative)", "x", None),
        ("[write](mailto:a@b.test)", "write (a@b.test)", None),
        ("<a@b.test>", "a@b.test", None),
        ("[x](https://e\u202evil.test)", "x", "https://evil.test"),
    ],
)  # fmt: skip
def test_links_lead_only_where_they_say(markdown: str, text: str, url: str | None) -> None:
    body = _DIALECT.render(markdown)

    assert body.text == text
    assert [entity.url for entity in body.entities] == ([url] if url else [])


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("hi" + "".join(chr(0xE0000 + ord(c)) for c in "secret"), "hi"),
        ("a\u202eb\u2066c\u2060d\u206ae\u115ff\u3164g\x00h\ud800i", "abcdefghi"),
        ("a&#x202e;b&#x2066;c", "abc"),
        ("`a\u202eb`", "ab"),
    ],
)
def test_what_nobody_can_see_is_taken_out(hidden: str, seen: str) -> None:
    assert _text(hidden) == seen


@pytest.mark.parametrize("kept", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧", "❤️", "🇬🇧", "می‌خواهم", "👍🏽", "e\u0301"])
def test_emoji_and_scripts_that_need_joiners_survive(kept: str) -> None:
    assert _text(f"a {kept} b") == f"a {kept} b"


def test_two_bodies_that_differ_in_an_address_only_are_not_the_same() -> None:
    one, other = (_DIALECT.render(f"[x](https://{host}.test)") for host in ("a", "b"))

    assert one != other
    assert one == _DIALECT.render("[x](https://a.test)")
    assert hash(one) == hash(_DIALECT.render("[x](https://a.test)"))


def test_length_is_counted_in_utf_16_after_parsing() -> None:
    assert _DIALECT.fits("😀" * 2048)
    assert not _DIALECT.fits("😀" * 2049)
    assert _DIALECT.fits("**" + "x" * 4096 + "**")
    assert not _DIALECT.fits("x" * 4097)


def test_a_hundred_entities_fit_and_no_more() -> None:
    assert _DIALECT.fits("**b** " * 100)
    assert not _DIALECT.fits("**b** " * 101)


def test_plain_text_names_the_addresses_of_its_links() -> None:
    body = _DIALECT.plain("**a** [docs](https://docs.test) <https://x.test>")

    assert body == TelegramBody("a docs (https://docs.test) https://x.test")


def test_plain_text_leaves_addresses_out_where_there_is_no_room() -> None:
    markdown = "x" * 4080 + " [docs](https://docs.test/a/long/path)"

    assert units(_DIALECT.plain(markdown).text) <= 4096


def test_code_may_look_like_anything() -> None:
    code = "* " * 40 + "\n" + " " * 60 + "1.5\n" + "> " * 40

    assert _parts(f"```\n{code}\n```") == [("pre", code.strip())]


def test_nested_lists_are_drawn_however_deep() -> None:
    deep = "\n".join("  " * n + f"- level{n}" for n in range(15))

    assert re.findall(r"level\d+", _text(deep)) == [f"level{n}" for n in range(15)]


@pytest.mark.parametrize("unseen", ["&nbsp;", "&#8203;", "\u200b", "\u00a0\n\ufeff"])
def test_a_page_on_which_nothing_can_be_seen_is_still_a_message(unseen: str) -> None:
    for body in (TelegramDialect().render(unseen), TelegramDialect().plain(unseen)):
        assert body.text == "…"
