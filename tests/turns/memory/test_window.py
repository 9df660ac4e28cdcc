from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.turns.memory.window import (
    FULL,
    KEPT,
    MOST,
    is_full,
    newest_within,
    older_half,
    opening,
    portions,
)

SIZES = st.lists(st.integers(1, 300), max_size=60)
ROOM = st.integers(-100, 5000)


@given(SIZES, ROOM)
def test_what_goes_along_is_the_newest_and_has_room(sizes: list[int], room: int) -> None:
    first = opening(sizes, room)

    assert sum(sizes[first:]) <= max(room, 0)
    if first:
        assert sum(sizes) > room
        assert sum(sizes[first:]) <= max(KEPT * room, 0)
        assert sum(sizes[first - 1 :]) > KEPT * room


@given(SIZES, st.integers(1000, 5000))
def test_after_the_window_has_moved_there_is_room_for_more_before_it_moves_again(
    sizes: list[int], room: int
) -> None:
    kept = sizes[opening(sizes, room) :]
    step = [*kept, room // 4]

    assert kept == sizes or opening(step, room) == 0


def test_very_many_short_turns_move_the_window_too() -> None:
    many = [1] * MOST

    first = opening(many, 10**6)

    assert len(many) - first == MOST // 2
    assert opening(many[first:], 10**6) == 0


def test_a_window_is_full_by_tokens_or_by_turns() -> None:
    room = 1000

    assert not is_full([FULL * room], room)
    assert is_full([FULL * room, 1], room)
    assert not is_full([0] * round(FULL * MOST), room)
    assert is_full([0] * (round(FULL * MOST) + 1), room)


@given(SIZES)
def test_the_older_half_leaves_about_half_and_never_nothing(sizes: list[int]) -> None:
    count = older_half(sizes)

    assert count == 0 if len(sizes) < 2 else 0 < count < len(sizes)
    if count > 1:
        assert sum(sizes[:count]) <= sum(sizes) / 2
    if count and count < len(sizes) - 1:
        assert sum(sizes[: count + 1]) > sum(sizes) / 2


@given(SIZES, st.integers(1, 1000))
def test_portions_hold_everything_in_order_and_as_much_as_has_room(sizes: list[int], most: int) -> None:
    counts = portions(sizes, most)

    rest = list(sizes)
    for count in counts:
        part, rest = rest[:count], rest[count:]
        assert sum(part) <= most or len(part) == 1
        assert not rest or sum(part) + rest[0] > most
    assert rest == []
    assert 0 not in counts


def test_nothing_has_room_where_there_is_none() -> None:
    assert newest_within([5, 5], 0) == 2
    assert newest_within([], 100) == 0
    assert opening([], -1) == 0
