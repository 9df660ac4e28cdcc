"""What a request costs: to the millionth where everything is known, and None where anything is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import Card, Catalog, Thinks, Tier
from bot.model import Ask, Reasoning, Usage
from bot.prices import ANSWER, THOUGHTS, Money, cost, expected, will_think

TIERS = (
    Tier(up_to=256_000, input=Decimal("0.50"), cached=Decimal("0.10"), output=Decimal("3.00")),
    Tier(input=Decimal("2.00"), output=Decimal("6.00"), thinking=Decimal("8.00")),
)
CARD = Card(name="m", currency="USD", prices=TIERS)
ASK = Ask(model="m", messages=())


def used(prompt: int | None, completion: int | None, **more: int | None) -> Usage:
    return Usage(prompt=prompt, completion=completion, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("usage", "millionths"),
    [
        (used(1_000_000 // 8, 0), 62_500),
        (used(1000, 200), 500 + 600),
        (used(1000, 200, cached=0, reasoning=0), 500 + 600),
        (used(1000, 200, cached=600), 200 + 60 + 600),
        (used(1000, 200, cached=600, reasoning=150), 200 + 60 + 600),
        (used(256_000, 1), 128_000 + 3),
        (used(256_001, 1), 512_002 + 6),
        (used(300_000, 10, cached=100_000), 600_000 + 60),
        (used(300_000, 10, reasoning=4), 600_000 + 80),
        (used(1, 0), 1),
        (used(0, 0), 0),
    ],
)
def test_a_request_costs_what_its_tier_says_for_each_kind_of_token(usage: Usage, millionths: int) -> None:
    assert cost(CARD, usage) == Money(millionths, "USD")


def test_thoughts_nobody_counted_are_paid_as_thoughts_if_they_were_seen() -> None:
    usage = used(300_000, 10)

    assert cost(CARD, usage, thought=True) == Money(600_080, "USD")
    assert cost(CARD, usage) == Money(600_060, "USD")


@pytest.mark.parametrize("usage", [used(None, 5), used(5, None), used(None, None)])
def test_tokens_nobody_knows_have_no_price(usage: Usage) -> None:
    assert cost(CARD, usage) is None


def test_a_model_nobody_knows_the_price_of_is_not_free() -> None:
    assert cost(None, used(5, 5)) is None
    assert cost(replace(CARD, prices=()), used(5, 5)) is None
    assert cost(replace(CARD, prices=TIERS[:1]), used(256_001, 5)) is None


def test_more_cached_tokens_than_there_were_make_nothing_cheaper_than_all_of_them() -> None:
    assert cost(CARD, used(100, 0, cached=5000)) == cost(CARD, used(100, 0, cached=100)) == Money(10, "USD")


@given(st.integers(0, 250_000), st.integers(0, 5_000), st.integers(0, 250_000))
def test_what_is_cached_is_never_dearer_and_more_is_never_cheaper(
    prompt: int, answer: int, cached: int
) -> None:
    def price(*tokens: int) -> int:
        found = cost(CARD, used(tokens[0], tokens[1], cached=min(tokens[2], tokens[0])))
        assert found is not None
        return found.amount

    assert price(prompt, answer, cached) <= price(prompt, answer, 0)
    assert price(prompt, answer, cached) <= price(prompt, answer + 1, cached)
    assert price(prompt, answer, cached) <= price(prompt + 1, answer, cached)


@pytest.mark.parametrize(
    ("name", "currency", "usage", "thought", "millionths"),
    [
        ("qwen-plus", "USD", used(1000, 1000), False, 400 + 1200),
        ("qwen-plus", "USD", used(1000, 1000, reasoning=900), False, 400 + 4000),
        ("qwen-plus-2025-07-28", "CNY", used(1000, 1000), True, 800 + 8000),
        ("qwen3.8-max", "CNY", used(1000, 100, cached=800), False, 200 * 12 + 1200 + 3600),
        ("qwen3.7-plus", "USD", used(256_001, 0), False, 512_002),
    ],
)
def test_the_list_that_comes_with_the_bot_is_paid_by(
    name: str, currency: str, usage: Usage, thought: bool, millionths: int
) -> None:
    card = Catalog.load(currency=currency).card(name)

    assert cost(card, usage, thought=thought) == Money(millionths, currency)


# ---------------------------------------------------------------- before a request is made


@pytest.mark.parametrize(
    ("thinks", "reasoning", "thinking"),
    [
        (Thinks.NEVER, None, False),
        (Thinks.OFF, None, False),
        (Thinks.ON, None, True),
        (Thinks.ALWAYS, None, True),
        (Thinks.ON, Reasoning(enabled=False), False),
        (Thinks.OFF, Reasoning(enabled=True), True),
        (Thinks.OFF, Reasoning(budget=100), True),
        (Thinks.OFF, Reasoning(effort="low"), True),
    ],
)
def test_whether_a_model_will_think_is_what_it_is_told_else_what_it_does(
    thinks: Thinks, reasoning: Reasoning | None, thinking: bool
) -> None:
    assert will_think(replace(CARD, thinks=thinks), replace(ASK, reasoning=reasoning)) is thinking


def test_of_a_model_nobody_knows_it_is_known_only_what_it_is_told() -> None:
    assert not will_think(None, ASK)
    assert will_think(None, replace(ASK, reasoning=Reasoning(enabled=True)))


def test_what_is_expected_is_the_longest_answer_that_is_allowed_else_a_guess() -> None:
    assert expected(CARD, ASK, 40) == Usage(prompt=40, completion=ANSWER, reasoning=0, estimated=True)
    assert expected(CARD, replace(ASK, max_tokens=7), 40).completion == 7


def test_thoughts_are_expected_up_to_what_the_model_may_think() -> None:
    thinker = replace(CARD, thinks=Thinks.ON)

    assert expected(thinker, ASK, 40).completion == ANSWER + THOUGHTS
    assert expected(thinker, replace(ASK, reasoning=Reasoning(budget=10)), 40).completion == ANSWER + 10
    assert expected(thinker, replace(ASK, reasoning=Reasoning(budget=10**6)), 40).reasoning == THOUGHTS


# ---------------------------------------------------------------- as people read it


@pytest.mark.parametrize(
    ("millionths", "currency", "shown"),
    [
        (0, "USD", "$0.00"),
        (1, "USD", "$0.000001"),
        (12, "USD", "$0.000012"),
        (1234, "USD", "$0.0012"),
        (12_345, "USD", "$0.012"),
        (99_999, "USD", "$0.10"),
        (123_456, "USD", "$0.12"),
        (1_234_567, "USD", "$1.23"),
        (1_234_567_890_000, "USD", "$1,234,567.89"),
        (8_600, "CNY", "¥0.0086"),
        (2_500_000, "EUR", "2.50 EUR"),
    ],
)
def test_an_amount_is_shown_with_two_digits_that_say_something(
    millionths: int, currency: str, shown: str
) -> None:
    assert str(Money(millionths, currency)) == shown
