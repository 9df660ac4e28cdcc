from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.model import ChatKey, Limit, Pace
from bot.reply.pacer import Pacer, Pacers, Urgency
from tests.clock import BEGINNING, now, settle, virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SHARED = Limit("account", 1.0)
FIRST, REFRESH, SIGN = Urgency.FIRST_OR_LAST, Urgency.REFRESH, Urgency.SIGN


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Pacer, asyncio.TaskGroup]]:
    pacer = Pacer(asyncio.get_running_loop().time)
    async with asyncio.TaskGroup() as tasks:
        gate = tasks.create_task(pacer.run())
        async with asyncio.TaskGroup() as wishes:
            yield pacer, wishes
        gate.cancel()


def chat(n: object) -> Limit:
    return Limit(f"chat:{n}", 1.0)


@virtual
async def test_a_lone_write_goes_at_once_and_the_next_one_a_second_later() -> None:
    async with running() as (pacer, _):
        await pacer.turn((chat(1),), FIRST, now())
        first = now()
        await pacer.turn((chat(1),), REFRESH, now())

        assert (first, now()) == (BEGINNING, BEGINNING + 1)


@virtual
async def test_firsts_and_lasts_go_before_refreshes_and_signs_last() -> None:
    went: list[str] = []

    async with running() as (pacer, wishes):

        async def write(name: str, urgency: Urgency, since: float) -> None:
            await pacer.turn((SHARED,), urgency, since)
            went.append(name)

        await pacer.turn((SHARED,), FIRST, now())
        wishes.create_task(write("sign", SIGN, 1.0))
        wishes.create_task(write("old refresh", REFRESH, 2.0))
        wishes.create_task(write("new refresh", REFRESH, 900.0))
        wishes.create_task(write("new last", FIRST, 999.0))
        wishes.create_task(write("old first", FIRST, 998.0))

    assert went == ["old first", "new last", "old refresh", "new refresh", "sign"]


@virtual
async def test_a_wish_that_becomes_urgent_while_it_waits_moves_up() -> None:
    went: list[str] = []
    ended = False

    async with running() as (pacer, wishes):

        async def write(name: str, urgency: Urgency, since: float) -> None:
            is_ours = name == "ours"
            await pacer.turn((SHARED,), lambda: FIRST if is_ours and ended else urgency, since)
            went.append(name)

        await pacer.turn((SHARED,), FIRST, now())
        for n in range(5):
            wishes.create_task(write(f"{n}", REFRESH, float(n)))
        wishes.create_task(write("ours", REFRESH, 100.0))
        await asyncio.sleep(1.5)
        ended = True

    assert went == ["0", "ours", "1", "2", "3", "4"]


@virtual
async def test_a_chat_that_must_wait_holds_no_other_chat_up() -> None:
    async with running() as (pacer, _):
        pacer.refused("chat:1", 300.0)
        async with asyncio.TaskGroup() as wishes:
            slow = wishes.create_task(_moment(pacer, (chat(1), SHARED), 0.0))
            fast = wishes.create_task(_moment(pacer, (chat(2), SHARED), 999.0))

        assert fast.result() == BEGINNING
        assert BEGINNING + 300 < slow.result() < BEGINNING + 301


@virtual
async def test_a_silence_that_begins_while_somebody_waits_is_kept() -> None:
    async with running() as (pacer, wishes):
        await pacer.turn((chat(1),), FIRST, now())
        waiting = wishes.create_task(_moment(pacer, (chat(1),), now()))
        await asyncio.sleep(0.5)
        pacer.refused("chat:1", 60.0)

    assert waiting.result() > BEGINNING + 60.5


@virtual
async def test_a_cancelled_wish_holds_nobody_up_and_spends_nothing() -> None:
    async with running() as (pacer, wishes):
        await pacer.turn((SHARED,), FIRST, now())
        cancelled = [wishes.create_task(_moment(pacer, (SHARED,), 1.0)) for _ in range(10)]
        waiting = wishes.create_task(_moment(pacer, (SHARED,), 2.0))
        await settle()
        for task in cancelled:
            task.cancel()

    assert waiting.result() == BEGINNING + 1
    assert pacer._wishes == []


@virtual
async def test_two_hundred_chats_share_one_budget_fairly() -> None:
    edits = Limit("edits", 1.2, burst=5)
    gaps: dict[int, list[float]] = {n: [] for n in range(200)}

    async def answer(pacer: Pacer, n: int) -> None:
        since = now()
        while now() < BEGINNING + 1200:
            await pacer.turn((chat(n), edits), REFRESH, since)
            gaps[n].append(now() - since)
            since = now()

    async with running() as (pacer, wishes):
        for n in range(200):
            wishes.create_task(answer(pacer, n))

    waits = [gap for waited in gaps.values() for gap in waited]
    mean = sum(waits) / len(waits)
    assert len(waits) >= 1200 / 1.2
    assert max(waits) < 1.1 * 200 * 1.2
    assert max(waits) / mean < 1.2
    assert max(map(len, gaps.values())) - min(map(len, gaps.values())) <= 1


@virtual
async def test_a_sign_is_not_given_while_its_chat_must_be_silent() -> None:
    signs = (Limit("signs", 1.0),)
    pace = Pace(post=(chat(1),), edit=(chat(1),), typing=signs)

    async with running() as (pacer, _):
        free = await pacer.sign(signs, pace, now())
        pacer.refused("chat:1", 30.0)
        silenced = await pacer.sign(signs, pace, now())
        await asyncio.sleep(31)

        assert (free, silenced) == (True, False)
        assert await pacer.sign(signs, pace, now())


@virtual
async def test_every_account_has_a_gate_of_its_own_which_closes_at_the_end() -> None:
    async with asyncio.TaskGroup() as tasks:
        pacers = Pacers(tasks)
        one, same = pacers.of(ChatKey("fake", "a", "1")), pacers.of(ChatKey("fake", "a", "2", "t"))
        other = pacers.of(ChatKey("fake", "b", "1"))
        one.refused("", 3600)

        await other.turn((SHARED,), FIRST, now())

        assert one is same
        assert now() == BEGINNING
        pacers.close()


async def _moment(pacer: Pacer, limits: tuple[Limit, ...], since: float) -> float:
    await pacer.turn(limits, REFRESH, since)
    return now()


@virtual
async def test_a_crowd_is_as_long_as_a_round_of_those_who_share_a_limit() -> None:
    async with running() as (pacer, _):
        alone = (chat(1), SHARED)
        with pacer.sharing(alone):
            assert pacer.crowd(alone) == 0.0
            with pacer.sharing((chat(2), SHARED)), pacer.sharing((chat(3), SHARED)):
                assert pacer.crowd(alone) == 3.0
            assert pacer.crowd(alone) == 0.0


@virtual
async def test_the_delay_of_a_wish_counts_those_before_it_in_line() -> None:
    async with running() as (pacer, wishes):
        assert pacer.delay((SHARED,)) == 0.0
        await pacer.turn((SHARED,), FIRST, now())
        for _ in range(3):
            wishes.create_task(pacer.turn((SHARED,), REFRESH, now()))
        await settle()

        assert pacer.delay((SHARED,)) == pytest.approx(4.0, abs=0.01)
        assert pacer.delay((chat(1),)) == 0.0
