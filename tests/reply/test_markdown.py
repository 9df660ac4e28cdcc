"""The two views of Markdown that is still being written.

*No flicker* is defined here: the letters and digits a reader sees for one prefix of an answer are the beginning
of those for the next prefix. Marks, bullets and spaces may come and go; nothing that was read is taken back.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from bot.grammar import blocks, parse
from bot.reply.markdown import closed, committed, repaired
from tests.reply.written import BRIEF, DOCUMENT, NOISE, REALISTIC

_DIALECT = TelegramDialect()
_MARKS = re.compile(r"\*\*|\*\w|~~|\|\||`|\]\(|\$[a-z\\]|\\[(\[]|^\s*(?:[-+*]|#+|>)(?:\s|$)", re.MULTILINE)


def _letters(markdown: str) -> str:
    return re.sub(r"[\W_]", "", _DIALECT.render(markdown).text)


def _prefixes(text: str) -> list[str]:
    return [text[:end] for end in range(len(text) + 1)]


def _assert_steady(text: str) -> None:
    seen = [_letters(repaired(prefix)) for prefix in _prefixes(text)] + [_letters(text)]
    for before, after in pairwise(seen):
        assert after.startswith(before)


def test_nothing_shown_of_a_realistic_answer_disappears_again() -> None:
    _assert_steady(REALISTIC)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(BRIEF)
def test_nothing_shown_of_a_well_formed_answer_disappears_again(document: str) -> None:
    _assert_steady(document)


def test_no_mark_is_seen_at_any_moment_of_an_answer() -> None:
    text = re.sub(r"(?s)```.*?```|2 \* 3|Escaped.*", "", REALISTIC)

    for prefix in _prefixes(text):
        assert not _MARKS.search(_DIALECT.render(repaired(prefix)).text), prefix


@settings(max_examples=200, deadline=None)
@given(NOISE)
def test_any_noise_can_be_repaired_and_shown(noise: str) -> None:
    for prefix in _prefixes(noise):
        view = repaired(prefix)
        _DIALECT.render(view)
        SlackDialect().render(view)
        assert repaired(view.replace("\u200d", "")) is not None


@settings(max_examples=100, deadline=None)
@given(NOISE)
def test_what_is_shown_stands_in_the_answer(noise: str) -> None:
    view = repaired(noise)

    shown = iter(noise)

    assert all(char in shown for char in re.sub(r"[\W_]", "", view))


@pytest.mark.parametrize(
    ("growing", "view"),
    [
        ("**bold", "**bold**"),
        ("a **b *c", "a **b *c***"),
        ("a ***b", "a ***b***"),
        ("~~gone", "~~gone~~"),
        ("~~gone~", "~~gone~~"),
        ("`code", "`code`"),
        ("``a ` b`", "``a ` b``"),
        ("||secret", "||secret||"),
        ("_snake", "_snake_"),
        ("snake_", "snake"),
        ("**bold**", "**bold**"),
        ("**bold*", "**bold**"),
        ("2 * 3", "2 * 3"),
        ("2*3", "2*3"),
        ("这是**重点", "这是**重点**"),
        ("```py\nx = 1", "```py\nx = 1\n```"),
        ("~~~\nx", "~~~\nx\n~~~"),
        ("````\n```\nx", "````\n```\nx\n````"),
        ("> ```\n> x", "> ```\n> x\n> ```"),
        ("- ```\n  x", "- ```\n  x\n  ```"),
        ("# Title **b", "# Title **b**"),
        ("- a **b", "- a **b**"),
        ("> a\n> **b", "> a\n> **b**"),
        ("[a](b) **c", "[a](b) **c**"),
    ],
)
def test_what_is_open_is_closed(growing: str, view: str) -> None:
    assert repaired(growing) == view


@pytest.mark.parametrize(
    ("growing", "view"),
    [
        ("a *", "a"),
        ("a **", "a"),
        ("a `", "a"),
        ("a [", "a"),
        ("a [label", "a"),
        ("a [label]", "a"),
        ("a [label](htt", "a"),
        ('a [label](http://x "ti', "a"),
        ("a !", "a"),
        ("a ![alt](x", "a"),
        ("a <https://exa", "a"),
        ("a &am", "a"),
        ("a &#x1F", "a"),
        ("a \\", "a"),
        ("a $x + y", "a"),
        ("a \\(x", "a"),
        ("a\n\n$$\nx + y\n- z", "a"),
        ("a\n-", "a"),
        ("a\n- ", "a"),
        ("a\n12", "a"),
        ("a\n12.", "a"),
        ("a\n##", "a"),
        ("a\n> ", "a"),
        ("a\n- [ ", "a"),
        ("a\n- [x] ", "a"),
        ("a\n==", "a"),
        ("a\n--", "a"),
        ("a\n***", "a"),
        ("a\n```pyth", "a"),
        ("a\n```python\n", "a"),
        ("```\nx\n``", "```\nx\n```"),
        ("a\n\n| b | c |", "a"),
        ("a\n\n| b | c |\n", "a"),
        ("a\n\n| b | c |\n|--", "a"),
        ("| b | c |\n|---|---|\n| 1 |", "| b | c |\n|---|---|"),
        ("| b | c |\n|---|---|\n| 1 | 2 |\n", "| b | c |\n|---|---|\n| 1 | 2 |"),
        ("a 👨‍", "a 👨"),
        ("a 🇬", "a"),
        ("a 🇬🇧", "a 🇬🇧"),
        ("", ""),
        ("#", ""),
        ("\n\n", ""),
    ],
)
def test_what_cannot_be_judged_yet_is_held_back(growing: str, view: str) -> None:
    assert repaired(growing) == view


@pytest.mark.parametrize(
    "text",
    [
        "it costs $5 and",
        "see [note",
        "a || b",
        "x < y",
        "I said [1] and",
        "- [x] done",
        "AT&T is",
        "`code` and",
        "a\n| b"[:1],
    ],
)
def test_what_is_decided_is_not_held_back(text: str) -> None:
    words = re.findall(r"\w+", text)

    assert re.findall(r"\w+", repaired(text + " " + "more words " * 40))[: len(words)] == words


def test_a_bracket_that_never_becomes_a_link_is_shown_after_a_while() -> None:
    text = "see [" + "a long remark " * 30

    assert "[a long remark" in repaired(text)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("**bold", "**bold**"),
        ("text **", "text"),
        ("```py\nx", "```py\nx\n```"),
        ("- a\n  ```\n  x\n", "- a\n  ```\n  x\n  ```"),
        ("[half](http://x", "[half](http://x"),
        ("done", "done"),
        ("", ""),
    ],
)
def test_a_broken_off_answer_can_be_followed_by_a_note(broken: str, whole: str) -> None:
    assert closed(broken) == whole


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(DOCUMENT, NOISE), st.data())
def test_what_is_committed_only_grows_and_never_changes_its_meaning(text: str, data: st.DataObject) -> None:
    text = text.replace("\r", "").replace("]:", "] :")
    end = data.draw(st.integers(0, len(text)))
    rest = data.draw(
        st.one_of(NOISE.map(lambda noise: noise.replace("\r", "").replace("]:", "")), st.just(text[end:]))
    )

    length = committed(text[:end])

    assert all(committed(a) <= committed(b) for a, b in pairwise(_prefixes(text[:end][-60:])))
    assert length <= committed(text[:end] + rest)
    before = _shape(text[:length])
    assert _shape(text[:end] + rest)[: len(before)] == before


def _shape(markdown: str) -> list[tuple[str, str, str]]:
    # An open fence is committed line by line; only its content goes on.
    tokens = [(token.type, token.tag, token.content) for token in blocks(markdown)]
    return tokens[:-1] if tokens and tokens[-1][0] == "fence" else tokens


def test_paragraphs_are_committed_one_by_one_and_code_line_by_line() -> None:
    assert committed("one\n") == 0
    assert committed("one\n\n") == 4
    assert committed("one\n\ntwo") == 5
    assert committed("```\na\nb") == len("```\na\n")


def test_hostile_text_is_shown_as_it_stands_and_cheaply() -> None:
    for hostile in ("![a" * 2000, "[a" * 4000, ">" * 4000 + "a", "> " * 100 + "a", "- " * 100 + "a"):
        assert [child.type for child in parse(hostile)[1].children or []] == ["text"]
        assert _letters(repaired(hostile)) == _letters(hostile)


@pytest.mark.parametrize("text", ["\\``", "\\```", "\\```\nword ", "a \\``b`` c", "\\````x"])
def test_a_run_of_backticks_whose_first_is_escaped_is_read(text: str) -> None:
    for end in range(len(text) + 1):
        repaired(text[:end])
