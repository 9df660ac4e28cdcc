"""Which messages may be a post whose outcome is unknown."""

from __future__ import annotations

import pytest

from adapters.telegram import Telegram
from adapters.telegram.surface import GUESSES, STRANGERS
from bot.model import ChatKey, MessageRef, Neighbours, Secret
from bot.ports import Guesses

SUPERGROUP = -1_001_900_000_002


def guessed(chat: int, before: list[str], known: list[str], lost: int = 1) -> list[str]:
    adapter = Telegram(token=Secret("123456:test"), api_base="http://127.0.0.1:9")
    surface = adapter.surface(ChatKey("telegram", "123456", str(chat)), "")
    assert isinstance(surface, Guesses)
    near = Neighbours(
        before=tuple(map(MessageRef, before)), known=frozenset(map(MessageRef, known)), lost=lost
    )
    return list(surface.guesses(near))


def test_it_is_right_after_the_question_if_nothing_else_is_known() -> None:
    assert guessed(7, ["7:40"], ["7:40"]) == ["7:41", "7:42", "7:43"]


def test_messages_of_other_private_chats_use_up_ids_too() -> None:
    assert guessed(7, ["7:40"], ["7:40", "8:41", "-9:42"])[0] == "7:43"


def test_a_supergroup_counts_alone() -> None:
    found = guessed(SUPERGROUP, [f"{SUPERGROUP}:40"], [f"{SUPERGROUP}:40", f"{SUPERGROUP}:42", "8:41"])

    assert found[0] == f"{SUPERGROUP}:41"
    assert f"{SUPERGROUP}:42" not in found


def test_a_later_page_stands_after_the_one_before_it() -> None:
    assert guessed(7, ["7:40", "7:50"], ["7:40", "7:50"])[0] == "7:51"


@pytest.mark.parametrize("lost", [1, 5])
def test_every_lost_post_of_the_account_may_have_used_up_an_id(lost: int) -> None:
    assert len(guessed(7, ["7:40"], ["7:40"], lost)) == lost + STRANGERS


def test_there_is_an_end_to_it() -> None:
    assert len(guessed(7, ["7:40"], ["7:40", "8:9000"])) == GUESSES


def test_without_a_question_there_is_nothing_to_go_by() -> None:
    assert guessed(7, [], ["8:40"]) == []
