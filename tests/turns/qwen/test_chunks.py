from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import ModelUnreachable, Refused
from bot.model import Finish, Finished, Text, Thought, Usage
from bot.turns.qwen import chunks
from bot.turns.qwen.chunks import Chunks


def event(chunk: object) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


def said(text: str | None = None, *, thought: str | None = None, reason: str | None = None) -> bytes:
    delta = {"content": text, "reasoning_content": thought}
    return event({"choices": [{"delta": delta, "index": 0, "finish_reason": reason}], "usage": None})


def used(usage: Any) -> bytes:
    return event({"choices": [], "usage": usage})


DONE = b"data: [DONE]\n\n"


def ended(*pieces: bytes) -> Chunks:
    reader = Chunks()
    for piece in pieces:
        reader.feed(piece)
    reader.end()
    return reader


def test_text_and_thoughts_come_in_their_order() -> None:
    deltas = Chunks().feed(said(thought="hm") + said("") + said("Hello") + said(None) + said(" you"))

    assert deltas == [Thought("hm"), Text("Hello"), Text(" you")]


def test_text_that_comes_with_the_reason_or_after_it_is_kept() -> None:
    assert Chunks().feed(said("a", reason="stop") + said("b") + DONE) == [Text("a"), Text("b")]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", Finish.STOP),
        ("length", Finish.LENGTH),
        ("content_filter", Finish.FILTERED),
        ("tool_calls", Finish.STOP),
        ("something_new", Finish.STOP),
    ],
)
def test_every_reason_has_its_finish(reason: str, finish: Finish) -> None:
    assert ended(said("a"), said(reason=reason), DONE).ending() == [Finished(finish)]


@pytest.mark.parametrize("reason", [None, "", "null"])
def test_no_reason_is_no_finish(reason: str | None) -> None:
    reader = ended(said("a"), said(reason=reason), DONE)

    assert reader.trouble == chunks.CUT
    assert reader.ending() == []


def test_an_end_without_done_is_complete_if_a_reason_was_seen() -> None:
    assert ended(said("a", reason="stop")).ending() == [Finished(Finish.STOP)]


def test_usage_comes_before_the_finish() -> None:
    counts = {
        "prompt_tokens": 10,
        "completion_tokens": 360,
        "total_tokens": 370,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 300},
    }
    usage = Usage(prompt=10, cached=4, completion=360, reasoning=300)

    assert ended(said("a", reason="stop"), used(counts), DONE).ending() == [usage, Finished(Finish.STOP)]


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({}, Usage()),
        ({"prompt_tokens": 0}, Usage(prompt=0)),
        ({"prompt_tokens": 1, "prompt_tokens_details": None}, Usage(prompt=1)),
        ({"completion_tokens": 2, "completion_tokens_details": {}}, Usage(completion=2)),
        ({"prompt_tokens": "many"}, None),
        ({"prompt_tokens": -1}, None),
        ({"prompt_tokens": 10**30}, None),
        ({"prompt_tokens": 1.5}, None),
        ([], None),
        ("none", None),
    ],
)
def test_what_usage_does_not_say_is_unknown_and_breaks_nothing(counts: Any, usage: Usage | None) -> None:
    expected = [] if usage is None else [usage]

    assert ended(said("a", reason="stop"), used(counts)).ending() == [*expected, Finished(Finish.STOP)]


def test_usage_that_grows_with_every_chunk_is_told_once() -> None:
    growing = [
        event({"choices": [{"delta": {"content": "a"}}], "usage": {"prompt_tokens": n}}) for n in (1, 2)
    ]

    assert ended(*growing, said(reason="stop")).ending() == [Usage(prompt=2), Finished(Finish.STOP)]


GARBAGE = [
    b"data: {\n\n",
    b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n',
    b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
    b"data: <html>\n\n",
    b"data: null\n\n",
    b"data: []\n\n",
    b'data: "x"\n\n',
    b"data: {}\n\n",
    b'data: {"choices":null}\n\n',
    b'data: {"choices":5}\n\n',
    b'data: {"choices":[null]}\n\n',
    b'data: {"choices":[{}]}\n\n',
    b'data: {"choices":[{"delta":null}]}\n\n',
    b'data: {"choices":[{"delta":{"content":5}}]}\n\n',
    b'data: {"choices":[{"delta":{"content":["a"]}}]}\n\n',
    b'data: {"choices":[{"delta":{},"finish_reason":5}]}\n\n',
    b'data: {"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n",
    b'data: {"choices":[],"usage":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n",
    b'data: {"error":{}}\n\n',
    b"data: " + b"x" * 2**20 + b"\n\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: garbage[:50])
def test_garbage_is_trouble_and_what_came_before_it_is_kept(garbage: bytes) -> None:
    reader = Chunks()

    deltas = reader.feed(said("kept") + garbage + said("lost"))

    assert deltas == [Text("kept")]
    assert reader.trouble == chunks.GARBLED
    assert reader.feed(said("later")) == []


@pytest.mark.parametrize("garbage", [*GARBAGE, event({"code": "InternalError", "message": "oh"})])
def test_garbage_after_the_end_of_a_complete_answer_is_no_trouble(garbage: bytes) -> None:
    reader = Chunks()

    reader.feed(said("a", reason="stop") + garbage)

    assert reader.trouble is None
    assert reader.over
    assert reader.ending() == [Finished(Finish.STOP)]


@pytest.mark.parametrize(
    "chunk",
    [
        {"error": {"code": "data_inspection_failed", "message": "…"}, "request_id": "r"},
        {"code": "DataInspectionFailed", "message": "…", "request_id": "r"},
        {"choices": [], "error": {"code": "data_inspection_failed", "message": "…"}, "request_id": "r"},
        {"choices": [{"delta": {}}], "error": {"code": "data_inspection_failed"}, "request_id": "r"},
        {"choices": None, "code": "DataInspectionFailed", "message": "…", "request_id": "r"},
    ],
)
def test_an_error_in_the_stream_is_told_apart_by_its_code(chunk: dict[str, Any]) -> None:
    reader = Chunks()

    reader.feed(said("a") + event(chunk))

    assert reader.trouble is not None
    assert reader.trouble.meaning.error is Refused
    assert reader.trouble.request == "r"


def test_a_chunk_without_choices_is_read_over() -> None:
    assert Chunks().feed(event({"choices": [], "prompt_filter_results": []}) + said("a")) == [Text("a")]


def test_only_the_first_choice_is_the_answer() -> None:
    two = {"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "b"}}]}

    assert Chunks().feed(event(two)) == [Text("a")]


def test_nothing_is_read_after_done() -> None:
    reader = Chunks()

    assert reader.feed(said("a", reason="stop") + DONE + said("b")) == [Text("a")]
    assert reader.done
    assert not reader.over


def test_comments_are_not_heard() -> None:
    reader = Chunks()
    reader.feed(b": ping\n\n" * 10 + said("a"))

    assert reader.heard == 1


def test_too_many_chunks_are_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_CHUNKS", 10)
    reader = Chunks()

    kept = [delta for _ in range(20) for delta in reader.feed(said("a"))]

    assert reader.trouble == chunks.TOO_MUCH
    assert reader.trouble.meaning.error is ModelUnreachable
    assert len(kept) == 11


def test_too_many_bytes_are_trouble_even_as_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_BYTES", 100)
    reader = Chunks()

    for _ in range(20):
        reader.feed(b": ping\n\n")

    assert reader.trouble == chunks.TOO_MUCH
