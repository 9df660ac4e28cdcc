"""What people are told of money: what an answer cost, that a budget nears its end, that it is used up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.errors import ModelBusy, Unreachable
from bot.limits import Bound, Limits, Nearing
from bot.model import Finish, Finished, Text, Thought, Usage
from bot.prices import Money
from bot.store import Bill
from bot.turns.till import Reading, footing
from tests.clock import virtual
from tests.fakes_model import Fail, FakeModel, Pause
from tests.store.building import BEN, CHAT, OTHER, accept, rows, said
from tests.turns.office import ASKING, LINEUP, die, office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Delta

    Step = Delta | Pause | Fail

PRICED = replace(ASKING, model="qwen-plus", lineup=replace(LINEUP, usual="qwen-plus"))
COST = 1_000 * 4 // 10 + 300 * 12 // 10
"""Millionths that `billed` comes to."""


def billed(text: str = "Yes.") -> list[Step]:
    return [Text(text), Usage(prompt=1_000, cached=0, completion=300), Finished(Finish.STOP)]


def say(key: str, /, **values: object) -> str:
    return phrases.say(key, "en", **values)


def line(prompt: int, completion: int, cost: int | None, about: str = "") -> str:
    shown = str(Money(cost, "USD")) if cost is not None else "price unknown"
    return say("cost_line", about=about, prompt=f"{prompt:,}", completion=f"{completion:,}", cost=shown)


# ---------------------------------------------------------------- what a request used


def read(*deltas: Delta) -> Reading:
    reading = Reading()
    for delta in deltas:
        reading.take(delta)
    return reading


def test_what_the_provider_says_is_what_was_used() -> None:
    usage = Usage(prompt=9, completion=2)

    assert read(Text("Yes."), usage).used(5000) == usage
    assert read(usage).used(5000) == usage


def test_what_broke_off_is_estimated_with_its_thoughts() -> None:
    found = read(Thought("word " * 36), Text("word " * 36)).used(40)

    assert found is not None
    assert found.estimated
    assert (found.prompt, found.reasoning) == (40, 51)
    assert found.completion == 102


def test_what_never_began_used_nothing() -> None:
    assert read().used(40) is None


# ---------------------------------------------------------------- the quiet lines


@pytest.mark.parametrize(
    ("bill", "shown"),
    [
        (Bill(prompt=1240, completion=310, cost=Money(1234, "USD")), "_1,240 → 310 tokens · $0.0012_"),
        (Bill(prompt=1240, completion=310), "_1,240 → 310 tokens · price unknown_"),
        (Bill(prompt=1, completion=2, cost=Money(9, "CNY"), estimated=True), "_≈ 1 → 2 tokens · ¥0.000009_"),
    ],
)
def test_a_line_says_what_an_answer_took_and_cost(bill: Bill, shown: str) -> None:
    assert footing(bill, say, shows_cost=True) == (shown,)
    assert footing(bill, say, shows_cost=False) == ()


def test_a_line_about_tokens_nobody_knows_says_nothing() -> None:
    assert footing(Bill(prompt=3), say, shows_cost=True) == ()


def test_a_budget_that_nears_its_end_is_said_before_the_cost() -> None:
    near = Nearing(Bound.PERSON_BUDGET, 83, 5_000_000, 0.0, "USD")

    lines = footing(Bill(prompt=1, completion=1, cost=Money(5, "USD"), nearing=near), say, shows_cost=True)

    assert lines[0] == "_You have used 83 % of your budget for this month, $5.00._"
    assert len(lines) == 2


# ---------------------------------------------------------------- under an answer


@virtual
async def test_the_cost_stands_under_the_answer_and_the_model_is_never_told(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.model.script(billed(), billed("No."))
        await o.say("one?")
        await o.rest()
        await o.say("two?")
        await o.rest()

        assert o.chat.screen == [f"Yes.\n\n{line(1000, 300, COST)}", f"No.\n\n{line(1000, 300, COST)}"]
        assert "tokens" not in str(o.model.asks[-1].messages)
        assert [turn["answer"] for turn in await o.turns()] == ["Yes.", "No."]


@virtual
async def test_an_answer_that_took_two_requests_because_more_was_said_costs_both(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.model.script([Thought("hm"), Pause(60)], billed())
        await o.say("one?")
        await asyncio.sleep(1)
        await o.say("and two?")
        await o.rest()

        spent = [row for row in await rows(o.database, "usage") if not row["pending"]]
        assert len(spent) == 2
        prompt, completion = 1000 + spent[0]["prompt"], 300 + spent[0]["completion"]
        assert o.chat.screen[-1].endswith(line(prompt, completion, COST + spent[0]["cost"], about="≈ "))


@virtual
async def test_an_answer_that_a_kill_interrupted_costs_both_of_its_requests(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.model.script([Text("Half of it, and "), Pause(1000)])
        await o.say("one?")
        await asyncio.sleep(10)
        die()
    async with office(tmp_path, adapter=o.adapter, asking=PRICED, shows_cost=True) as o:
        o.model.script(billed("Half of it, and the rest."))
        await o.rest()

        held, paid = await rows(o.database, "usage")
        assert (held["pending"], held["estimated"], paid["cost"]) == (0, 1, COST)
        prompt, completion = 1000 + held["prompt"], 300 + (held["completion"] or 0)
        assert o.chat.screen[-1].endswith(line(prompt, completion, COST + held["cost"], about="≈ "))


@virtual
async def test_an_answer_that_was_stored_before_a_kill_shows_its_cost_after_it(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.chat.troubles = {n: Unreachable() for n in range(100)}
        o.model.script(billed())
        await o.say("one?")
        while "answered" not in await o.states():  # noqa: ASYNC110 - the database is the only witness
            await asyncio.sleep(0.01)
        die()
    o.chat.troubles = {}
    async with office(tmp_path, adapter=o.adapter, asking=PRICED, shows_cost=True) as o:
        await o.rest()

        assert o.chat.screen == [f"Yes.\n\n{line(1000, 300, COST)}"]


@virtual
async def test_an_answer_that_was_stopped_says_about_what_it_cost(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.model.script([Text("Half of it, and "), Pause(1000)])
        await o.say("one?")
        await asyncio.sleep(10)
        await o.press("stop")
        await o.rest()

        (row,) = await rows(o.database, "usage")
        expected = line(row["prompt"], row["completion"], row["cost"], about="≈ ")
        assert o.chat.screen[-1].endswith(f"{say('stopped')}\n\n{expected}")


@virtual
async def test_a_model_that_stands_in_is_paid_by_its_own_price(tmp_path: Path) -> None:
    async with office(tmp_path, asking=replace(PRICED, fallback="qwen-flash"), shows_cost=True) as o:
        o.model.script([Fail(ModelBusy())], billed())
        await o.say("one?")
        await o.rest()

        (row,) = await rows(o.database, "usage")
        assert (row["model"], row["cost"]) == ("qwen-flash", 50 + 120)
        assert o.chat.screen[-1].endswith(line(1000, 300, 170))


@virtual
async def test_what_is_no_answer_has_no_cost_under_it(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, shows_cost=True) as o:
        o.model.script([Fail(ModelBusy())])
        await o.say("one?")
        await o.rest()
        await o.say("/help")
        await o.rest()

        assert not [text for text in o.chat.screen if "tokens ·" in text]


# ---------------------------------------------------------------- budgets


@virtual
async def test_the_warning_comes_once_under_the_answer_that_used_four_fifths(tmp_path: Path) -> None:
    limits = Limits(person_budget_per_month=10 * COST)
    async with office(tmp_path, asking=replace(PRICED, max_tokens=100), limits=limits) as o:
        o.model.script(*[billed()] * 9)
        for n in range(9):
            await o.say(f"{n}?")
            await o.rest()

        most = Money(10 * COST, "USD")
        near = say("near_limit_person_budget", percent=80, most=most)
        assert o.chat.screen == [*["Yes."] * 7, f"Yes.\n\n{near}", "Yes."]


@virtual
async def test_what_a_budget_does_not_pay_for_is_told_in_one_sentence_and_not_asked(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, limits=Limits(person_budget_per_month=COST)) as o:
        await o.say("one?")
        await o.rest()

        assert o.model.asks == []
        assert len(o.chat.screen) == 1
        told = "Of your budget for this month $0.00076 of $0.00076 is left, and this question may cost $0.0"
        assert o.chat.screen[0].startswith(told)
        assert o.chat.buttons == [[]]
        assert await rows(o.database, "usage") == []


@virtual
async def test_of_two_at_once_the_one_the_budget_does_not_pay_for_is_told_to_come_back(
    tmp_path: Path,
) -> None:
    model = FakeModel()
    limits = Limits(budget_per_month=3_000)
    async with office(tmp_path, model=model, asking=PRICED, limits=limits) as o:
        model.script([Pause(5), *billed()], billed("And yours."))
        await accept(o.store, said("one?", CHAT), said("two?", OTHER, person=BEN))
        o.worker.arrived([CHAT, OTHER])
        await o.rest()

        told = sorted([*o.chat.screen, *o.adapter.chat(OTHER).screen])
        assert told == sorted(["Yes.", say("limit_held")])
        await o.say("two again?", chat=OTHER, person=BEN)
        await o.rest()
        assert "And yours." in o.adapter.chat(OTHER).screen


@virtual
async def test_a_model_without_a_price_is_not_asked_where_there_is_a_budget(tmp_path: Path) -> None:
    async with office(tmp_path, limits=Limits(budget_per_month=10**9)) as o:
        await o.say("one?")
        await o.rest()

        assert o.model.asks == []
        assert o.chat.screen == [say("limit_unpriced")]


@virtual
async def test_an_answer_begun_before_a_restart_is_finished_whatever_is_left(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED, limits=Limits(person_budget_per_month=2_000)) as o:
        o.model.script([Text("Half of it, and "), Pause(1000)])
        await o.say("one?")
        await asyncio.sleep(10)
        die()
    async with office(
        tmp_path, adapter=o.adapter, asking=PRICED, limits=Limits(person_budget_per_month=2_000)
    ) as o:
        o.model.script(billed("Half of it, and the rest."))
        await o.rest()
        assert o.chat.screen[-1].startswith("Half of it, and the rest.")

        await o.say("two?", chat=OTHER)
        await o.rest()
        assert o.adapter.chat(OTHER).screen[0].startswith("Of your budget for this month $0.0012")
        assert o.model.questions == ["one?"]
