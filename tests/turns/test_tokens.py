from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Message
from bot.turns.tokens import PER_MESSAGE, estimate, estimate_message


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # Counted with the vocabulary of Qwen 1 to 3 as the module describes it: prose 4 to 5.5 characters a token,
        # Chinese 1.6, a digit each, an emoji each.
        ("The quick brown fox jumps over the lazy dog and runs away into the forest. " * 10, 160),
        ("今天天气很好，我们一起去公园散步吧。" * 10, 110),
        ("31415926535897932384", 20),
        ("😀" * 10, 10),
    ],
    ids=["English", "Chinese", "digits", "emoji"],
)
def test_an_estimate_errs_on_the_high_side_and_not_by_much(text: str, tokens: int) -> None:
    assert 0.8 * tokens <= estimate(text) <= 2 * tokens


@given(st.text(), st.text())
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert 1 <= estimate(text) <= estimate(text + more)


@given(st.text())
def test_a_message_costs_its_text_and_its_frame(text: str) -> None:
    assert estimate_message(Message("user", text)) == estimate(text) + PER_MESSAGE


def test_counting_a_very_long_text_is_quick() -> None:
    began = time.process_time()
    estimate("word 漢字 123 " * 100_000)

    assert time.process_time() - began < 2.0
