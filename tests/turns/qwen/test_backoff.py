from __future__ import annotations

import pytest

from bot.turns.qwen.backoff import Backoff
from bot.turns.qwen.refusals import BURST, FAILING, THROTTLED, WRONG, Meaning, Refusal


def waits(
    meaning: Meaning, *, patience: float = 90.0, chance: float = 0.0, retry_after: float | None = None
) -> list[float]:
    backoff, now, made = Backoff(until=patience, chance=lambda: chance), 0.0, []
    refusal = Refusal(meaning=meaning, retry_after=retry_after)
    while (wait := backoff.wait(refusal, now)) is not None:
        made.append(wait)
        now += wait
    return made


def test_a_wrong_request_is_never_repeated() -> None:
    assert waits(WRONG) == []


def test_a_failing_server_is_asked_twice_again() -> None:
    assert waits(FAILING) == [1, 2]


def test_a_limited_rate_is_waited_for_as_long_as_patience_lasts() -> None:
    assert waits(THROTTLED) == [1, 2, 4, 8, 16, 30]


def test_a_burst_is_let_cool_down_first() -> None:
    assert waits(BURST)[0] == 5


def test_no_wait_ends_after_patience() -> None:
    assert waits(THROTTLED, patience=6.9) == [1, 2]
    assert waits(THROTTLED, patience=0.0) == []


def test_chance_makes_waits_longer_only() -> None:
    assert waits(THROTTLED, chance=0.99)[:3] == [
        pytest.approx(1.495),
        pytest.approx(2.99),
        pytest.approx(5.98),
    ]


def test_what_the_provider_asks_for_is_kept() -> None:
    assert waits(THROTTLED, retry_after=40) == [40, 40]
    assert waits(THROTTLED, retry_after=40, chance=0.5) == [40.5, 40.5]
    assert waits(THROTTLED, retry_after=0.2, chance=1)[0] == pytest.approx(0.25)


def test_a_wait_beyond_patience_is_not_begun() -> None:
    assert waits(THROTTLED, retry_after=121) == []
    assert waits(THROTTLED, retry_after=float("inf")) == []


def test_patience_without_end_does_not_overflow() -> None:
    backoff = Backoff(until=float("inf"), chance=lambda: 0.0)
    refusal = Refusal(meaning=THROTTLED)

    assert [backoff.wait(refusal, 0.0) for _ in range(2000)][-1] == 30


def test_failures_between_refusals_count_on_their_own() -> None:
    backoff = Backoff(until=1000.0, chance=lambda: 0.0)
    mixed = [THROTTLED, FAILING, THROTTLED, FAILING, THROTTLED, FAILING]

    made = [backoff.wait(Refusal(meaning=meaning), 0.0) for meaning in mixed]

    assert made == [1, 2, 4, 8, 16, None]
