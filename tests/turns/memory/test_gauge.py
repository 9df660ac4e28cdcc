from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turns.memory.gauge import FEWEST, HIGHEST, LOWEST, TELLING, ratio

GUESSES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 50_000)), max_size=40)


@pytest.mark.parametrize("guesses", [[], [(1000, 700)] * (FEWEST - 1), [(TELLING - 1, 10)] * 20])
def test_until_enough_is_known_our_own_count_holds(guesses: list[tuple[int, int]]) -> None:
    assert ratio(guesses) == 1.0


def test_a_model_that_counts_fewer_tokens_leaves_more_room() -> None:
    assert ratio([(1000, 700), (2000, 1400), (500, 350)]) == 0.7


def test_three_of_four_requests_took_no_more_than_what_is_expected() -> None:
    guesses = [(100, real) for real in (60, 61, 62, 63, 64, 65, 90, 120)]

    expected = ratio(guesses)

    assert sum(real <= expected * guessed for guessed, real in guesses) == 6


@given(GUESSES)
def test_nothing_that_was_reported_leads_astray(guesses: list[tuple[int, int]]) -> None:
    assert LOWEST <= ratio(guesses) <= HIGHEST


@given(GUESSES)
def test_the_order_in_which_things_were_reported_does_not_matter(guesses: list[tuple[int, int]]) -> None:
    assert ratio(guesses) == ratio(reversed(guesses))
