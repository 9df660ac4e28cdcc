from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turns.qwen.sse import Events, Overlong


def read(*pieces: bytes, longest: int = 1000) -> list[bytes]:
    events = Events(longest)
    return [data for piece in pieces for data in events.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\ndata\ndata: b\n\n", [b"a\n\nb"]),
        (b": ping\n\n: ping\n\ndata: a\n\n", [b"a"]),
        (b"id:1\nevent:result\n:HTTP_STATUS/200\ndata:a\nretry: 3\n\n", [b"a"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"\n\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data:\n\n", []),
        (b"data: a\n", []),
        (b"data: a", []),
        (b"<html>\n\n{}\n\n", []),
        (b"DATA: a\n\n", []),
        ("data: \u2028猫\x0b\x85\n\n".encode(), ["\u2028猫\x0b\x85".encode()]),
    ],
)
def test_a_stream_gives_the_data_of_its_whole_events(stream: bytes, events: list[bytes]) -> None:
    assert read(stream) == events


@given(
    lines=st.lists(
        st.sampled_from([b"data: a", b"data: bb", b"", b": c", b"event: e", b"data:"]), max_size=12
    ),
    ends=st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=12, max_size=12),
    cuts=st.lists(st.integers(0, 120), max_size=20),
)
def test_it_does_not_matter_where_the_stream_is_cut_or_how_its_lines_end(
    lines: list[bytes], ends: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    # A lone CR before a LF would be one line end, so the plain form cannot have it.
    plain = b"".join(line + b"\n" for line in stream.splitlines())
    marks = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(marks)]

    assert read(*pieces) == read(plain)


def test_a_line_beyond_the_limit_is_refused_before_it_ends() -> None:
    events = Events(100)
    for piece in (b"data: ", *[b"x" * 10] * 9):
        assert list(events.feed(piece)) == []

    with pytest.raises(Overlong):
        list(events.feed(b"x" * 10))


@pytest.mark.parametrize("line", [b"data:\n", b"data: xxxxxxxx\n"])
def test_an_event_beyond_the_limit_is_refused_however_short_its_lines(line: bytes) -> None:
    with pytest.raises(Overlong):
        read(*[line] * 200, longest=100)


def test_many_events_together_may_exceed_the_limit() -> None:
    assert len(read(*[b"data: xxxxxxxx\n\n"] * 200, longest=100)) == 200


def test_the_events_before_an_overlong_one_are_given() -> None:
    events = Events(100).feed(b"data: a\n\ndata: " + b"x" * 200)

    assert next(events) == b"a"
    with pytest.raises(Overlong):
        next(events)
