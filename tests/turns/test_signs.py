from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot.errors import Closed, Gone, RateLimited, Rejected, Unavailable, Unreachable, Unsupported
from bot.model import Limit, Pace
from bot.reply.pacer import Pacer, Urgency
from bot.turns.signs import Signs
from tests.clock import now, open_watched, virtual
from tests.fakes import AbleSurface, FakeSurface, Marking
from tests.store.building import accept, claim, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.errors import PlatformError
    from bot.store import Store, StoredTurn

CHAT = (Limit("chat:1", 1.0),)
SIGNS = (Limit("signs", 1.0),)
PACE = Pace(post=CHAT, edit=CHAT, typing=SIGNS, mark=SIGNS, unmark=SIGNS)
WAITING = "Got it."
TROUBLES = [RateLimited(60.0, "chat:1"), Unavailable(), Unreachable(), Gone(), Closed(), Rejected()]


@dataclass
class Bench:
    signs: Signs
    store: Store
    turn: StoredTurn
    pacer: Pacer

    async def mark_all(self) -> None:
        await self.signs.mark(await self.store.turns.waiting(self.turn))


@asynccontextmanager
async def signing(folder: Path, surface: FakeSurface) -> AsyncIterator[Bench]:
    async with open_watched(folder / "bot.db") as (store, _), asyncio.TaskGroup() as tasks:
        await accept(store, said("first"))
        turn = await claim(store)
        pacer = Pacer(asyncio.get_running_loop().time)
        gate = tasks.create_task(pacer.run())
        signs = Signs(turn=turn, surface=surface, pacer=pacer, turns=store.turns, waiting=WAITING)
        yield Bench(signs, store, turn, pacer)
        gate.cancel()


@virtual
async def test_typing_is_shown_at_once_and_renewed_until_it_is_over(tmp_path: Path) -> None:
    surface = AbleSurface(limits=PACE)
    async with signing(tmp_path, surface) as bench:
        began = now()

        await bench.signs.type(lambda: now() >= began + 10)

        assert surface.typed == [began, began + 4, began + 8]


@virtual
async def test_a_surface_that_cannot_show_typing_is_not_asked_to(tmp_path: Path) -> None:
    async with signing(tmp_path, FakeSurface(limits=PACE)) as bench:
        began = now()

        await bench.signs.type(lambda: False)

        assert now() == began


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
@virtual
async def test_no_trouble_with_a_sign_harms_anybody(tmp_path: Path, trouble: PlatformError) -> None:
    surface = AbleSurface(limits=PACE)
    surface.sign_trouble = trouble
    async with signing(tmp_path, surface) as bench:
        await accept(bench.store, said("second"))
        began = now()

        await bench.signs.type(lambda: now() >= began + 10)
        await bench.mark_all()

        assert surface.marks == set()
        assert await bench.store.turns.waiting(bench.turn) == []


@virtual
async def test_a_silence_is_kept_by_signs_too(tmp_path: Path) -> None:
    surface = AbleSurface(limits=PACE)
    async with signing(tmp_path, surface) as bench:
        began = now()
        bench.pacer.refused("chat:1", 30.0)

        await bench.signs.type(lambda: now() >= began + 40)

        assert surface.typed == [began + 32, began + 36]


@virtual
async def test_a_silence_that_typing_met_is_kept_by_text(tmp_path: Path) -> None:
    surface = AbleSurface(limits=PACE)
    surface.sign_trouble = RateLimited(60.0, "chat:1")
    async with signing(tmp_path, surface) as bench:
        began = now()
        await bench.signs.type(lambda: bool(surface.typed))

        await bench.pacer.turn(CHAT, Urgency.FIRST_OR_LAST, began)

        assert now() >= began + 60


@virtual
async def test_what_waits_is_marked_once_and_unmarked_when_its_turn_comes(tmp_path: Path) -> None:
    surface = Marking(limits=PACE)
    async with signing(tmp_path, surface) as bench:
        await accept(bench.store, said("second", key="b"), said("third", key="c"))

        await bench.mark_all()
        await bench.mark_all()
        marked = set(surface.marks)
        await bench.signs.unmark(await bench.store.turns.absorb(bench.turn))

        assert marked == {"1:b", "1:c"}
        assert surface.marked == ["1:b", "1:c"]
        assert surface.marks == set()
        assert surface.messages == []


@virtual
async def test_where_there_are_no_marks_one_sentence_is_enough_for_all(tmp_path: Path) -> None:
    surface = FakeSurface(limits=PACE)
    async with signing(tmp_path, surface) as bench:
        for text in ("second", "third"):
            await accept(bench.store, said(text))
            await bench.mark_all()

        assert surface.screen == [WAITING]


@pytest.mark.parametrize("trouble", [Unreachable(), Unsupported()], ids=repr)
@virtual
async def test_where_nobody_knows_marks_or_can_be_reached_no_sentence_says_it(
    tmp_path: Path, trouble: PlatformError
) -> None:
    surface = Marking(limits=PACE)
    surface.sign_trouble = trouble
    async with signing(tmp_path, surface) as bench:
        await accept(bench.store, said("second"))

        await bench.mark_all()

        assert surface.screen == []


@virtual
async def test_where_a_mark_fails_the_sentence_says_it(tmp_path: Path) -> None:
    surface = Marking(limits=PACE)
    surface.sign_trouble = Unavailable()
    async with signing(tmp_path, surface) as bench:
        await accept(bench.store, said("second"))

        await bench.mark_all()

        assert surface.screen == [WAITING]
