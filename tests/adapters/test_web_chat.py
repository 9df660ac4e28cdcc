"""Asking from a program: by a client nobody here wrote, over HTTP, of the real core around a scripted model."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest
from httpx_sse import aconnect_sse
from hypothesis import given
from hypothesis import strategies as st

from adapters.web import outside
from adapters.web.chat import Progress
from adapters.web.shapes import plain
from bot.errors import (
    BadRequest,
    Denied,
    Interrupted,
    KeyRefused,
    ModelBusy,
    ModelUnreachable,
    NoAccess,
    OutOfCredit,
    PromptTooLong,
    Refused,
)
from bot.model import Finish, Finished, Text, Thought, TurnId, Usage, Waiting
from tests.adapters.web_bench import bench, streamed
from tests.fakes_model import Fail, FakeModel, Pause, Until, says
from tests.store.building import rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from httpx_sse import ServerSentEvent

    from bot.errors import ModelError
    from bot.model import Ask, Delta

HI = {"messages": [{"role": "user", "content": "Hi"}]}
HELD = 60.0
WHOLE: list[Delta | Pause | Fail] = [
    Thought("Hm."),
    Text("Hel"),
    Text("lo."),
    Usage(prompt=9, completion=2),
    Finished(Finish.STOP),
]


class Silent(FakeModel):
    """Says nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.speaks = asyncio.Event()

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        await self.speaks.wait()
        async with aclosing(super().stream(ask)) as deltas:
            async for delta in deltas:
                yield delta


def contents(events: list[ServerSentEvent]) -> list[str]:
    return [event.json()["content"] for event in events if '"content"' in event.data]


def text_of(events: list[ServerSentEvent]) -> str:
    """Return what a program has in the end."""
    text = ""
    for event in events:
        if event.data == "[DONE]":
            continue
        told = event.json()
        text = "" if told.get("reset") else text + told.get("content", "")
    return text


# ---------------------------------------------------------------- without memory


async def test_an_answer_comes_piece_by_piece_with_what_it_used_at_the_end(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(WHOLE)
        events = await streamed(page, {**HI, "temperature": 0.2, "max_tokens": 50})
        usage = await rows(page.store.database, "usage")
        turns = await rows(page.store.database, "turn")

    assert contents(events) == ["Hel", "lo."]
    last = events[-2].json()
    assert (last["usage"]["prompt"], last["usage"]["completion"], last["finish"]) == (9, 2, "stop")
    assert (last["model"], last["currency"]) == ("qwen-plus", "CNY")
    assert last["cost"] == pytest.approx(usage[0]["cost"] / 1e6)
    assert events[-1].data == "[DONE]"
    assert not any(event.id for event in events)
    (asked,) = page.model.asks
    assert (asked.temperature, asked.max_tokens, len(asked.messages)) == (0.2, 50, 1)
    assert [(row["prompt"], row["completion"], row["pending"], row["person"]) for row in usage] == [
        (9, 2, 0, "operator")
    ]
    assert turns == []


async def test_without_streaming_the_answer_is_one_object(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(WHOLE)
        told = await page.post("/api/chat", {**HI, "stream": False})

    assert (told["content"], told["finish"], told["usage"]["completion"]) == ("Hello.", "stop", 2)
    assert (told["model"], told["cost"] > 0) == ("qwen-plus", True)
    assert "conversation" not in told


async def test_the_first_piece_is_there_before_the_last_is_written(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Text("First"), Pause(HELD)])
        async with aconnect_sse(page.client, "POST", "/api/chat", json=HI) as source:
            first = await anext(source.aiter_sse())
            assert first.json() == {"content": "First"}


async def test_a_client_that_leaves_stops_the_model_and_what_it_said_is_paid_for(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Text("A long story"), Pause(HELD)])
        async with aconnect_sse(page.client, "POST", "/api/chat", json=HI) as source:
            await anext(source.aiter_sse())
        async with asyncio.timeout(30):
            while not page.model.cut or (await rows(page.store.database, "usage"))[0]["pending"]:  # noqa: ASYNC110 - the database is the only witness
                await asyncio.sleep(0.01)
        (row,) = await rows(page.store.database, "usage")

    assert (row["estimated"], row["pending"]) == (1, 0)
    assert row["completion"] > 0


FAILURES: list[tuple[ModelError, int, str]] = [
    (KeyRefused(), 401, "key_refused"),
    (OutOfCredit(), 402, "out_of_credit"),
    (Denied(), 403, "no_access"),
    (NoAccess(), 404, "no_access"),
    (ModelBusy(), 429, "busy"),
    (PromptTooLong(), 413, "too_long"),
    (Refused(), 400, "refused"),
    (BadRequest(), 500, "internal"),
    (ModelUnreachable(), 502, "unreachable"),
    (Interrupted(), 502, "interrupted"),
]


@pytest.mark.parametrize(
    ("error", "status", "code"), FAILURES, ids=[type(one[0]).__name__ for one in FAILURES]
)
@pytest.mark.parametrize("stream", [True, False])
async def test_what_fails_before_the_first_word_is_an_error_with_its_status(
    tmp_path: Path, error: ModelError, status: int, code: str, stream: bool
) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Fail(error)])

        assert await page.error("/api/chat", status, json={**HI, "stream": stream}) == code
        assert await rows(page.store.database, "usage") == []


async def test_what_fails_later_is_said_in_the_stream_which_then_ends_without_done(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Text("Half"), Fail(Interrupted())])
        late = await streamed(page, HI)

    assert late[-1].json()["error"]["code"] == "interrupted"
    assert "[DONE]" not in [event.data for event in late]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_program_is_told_soon_that_the_model_is_too_busy_and_when_to_come_again(
    tmp_path: Path, stream: bool
) -> None:
    async with bench(tmp_path) as page:
        page.model.script(
            [Waiting(1.0, throttled=True), Waiting(40.0, throttled=True), Pause(HELD)],
            [Waiting(1.0, throttled=True), Fail(ModelBusy())],
        )
        refused = await page.client.post("/api/chat", json={**HI, "stream": stream})
        failed = await page.client.post("/api/chat", json={**HI, "stream": stream})
        held = await rows(page.store.database, "usage")

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "busy")
    assert refused.headers["Retry-After"] == "40"
    assert "40 seconds" in refused.json()["error"]["message"]
    assert failed.status_code == 429
    assert held == []
    assert page.model.cut == 2


async def test_while_the_model_is_silent_the_stream_shows_that_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "KEEPALIVE", 0.01)
    model = Silent()
    async with bench(tmp_path, model=model) as page:
        model.script(WHOLE, [Fail(ModelBusy())])
        async with page.client.stream("POST", "/api/chat", json=HI) as answer:
            lines = answer.aiter_lines()
            first = await anext(lines)
            model.speaks.set()
            rest = [line async for line in lines]
        model.speaks.clear()
        async with page.client.stream("POST", "/api/chat", json=HI) as failing:
            lines = failing.aiter_lines()
            await anext(lines)
            model.speaks.set()
            failed = [line async for line in lines if line.startswith("data")]

    assert first == ":"
    assert [line for line in rest if line.startswith("data")][-1] == "data: [DONE]"
    assert json.loads(failed[-1].removeprefix("data: "))["error"]["code"] == "busy"


async def test_the_days_tokens_bind_programs_too(tmp_path: Path) -> None:
    async with bench(tmp_path, TOKENS_PER_DAY="5") as page:
        page.model.script(WHOLE)
        await streamed(page, HI)
        refused = await page.client.post("/api/chat", json=HI)

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "over_limit")
    assert int(refused.headers["Retry-After"]) > 0
    assert len(page.model.asks) == 1


async def test_a_months_money_binds_programs_too(tmp_path: Path) -> None:
    async with bench(tmp_path, BUDGET_PER_MONTH="0.000001") as page:
        refused = await page.client.post("/api/chat", json=HI)

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "over_limit")
    assert not page.model.asks


async def test_what_a_request_cost_is_counted(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(WHOLE)
        await streamed(page, {**HI, "model": "qwen-plus"})
        (row,) = await rows(page.store.database, "usage")
        spent = await rows(page.store.database, "spent")
        usage = await page.get("/api/usage", params={"days": 2})

    assert row["cost"] > 0
    assert {(one["source"], one["cost"]) for one in spent} == {("", row["cost"]), ("web:page", row["cost"])}
    assert (usage["days"][-1]["answers"], usage["days"][-1]["prompt"]) == (1, 9)
    assert usage["models"][0]["model"] == "qwen-plus"
    assert usage["models"][0]["cost"] == pytest.approx(row["cost"] / 1e6)
    assert [(one["person"], one["platform"]) for one in usage["people"]] == [("operator", "web")]


# ---------------------------------------------------------------- in a conversation


async def test_a_question_in_a_conversation_is_remembered(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Paris."), says("About two million."))
        first = await streamed(page, {"message": "Capital of France?", "conversation": "trip"})
        second = await page.post(
            "/api/chat", {"message": "How many people?", "conversation": "trip", "stream": False}
        )
        read = await page.get("/api/conversations/trip")

    assert first[0].json() == {"conversation": "trip", "turn": 1}
    assert text_of(first) == "Paris."
    assert first[-1].data == "[DONE]"
    assert (second["conversation"], second["turn"], second["content"]) == ("trip", 2, "About two million.")
    assert [message.content for message in page.model.asks[1].messages[-3:]] == [
        "Capital of France?",
        "Paris.",
        "How many people?",
    ]
    assert [entry["question"] for entry in read["entries"]] == ["Capital of France?", "How many people?"]


async def test_without_a_name_a_new_conversation_begins(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("One."), says("Two."))
        names = [(await streamed(page, {"message": "Hi"}))[0].json()["conversation"] for _ in range(2)]

        assert len(set(names)) == 2
        assert (await page.get(f"/api/conversations/{names[0]}"))["entries"][0]["markdown"] == "One."


async def test_every_event_names_where_a_broken_stream_goes_on(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(
            [Text("One "), Pause(0.2), Text("two "), Pause(0.2), Text("three."), Finished(Finish.STOP)]
        )
        got: list[ServerSentEvent] = []
        async with aconnect_sse(
            page.client, "POST", "/api/chat", json={"message": "Count", "conversation": "w1"}
        ) as source:
            async for event in source.aiter_sse():
                got.append(event)
                if contents(got):
                    break
        await asyncio.sleep(0.3)
        turn = got[0].json()["turn"]
        path, headers = f"/api/chat/{turn}", {"Last-Event-ID": got[-1].id}
        async with aconnect_sse(page.client, "GET", path, headers=headers) as source:
            rest = [event async for event in source.aiter_sse()]
        async with aconnect_sse(page.client, "GET", path) as source:
            anew = [event async for event in source.aiter_sse()]

    assert text_of(got + rest) == "One two three."
    assert not any("conversation" in event.data for event in rest)
    assert anew[0].json()["turn"] == turn
    assert text_of(anew) == "One two three."
    assert rest[-1].data == anew[-1].data == "[DONE]"


@pytest.mark.parametrize("stream", [True, False])
async def test_who_sends_the_request_again_to_go_on_does_not_ask_twice(tmp_path: Path, stream: bool) -> None:
    ask = {"message": "Count.", "conversation": "numbers"}
    async with bench(tmp_path) as page:
        page.model.script(says("One", " two."))
        whole = await streamed(page, ask)
        again = {**ask, "stream": stream}
        headers = {"Last-Event-ID": whole[0].id}
        if stream:
            rest = text_of(await streamed(page, again, headers=headers))
        else:
            rest = (await page.post("/api/chat", again, headers=headers))["content"]
        elsewhere = {**ask, "conversation": "letters"}
        refused = await page.error("/api/chat", 404, json=elsewhere, headers=headers)

    assert rest == "One two."
    assert refused == "not_found"
    assert page.model.questions == ["Count."]


async def test_who_has_heard_all_is_told_to_come_no_more(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("One", " two."), [Fail(Refused())])
        whole = await streamed(page, {"message": "Count.", "conversation": "numbers"})
        failed = await streamed(page, {"message": "Fail.", "conversation": "failures"})
        turn = whole[0].json()["turn"]
        ended = await page.client.get(f"/api/chat/{turn}", headers={"Last-Event-ID": whole[-1].id})
        before = await page.client.get(f"/api/chat/{turn}", headers={"Last-Event-ID": whole[-2].id})
        other = failed[0].json()["turn"]
        broken = await page.client.get(f"/api/chat/{other}", headers={"Last-Event-ID": failed[-1].id})
        anew = await page.client.get(f"/api/chat/{turn}", headers={"Last-Event-ID": f"{turn}-3-7-end"})

    assert (ended.status_code, broken.status_code) == (204, 204)
    assert before.text.endswith("data: [DONE]\n\n")
    assert '{"reset":true}' in anew.text


async def test_a_question_with_a_key_is_asked_once_however_often_it_is_sent(tmp_path: Path) -> None:
    ask = {"message": "Count.", "conversation": "numbers", "key": "4711-3", "stream": False}
    async with bench(tmp_path) as page:
        page.model.script(says("One two."))
        told = [await page.post("/api/chat", ask) for _ in range(3)]
        entries = await page.over("numbers")

    assert [one["content"] for one in told] == ["One two."] * 3
    assert len(entries) == len(page.model.asks) == 1


async def test_an_answer_goes_on_when_the_client_leaves(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Text("Half "), Pause(0.2), Text("and half."), Finished(Finish.STOP)])
        async with aconnect_sse(
            page.client, "POST", "/api/chat", json={"message": "Hi", "conversation": "w1"}
        ) as source:
            await anext(source.aiter_sse())

        assert (await page.over("w1"))[0]["markdown"] == "Half and half."


async def test_an_answer_that_is_made_anew_is_told_by_a_reset(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("What it says now."))
        await streamed(page, {"message": "Hi", "conversation": "w1"})
        stale = Progress(TurnId(1), "w1")
        list(stale.events("What it said before."))
        async with aconnect_sse(
            page.client, "GET", "/api/chat/1", headers={"Last-Event-ID": stale.name}
        ) as source:
            events = [event async for event in source.aiter_sse()]

    assert events[0].json() == {"reset": True}
    assert text_of(events) == "What it says now."


@pytest.mark.parametrize("path", ["/api/chat/99", "/api/chat/x", "/api/chat/" + "9" * 30])
async def test_there_is_nothing_to_go_on_with_where_nothing_was_asked(tmp_path: Path, path: str) -> None:
    async with bench(tmp_path) as page:
        assert await page.error(path, 404) == "not_found"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_in_a_conversation_is_an_error_too(tmp_path: Path, stream: bool) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Fail(KeyRefused())])
        body = {"message": "Hi", "conversation": "w1"}
        if stream:
            error = (await streamed(page, body))[-1].json()["error"]
        else:
            answer = await page.client.post("/api/chat", json={**body, "stream": False})
            assert answer.status_code == 502
            error = answer.json()["error"]

    assert error["code"] == "failed"
    assert error["message"] == "The model does not accept my key. Please tell the operator of this bot."


async def test_a_command_in_a_conversation_is_answered_too(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        told = await page.post("/api/chat", {"message": "/new", "conversation": "w1", "stream": False})

    assert "A new conversation starts here" in told["content"]


async def test_a_question_that_waits_in_line_is_answered_in_its_turn(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        go_on = asyncio.Event()
        page.model.script([Text("One."), Until(go_on), Finished(Finish.STOP)], says("Two."))
        body = {"conversation": "w1", "stream": False}

        async def ask(text: str) -> str:
            return str((await page.post("/api/chat", {**body, "message": text}))["content"])

        async with asyncio.TaskGroup() as tasks:
            one = tasks.create_task(ask("first"))
            while not page.model.asks:  # noqa: ASYNC110 - the model is the only witness
                await asyncio.sleep(0.01)
            two = tasks.create_task(ask("second"))
            while len(await rows(page.store.database, "event")) < 2:  # noqa: ASYNC110 - the database is the only witness
                await asyncio.sleep(0.01)
            go_on.set()

    assert [one.result(), two.result()] == ["One.", "Two."]


async def test_many_programs_ask_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(*[says("Yes.")] * 20)

        async def ask(number: int) -> str:
            body = {"message": "Hi", "conversation": f"w{number}", "stream": False}
            return str((await page.post("/api/chat", body))["content"])

        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ask(number)) for number in range(20)]

    assert [one.result() for one in asked] == ["Yes."] * 20


# ---------------------------------------------------------------- pieces


@given(st.lists(st.text(alphabet="ab猫\U0001f9e9\ud800", max_size=6), max_size=6), st.integers(0, 6))
def test_whatever_becomes_of_the_text_a_reader_has_the_newest_in_the_end(
    texts: list[str], breaks: int
) -> None:
    progress, seen = Progress(TurnId(7), "w1"), ""

    for number, text in enumerate(texts):
        for event in progress.events(text):
            seen = "" if "reset" in event else seen + event["content"]
        if number == breaks:
            resumed = Progress(TurnId(7), "w1")
            resumed.go_on_from(progress.name)
            progress = resumed

    assert seen == next((text for text in reversed(texts) if text), "")


@pytest.mark.parametrize("name", ["", "8-1-1", "7-1", "7-x-1", "7--1-1", "7-9999999999-1", "x" * 5000])
def test_an_id_that_is_not_of_this_answer_is_the_start(name: str) -> None:
    progress = Progress(TurnId(7), "w1")
    progress.go_on_from(name)

    assert progress.is_new
    assert [json.dumps(event) for event in progress.events("a")] == ['{"content": "a"}']


def test_a_sentence_of_the_bots_own_is_plain_for_programs() -> None:
    assert plain("_Stopped. Write on._\n\n_It cost $1._") == "Stopped. Write on.\n\nIt cost $1."
