"""Budgets: what will be spent is held before it is, and nothing shakes off what was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.limits import Bound, Limits, Nearing, Reached, month_of
from bot.model import ChatKey, Usage
from bot.prices import Money
from bot.store import Arrival
from bot.store.money import MEMORY
from tests.store.building import ANNA, BEN, NOW, OTHER, accept, answer, claim, command, opened, rows, said

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Person
    from bot.store import Store, StoredTurn

MONTH, NEXT = month_of(NOW)
USED = Usage(prompt=100, completion=20)
DAY = 86_400.0


def usd(amount: int) -> Money:
    return Money(amount, "USD")


async def begun(
    store: Store, chat: ChatKey | None = None, person: Person = ANNA, now: float = NOW
) -> StoredTurn:
    """Let somebody ask, in a chat of their own."""
    where = chat or ChatKey("fake", "bot", f"c{now}{len(await rows(store.database, 'chat'))}")
    await accept(store, said("?", where, person=person), now=now)
    return await claim(store, now)


async def spend(store: Store, amount: int, *, person: Person = ANNA, now: float = NOW, **limits: Any) -> Any:
    """Let somebody be answered at this cost; return the bill."""
    turn = await begun(store, person=person, now=now)
    assert await store.turns.reserve(turn, "m", 100, now, cost=usd(amount)) is None
    bill = await store.turns.used(turn, "m", USED, now, cost=usd(amount), limits=Limits(**limits))
    await answer(store, turn)
    return bill


async def may(
    store: Store, amount: int | None, *, person: Person = ANNA, now: float = NOW, **limits: Any
) -> Any:
    """Return what keeps somebody from an answer at this cost; nothing is left of the asking."""
    turn = await begun(store, person=person, now=now)
    cost = None if amount is None else usd(amount)
    found = await store.turns.reserve(turn, "m", 100, now, cost=cost, limits=Limits(**limits))
    await store.turns.unreserve(turn)
    await answer(store, turn)
    return found


# ---------------------------------------------------------------- before a request


async def test_a_request_may_take_the_last_of_a_budget_and_nothing_beyond(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 700)

        assert await may(store, 300, person_budget_per_month=1000) is None
        assert (await may(store, 301, person_budget_per_month=1000)).limit is Bound.PERSON_REST
        assert (await may(store, 301, budget_per_month=1000)).limit is Bound.REST


async def test_a_budget_is_called_used_up_when_it_is_and_not_when_a_request_is_too_dear_for_its_rest(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 700)

        too_dear = await may(store, 301, person_budget_per_month=1000)
        assert too_dear == Reached(Bound.PERSON_REST, 1000, NEXT, "USD", left=300, needed=301)
        assert await may(store, 1, person_budget_per_month=700) == Reached(
            Bound.PERSON_BUDGET, 700, NEXT, "USD"
        )
        assert await may(store, 1, budget_per_month=700) == Reached(Bound.BUDGET, 700, NEXT, "USD")


@pytest.mark.parametrize("bound", ["person_budget_per_month", "budget_per_month"])
async def test_of_many_at_the_same_moment_only_as_many_are_made_as_the_budget_pays_for(
    tmp_path: Path, bound: str
) -> None:
    async with opened(tmp_path) as store:
        turns = [await begun(store) for _ in range(10)]
        limits = Limits(**{bound: 1000})  # type: ignore[arg-type]

        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(store.turns.reserve(turn, "m", 1, NOW, cost=usd(300), limits=limits))
                for turn in turns
            ]

        found = [one.result() for one in asked]
        assert found.count(None) == 3
        assert {one.limit for one in found if one} == {Bound.HELD}


async def test_what_is_held_for_others_may_come_free_and_is_not_called_used_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store)
        await store.turns.reserve(turn, "m", 1, NOW, cost=usd(900))

        held = await may(store, 200, person_budget_per_month=1000)
        await store.turns.used(turn, "m", USED, NOW, cost=usd(100))

        assert held.limit is Bound.HELD
        assert held.until < NOW + 60
        assert await may(store, 200, person_budget_per_month=1000) is None


async def test_one_persons_spending_bounds_nobody_else_but_all_share_the_common_budget(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 900)

        assert await may(store, 200, person=BEN, person_budget_per_month=1000) is None
        assert (await may(store, 200, person=BEN, budget_per_month=1000)).limit is Bound.REST


async def test_what_was_spent_in_another_currency_is_another_budgets(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 900)
        turn = await begun(store)

        limits = Limits(budget_per_month=1000, person_budget_per_month=1000, currency="CNY")
        found = await store.turns.reserve(turn, "m", 1, NOW, cost=Money(900, "CNY"), limits=limits)

        assert found is None


async def test_where_there_is_a_budget_nothing_is_asked_whose_price_nobody_knows(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await may(store, None) is None
        assert (await may(store, None, budget_per_month=1000)).limit is Bound.UNPRICED
        assert [row["pending"] for row in await rows(store.database, "usage")] == []


async def test_a_budget_begins_anew_with_the_month(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 1000)

        assert await may(store, 10, now=NEXT - 1, person_budget_per_month=1000) is not None
        assert await may(store, 10, now=NEXT, person_budget_per_month=1000) is None


# ---------------------------------------------------------------- after it


async def test_what_it_really_cost_takes_the_place_of_what_was_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store)
        await store.turns.reserve(turn, "m", 5000, NOW, cost=usd(900))
        bill = await store.turns.used(turn, "m", USED, NOW, cost=usd(40))

        (row,) = await rows(store.database, "usage")
        assert (row["cost"], row["currency"], row["pending"], row["purpose"]) == (40, "USD", 0, "answer")
        assert (bill.prompt, bill.completion, bill.cost, bill.estimated) == (100, 20, usd(40), False)
        assert {row["cost"] for row in await rows(store.database, "spent")} == {40}


async def test_what_nobody_knows_the_cost_of_is_taken_for_what_was_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store)
        await store.turns.reserve(turn, "m", 1, NOW, cost=usd(900))
        bill = await store.turns.used(turn, "m", Usage(prompt=5), NOW, cost=None)
        await answer(store, turn)

        assert bill.cost is None
        assert (await may(store, 200, person_budget_per_month=1000)).limit is Bound.PERSON_REST


async def test_a_process_that_died_has_paid_what_it_held(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.turns.reserve(await begun(store, OTHER), "m", 1, NOW, cost=usd(900))

    async with opened(tmp_path) as store:
        await store.turns.adopt()
        await store.turns.adopt()

        assert (await may(store, 200, person_budget_per_month=1000)).limit is Bound.PERSON_REST
        assert {row["cost"] for row in await rows(store.database, "spent")} == {900}


async def test_a_summary_made_beside_an_answer_is_no_part_of_its_cost_and_counts_in_the_sums(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store, OTHER)
        await store.turns.used(turn, "m", USED, NOW, cost=usd(40))
        await answer(store, turn, question="?")
        await store.turns.used(turn, "m", USED, NOW, cost=usd(7), purpose=MEMORY)

        (exported,) = [one async for one in store.record.answers(turn)]
        (shown,) = await store.archive.entries(OTHER, 50)

        assert (exported.prompt, exported.completion, exported.cost) == (100, 20, 40)
        assert (shown.cost.tokens, shown.cost.money) == (120, 40 / 1_000_000)
        assert (await store.books.of_person(turn, MONTH)).costs == (usd(47),)


async def test_what_was_paid_in_two_currencies_has_no_sum(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store, OTHER)
        await store.turns.used(turn, "m", USED, NOW, cost=usd(40))
        bill = await store.turns.used(turn, "m", USED, NOW, cost=Money(7, "CNY"), limits=Limits())
        await answer(store, turn, question="?")

        (exported,) = [one async for one in store.record.answers(turn)]

        assert bill.cost is None
        assert exported.cost is None


async def test_an_answer_that_took_several_requests_cost_all_of_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await begun(store)
        await store.turns.used(turn, "m", USED, NOW, cost=usd(40))
        await store.turns.used(turn, "m", USED, NOW, cost=usd(7), purpose=MEMORY)
        bill = await store.turns.used(
            turn, "n", Usage(prompt=1, completion=1, estimated=True), NOW, cost=usd(2)
        )

        assert (bill.prompt, bill.completion, bill.cost, bill.estimated) == (101, 21, usd(42), True)
        assert {row["cost"] for row in await rows(store.database, "spent")} == {49}
        last = await store.turns.used(turn, "n", USED, NOW, cost=None)
        assert last.cost is None


# ---------------------------------------------------------------- when it comes to an end


async def test_who_has_used_four_fifths_is_told_once_a_month_and_each_person_for_themselves(
    tmp_path: Path,
) -> None:
    own: dict[str, Any] = {"person_budget_per_month": 1000}
    async with opened(tmp_path) as store:
        bills = [await spend(store, 790, **own), await spend(store, 10, **own), await spend(store, 10, **own)]
        later = [await spend(store, amount, now=NEXT + 1, **own) for amount in (900, 1)]
        both = [await spend(store, 1, person=one, budget_per_month=1010) for one in (BEN, ANNA, BEN)]

        assert [bill.nearing for bill in bills] == [
            None,
            Nearing(Bound.PERSON_BUDGET, 80, 1000, NEXT, "USD"),
            None,
        ]
        assert [bill.nearing is None for bill in later] == [False, True]
        assert [bill.nearing is None for bill in both] == [False, False, True]
        assert both[0].nearing == Nearing(Bound.BUDGET, 80, 1010, NEXT, "USD")


def limited(event: Any, **limits: Any) -> Arrival:
    return Arrival(
        event=event, limits=Limits(**limits), excuse=lambda r: f"{r.limit.name} {r.most} {r.until:.0f}"
    )


@pytest.mark.parametrize("bound", ["person_budget_per_month", "budget_per_month"])
async def test_when_a_budget_is_used_up_one_sentence_is_said_and_then_nothing_until_the_month_ends(
    tmp_path: Path, bound: str
) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 1000)
        for n in range(5):
            await accept(store, limited(said(f"more {n}", OTHER), **{bound: 1000}), now=NOW + n)
        await accept(store, limited(said("again", OTHER), **{bound: 1000}), now=NEXT)

        events = [row for row in await rows(store.database, "event") if row["text"] != "?"]
        assert [row["text"] for row in events] == [
            f"{bound.removesuffix('_per_month').upper()} 1000 {NEXT:.0f}",
            "again",
        ]


async def test_a_budget_is_not_shaken_off_by_asking_to_be_forgotten_nor_by_what_is_deleted(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 900, now=MONTH + 1)
        await accept(store, command("forget", OTHER), now=NOW)
        await store.privacy.forget(await claim(store))
        await store.privacy.expire(NOW - DAY, NOW)
        await store.privacy.tidy(NOW)

        assert (await may(store, 200, person_budget_per_month=1000)).limit is Bound.PERSON_REST


async def test_whose_it_was_is_gone_when_the_month_is_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await spend(store, 900)

        await store.privacy.tidy(NEXT - 1)
        assert len(await rows(store.database, "spent")) == 2
        await store.privacy.tidy(NEXT)
        assert await rows(store.database, "spent") == []


@pytest.mark.parametrize(
    ("moment", "began", "ends"),
    [
        ("2026-11-22T10:00", "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59", "2026-12-01", "2027-01-01"),
        ("2028-02-29T00:00", "2028-02-01", "2028-03-01"),
        ("2026-01-01T00:00", "2026-01-01", "2026-02-01"),
    ],
)
def test_a_month_is_one_of_utc(moment: str, began: str, ends: str) -> None:
    def at(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    assert month_of(at(moment)) == (at(began), at(ends))
