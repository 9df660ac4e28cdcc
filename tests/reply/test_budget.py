from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Limit
from bot.reply.budget import FORGET_EVERY, MARGIN, SLOWER, SLOWEST, Budget

CHAT = Limit("chat:1", 1.0)
OTHER = Limit("chat:2", 1.0)
ACCOUNT = Limit("account", 0.1, burst=3)
ROUNDING = 1e-6


def spend(budget: Budget, limit: Limit, moments: list[float]) -> list[float]:
    """Write as soon as it is allowed, wished for at each of the moments; return when that was."""
    went = []
    now = 0.0
    for moment in moments:
        now = max(budget.allowed_at([limit], max(moment, now)), moment, now)
        budget.spent([limit], now)
        went.append(now)
    return went


def test_the_first_write_may_go_at_once() -> None:
    assert Budget().allowed_at([CHAT, ACCOUNT], 50.0) <= 50.0


def test_the_next_write_waits_its_time_and_the_strictest_limit_counts() -> None:
    budget = Budget()
    budget.spent([CHAT, ACCOUNT], 50.0)

    assert budget.allowed_at([CHAT, ACCOUNT], 50.2) == 51.0
    assert budget.allowed_at([OTHER, ACCOUNT], 50.2) <= 50.2


def test_a_burst_goes_at_once_and_then_the_average_is_kept() -> None:
    assert spend(Budget(), ACCOUNT, [0.0] * 5) == pytest.approx([0.0, 0.0, 0.0, 0.1, 0.2])


def test_time_that_nobody_used_is_not_saved_beyond_the_burst() -> None:
    budget = Budget()
    spend(budget, ACCOUNT, [0.0])

    assert spend(budget, ACCOUNT, [100.0] * 4) == pytest.approx([100.0, 100.0, 100.0, 100.1])


def test_a_refusal_silences_its_scope_for_the_whole_time_and_nobody_else() -> None:
    budget = Budget()
    budget.refused(CHAT.scope, 0.0, 35.0)

    assert budget.allowed_at([CHAT], 1.0) == 35.0 + MARGIN
    assert budget.allowed_at([OTHER, ACCOUNT], 1.0) <= 1.0
    assert budget.rests([CHAT, ACCOUNT], 35.0)
    assert not budget.rests([OTHER, ACCOUNT], 35.0)
    assert not budget.rests([CHAT], 35.2)


def test_a_refusal_of_the_account_silences_everybody() -> None:
    budget = Budget()
    budget.refused("", 0.0, 35.0)

    assert budget.allowed_at([OTHER], 1.0) == 35.0 + MARGIN
    assert budget.rests([], 1.0)


def test_a_shorter_refusal_does_not_end_a_longer_one() -> None:
    budget = Budget()
    budget.refused(CHAT.scope, 0.0, 300.0)
    budget.refused(CHAT.scope, 1.0, 2.0)

    assert budget.allowed_at([CHAT], 5.0) == 300.0 + MARGIN


def test_a_refused_scope_slows_down_and_wins_its_speed_back() -> None:
    budget = Budget()
    budget.refused(CHAT.scope, 0.0, 1.0)

    went = spend(budget, CHAT, [10.0] * 40)

    gaps = [after - before for before, after in pairwise(went)]
    assert gaps[0] == pytest.approx(SLOWER)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(1.0)


def test_however_often_it_is_refused_a_scope_is_not_slowed_down_for_ever() -> None:
    budget = Budget()
    for second in range(100):
        budget.refused(CHAT.scope, float(second), 0.0)

    went = spend(budget, CHAT, [200.0, 200.0])

    assert went[1] - went[0] == pytest.approx(SLOWEST)


def test_memory_follows_the_chats_that_are_live() -> None:
    budget = Budget()
    for n in range(50 * FORGET_EVERY):
        limit = Limit(f"chat:{n}", 1.0)
        if n % 10 == 0:
            budget.refused(limit.scope, n * 1.0, 0.5)
        budget.spent([limit], n * 1.0)

    assert sum(len(kept) for kept in vars(budget).values() if isinstance(kept, dict)) < 4 * FORGET_EVERY


WISHES = st.lists(
    st.tuples(
        st.floats(0.0, 3.0, allow_nan=False),
        st.sampled_from([None, None, None, 0.0, 0.2, 5.0]),
    ),
    min_size=2,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(wishes=WISHES, every=st.sampled_from([0.05, 1.0, 3.1]), burst=st.integers(1, 6))
def test_whatever_happens_no_more_is_written_than_the_platform_allows(
    wishes: list[tuple[float, float | None]], every: float, burst: int
) -> None:
    limit, budget = Limit("edits", every, burst), Budget()
    now, went = 0.0, []
    for pause, refusal in wishes:
        now = max(now + pause, budget.allowed_at([limit], now + pause))
        budget.spent([limit], now)
        went.append(now)
        if refusal is not None:
            budget.refused(limit.scope, now, refusal)

    for first in range(len(went)):
        for last in range(first + burst, len(went)):
            assert went[last] - went[first] >= (last - first + 1 - burst) * every - ROUNDING


@given(wait=st.floats(0.0, 3600.0), asked=st.floats(0.0, 3600.0))
def test_nothing_is_ever_allowed_before_a_silence_is_over(wait: float, asked: float) -> None:
    budget = Budget()
    budget.refused(CHAT.scope, 0.0, wait)

    assert budget.allowed_at([CHAT], asked) >= min(max(wait, asked), wait + MARGIN)
