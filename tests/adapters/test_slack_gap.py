"""What is known of a gap, and the pace of asking about it."""

from __future__ import annotations

import pytest

from adapters.slack.gap import Gap, Rhythm
from adapters.slack.missed import moment_of

A, B, C = ("C1", ""), ("C1", "1.1"), ("D1", "")


def test_places_are_asked_about_once_and_in_the_order_in_which_they_became_known() -> None:
    gap = Gap(1.0)
    gap.add(A, B)
    gap.fill(A)

    gap.add(C, A, B)

    assert gap.places == [B, C]


def test_a_place_can_go_first_or_last() -> None:
    gap = Gap(1.0, [A, B, C])

    gap.prefer(C)
    gap.postpone(A)

    assert gap.places == [C, B, A]


def test_a_place_that_nobody_knew_of_can_go_first() -> None:
    gap = Gap(1.0, [A])

    gap.prefer(B)
    gap.postpone(C)

    assert gap.places == [B, A]


def test_a_gap_in_a_gap_begins_where_the_first_one_did_and_asks_again_about_what_was_filled() -> None:
    gap = Gap(1.0, listed=True)
    gap.add(A, B)
    gap.fill(A)

    later = gap.again(5.0)
    later.add(A, B)

    assert later.since == 1.0
    assert later.places == [B, A]
    assert not later.listed


def test_questions_are_asked_one_after_the_other() -> None:
    rhythm = Rhythm(2.0, 3)
    assert rhythm.delay(100.0) == 0.0
    rhythm.spent(100.0)

    assert rhythm.delay(100.5) == 1.5
    assert rhythm.delay(103.0) == 0.0


def test_whoever_waits_is_asked_about_at_once_up_to_a_number_and_the_others_wait_for_it() -> None:
    rhythm = Rhythm(2.0, 3)
    asked = 0
    while rhythm.delay(100.0, urgent=True) == 0:
        rhythm.spent(100.0)
        asked += 1

    assert asked == 3
    assert rhythm.delay(100.0) == 6.0


def test_no_minute_has_more_questions_than_slack_allows() -> None:
    rhythm, now, asked = Rhythm(2.0, 5), 0.0, 0
    while now < 60.0:
        now += rhythm.delay(now, urgent=True)
        rhythm.spent(now)
        asked += 1

    assert asked <= 50


def test_a_silence_that_was_asked_for_holds_for_everybody() -> None:
    rhythm = Rhythm(2.0, 3)
    rhythm.rest(100.0, 30.0)

    assert rhythm.delay(101.0, urgent=True) == 29.0
    assert rhythm.delay(131.0) == 0.0


@pytest.mark.parametrize(
    ("event", "moment"),
    [
        ({"event_ts": "1795000000.000100", "ts": "1794000000.000100"}, 1795000000.0001),
        ({"ts": "1795000000.000100"}, 1795000000.0001),
        ({"ts": "1e999"}, None),
        ({"ts": ["?"]}, None),
        ({}, None),
        (None, None),
        ("x", None),
    ],
)
def test_only_a_moment_of_slacks_own_tells_how_far_was_heard(event: object, moment: float | None) -> None:
    assert moment_of({"event": event}) == moment
