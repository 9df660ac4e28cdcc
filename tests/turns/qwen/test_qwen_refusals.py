"""What the provider refuses before an answer: waited for, given up at once, or not asked about again."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback

import pytest

from bot.errors import (
    BadRequest,
    Denied,
    KeyRefused,
    ModelBusy,
    ModelError,
    ModelUnreachable,
    NoAccess,
    OutOfCredit,
    PromptTooLong,
    Refused,
)
from bot.model import Text, Waiting
from bot.turns.qwen.circuit import WAIT
from tests.servers.qwen import Fault, QwenServer, Say, StreamError, Until, answer, envelope, flat
from tests.turns.qwen.asking import KEY, bench, label, question

# ---------------------------------------------------------------- what never helps to repeat

FINAL: list[tuple[Fault, type[ModelError]]] = [
    (Fault(401, envelope("invalid_api_key")), KeyRefused),
    (Fault(401, flat("InvalidApiKey")), KeyRefused),
    (Fault(403, flat("AccessDenied.Unpurchased")), Denied),
    (Fault(403, flat("Endpoint.AccessDenied", "Workspace endpoint access denied.")), Denied),
    (Fault(404, envelope("model_not_found")), NoAccess),
    (Fault(402), OutOfCredit),
    (Fault(400, flat("Arrearage")), OutOfCredit),
    (Fault(403, flat("AllocationQuota.FreeTierOnly")), OutOfCredit),
    (Fault(429, flat("PostpaidBillOverdue")), OutOfCredit),
    (Fault(400, envelope("data_inspection_failed")), Refused),
    (
        Fault(400, envelope("invalid_parameter_error", "Range of input length should be [1, 9]")),
        PromptTooLong,
    ),
    (Fault(413, "<html>Too Large</html>"), PromptTooLong),
    (Fault(400, envelope("invalid_parameter_error", "'top_p' must be Float")), BadRequest),
    (Fault(422), BadRequest),
]


@pytest.mark.parametrize(("fault", "outcome"), FINAL, ids=label)
async def test_a_final_refusal_costs_one_call(fault: Fault, outcome: type[ModelError]) -> None:
    async with bench() as here:
        here.server.reply([fault])

        heard = await here.ask()

    assert heard.outcome is outcome
    assert heard.deltas == []
    assert len(here.server.requests) == 1


async def test_what_the_provider_itself_refuses_is_understood() -> None:
    async with bench() as here, bench(key="sk-wrong") as elsewhere:
        outcomes = [
            (await here.ask(question("x" * 2000))).outcome,
            (await here.ask(question(model="qwen-turbo"))).outcome,
            (await elsewhere.ask()).outcome,
        ]

    assert outcomes == [PromptTooLong, NoAccess, KeyRefused]


# ---------------------------------------------------------------- what is waited for

BUSY = Fault(429, envelope("limit_requests", "You exceeded your current requests list."))


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (BUSY, 1),
        (Fault(429, envelope("insufficient_quota", "You exceeded your current quota.")), 1),
        (Fault(429, flat("Throttling.AllocationQuota")), 1),
        (Fault(429, flat("Throttling.RateQuota"), {"Retry-After": "7"}), 7),
        (Fault(429, "", {"retry-after-ms": "1500"}), 1.5),
        (Fault(429, flat("limit_burst_rate")), 5),
        (Fault(503, flat("ModelUnavailable")), 1),
        (
            Fault(
                429,
                "",
                {"Retry-After": "Sun, 22 Nov 2026 12:00:20 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"},
            ),
            20,
        ),
        (Fault(408, flat("RequestTimeOut")), 1),
        (Fault(409), 1),
        (Fault(500, flat("InternalError")), 1),
        (Fault(502, "<html>Bad Gateway</html>"), 1),
    ],
    ids=label,
)
async def test_a_passing_refusal_is_waited_for_and_the_wait_is_told(fault: Fault, wait: float) -> None:
    async with bench() as here:
        here.server.queue([fault])

        heard = await here.ask()

    told = heard.deltas[0]
    assert isinstance(told, Waiting)
    assert told.seconds == wait
    assert here.time.slept == [wait]
    assert heard.text == "Hello from Qwen."


async def test_a_short_wait_is_not_worth_telling() -> None:
    async with bench() as here:
        here.server.queue([Fault(429, "", {"retry-after-ms": "200"})])

        heard = await here.ask()

    assert here.time.slept == [0.2]
    assert isinstance(heard.deltas[0], Text)


async def test_a_busy_provider_is_given_up_when_patience_ends() -> None:
    async with bench(patience=90) as here:
        here.server.reply([BUSY])

        heard = await here.ask()

    assert heard.outcome is ModelBusy
    assert here.time.slept == [1, 2, 4, 8, 16, 30]
    assert heard.deltas == [Waiting(seconds, throttled=True) for seconds in here.time.slept]


@pytest.mark.parametrize("seconds", ["100", "121", "inf"])
async def test_a_wait_beyond_patience_is_not_begun(seconds: str) -> None:
    async with bench(patience=90) as here:
        here.server.reply([Fault(429, "", {"Retry-After": seconds})])

        heard = await here.ask()

    assert heard.outcome is ModelBusy
    assert here.time.slept == []
    assert len(here.server.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
async def test_a_failing_server_is_asked_three_times_in_all(status: int) -> None:
    async with bench() as here:
        here.server.reply([Fault(status)])

        heard = await here.ask()

    assert heard.outcome is ModelUnreachable
    assert len(here.server.requests) == 3


async def test_a_refused_connection_is_tried_three_times_in_all() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with bench(base=f"http://127.0.0.1:{unused.getsockname()[1]}/v1") as here:
            heard = await here.ask()

    assert heard.outcome is ModelUnreachable
    assert here.time.slept == [1, 2]


@pytest.mark.parametrize("base", ["127.0.0.1:1/v1", "ftp://127.0.0.1/v1", "http://127.0.0.1:1"])
async def test_an_address_that_leads_nowhere_is_an_error_of_ours(base: str) -> None:
    async with bench(base=base) as here:
        heard = await here.ask()

    assert heard.outcome in {ModelUnreachable, BadRequest}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_with_the_conversation(status: int) -> None:
    async with bench() as here, QwenServer(key=KEY) as other:
        here.server.reply([Fault(status, "", {"Location": f"{other.base}/chat/completions"})])

        heard = await here.ask()

    assert heard.outcome is BadRequest
    assert other.requests == []


# ---------------------------------------------------------------- the circuit


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(401, envelope("invalid_api_key")), KeyRefused),
        (Fault(400, flat("Arrearage")), OutOfCredit),
        (Fault(404, envelope("model_not_found")), NoAccess),
    ],
    ids=label,
)
async def test_after_a_lasting_refusal_nothing_is_asked_for_a_while(
    fault: Fault, outcome: type[ModelError]
) -> None:
    async with bench() as here:
        here.server.reply([fault])

        outcomes = [(await here.ask()).outcome for _ in range(20)]
        here.time.now += WAIT
        outcomes += [(await here.ask()).outcome for _ in range(20)]

    assert outcomes == [outcome] * 40
    assert len(here.server.requests) == 2


async def test_an_error_in_the_stream_opens_the_circuit_too() -> None:
    async with bench() as here:
        here.server.reply([Say("a"), StreamError(flat("Arrearage", "…"))])

        outcomes = [(await here.ask()).outcome for _ in range(3)]

    assert outcomes == [OutOfCredit] * 3
    assert len(here.server.requests) == 1


async def test_many_questions_at_once_do_not_prolong_the_wait() -> None:
    async with bench() as here:
        here.server.queue(*[[Fault(401)]] * 10)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(10):
                tasks.create_task(here.ask())
        here.time.now += WAIT

        heard = await here.ask()

    assert heard.error is None


async def test_a_repaired_key_is_noticed_by_one_try_and_opens_for_all() -> None:
    async with bench() as here:
        here.server.queue([Fault(401)])
        await here.ask()
        here.time.now += WAIT

        texts = [(await here.ask()).text for _ in range(3)]

    assert texts == ["Hello from Qwen."] * 3


@pytest.mark.parametrize("fault", [Fault(429), Fault(503)], ids=label)
async def test_a_repaired_key_is_noticed_though_the_try_meets_something_that_passes(fault: Fault) -> None:
    async with bench() as here:
        here.server.queue([Fault(401)], [fault])
        await here.ask()
        here.time.now += WAIT

        texts = [(await here.ask()).text for _ in range(2)]

    assert texts == ["Hello from Qwen."] * 2


async def test_a_repaired_key_is_noticed_though_nobody_waited_for_the_try() -> None:
    async with bench() as here:
        here.server.queue([Fault(401)], [Until(asyncio.Event())])
        await here.ask()
        here.time.now += WAIT
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(here.ask())
            await here.server.arrived(2)
            asking.cancel()

        assert (await here.ask()).text == "Hello from Qwen."


async def test_a_retired_model_does_not_stop_the_others() -> None:
    async with bench() as here:
        here.server.queue([Fault(403, flat("Endpoint.AccessDenied"))])

        gone = await here.ask(question(model="qwen3.7-plus"))
        other = await here.ask(question(model="qwen-plus"))

    assert gone.outcome is Denied
    assert other.error is None


@pytest.mark.parametrize(
    "fault",
    [Fault(400, envelope("data_inspection_failed")), Fault(413), Fault(422), Fault(500), BUSY],
    ids=label,
)
async def test_a_refused_question_does_not_stop_the_next_one(fault: Fault) -> None:
    async with bench(patience=0) as here:
        here.server.queue([fault])

        first, second = await here.ask(), await here.ask()

    assert first.error is not None
    assert second.error is None


# ---------------------------------------------------------------- what must not be told


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
async def test_neither_error_nor_log_repeat_the_key_or_the_words_of_the_provider(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    words = f"Your key {KEY} may not ask: my secret question"
    async with bench(patience=0) as here:
        here.server.reply([Fault(status, envelope("some_code", words))])

        heard = await here.ask(question("my secret question"))

    assert heard.error is not None
    told = "".join(traceback.format_exception(heard.error)) + repr(vars(heard.error))
    told += "".join(repr(vars(record)) for record in caplog.records)
    assert heard.error.__context__ is None
    assert heard.error.__cause__ is None
    assert KEY not in told
    assert "secret" not in told


async def test_the_log_names_what_support_needs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    async with bench() as here:
        here.server.reply([Fault(400, envelope("invalid_parameter_error", "…"))])

        await here.ask()

    facts = vars(caplog.records[-1])
    assert caplog.records[-1].getMessage() == "the model did not answer"
    assert (facts["status"], facts["code"], facts["request"]) == (
        400,
        "invalidparametererror",
        "req-envelope",
    )
    assert facts["model"] == "qwen-plus"


async def test_waits_within_an_answer_do_not_repeat_it() -> None:
    async with bench() as here:
        here.server.queue([BUSY], [Fault(500)], [BUSY])
        here.server.reply(answer("once", chunk=1))

        heard = await here.ask()

    assert heard.text == "once"
    assert len(here.server.requests) == 4
