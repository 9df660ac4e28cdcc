"""What breaks within the stream, and what comes instead of one."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib

import pytest

from bot.errors import (
    BadRequest,
    Denied,
    Interrupted,
    KeyRefused,
    ModelBusy,
    ModelError,
    ModelUnreachable,
    OutOfCredit,
    PromptTooLong,
    Refused,
)
from bot.model import Finish, Finished, Text, Thought, Waiting
from bot.turns.qwen import chunks
from tests.servers.qwen import (
    CloseQuietly,
    Cut,
    Done,
    End,
    Fault,
    Raw,
    Say,
    Script,
    Stall,
    StreamError,
    Think,
    answer,
    envelope,
    flat,
)
from tests.turns.qwen.asking import bench, label

BROKEN: dict[str, Script] = {
    "reset": [Raw(b""), Cut()],
    "end without a finish reason": [CloseQuietly()],
    "done without a finish reason": [Done()],
    "end within a line": [Raw(b'data: {"choices":[{"delta":{"content":"lo'), CloseQuietly()],
    "end within an event": [Raw(b'data: {"choices":[{"delta":{"content":"lost"}}]}\n'), CloseQuietly()],
}

GARBLED: dict[str, Script] = {
    "malformed JSON": [Raw(b'data: {"choices":\n\n')],
    "HTML": [Raw(b"data: <html>\n\n")],
    "bad UTF-8": [Raw(b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n')],
    "null": [Raw(b"data: null\n\n")],
    "a list": [Raw(b"data: []\n\n")],
    "a string": [Raw(b'data: "x"\n\n')],
    "choices are null": [Raw(b'data: {"choices":null}\n\n')],
    "no delta": [Raw(b'data: {"choices":[{"index":0}]}\n\n')],
    "content is a number": [Raw(b'data: {"choices":[{"delta":{"content":5}}]}\n\n')],
    "a line without end": [Raw(b"data: " + b"x" * 2**20 + b"x"), Stall()],
}


def named(scripts: dict[str, Script]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("script", scripts.values(), ids=scripts.keys())


@named(BROKEN | GARBLED)
@pytest.mark.parametrize("begun", [Say("kept"), Think("kept")], ids=["text", "thought"])
async def test_what_breaks_after_the_beginning_interrupts_and_is_never_tried_again(
    script: Script, begun: Say | Think
) -> None:
    async with bench() as here:
        here.server.reply([begun, *script])

        heard = await here.ask()

    assert heard.deltas == [Text("kept") if isinstance(begun, Say) else Thought("kept")]
    assert heard.outcome is Interrupted
    assert len(here.server.requests) == 1


@named(BROKEN)
async def test_what_breaks_before_the_beginning_is_tried_a_couple_of_times(script: Script) -> None:
    async with bench() as here:
        here.server.reply(script)

        heard = await here.ask()

    assert heard.deltas == [Waiting(1), Waiting(2)]
    assert heard.outcome is ModelUnreachable
    assert len(here.server.requests) == 3


@named(BROKEN)
async def test_the_next_try_may_bring_the_answer(script: Script) -> None:
    async with bench() as here:
        here.server.queue(script)
        here.server.reply([Say("Hello"), End(), Done()])

        heard = await here.ask()

    assert heard.deltas == [Waiting(1), Text("Hello"), Finished(Finish.STOP)]


@named(GARBLED)
async def test_garbage_from_the_beginning_is_not_tried_again(script: Script) -> None:
    async with bench() as here:
        here.server.reply(script)

        heard = await here.ask()

    assert heard.deltas == []
    assert heard.outcome is ModelUnreachable
    assert len(here.server.requests) == 1


# ---------------------------------------------------------------- errors within the stream

COMPLAINTS: list[tuple[str, type[ModelError], type[ModelError], int]] = [
    ("data_inspection_failed", Refused, Refused, 1),
    ("invalid_api_key", KeyRefused, KeyRefused, 1),
    ("Arrearage", OutOfCredit, OutOfCredit, 1),
    ("Model.AccessDenied", Denied, Denied, 1),
    ("context_length_exceeded", PromptTooLong, PromptTooLong, 1),
    ("internal_error", ModelUnreachable, Interrupted, 3),
    ("limit_requests", ModelBusy, Interrupted, 7),
    ("something_new", ModelUnreachable, Interrupted, 3),
]


@pytest.mark.parametrize("shape", ["envelope", "flat"])
@pytest.mark.parametrize(("code", "before", "after", "calls"), COMPLAINTS)
async def test_an_error_in_the_stream_counts_by_its_code(
    shape: str, code: str, before: type[ModelError], after: type[ModelError], calls: int
) -> None:
    error = (
        StreamError(envelope(code, "…"))
        if shape == "envelope"
        else StreamError(flat(code, "…"), event="error")
    )
    async with bench() as fresh, bench() as begun:
        fresh.server.reply([error])
        begun.server.reply([Say("kept"), error])

        outcomes = (await fresh.ask()).outcome, (await begun.ask()).outcome

    assert outcomes == (before, after)
    assert len(fresh.server.requests) == calls
    assert len(begun.server.requests) == 1


# ---------------------------------------------------------------- something else than a stream

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
SSE = {"Content-Type": "text/event-stream"}
PACKED = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
STREAM = b'data: {"choices":[{"delta":{"content":"H\xc3\xa9"},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n'


@pytest.mark.parametrize(
    ("fault", "outcome", "calls"),
    [
        (Fault(200, "<html>Welcome to our network</html>", HTML), ModelUnreachable, 1),
        (
            Fault(200, {"object": "chat.completion", "choices": [{"message": {"content": "x"}}]}),
            ModelUnreachable,
            1,
        ),
        (Fault(200, "", SSE), ModelUnreachable, 3),
        (Fault(200, "", JSON), ModelUnreachable, 3),
        (Fault(200, "plain words", {"Content-Type": "text/plain"}), ModelUnreachable, 3),
        (Fault(200, b"\x1f\x8b garbage", SSE), ModelUnreachable, 3),
        (Fault(200, envelope("invalid_api_key", "…")), KeyRefused, 1),
        (Fault(200, flat("DataInspectionFailed", "…")), Refused, 1),
        (Fault(200, f"\n {json.dumps(envelope('Arrearage', '…'))}", SSE), OutOfCredit, 1),
        (Fault(200, gzip.compress(json.dumps(flat("Arrearage", "…")).encode()), PACKED), OutOfCredit, 1),
        (
            Fault(200, envelope("invalid_parameter_error", "Range of input length should be [1, 9]")),
            PromptTooLong,
            1,
        ),
        (Fault(200, "<p>" * 2**20, HTML), ModelUnreachable, 1),
        (Fault(204), ModelUnreachable, 3),
        (Fault(400, "x" * 2**22), BadRequest, 1),
    ],
    ids=label,
)
async def test_what_is_no_stream_is_no_answer(fault: Fault, outcome: type[ModelError], calls: int) -> None:
    async with bench() as here:
        here.server.reply([fault])

        heard = await here.ask()

    assert heard.outcome is outcome
    assert len(here.server.requests) == calls


@pytest.mark.parametrize("headers", [JSON, HTML, {}], ids=["JSON", "HTML", "nothing"])
async def test_a_stream_is_a_stream_whatever_it_is_labelled(headers: dict[str, str]) -> None:
    async with bench() as here:
        here.server.reply([Fault(200, STREAM, headers)])

        heard = await here.ask()

    assert (heard.text, heard.outcome) == ("Hé", None)


@pytest.mark.parametrize(
    ("name", "packed"),
    [("gzip", gzip.compress(STREAM)), ("deflate", zlib.compress(STREAM))],
    ids=["gzip", "deflate"],
)
async def test_a_stream_that_was_compressed_unasked_is_unpacked(name: str, packed: bytes) -> None:
    async with bench() as here:
        here.server.reply([Fault(200, packed, SSE | {"Content-Encoding": name})])

        heard = await here.ask()

    assert (heard.text, heard.outcome) == ("Hé", None)


async def test_what_does_not_speak_http_is_a_failing_server() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, bench(base=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1") as here:
        heard = await here.ask()

    assert heard.outcome is ModelUnreachable
    assert here.time.slept == [1, 2]


async def test_an_answer_beyond_all_measure_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MOST_CHUNKS", 50)
    async with bench() as here:
        here.server.reply([*answer("x" * 10_000, chunk=1)])

        heard = await here.ask()

    assert heard.outcome is Interrupted
    assert 0 < len(heard.text) < 10_000


async def test_a_compressed_stream_is_not_asked_for() -> None:
    async with bench() as here:
        await here.ask()

    assert here.server.requests[0].headers["Accept-Encoding"] == "identity"
