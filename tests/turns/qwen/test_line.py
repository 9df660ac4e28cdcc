"""The line for a model: never above the limit, never idle below it, and nobody waits for ever."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turns.qwen.line import MINUTE, ONE_REFUSAL, RECOVERY, Line, Ticket, Window, windows

TINY = 1e-6


@dataclass
class Day:
    """A line at work: people come, and whoever may ask does so at that very moment."""

    line: Line
    now: float = 0.0
    asked: list[tuple[float, Ticket]] = field(default_factory=list)
    came: dict[int, float] = field(default_factory=dict)

    def come(self, person: str, tokens: int = 1) -> Ticket:
        ticket = Ticket(person, tokens)
        self.came[id(ticket)] = self.now
        self.line.enter(ticket)
        return ticket

    def until(self, moment: float) -> None:
        """Let whoever may ask do so until then."""
        while (head := self.line.head) is not None and (ready := self.line.ready_at(self.now)) <= moment:
            self.now = ready
            assert self.line.take(head, self.now)
            self.asked.append((self.now, head))
        self.now = max(self.now, moment)

    def close(self) -> None:
        self.until(1e9)

    @property
    def order(self) -> str:
        return "".join(ticket.person for _, ticket in self.asked)


def most_in(moments: list[tuple[float, int]], seconds: float) -> int:
    """Return the largest sum in any window that begins with one of them."""
    return max(
        sum(amount for at, amount in moments if begin <= at < begin + seconds - TINY) for begin, _ in moments
    )


arrivals = st.lists(
    st.tuples(st.floats(0, 90), st.sampled_from("abcde"), st.integers(1, 400)), min_size=1, max_size=60
)


def lived(requests: int | None, tokens: int | None, came: list[tuple[float, str, int]]) -> Day:
    day = Day(Line(requests, tokens))
    for at, person, size in sorted(came):
        day.until(at)
        day.come(person, size)
    day.close()
    return day


# ---------------------------------------------------------------- never above


@given(st.integers(1, 200), arrivals)
def test_no_minute_and_no_second_ever_holds_more_requests_than_allowed(
    most: int, came: list[tuple[float, str, int]]
) -> None:
    moments = [(at, 1) for at, _ in lived(most, None, came).asked]

    assert most_in(moments, MINUTE) <= most
    assert most_in(moments, 1.0) <= max(1, -(-most // 60))


@given(st.integers(1, 2_000), arrivals)
def test_no_minute_and_no_second_ever_holds_more_tokens_than_allowed_but_one_large_request_alone(
    most: int, came: list[tuple[float, str, int]]
) -> None:
    moments = [(at, ticket.tokens) for at, ticket in lived(None, most, came).asked]
    largest = max(size for _, size in moments)

    assert most_in(moments, MINUTE) <= max(most, largest)
    assert most_in(moments, 1.0) <= max(-(-most // 60), largest)


@given(st.integers(1, 100), st.integers(1, 2_000), arrivals)
def test_both_limits_hold_together(requests: int, tokens: int, came: list[tuple[float, str, int]]) -> None:
    asked = lived(requests, tokens, came).asked
    moments = [(at, ticket.tokens) for at, ticket in asked]

    assert most_in([(at, 1) for at, _ in asked], MINUTE) <= requests
    assert most_in(moments, MINUTE) <= max(tokens, *(size for _, size in moments))


# ---------------------------------------------------------------- never idle, never for ever


@given(st.integers(1, 200), arrivals)
def test_nobody_waits_a_moment_longer_than_the_limit_demands(
    most: int, came: list[tuple[float, str, int]]
) -> None:
    day = lived(most, None, came)

    counted = windows(most)
    for n, (at, ticket) in enumerate(day.asked):
        free = max(day.came[id(ticket)], day.asked[n - 1][0] if n else 0.0)
        if at > free + TINY:
            before = [(moment, 1) for moment, _ in day.asked[:n]]
            full = [
                sum(1 for moment, _ in before if moment > at - TINY * 10 - window.seconds) >= window.most
                for window in counted
            ]
            assert any(full), "there was room before"


@given(st.integers(1, 200), arrivals)
def test_everybody_is_served_and_each_persons_questions_in_their_order(
    most: int, came: list[tuple[float, str, int]]
) -> None:
    day = lived(most, None, came)

    assert len(day.asked) == len(came)
    for person in "abcde":
        own = [day.came[id(ticket)] for _, ticket in day.asked if ticket.person == person]
        assert own == sorted(own)


@given(st.integers(1, 60), arrivals)
def test_while_somebody_waits_nobody_else_is_served_twice(
    most: int, came: list[tuple[float, str, int]]
) -> None:
    day = lived(most, None, came)

    for served, (_, ticket) in enumerate(day.asked):
        began = day.came[id(ticket)]
        while_waiting = [
            other.person
            for at, other in day.asked[:served]
            if at > began + TINY and other.person != ticket.person
        ]
        own = sum(
            1 for at, other in day.asked[:served] if at > began + TINY and other.person == ticket.person
        )
        assert all(times <= own + 1 for times in Counter(while_waiting).values())


def test_who_asks_a_hundred_times_does_not_keep_others_from_asking_once() -> None:
    day = Day(Line(60))
    for _ in range(100):
        day.come("a")
    day.come("b")
    day.come("c")
    day.until(4.0)

    assert day.order == "abcaa"


def test_people_are_served_in_turn() -> None:
    day = Day(Line(60))
    for person in "aaabbc":
        day.come(person)
    day.close()

    assert day.order == "abcaba"


# ---------------------------------------------------------------- limits by the second


@pytest.mark.parametrize(
    ("per_minute", "at_once", "seconds"),
    [(600, 10, 1.0), (60, 1, 1.0), (30, 1, 2.0), (90, 2, 4 / 3), (1, 1, 60.0), (30_000, 500, 1.0)],
)
def test_a_limit_by_the_minute_is_one_by_the_second_too(
    per_minute: int, at_once: int, seconds: float
) -> None:
    minute, second = windows(per_minute)

    assert (minute.most, minute.seconds) == (per_minute, MINUTE)
    assert second.most == at_once
    assert second.seconds == pytest.approx(seconds)


def test_what_a_minute_has_room_for_goes_out_within_a_minute() -> None:
    day = Day(Line(90))
    for n in range(90):
        day.come(str(n))
    day.close()

    assert day.asked[-1][0] < MINUTE


def test_without_limits_nobody_waits() -> None:
    day = Day(Line())
    for _ in range(1000):
        day.come("a", 10**9)
    day.close()

    assert day.asked[-1][0] == 0.0


# ---------------------------------------------------------------- tokens


def test_what_a_request_really_took_takes_the_place_of_what_was_expected() -> None:
    window = Window(100, MINUTE)
    ticket = Ticket("a", 80)
    ticket.entries = [(window, window.add(80, 0.0))]

    assert window.room_at(50, 1.0) == MINUTE
    ticket.took(50)
    assert window.room_at(50, 1.0) == 1.0
    ticket.took(90)
    assert window.room_at(50, 1.0) == MINUTE
    assert window.room_at(50, MINUTE) == MINUTE
    ticket.took(10**9)
    assert window.room_at(50, MINUTE) == MINUTE


def test_a_request_larger_than_a_minute_waits_for_an_empty_one_and_then_keeps_the_others_waiting() -> None:
    day = Day(Line(None, 600))
    for person, tokens in (("a", 5), ("b", 5_000), ("c", 5)):
        day.come(person, tokens)
    day.close()

    assert [(ticket.person, at) for at, ticket in day.asked] == [("a", 0.0), ("b", 60.0), ("c", 120.0)]


# ---------------------------------------------------------------- refusals


def test_a_refused_line_waits_as_long_as_it_is_asked_to_then_goes_at_half_its_speed() -> None:
    day = Day(Line(60))
    day.line.refused(10.0, 0.0)
    for _ in range(100):
        day.come("a")

    day.until(10.0)
    assert [at for at, _ in day.asked] == [10.0]
    day.until(16.0)
    steps = [later - earlier for earlier, later in itertools.pairwise(at for at, _ in day.asked)]
    assert all(1.7 < step <= 2.0 for step in steps)


def test_the_speed_comes_back_little_by_little() -> None:
    line = Line(60)
    line.refused(10.0, 0.0)

    shares = [line.share(at) for at in (0.0, 10.0, 10.0 + RECOVERY / 4, 10.0 + RECOVERY / 2, 1000.0)]

    assert shares == [0.5, 0.5, 0.75, 1.0, 1.0]


def test_refusals_of_requests_that_were_under_way_together_are_one() -> None:
    line = Line(60)
    for n in range(20):
        line.refused(1.0, n * ONE_REFUSAL / 20)

    assert line.share(0.0) == 0.5
    for n in range(20):
        line.refused(1.0, (n + 1) * ONE_REFUSAL)
    assert line.share(0.0) == 0.1


def test_who_was_refused_comes_first_when_the_line_opens() -> None:
    day = Day(Line(60))
    first = day.come("a")
    day.until(0.5)
    for person in "abc":
        day.come(person)
    day.line.refused(5.0, 0.5)
    day.line.come_back(first)
    assert day.line.place(first) == 1
    day.close()

    assert [ticket for _, ticket in day.asked][1] is first
    assert day.asked[1][0] == 5.5


# ---------------------------------------------------------------- places


@given(arrivals)
def test_a_place_in_line_is_how_many_are_served_up_to_then(came: list[tuple[float, str, int]]) -> None:
    day = Day(Line(1))
    day.come("z")
    day.until(0.0)
    tickets = [day.come(person) for _, person, _ in came]
    places = {id(ticket): day.line.place(ticket) for ticket in tickets}
    day.close()

    assert [places[id(ticket)] for _, ticket in day.asked[1:]] == list(range(1, len(tickets) + 1))
    assert all(day.line.place(ticket) == 0 for ticket in tickets)


def test_the_wait_is_about_what_it_will_be() -> None:
    day = Day(Line(30))
    tickets = [day.come(str(n)) for n in range(5)]
    day.until(0.0)

    assert [round(day.line.wait(ticket, 0.5), 6) for ticket in tickets[1:]] == [1.5, 3.5, 5.5, 7.5]


def test_who_leaves_is_as_if_they_had_never_come() -> None:
    day = Day(Line(60))
    tickets = [day.come(person) for person in "aabbc"]
    for gone in (tickets[0], tickets[2], tickets[3], tickets[0]):
        day.line.leave(gone)
    day.close()

    assert day.order == "ac"
    day.line.come_back(tickets[0])
    day.line.leave(tickets[0])
    assert day.line.head is None


def test_nobody_passes_who_is_not_next_or_has_no_room() -> None:
    line = Line(60)
    first, second = Ticket("a", 1), Ticket("b", 1)
    line.enter(first)
    line.enter(second)

    assert not line.take(second, 0.0)
    assert line.take(first, 0.0)
    assert not line.take(second, 0.9)
    assert line.take(second, 1.0)
