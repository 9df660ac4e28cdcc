"""The limits a surface states keep the limits the platform has, with as many calls waiting as there may be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from adapters.slack import build as build_slack
from adapters.telegram import build as build_telegram
from bot.model import ChatKey, Secret
from bot.reply.budget import Budget
from tests.servers.slack_rules import Tiers

if TYPE_CHECKING:
    from bot.model import Limit, Pace
    from bot.ports import Adapter

ROUNDS = 80


def slack_pace(thread: str = "1.0") -> Pace:
    adapter = build_slack(
        bot_token=Secret("xoxb-1"), app_token=Secret("xapp-1"), api_base="http://127.0.0.1:1/api/"
    )
    return adapter.surface(ChatKey("slack", "T1", "C1", thread), "").pace


@lru_cache(maxsize=1)
def telegram() -> Adapter:
    return build_telegram(token=Secret("1:x"), api_base="http://127.0.0.1:1")


def telegram_pace(chat: int) -> Pace:
    return telegram().surface(ChatKey("telegram", "1", str(chat)), "").pace


def moments(limits: tuple[Limit, ...], count: int = ROUNDS) -> list[float]:
    """Return when so many calls go out that all want to at once."""
    budget, now, found = Budget(), 0.0, list[float]()
    for _ in range(count):
        now = max(now, budget.allowed_at(limits, now))
        budget.spent(limits, now)
        found.append(now)
    return found


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("chat.postMessage", "post"),
        ("chat.update", "edit"),
        ("reactions.add", "mark"),
        ("reactions.remove", "unmark"),
        ("chat.delete", "erase"),
        ("conversations.replies", "find"),
    ],
)
def test_no_method_of_slack_is_called_more_often_than_its_tier_allows(method: str, kind: str) -> None:
    tiers = Tiers(enforced=True)

    waits = [tiers.wait(method, {"channel": "C1"}, at) for at in moments(getattr(slack_pace(), kind))]

    assert set(waits) == {0.0}


@pytest.mark.parametrize(
    ("thread", "method"), [("", "conversations.history"), ("1.0", "conversations.replies")]
)
def test_the_look_for_a_lost_post_keeps_the_limit_of_the_method_it_asks(thread: str, method: str) -> None:
    (limit,) = slack_pace(thread).find

    assert limit.scope == method


def test_slack_is_told_of_two_hundred_beginnings_within_a_minute_and_not_all_at_once() -> None:
    asked = moments(slack_pace().typing, 200)

    assert sum(at < 1.0 for at in asked) <= 10
    assert asked[-1] < 60


@pytest.mark.parametrize("kind", ["post", "edit", "typing", "mark", "unmark", "erase"])
def test_whatever_telegram_is_asked_for_counts_to_the_thirty_a_second(kind: str) -> None:
    budget, now, seen = Budget(), 0.0, list[float]()
    for chat in range(1, 201):
        limits = getattr(telegram_pace(chat), kind)
        now = max(now, budget.allowed_at(limits, now))
        budget.spent(limits, now)
        seen.append(now)

    assert max(sum(begin <= at < begin + 1 for at in seen) for begin in seen) <= 30


@pytest.mark.parametrize("chat", [7, -42])
def test_many_marks_in_a_telegram_chat_come_one_a_second_and_cost_no_text_its_place(chat: int) -> None:
    pace = telegram_pace(chat)
    budget = Budget()

    asked = moments(pace.mark, 10)
    budget.spent(pace.mark, 0.0)

    assert asked[-1] >= 9
    assert budget.allowed_at(pace.edit, 0.0) < 0.1


def test_a_silence_of_a_telegram_chat_is_one_for_taking_back_too() -> None:
    budget = Budget()

    budget.refused("chat:7", 0.0, 300.0)

    assert budget.allowed_at(telegram_pace(7).erase, 1.0) >= 300
    assert budget.allowed_at(telegram_pace(8).erase, 1.0) <= 1.0


@pytest.mark.parametrize("kind", ["typing", "mark", "unmark"])
def test_a_sign_does_not_wait_for_the_text_of_its_telegram_chat(kind: str) -> None:
    pace, budget = telegram_pace(7), Budget()

    budget.spent(pace.post, 0.0)

    assert budget.allowed_at(getattr(pace, kind), 0.0) < 0.1
