from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalog import Card, Catalog, Thinks
from bot.model import Reasoning
from bot.turns.depth import Depth, depths, named, reasoning

CATALOG = Catalog.load()
ALWAYS = Card(name="always", thinks=Thinks.ALWAYS, thought=1000, currency="USD")


def card(name: str) -> Card:
    found = CATALOG.card(name)
    assert found is not None
    return found


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("name", CATALOG.names)
def test_no_model_is_ever_told_both_a_budget_and_an_effort(name: str, depth: Depth) -> None:
    said = reasoning(card(name), depth)

    assert said is None or said.budget is None or not said.effort


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("name", CATALOG.names)
def test_no_budget_is_larger_than_the_model_takes(name: str, depth: Depth) -> None:
    said = reasoning(card(name), depth)

    assert said is None or said.budget is None or said.budget <= (card(name).thought or 0)


@pytest.mark.parametrize("name", [name for name in CATALOG.names if card(name).thinks is not Thinks.NEVER])
def test_by_itself_a_model_is_told_nothing(name: str) -> None:
    assert reasoning(card(name), Depth.AUTO) is None


def test_a_model_that_cannot_think_or_that_nobody_knows_is_told_nothing() -> None:
    for one in (card("qwen-long"), None):
        assert depths(one) == ()
        assert [reasoning(one, depth) for depth in Depth] == [None] * 5


def test_a_model_that_always_thinks_cannot_be_told_not_to_and_takes_no_switch() -> None:
    assert Depth.OFF not in depths(ALWAYS)
    assert reasoning(ALWAYS, Depth.OFF) is None
    assert reasoning(ALWAYS, Depth.MEDIUM) == Reasoning(budget=1000)
    assert reasoning(replace(ALWAYS, efforts=True), Depth.HIGH) == Reasoning(effort="xhigh")


@pytest.mark.parametrize(
    ("word", "depth"),
    [
        ("off", Depth.OFF),
        (" HIGH ", Depth.HIGH),
        ("harder", Depth.HIGH),
        ("关闭", Depth.OFF),
        ("高", Depth.HIGH),
        ("自动", Depth.AUTO),
        ("deep blue", None),
        ("", None),
    ],
)
def test_people_name_a_depth_in_their_own_words(word: str, depth: Depth | None) -> None:
    assert named(word) is depth
