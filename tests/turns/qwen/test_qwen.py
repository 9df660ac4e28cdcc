from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest

from bot.catalog import Catalog
from bot.errors import BadRequest, Interrupted, ModelError, ModelUnreachable
from bot.model import Finish, Finished, Reasoning, Text, Thought, Usage
from bot.turns.depth import Depth, reasoning
from bot.turns.qwen import wire
from bot.turns.qwen.wire import Timeouts
from tests.servers.qwen import (
    Done,
    End,
    Fault,
    Pause,
    Raw,
    Say,
    Script,
    Stall,
    StreamError,
    Think,
    Until,
    Use,
    answer,
    envelope,
)
from tests.turns.qwen.asking import Bench, bench, question

THINKING = ("enable_thinking", "thinking_budget", "reasoning_effort")


async def test_an_answer_arrives_with_its_thoughts_its_usage_and_its_finish() -> None:
    async with bench() as here:
        usage = Use(prompt=10, completion=360, cached=4, reasoning=300)
        here.server.reply([Think("hm"), Say("Hello"), Say(" you"), End(), usage, Done()])

        heard = await here.ask()

    assert heard.deltas == [
        Thought("hm"),
        Text("Hello"),
        Text(" you"),
        Usage(prompt=10, cached=4, completion=360, reasoning=300),
        Finished(Finish.STOP),
    ]


async def test_only_what_was_set_is_asked_for() -> None:
    async with bench() as here:
        await here.ask()

    assert here.server.requests[0].body == {
        "model": "qwen-plus",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_all_settings_reach_the_provider() -> None:
    async with bench() as here:
        heard = await here.ask(
            replace(question(model="qwen-flash"), temperature=0.0, top_p=0.5, max_tokens=7)
        )

    body = here.server.requests[0].body
    assert heard.error is None
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.0, 0.5, 7)


@pytest.mark.parametrize(
    ("model", "depth", "said"),
    [
        ("qwen3.8-max", Depth.OFF, {"enable_thinking": False}),
        ("qwen3.8-max", Depth.LOW, {"enable_thinking": True, "reasoning_effort": "low"}),
        ("qwen3.8-flash", Depth.HIGH, {"enable_thinking": True, "reasoning_effort": "xhigh"}),
        ("qwen3.7-plus", Depth.LOW, {"enable_thinking": True, "thinking_budget": 4096}),
        ("qwen3.7-plus", Depth.HIGH, {"enable_thinking": True}),
        ("qwen-plus", Depth.MEDIUM, {"enable_thinking": True, "thinking_budget": 16_384}),
        ("qwen-plus", Depth.AUTO, {}),
    ],
)
async def test_each_family_is_told_in_its_own_words_how_deeply_to_think(
    model: str, depth: Depth, said: dict[str, object]
) -> None:
    async with bench() as here:
        heard = await here.ask(
            replace(question(model=model), reasoning=reasoning(Catalog.load().card(model), depth))
        )

    body = here.server.requests[0].body
    assert heard.error is None
    assert {name: body[name] for name in THINKING if name in body} == said


@pytest.mark.parametrize(
    "message",
    [
        "The value of the enable_thinking parameter is restricted to True.",
        "The model qwen-plus does not support enable_thinking.",
        "The thinking_budget parameter must be a positive integer and not greater than 7",
    ],
)
async def test_a_model_that_does_not_take_a_word_about_thinking_answers_without_it(message: str) -> None:
    fault = Fault(400, envelope("invalid_parameter_error", message, "invalid_request_error"))
    told = replace(question(), reasoning=Reasoning(enabled=False))
    async with bench() as here:
        here.server.queue([fault])

        first, second = await here.ask(told), await here.ask(told)

    assert first.text == second.text == "Hello from Qwen."
    assert ["enable_thinking" in asked.body for asked in here.server.requests] == [True, False, False]
    assert here.time.slept == []


async def test_a_refusal_about_thinking_ends_the_question_where_nothing_was_said_about_it() -> None:
    async with bench() as here:
        message = "The value of the enable_thinking parameter is restricted to True."
        here.server.reply([Fault(400, envelope("invalid_parameter_error", message, "invalid_request_error"))])

        heard = await here.ask()

    assert heard.outcome is BadRequest
    assert len(here.server.requests) == 1


async def test_half_a_surrogate_pair_in_a_question_does_not_stop_it() -> None:
    async with bench() as here:
        heard = await here.ask(question("broken \ud83d emoji"))

    assert heard.error is None
    assert here.server.requests[0].body["messages"][1]["content"] == "broken ? emoji"


async def test_an_answer_may_come_in_single_bytes() -> None:
    chunk = 'data: {"choices":[{"delta":{"content":"猫 🐈"},"finish_reason":"stop"}]}\r\n\r\n'.encode()
    async with bench() as here:
        here.server.reply([Raw(bytes([byte])) for byte in chunk])

        heard = await here.ask()

    assert heard.deltas == [Text("猫 🐈"), Finished(Finish.STOP)]


async def test_an_empty_answer_is_finished_without_text() -> None:
    async with bench() as here:
        here.server.reply([Think("hm"), End(), Done()])

        heard = await here.ask()

    assert heard.deltas == [Thought("hm"), Finished(Finish.STOP)]


async def test_questions_one_after_the_other_share_a_connection() -> None:
    async with bench() as here:
        for _ in range(3):
            await here.ask()

    assert len({asked.connection for asked in here.server.requests}) == 1


async def test_many_answers_grow_at_the_same_time() -> None:
    async with bench() as here:
        here.server.reply(lambda asked: answer(asked.body["messages"][-1]["content"], pause=0.001))
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(here.ask(question(f"question {number}"))) for number in range(30)]

    assert [task.result().text for task in asked] == [f"question {number}" for number in range(30)]


# ---------------------------------------------------------------- the end of a complete answer


@pytest.mark.parametrize(
    "rest",
    [
        [],
        [Done(), Stall()],
        [Stall()],
        [Raw(b"data: garbage\n\n")],
        [StreamError(envelope("internal_error"))],
    ],
    ids=["no done", "no end of the body", "nothing", "garbage", "error"],
)
async def test_an_answer_with_a_finish_reason_is_complete_whatever_follows(
    rest: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TAIL", 0.1)
    async with bench() as here:
        here.server.reply([Say("Hello"), End(), *rest])

        async with asyncio.timeout(LATEST):
            heard = await here.ask()

    assert heard.deltas == [Text("Hello"), Finished(Finish.STOP)]


async def test_usage_is_waited_for_after_the_finish_reason() -> None:
    async with bench() as here:
        here.server.reply([Say("Hello"), End(), Pause(0.1), Use(), Done()])

        heard = await here.ask()

    assert isinstance(heard.deltas[1], Usage)


# ---------------------------------------------------------------- limits of time

SHORT = Timeouts(first=1.0, silence=0.5, total=60, connect=5)
PATIENT = Timeouts(first=5, silence=1.0, total=60, connect=5)
"""Longer than a busy machine keeps a single piece back, shorter than the answers told with it."""
LATEST = 10.0
"""Seconds after which a wait was no wait of a second; what is told meanwhile goes on for longer."""
EMPTY = Raw(b'data: {"choices":[{"delta":{}}]}\n\n')
PING: Script = (Raw(b": ping\n\n"), Pause(0.02)) * 2000
NEVER: dict[str, Script] = {
    "before headers": [Stall()],
    "after headers": [Raw(b""), Stall()],
    "late headers": [Pause(0.7), Raw(b""), Pause(0.7), Say("too late"), End()],
    "comments": PING,
    "empty chunks": (EMPTY, Pause(0.1)) * 400,
}


@pytest.mark.parametrize("script", NEVER.values(), ids=NEVER.keys())
async def test_a_model_that_does_not_begin_is_given_up_and_not_asked_again(script: Script) -> None:
    async with bench(timeouts=SHORT) as here:
        here.server.reply(script)

        async with asyncio.timeout(LATEST):
            heard = await here.ask()
            await here.server.requests[0].over.wait()

    assert heard.outcome is ModelUnreachable
    assert len(here.server.requests) == 1
    assert here.server.requests[0].left is not None


@pytest.mark.parametrize("begun", [Say("a"), Think("a")], ids=["text", "thought"])
@pytest.mark.parametrize("silence", [[Stall()], PING], ids=["nothing", "comments"])
async def test_a_model_that_falls_silent_is_given_up(begun: Say | Think, silence: Script) -> None:
    async with bench(timeouts=replace(SHORT, first=5)) as here:
        here.server.reply([begun, *silence])

        async with asyncio.timeout(LATEST):
            heard = await here.ask()

    assert len(heard.deltas) == 1
    assert heard.outcome is Interrupted


async def test_an_answer_that_lives_is_not_cut_however_long_it_takes() -> None:
    async with bench(timeouts=PATIENT) as here:
        here.server.reply(answer("x" * 12, chunk=1, pause=0.1, thinking="y" * 4))

        heard = await here.ask()

    assert heard.text == "x" * 12
    assert heard.error is None


async def test_empty_chunks_are_a_sign_of_life() -> None:
    async with bench(timeouts=PATIENT) as here:
        drip: Script = (Pause(0.25), EMPTY) * 6
        here.server.reply([Say("a"), *drip, End()])

        heard = await here.ask()

    assert heard.error is None


async def test_a_drip_ends_with_the_total_limit() -> None:
    async with bench(timeouts=Timeouts(first=5, silence=5, total=1.0, connect=5)) as here:
        here.server.reply(answer("x" * 2000, chunk=1, pause=0.02))

        async with asyncio.timeout(LATEST):
            heard = await here.ask()

    assert 0 < len(heard.text) < 2000
    assert heard.outcome is Interrupted


async def test_a_slow_reader_does_not_make_the_model_silent() -> None:
    async with bench(timeouts=PATIENT) as here:
        gate = asyncio.Event()
        here.server.reply([Say("a"), Until(gate), Say("b"), End(), Done()])
        text = ""
        async with aclosing(here.qwen.stream(question())) as stream:
            async for delta in stream:
                if isinstance(delta, Text):
                    text += delta.text
                    await asyncio.sleep(PATIENT.silence + 0.2)
                    gate.set()

    assert text == "ab"


# ---------------------------------------------------------------- letting go


async def first(here: Bench, got: asyncio.Event) -> None:
    async with aclosing(here.qwen.stream(question())) as stream:
        async for _ in stream:
            got.set()


async def test_leaving_an_answer_closes_its_connection() -> None:
    async with bench() as here:
        here.server.reply([Say("a"), Stall()])

        async with aclosing(here.qwen.stream(question())) as stream:
            await anext(stream)
        async with asyncio.timeout(LATEST):
            await here.server.requests[0].over.wait()

    assert here.server.requests[0].left is not None


@pytest.mark.parametrize("script", [[Say("a"), Stall()], [Stall()]], ids=["mid-stream", "before headers"])
async def test_cancelling_the_reader_closes_the_connection(script: Script) -> None:
    async with bench() as here:
        here.server.reply(script)
        got = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(first(here, got))
            await (got.wait() if len(script) > 1 else here.server.arrived(1))
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
        async with asyncio.timeout(LATEST):
            await here.server.requests[0].over.wait()

    assert reader.cancelled()
    assert here.server.requests[0].left is not None


async def test_what_a_reader_raises_passes_unchanged_and_closes_the_connection() -> None:
    async with bench() as here:
        here.server.reply([Say("a"), Stall()])

        with pytest.raises(ZeroDivisionError):
            await fail(here)
        async with asyncio.timeout(LATEST):
            await here.server.requests[0].over.wait()

    assert here.server.requests[0].left is not None


async def fail(here: Bench) -> None:
    async with aclosing(here.qwen.stream(question())) as stream:
        async for _ in stream:
            raise ZeroDivisionError


@pytest.mark.parametrize("key", ["sk-schlüssel", "sk-\nnewline", "sk-\ud83d"])
async def test_a_key_that_cannot_be_sent_is_an_error_of_ours_and_of_no_library(key: str) -> None:
    async with bench(key=key) as here:
        heard = await here.ask()

    assert isinstance(heard.error, ModelError)
    assert here.server.requests == [] or here.server.requests[0].status == 401
