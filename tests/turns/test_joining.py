from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.turns.joining import ANCHOR, Joint, last_words

PROSE = "The fox went into the wood, and there it met the lazy brown d"
CODE = "Here it is:\n\n```python\ndef answer():\n    return 4"
CHINESE = "狐狸走进了树林，在那里遇到了一只懒洋洋的棕"


def joined(before: str, said: str, size: int = 3) -> str:
    joint = Joint(before)
    pieces = [said[start : start + size] for start in range(0, len(said), size)]
    return before + "".join(joint.add(piece) for piece in pieces) + joint.rest()


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("before", "said", "whole"),
    [
        (PROSE, "lazy brown dog, who slept.", PROSE + "og, who slept."),
        (PROSE, "\n\nlazy brown dog, who slept.", PROSE + "og, who slept."),
        (PROSE, "it met the lazy brown dog, who slept.", PROSE + "og, who slept."),
        ("It was late and", "the moon rose.", "It was late and the moon rose."),
        ("It was late and ", "the moon rose.", "It was late and the moon rose."),
        ("It was late", ", and the moon rose.", "It was late, and the moon rose."),
        ("We saw the", "even older house.", "We saw the even older house."),
        ("1. one\n2. two\n", "2. two\n3. three", "1. one\n2. two\n3. three"),
        ("1. one\n2. two\n", "3. three", "1. one\n2. two\n3. three"),
        (CHINESE, "一只懒洋洋的棕色的狗。", CHINESE + "色的狗。"),
        (CHINESE, "色的狗。", CHINESE + "色的狗。"),
    ],
)
def test_what_is_said_again_is_left_out(before: str, said: str, whole: str, size: int) -> None:
    assert joined(before, said, size) == whole


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("return 42\n```\nDone.", "2\n```\nDone."),
        ("```python\n    return 42\n```\nDone.", "2\n```\nDone."),
        ("```\nreturn 42\n```\nDone.", "2\n```\nDone."),
        ("2\n```\nDone.", "2\n```\nDone."),
        ("\n```\nDone.", "\n```\nDone."),
    ],
)
def test_a_code_block_goes_on_where_it_was_cut(said: str, rest: str, size: int) -> None:
    assert joined(CODE, said, size) == CODE + rest


def test_a_block_that_only_has_to_be_closed_is_closed() -> None:
    before = "```python\nreturn 42\n"

    assert joined(before, "```\nDone.") == before + "```\nDone."


def test_text_that_cannot_have_been_said_before_is_shown_at_once() -> None:
    joint = Joint(PROSE)

    assert joint.add("ogs") == " ogs"
    assert joint.add(" sleep") == " sleep"
    assert joint.rest() == ""


def test_where_nothing_was_cut_nothing_is_held_back() -> None:
    joint = Joint("")

    assert [joint.add(piece) for piece in ("", "a", " b")] == ["", "a", " b"]
    assert joint.rest() == ""


@example("\r>", "", 1)
@given(st.text(max_size=80), st.text(max_size=80), st.integers(1, 9))
def test_nothing_is_lost_that_was_not_said_before(before: str, said: str, size: int) -> None:
    whole = joined(before, said, size)

    assert whole.startswith(before)
    added = whole.removeprefix(before)
    assert not before or said.endswith(added.lstrip(" ")) or said.strip() == ""


TEXTS = st.text(alphabet="ab \n`é狐", max_size=60)


@given(st.sampled_from(["", "```\n", "~~~ a\n"]), TEXTS, st.sampled_from(["", "```\n", "```a\n"]), TEXTS)
def test_the_size_of_the_pieces_changes_nothing(fence: str, before: str, opening: str, said: str) -> None:
    wholes = {joined(fence + before, opening + said, size) for size in (1, 2, 5, 1000)}

    assert len(wholes) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("short", "short"),
        ("a line\nand another one  \n", "and another one"),
        ("It goes on and on and on until the very end of it", "on until the very end of it"),
        ("x" * 100, "x" * ANCHOR),
        ("", ""),
    ],
)
def test_the_last_words_are_whole_words_of_the_last_line(text: str, words: str) -> None:
    assert last_words(text) == words
    assert len(last_words(text)) <= max(ANCHOR, len(words))
