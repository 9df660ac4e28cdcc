"""The gate: people wait in line for the account's rate, are told their place, and a refusal slows everybody down."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.errors import ModelBusy
from bot.model import Ask, Finish, Finished, Message, Secret, Text, Usage, Waiting
from bot.turns.qwen import Gate, Qwen
from tests.clock import now, virtual
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.servers.qwen import Fault, QwenServer, answer, flat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.model import Delta
    from bot.ports import Model

ASK = Ask(model="m", messages=(Message("user", "Why?"),))


@dataclass
class Door:
    """Notes when the model behind the gate was asked, and by whom."""

    model: FakeModel
    came: list[tuple[float, str]] = field(default_factory=list)

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        self.came.append((round(now(), 6), ask.asker))
        async with aclosing(self.model.stream(ask)) as stream:
            async for delta in stream:
                yield delta


def gate(model: Model, requests: int | None = None, tokens: int | None = None, *, each: int = 10) -> Gate:
    return Gate(model, requests_per_minute=requests, tokens_per_minute=tokens, tokens_of=lambda _: each)


async def ask(gate: Gate, who: str = "a", **more: str) -> list[Delta]:
    async with aclosing(gate.stream(replace(ASK, asker=who, **more))) as stream:  # type: ignore[arg-type]
        return [delta async for delta in stream]


async def all_ask(gate: Gate, people: str) -> list[list[Delta]]:
    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(ask(gate, who)) for who in people]
    return [one.result() for one in asking]


def door(count: int = 0) -> Door:
    model = FakeModel()
    model.script(*[says("Yes.")] * count)
    return Door(model)


@virtual
async def test_questions_go_out_at_the_rate_and_one_of_each_person_in_turn() -> None:
    behind = door(5)

    await all_ask(gate(behind, 30), "aaabc")

    began = behind.came[0][0]
    assert [(at - began, who) for at, who in behind.came] == [
        (0, "a"),
        (2, "a"),
        (4, "b"),
        (6, "c"),
        (8, "a"),
    ]


@virtual
async def test_what_the_model_says_is_passed_on_as_it_is() -> None:
    behind = door()
    said: list[Delta | Pause | Fail] = [Text("Yes."), Usage(prompt=1), Finished(Finish.STOP)]
    behind.model.script(said)

    assert await ask(gate(behind, 60)) == said


@virtual
async def test_a_long_wait_is_told_with_the_place_and_again_as_it_gets_shorter() -> None:
    heard = await all_ask(gate(door(4), 6), "abcd")

    assert [one for one in heard[0] if isinstance(one, Waiting)] == []
    told = [(round(one.seconds), one.place) for one in heard[3] if isinstance(one, Waiting)]
    assert told[0] == (30, 3)
    assert told == sorted(told, reverse=True)
    assert told[-1][1] == 1


@virtual
async def test_a_short_wait_is_not_worth_a_word() -> None:
    heard = await all_ask(gate(door(4), 600), "abcd")

    assert not [one for deltas in heard for one in deltas if isinstance(one, Waiting)]


@virtual
async def test_models_have_lines_of_their_own() -> None:
    behind = door(4)
    ahead = gate(behind, 1)

    async with asyncio.TaskGroup() as tasks:
        for name in ("m", "n", "o", "p"):
            tasks.create_task(ask(ahead, model=name))

    assert len({at for at, _ in behind.came}) == 1


@virtual
async def test_who_gives_up_leaves_the_place_to_the_next() -> None:
    behind = door(2)
    ahead = gate(behind, 6)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ask(ahead, "a"))
        await asyncio.sleep(0)
        gone = tasks.create_task(ask(ahead, "b"))
        await asyncio.sleep(0)
        tasks.create_task(ask(ahead, "c"))
        await asyncio.sleep(9)
        gone.cancel()

    assert [who for _, who in behind.came] == ["a", "c"]
    assert behind.came[1][0] - behind.came[0][0] == 10


@virtual
async def test_tokens_are_counted_as_expected_until_they_are_known() -> None:
    behind = door()
    behind.model.script(
        [Text("Yes."), Usage(prompt=30, completion=20), Finished(Finish.STOP)], says("Yes."), says("Yes.")
    )
    ahead = gate(behind, tokens=120, each=100)

    await all_ask(ahead, "abc")

    moments = [at - behind.came[0][0] for at, _ in behind.came]
    assert moments[0] == 0
    assert moments[1] == 60
    assert moments[2] == 120


@virtual
async def test_what_was_expected_and_not_taken_lets_the_next_one_go_at_once() -> None:
    behind = door()
    few: list[Delta | Pause | Fail] = [
        Text("Yes."),
        Pause(3),
        Usage(prompt=1, completion=0),
        Finished(Finish.STOP),
    ]
    behind.model.script(few, few)

    await all_ask(gate(behind, tokens=6000, each=5900), "ab")

    assert behind.came[1][0] - behind.came[0][0] == 3


@virtual
async def test_a_refusal_keeps_everybody_waiting_and_the_refused_one_goes_first() -> None:
    behind = door()
    behind.model.script([Waiting(5.0, throttled=True), Pause(0.001), *says("At last.")], *[says("Yes.")] * 2)
    ahead = gate(behind, 600)

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(ahead, "a"))
        await asyncio.sleep(0.05)
        later = [tasks.create_task(ask(ahead, who)) for who in "bc"]

    began = behind.came[0][0]
    assert Text("At last.") in first.result()
    assert [round(at - began, 2) for at, _ in behind.came[1:]] == [5.0, 5.0]
    assert all(one.done() for one in later)


@virtual
async def test_a_server_that_merely_fails_slows_nobody_down() -> None:
    behind = door()
    behind.model.script([Waiting(5.0), Pause(5.0), *says("At last.")], says("Yes."))
    ahead = gate(behind, 600)

    await all_ask(ahead, "ab")

    assert behind.came[1][0] - behind.came[0][0] < 1


@virtual
async def test_a_model_that_fails_lets_the_next_one_ask() -> None:
    behind = door()
    behind.model.script([Fail(ModelBusy())], says("Yes."))
    ahead = gate(behind, 60)
    heard = []

    async def fails() -> None:
        try:
            await ask(ahead, "a")
        except ModelBusy:
            heard.append("busy")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fails())
        tasks.create_task(ask(ahead, "b"))

    assert heard == ["busy"]
    assert [who for _, who in behind.came] == ["a", "b"]


async def test_a_throttling_provider_is_asked_again_in_turn_and_the_waits_do_not_add_up() -> None:
    async with QwenServer() as server:
        server.queue([Fault(429, flat("limit_requests"), {"Retry-After": "1"})])
        server.reply(answer("Hello."))
        qwen = Qwen(key=Secret(server.key), base=server.base, chance=lambda: 0.0)
        behind = Throttled(qwen)
        try:
            ahead = gate(behind, 6000)
            async with asyncio.TaskGroup() as tasks:
                first = tasks.create_task(ask(ahead, "a", model="qwen-plus"))
                await behind.refused.wait()
                second = tasks.create_task(ask(ahead, "b", model="qwen-plus"))
        finally:
            await qwen.close()

        assert first.result()[0] == Waiting(1.0, throttled=True)
        assert second.done()
        refused, again, other = (asked.arrived for asked in server.requests)
        # A second each, one after the other, would be two.
        assert 0.9 < again - refused < 1.9
        assert 0.0 <= other - again < 0.9


class Throttled:
    """Says when the model behind the gate was first told to wait."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.refused = asyncio.Event()

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        async with aclosing(self._model.stream(ask)) as stream:
            async for delta in stream:
                if isinstance(delta, Waiting):
                    self.refused.set()
                yield delta
