from __future__ import annotations

import pytest

from bot.turns.continuing import LEFT_OUT, so_far
from bot.turns.tokens import estimate


def test_the_model_is_given_what_it_wrote_and_asked_to_begin_with_its_last_words() -> None:
    half, wish = so_far("The fox went into the wood,\nand there it met", 1000)

    assert (half.role, half.content) == ("assistant", "The fox went into the wood,\nand there it met")
    assert wish.role == "user"
    assert "“and there it met”" in wish.content


@pytest.mark.parametrize("before", ["", " \n"])
def test_where_nothing_was_written_nothing_is_asked(before: str) -> None:
    assert so_far(before, 1000) == ()


def test_of_a_long_answer_the_end_is_given_and_leaves_room_for_the_question() -> None:
    before = "word " * 5000 + "the end"

    half, _wish = so_far(before, 1000)

    assert half.content.startswith(LEFT_OUT)
    assert half.content.endswith("the end")
    assert estimate(half.content) <= 520
