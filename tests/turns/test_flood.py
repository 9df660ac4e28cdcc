"""One person writes as fast as they can, for ten minutes: what may that cost?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bot import clock
from bot.limits import Limits
from bot.model import ChatKey, Finish, Finished, Text, Usage
from tests.clock import virtual
from tests.fakes_model import FakeModel, Pause
from tests.store.building import ANNA, BEN, NOW, OTHER, rows
from tests.turns.office import ASKING, office
from tests.turns.test_till import PRICED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from bot.model import Ask, Delta
    from bot.turns.asking import Asking
    from tests.turns.office import Office

SECONDS = 600
TURN = Usage(prompt=500, completion=300)
A_TURN = 800
DAY = 20 * A_TURN
AT_ONCE = 3


@dataclass(slots=True)
class Costly(FakeModel):
    """Takes two seconds for each answer, and as many tokens each time."""

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        self.script([Text("An "), Pause(2.0), Text("answer."), TURN, Finished(Finish.STOP)])
        async for delta in FakeModel.stream(self, ask):
            yield delta


@asynccontextmanager
async def flooded(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: Limits,
    *,
    chats: int,
    every: float = 0.5,
    asking: Asking = ASKING,
) -> AsyncIterator[Office]:
    """Let somebody write to the bot for ten minutes, in so many chats by turns."""
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(clock, "wall", lambda: NOW + loop.time())
    async with office(folder, model=Costly(), asking=asking, limits=limits) as o:
        for n in range(int(SECONDS / every)):
            await o.say(f"more {n}", chat=ChatKey("fake", "bot", f"flooded {n % chats}"), person=ANNA)
            await asyncio.sleep(every)
        await o.rest()
        yield o


async def used(o: Office) -> int:
    return sum(row["prompt"] + row["completion"] for row in await rows(o.database, "usage"))


@virtual
@pytest.mark.parametrize(
    ("limits", "chats", "beyond"),
    [
        (Limits(person_tokens_per_day=DAY), 1, 1),
        (Limits(chat_tokens_per_day=DAY), 1, 1),
        (Limits(person_tokens_per_day=DAY, person_answers_at_once=AT_ONCE), 9, AT_ONCE),
        (Limits(tokens_per_day=DAY, person_answers_at_once=AT_ONCE), 9, AT_ONCE),
    ],
    ids=["a person", "a chat", "a person in many chats", "everybody"],
)
async def test_ten_minutes_of_one_person_take_their_tokens_and_what_was_being_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits, chats: int, beyond: int
) -> None:
    async with flooded(tmp_path, monkeypatch, limits, chats=chats) as o:
        assert DAY <= await used(o) < DAY + beyond * A_TURN


@virtual
async def test_ten_minutes_of_one_person_never_cost_more_than_their_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = 5_000
    limits = Limits(person_budget_per_month=budget)
    async with flooded(tmp_path, monkeypatch, limits, chats=9, every=2.0, asking=PRICED) as o:
        await o.say("and I?", chat=OTHER, person=BEN)
        await o.rest()
        paid = {row["person"]: row["cost"] for row in await rows(o.database, "spent") if row["person"]}

    assert budget / 2 < paid[ANNA.id] <= budget
    assert paid[BEN.id] > 0


@virtual
async def test_ten_minutes_of_one_person_are_told_of_the_limit_in_a_few_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(person_tokens_per_day=DAY, person_messages_per_minute=20)
    async with flooded(tmp_path, monkeypatch, limits, chats=1) as o:
        told = [turn for turn in await o.turns() if turn["kind"] == "notice"]

    assert 1 <= len(told) <= SECONDS / 60 + 1
