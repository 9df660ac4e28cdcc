from __future__ import annotations

from dataclasses import replace

import pytest

from bot.catalog import Catalog
from bot.lineup import ANY, AUTO, USUAL, Grade, Lineup

LINEUP = Lineup(
    usual="qwen-plus",
    fast="qwen3.8-flash",
    balanced="qwen3.7-plus",
    strong="qwen3.8-max",
    allowed=("qwen-flash", "our-own"),
    catalog=Catalog.load(),
)
ONLY = replace(
    LINEUP, fast="qwen-plus", balanced="qwen-plus", strong="qwen-plus", allowed=(), usual="qwen-plus"
)


def test_a_menu_shows_each_model_once_and_the_usual_one_by_its_name() -> None:
    assert LINEUP.offered == ("fast", "balanced", "strong", "auto", "qwen-plus", "qwen-flash", "our-own")
    assert replace(LINEUP, usual="qwen3.8-max", allowed=("qwen3.7-plus",)).offered == (
        *("fast", "balanced", "strong", "auto"),
        "qwen3.8-max",
    )


def test_a_star_lets_people_choose_all_that_is_known_and_not_retired() -> None:
    offered = replace(LINEUP, allowed=(ANY,)).offered

    assert {"qwen3.7-flash", "qwen-long"} < set(offered)
    assert "qwen-max" not in offered


def test_where_one_model_does_it_all_there_is_nothing_to_choose() -> None:
    assert ONLY.offered == ("qwen-plus",)
    assert ONLY.choice("strong") is None


@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("strong", Grade.STRONG),
        (" Strong ", Grade.STRONG),
        ("最强", Grade.STRONG),
        ("快", Grade.FAST),
        ("自动", AUTO),
        ("QWEN3.8-MAX", "qwen3.8-max"),
        ("our-own", "our-own"),
        ("default", USUAL),
        ("默认", USUAL),
        ("qwen3.6-plus", None),
        ("*", None),
        ("", None),
    ],
)
def test_people_choose_by_grade_by_name_or_in_their_own_words(word: str, choice: str | None) -> None:
    assert LINEUP.choice(word) == choice


def test_the_usual_choice_can_be_a_grade() -> None:
    graded = replace(LINEUP, usual="auto")

    assert graded.holding("default") == AUTO
    assert "auto" not in graded.names
    assert graded.holding("") == AUTO


@pytest.mark.parametrize("made", ["", "qwen3.6-plus", "default", "*", "x" * 100])
def test_a_choice_that_is_not_open_any_more_gives_way_to_the_usual_one(made: str) -> None:
    assert LINEUP.holding(made) == "qwen-plus"


@pytest.mark.parametrize("made", [*Grade, AUTO, "our-own", "qwen3.8-max"])
def test_a_choice_that_is_open_holds(made: str) -> None:
    assert LINEUP.holding(made) == made


def test_an_unknown_name_is_answered_with_the_nearest_that_may_be_chosen() -> None:
    assert LINEUP.near("qwen3.8-maxx")[0] == "qwen3.8-max"
    assert LINEUP.near("stong") == (Grade.STRONG,)
    assert LINEUP.near("zzz") == ("fast", "balanced", "strong")


@pytest.mark.parametrize(
    ("refused", "instead"),
    [
        ("qwen-max", "qwen3.8-max"),  # the successor its card names
        ("qwen3.8-max", "qwen3.7-plus"),  # the grades beside it
        ("qwen3.7-plus", "qwen3.8-flash"),
        ("qwen3.8-flash", "qwen3.7-plus"),
        ("qwen-plus", "qwen3.7-plus"),  # the name most alike
        ("our-own-2", "our-own"),
    ],
)
def test_a_model_that_is_refused_has_one_that_can_be_asked_instead(refused: str, instead: str) -> None:
    assert LINEUP.instead(refused) == instead


def test_a_model_that_was_refused_as_well_is_not_offered() -> None:
    assert LINEUP.instead("qwen3.8-max", {"qwen3.7-plus"}) == "qwen3.8-flash"


def test_no_other_model_is_offered_where_none_is_allowed() -> None:
    assert ONLY.instead("qwen-plus") is None


def test_a_retired_model_is_not_offered_in_place_of_another() -> None:
    assert replace(LINEUP, allowed=("qwen-max",)).instead("qwen-max-2025-01-25") != "qwen-max"
