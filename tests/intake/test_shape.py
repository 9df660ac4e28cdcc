"""Of a message that nobody could read its shape is kept, and no word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.shape import shape_of

MESSAGE = {
    "update_id": 123_456_789,
    "message": {
        "message_id": 12,
        "date": "yesterday",
        "chat": {"id": -1_001_234_567_890, "type": "supergroup", "title": "Family"},
        "from": {"id": 7_654_321, "is_bot": False, "first_name": "Anna", "username": "anna"},
        "text": "my password is 1234",
        "entities": [{"type": "bold", "offset": 3, "length": 8}],
        "contact": {"phone_number": "+491701234567"},
        "location": {"latitude": 52.52},
    },
}


def shape(value: Any) -> Any:
    return json.loads(shape_of(json.dumps(value)))


def test_the_shape_tells_what_is_of_a_wrong_type_and_nothing_that_was_said() -> None:
    assert shape(MESSAGE) == {
        "update_id": "number of 9 digits",
        "message": {
            "message_id": 12,
            "date": "text of 9",
            "chat": {"id": "number of 13 digits", "type": "supergroup", "title": "text of 6"},
            "from": {
                "id": "number of 7 digits",
                "is_bot": False,
                "first_name": "text of 4",
                "username": "text of 4",
            },
            "text": "text of 19",
            "entities": [{"type": "bold", "offset": 3, "length": 8}],
            "contact": {"phone_number": "text of 13"},
            "location": {"latitude": "a fraction"},
        },
    }


def test_a_number_spelled_as_nobody_spells_it_is_what_one_looks_for() -> None:
    assert shape({"ts": "1e999", "event_ts": "1795000000.000100", "text": "0171234567"}) == {
        "ts": "1e999",
        "event_ts": "1795000000.000100",
        "text": "text of 10",
    }


def test_names_of_fields_are_the_platforms_own() -> None:
    assert shape({"I live in Berlin": 1, "text": None}) == {"name of 16": 1, "text": None}


@pytest.mark.parametrize("raw", ["{broken", "[" * 100_000, "9" * 5_000, "", "NaN x"])
def test_what_is_no_json_is_counted(raw: str) -> None:
    assert json.loads(shape_of(raw)) == f"{len(raw)} characters that cannot be taken apart"


def test_the_shape_of_something_huge_is_small() -> None:
    huge = {"rows": [{"text": "x" * 1000}] * 10_000}

    assert len(shape_of(json.dumps(huge))) < 2_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(100_000) | st.text("abcdefgh XYZ", min_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["text", "id", "user"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_word_and_no_id_comes_through(value: Any) -> None:
    told = shape_of(json.dumps(value))

    assert not [leaf for leaf in leaves(value) if json.dumps(leaf).strip('"') in told.split('"')]


def leaves(value: Any) -> list[str | int]:
    match value:
        case dict():
            return [leaf for one in value.values() for leaf in leaves(one)]
        case list():
            return [leaf for one in value for leaf in leaves(one)]
        case bool() | None:
            return []
        case _:
            return [value]
