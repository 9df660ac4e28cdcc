"""Buttons and choices: both platforms take them, show them well, and bring back what they carry."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackDialect
from adapters.slack.menus import actions, name_of
from adapters.slack.surface import blocks
from adapters.telegram.keyboard import keyboard
from bot.model import Control, Select, Tone
from tests.servers import slack_rules, telegram_rules

if TYPE_CHECKING:
    from bot.model import Controls

ROLES = Select(
    "role",
    "Who answers",
    tuple(Control("role", f"17.{name}", name.title()) for name in ("none", "teacher", "editor", "poet")),
    chosen="17.teacher",
)
PAGES = (Control("history", "17.0", "‹"), Control("history", "17.2", "›"))
VALUES = st.from_regex(r"[1-9][0-9]{0,8}(\.[A-Za-z0-9._/-]{1,40})?", fullmatch=True)
CONTROLS = st.builds(Control, st.sampled_from(["stop", "history"]), VALUES, st.text(max_size=90))
SELECTS = st.builds(
    lambda options, chosen: Select("model", "Model", tuple(options), chosen),
    st.lists(st.builds(Control, st.just("model"), VALUES, st.text(max_size=90)), max_size=60),
    VALUES,
)
ANY = st.lists(CONTROLS | SELECTS, max_size=30).map(tuple)


def rows(controls: Controls) -> list[list[str]]:
    found = keyboard(controls)
    return [[button.text for button in row] for row in found.inline_keyboard] if found else []


def options(count: int, label: str = "Model", chosen: str = "") -> Select:
    every = tuple(Control("model", f"17.{n}", f"{label} {n}") for n in range(count))
    return Select("model", "Model", every, chosen)


# ---------------------------------------------------------------- Telegram


def test_short_labels_stand_side_by_side_and_long_ones_alone() -> None:
    assert rows((Control("stop", "1", "Stop"),)) == [["Stop"]]
    assert rows(PAGES) == [["‹", "›"]]
    assert rows((options(3),)) == [["Model 0", "Model 1", "Model 2"]]
    assert rows((options(3, "qwen3.8-max"),)) == [["qwen3.8-max 0", "qwen3.8-max 1"], ["qwen3.8-max 2"]]
    assert rows((options(2, "A very thorough model"),)) == [
        ["A very thorough model 0"],
        ["A very thorough model 1"],
    ]
    assert rows((options(2, "通义千问模型"),)) == [["通义千问模型 0", "通义千问模型 1"]]


def test_rows_are_as_equal_as_can_be() -> None:
    assert [len(row) for row in rows((options(4),))] == [2, 2]
    assert [len(row) for row in rows((options(7),))] == [3, 3, 1]


def test_a_choice_has_rows_of_its_own_and_marks_what_is_chosen() -> None:
    shown = rows((Control("again", "17", "Again"), ROLES, *PAGES))

    assert shown == [["Again"], ["None", "✓ Teacher"], ["Editor", "Poet"], ["‹", "›"]]


def test_what_cannot_be_undone_stands_out() -> None:
    found = keyboard((Control("forget", "17", "Erase", Tone.DANGER), Control("stop", "17", "Keep")))

    assert found is not None
    assert [button.to_dict().get("style") for button in found.inline_keyboard[0]] == ["danger", None]


def test_a_button_that_telegram_would_refuse_is_left_out_and_the_others_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    far = Control("model", "17." + "m" * 60, "Far")

    assert rows((far, Control("model", "17.near", "Near"), Control("model", "17.x", " "))) == [["Near"]]
    assert rows((far,)) == []
    assert [record.message for record in caplog.records] == ["a button does not fit and is left out"] * 3


def test_a_keyboard_holds_a_hundred_buttons_at_most() -> None:
    shown = rows((options(80), options(80)))

    assert sum(map(len, shown)) == 100


@settings(max_examples=60, deadline=None)
@given(controls=ANY)
def test_telegram_takes_any_controls_and_every_button_carries_what_it_was_given(controls: Controls) -> None:
    found = keyboard(controls)

    taken = telegram_rules.keyboard(found.to_dict() if found else None)
    given_data = {f"{one.name}:{one.value}" for one in flat(controls)}
    assert {button["callback_data"] for row in taken for button in row} <= given_data


# ---------------------------------------------------------------- Slack


def test_a_choice_is_a_list_that_shows_what_is_chosen() -> None:
    [block] = actions((ROLES,))

    [select] = block["elements"]
    assert (select["type"], select["action_id"]) == ("static_select", "role")
    assert select["placeholder"]["text"] == "Who answers"
    assert [option["text"]["text"] for option in select["options"]] == ["None", "Teacher", "Editor", "Poet"]
    assert select["initial_option"]["value"] == "17.teacher"
    assert "initial_option" not in actions((options(2, chosen="17.9"),))[0]["elements"][0]


def test_buttons_that_share_a_name_have_ids_of_their_own() -> None:
    [block] = actions((*PAGES, Control("stop", "17", "Stop")))

    ids = [element["action_id"] for element in block["elements"]]
    assert ids == ["history", "history.2", "stop"]
    assert [name_of(found) for found in ids] == ["history", "history", "stop"]


def test_more_than_twenty_five_controls_take_several_blocks() -> None:
    found = actions(tuple(Control("history", f"17.{n}", str(n)) for n in range(30)))

    assert [len(block["elements"]) for block in found] == [25, 5]
    assert slack_rules.blocks_error(found) == ""


def test_a_list_holds_a_hundred_options_and_the_chosen_one_among_them() -> None:
    [block] = actions((options(150, chosen="17.149"),), room=13_000)

    [select] = block["elements"]
    assert len(select["options"]) == 100
    assert select["initial_option"]["value"] == "17.149"


def test_labels_are_cut_to_what_slack_shows() -> None:
    [block] = actions((Control("model", "17.x", "m" * 80),))

    assert block["elements"][0]["text"]["text"] == "m" * 74 + "…"


@pytest.mark.parametrize("markdown", ["word " * 2_290, "`x` " * 2_870])
def test_the_longest_page_leaves_room_for_a_menu(markdown: str) -> None:
    dialect = SlackDialect()
    assert dialect.fits(markdown)
    assert not dialect.fits(markdown + markdown[:100])

    long = blocks(dialect.render(markdown), (Control("again", "17", "Again"), options(100), *PAGES))

    assert slack_rules.blocks_error(long) == ""
    assert [element["type"] for element in long[-1]["elements"]] == [
        "button",
        "static_select",
        "button",
        "button",
    ]


@settings(max_examples=60, deadline=None)
@given(controls=ANY)
def test_slack_takes_any_controls_and_every_one_carries_what_it_was_given(controls: Controls) -> None:
    found = actions(controls)

    assert slack_rules.blocks_error(found) == ""
    elements = [element for block in found for element in block["elements"]]
    carried = {
        (name_of(element["action_id"]), one["value"])
        for element in elements
        for one in element.get("options", [element])
    }
    assert carried <= {(one.name, one.value) for one in flat(controls)}


def flat(controls: Controls) -> list[Control]:
    return [one for c in controls for one in (c.options if isinstance(c, Select) else (c,))]
