from __future__ import annotations

import pytest

from bot import phrases
from bot.model import Control, Finish, TurnId
from bot.store import TurnKind
from bot.turns.offers import Buttons, Over, offered

OVER = Over(turn=TurnId(7), kind=TurnKind.ANSWER, finish=Finish.STOP, has_text=True, again=False)


def say(key: str, /, **values: object) -> str:
    return phrases.say(key, "en", **values)


def names(buttons: Buttons, **facts: object) -> list[str]:
    values = {name: getattr(OVER, name) for name in Over.__slots__} | facts
    return [control.name for control in offered(Over(**values), buttons, say)]


@pytest.mark.parametrize(
    ("facts", "full", "few", "needed"),
    [
        ({}, ["again", "good", "bad"], ["again"], []),
        (
            {"finish": Finish.LENGTH},
            ["again", "continue", "good", "bad"],
            ["again", "continue"],
            ["continue"],
        ),
        (
            {"finish": Finish.STOPPED},
            ["again", "continue", "good", "bad"],
            ["again", "continue"],
            ["continue"],
        ),
        ({"finish": Finish.STOPPED, "has_text": False}, ["again"], ["again"], []),
        (
            {"finish": Finish.BROKEN, "again": True},
            ["again", "continue", "good", "bad"],
            ["again", "continue"],
            ["again", "continue"],
        ),
        ({"finish": Finish.BROKEN}, ["again", "good", "bad"], ["again"], []),
        ({"finish": Finish.FILTERED}, ["again", "good", "bad"], ["again"], []),
        ({"finish": Finish.FAILED, "has_text": False, "again": True}, ["again"], ["again"], ["again"]),
        ({"finish": Finish.FAILED, "has_text": False}, [], [], []),
        ({"kind": TurnKind.NOTICE}, [], [], []),
    ],
)
def test_what_stands_under_an_answer_follows_from_how_it_ended(
    facts: dict[str, object], full: list[str], few: list[str], needed: list[str]
) -> None:
    assert [names(buttons, **facts) for buttons in Buttons] == [full, few, needed]


def test_every_button_carries_its_turn_and_the_opinion_is_marked() -> None:
    over = Over(
        turn=TurnId(7), kind=TurnKind.ANSWER, finish=Finish.STOP, has_text=True, again=False, rating=-1
    )

    controls = offered(over, Buttons.FULL, say)

    assert controls == (
        Control("again", "7", "Again"),
        Control("good", "7", "👍"),
        Control("bad", "7", "✓ 👎"),
    )
