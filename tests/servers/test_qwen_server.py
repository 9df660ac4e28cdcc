from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import openai
import pytest

from tests.servers.qwen import (
    CloseQuietly,
    Cut,
    Done,
    End,
    Fault,
    Pause,
    QwenServer,
    Raw,
    Say,
    Stall,
    StreamError,
    Think,
    Until,
    Use,
    answer,
    envelope,
    flat,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers.qwen import Asked, Script

QUESTION: dict[str, Any] = {"model": "qwen-plus", "messages": [{"role": "user", "content": "Hi"}]}
STREAMED = QUESTION | {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture
async def server() -> AsyncIterator[QwenServer]:
    async with QwenServer() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-test"}) as session:
        yield session


async def ask(http: aiohttp.ClientSession, server: QwenServer, body: dict[str, Any]) -> tuple[int, bytes]:
    async with http.post(f"{server.base}/chat/completions", json=body) as response:
        return response.status, await response.read()


async def chunks(
    http: aiohttp.ClientSession, server: QwenServer, body: dict[str, Any] = STREAMED
) -> list[Any]:
    _, data = await ask(http, server, body)
    events = [event.removeprefix(b"data: ") for event in data.split(b"\n\n") if event]
    return [event if event == b"[DONE]" else json.loads(event) for event in events]


async def test_a_thoughtful_answer_has_the_chunk_shapes_of_dashscope(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.reply([Think("hm"), Say("Hello"), End(), Use(prompt=10, completion=360, reasoning=300), Done()])

    opening, thought, text, ending, usage, done = await chunks(http, server)

    assert opening["choices"] == [
        {
            "delta": {"content": None, "role": "assistant", "reasoning_content": ""},
            "index": 0,
            "logprobs": None,
            "finish_reason": None,
        }
    ]
    assert opening["usage"] is None
    assert opening["object"] == "chat.completion.chunk"
    assert thought["choices"][0]["delta"] == {"content": None, "reasoning_content": "hm"}
    assert text["choices"][0]["delta"] == {"content": "Hello", "reasoning_content": None}
    assert ending["choices"][0]["delta"] == {"content": "", "reasoning_content": None}
    assert ending["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"] == {
        "prompt_tokens": 10,
        "completion_tokens": 360,
        "total_tokens": 370,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 300},
    }
    assert done == b"[DONE]"


async def test_a_plain_answer_opens_with_an_empty_text_and_never_names_reasoning(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.reply(answer("Hello", chunk=3))

    opening, *rest = await chunks(http, server)

    assert opening["choices"][0]["delta"] == {"content": "", "role": "assistant"}
    assert [chunk["choices"][0]["delta"] for chunk in rest[:2]] == [{"content": "Hel"}, {"content": "lo"}]


async def test_usage_is_only_sent_to_those_who_asked_for_it(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    received = await chunks(http, server, QUESTION | {"stream": True})

    assert all(chunk == b"[DONE]" or chunk["choices"] for chunk in received)


async def test_without_stream_the_whole_completion_comes_at_once(server: QwenServer) -> None:
    server.reply(answer("Hello there", thinking="hm"))

    async with openai.AsyncOpenAI(api_key="sk-test", base_url=server.base) as client:
        completion = await client.chat.completions.create(**QUESTION)

    assert completion.choices[0].message.content == "Hello there"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 10


async def test_the_real_client_reads_a_streamed_answer(server: QwenServer) -> None:
    server.reply(answer("Hello there", chunk=2))

    async with openai.AsyncOpenAI(api_key="sk-test", base_url=server.base) as client:
        stream = await client.chat.completions.create(**STREAMED)
        text = [chunk.choices[0].delta.content async for chunk in stream if chunk.choices]

    assert "".join(piece or "" for piece in text) == "Hello there"


async def test_the_models_are_listed_for_the_right_key_only(server: QwenServer) -> None:
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=server.base) as client:
        listed = [model.id async for model in client.models.list()]
    async with openai.AsyncOpenAI(api_key="sk-wrong", base_url=server.base, max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()

    assert listed == list(server.models)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"temperature": 2.0}, 400, "invalid_parameter_error"),
        ({"temperature": -0.1}, 400, "invalid_parameter_error"),
        ({"top_p": 0}, 400, "invalid_parameter_error"),
        ({"max_tokens": 0}, 400, "invalid_parameter_error"),
        ({"messages": []}, 400, "invalid_parameter_error"),
        ({"stream": False}, 400, "invalid_parameter_error"),
        ({"enable_thinking": "yes"}, 400, "invalid_parameter_error"),
        ({"messages": [{"role": "user", "content": "x" * 101}]}, 400, "invalid_parameter_error"),
        ({"model": "qwen-turbo"}, 404, "model_not_found"),
    ],
)
async def test_what_the_real_one_refuses_is_refused(
    http: aiohttp.ClientSession, change: dict[str, Any], status: int, code: str
) -> None:
    async with QwenServer(longest=100) as server:
        received, data = await ask(http, server, STREAMED | change)

    assert (received, json.loads(data)["error"]["code"]) == (status, code)


async def test_a_wrong_key_is_refused_in_the_shape_of_dashscope(server: QwenServer) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-wrong"}) as http:
        status, data = await ask(http, server, STREAMED)

    assert status == 401
    body = json.loads(data)
    assert body["error"]["code"] == "invalid_api_key"
    assert body["error"]["message"].startswith("Incorrect API key provided.")
    assert body["request_id"]


async def test_scripts_are_taken_from_the_queue_before_the_default(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.reply(answer("default"))
    server.queue(refusal(429), answer("queued"))

    statuses = [await ask(http, server, STREAMED) for _ in range(3)]

    assert [status for status, _ in statuses] == [429, 200, 200]
    assert b"queu" in statuses[1][1]
    assert b"defa" in statuses[2][1]


def refusal(status: int) -> Script:
    return [Fault(status, flat("Throttling"), {"Retry-After": "1"})]


async def test_a_callable_sees_the_request_it_answers(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    def echo(asked: Asked) -> Script:
        return answer(str(asked.body["messages"][-1]["content"]))

    server.reply(echo)

    _, data = await ask(http, server, STREAMED)

    assert b'"content":"Hi"' in data


async def test_errors_in_the_stream_come_in_both_shapes(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.queue([StreamError(envelope("internal_error", "oh"))], [StreamError(flat("Throttling"), "error")])

    _, first = await ask(http, server, STREAMED)
    _, second = await ask(http, server, STREAMED)

    assert json.loads(first.removeprefix(b"data: "))["error"]["code"] == "internal_error"
    assert second.startswith(b'event:error\ndata: {"code": "Throttling"')


async def test_a_cut_breaks_the_body_and_a_quiet_close_does_not(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.queue([Say("a"), Cut()], [Say("a"), Raw(b"data: {"), CloseQuietly(), Say("never")])

    with pytest.raises(aiohttp.ClientError):
        await ask(http, server, STREAMED)
    _, data = await ask(http, server, STREAMED)

    assert data.endswith(b"\n\ndata: {")


async def test_a_client_that_leaves_is_noticed_at_once(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.reply([Say("a"), Stall()])

    async with http.post(f"{server.base}/chat/completions", json=STREAMED) as response:
        await response.content.readuntil(b"\n\n")
        stayed = server.requests[0].left
        response.close()
    left = time.monotonic()
    await server.requests[0].over.wait()

    assert stayed is None
    assert server.requests[0].left == pytest.approx(left, abs=5)


async def test_a_finished_answer_is_not_taken_for_an_early_leave(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    await ask(http, server, STREAMED)

    asked = await server.arrived(1)
    await asked.over.wait()

    assert asked.left is None
    assert asked.ended is not None
    assert asked.ended >= asked.arrived


async def test_a_script_can_wait_for_the_test(server: QwenServer, http: aiohttp.ClientSession) -> None:
    gate = asyncio.Event()
    server.reply([Say("before"), Until(gate), Say("after"), End(), Done()])

    async with http.post(f"{server.base}/chat/completions", json=STREAMED) as response:
        for _ in range(2):
            await response.content.readuntil(b"\n\n")
        held = not server.requests[0].over.is_set()
        gate.set()
        rest = await response.read()

    assert held
    assert b"after" in rest


async def test_fifty_clients_are_served_sixty_chunks_a_second(
    server: QwenServer, http: aiohttp.ClientSession
) -> None:
    server.reply(answer("x" * 60, chunk=1, pause=1 / 120))

    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(ask(http, server, STREAMED)) for _ in range(50)]
    took = time.monotonic() - started

    assert all(task.result()[1].count(b'"content":"x"') == 60 for task in asked)
    # One after the other they would take half a minute.
    assert took < 15


async def test_pauses_are_kept(server: QwenServer, http: aiohttp.ClientSession) -> None:
    server.reply([Pause(0.05), Say("a"), Pause(0.05), End(), Done()])

    await ask(http, server, STREAMED)

    asked = server.requests[0]
    await asked.over.wait()
    assert asked.ended is not None
    assert asked.ended - asked.arrived >= 0.1
