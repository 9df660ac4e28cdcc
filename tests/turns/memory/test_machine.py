"""Any long chat: what the model is told, whatever people do meanwhile.

The model that summarises repeats the labels of all it was given, so a summary can be read: which turns it holds, and
with which of their answers.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import ModelBusy
from bot.model import Finish, Finished, Text
from bot.turns.memory.folder import REST
from bot.turns.memory.summary import TAKEN_IN
from bot.turns.tokens import estimate_message
from tests.clock import now, virtual
from tests.fakes_model import FakeModel
from tests.store.building import ANNA, BEN, NOW
from tests.turns.office import ASKING, office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.model import Ask, Delta, Person
    from tests.turns.office import Office

BUDGET = 2000
STEPS = 60
PAIR = re.compile(r"q(\d+)=a(\d+)")


@dataclass(slots=True)
class Echo(FakeModel):
    """Answers with a label nobody had before, and some words; its summaries are lists of labels."""

    answers: int = 0
    fails: bool = False
    slow: float = 0.0
    chance: random.Random = field(default_factory=random.Random)

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        if ask.messages[0].content.startswith("You keep the notes"):
            await asyncio.sleep(self.slow)
            if self.fails:
                raise ModelBusy
            yield Text(" ".join(_listed(ask.messages[-1].content)))
        else:
            self.asks.append(ask)
            self.answers += 1
            yield Text(f"a{self.answers} " + "word " * self.chance.randrange(200))
        yield Finished(Finish.STOP)


def _listed(record: str) -> list[str]:
    whole = json.loads(record)
    turns = [f"{one['person'].split()[0]}={one['assistant'].split()[0]}" for one in whole["turns"]]
    return [*whole["notes"].split(), *turns]


@dataclass
class Chat:
    """What people did in the chat they are in; each question has the number of its newest answer."""

    o: Office
    model: Echo
    chance: random.Random
    said: dict[int, int] = field(default_factory=dict[int, int])
    of_ben: set[int] = field(default_factory=set[int])
    turns: dict[int, int] = field(default_factory=dict[int, int])
    """The turn that holds the newest answer of a question."""
    count: int = 0

    async def step(self) -> None:
        what = self.chance.choices(
            (self.say, self.again, self.new, self.forget, self.trouble), (30, 6, 1, 1, 2)
        )[0]
        await what()
        await asyncio.sleep(self.chance.choice((0.01, 1.0, REST)))

    async def tell(self, text: str, person: Person) -> None:
        sent_at = datetime.fromtimestamp(NOW + now(), UTC)
        await self.o.say(text, person=person, sent_at=sent_at)
        await self.o.rest()

    async def say(self) -> None:
        self.count += 1
        number, is_ben = self.count, self.chance.random() < 0.2
        text = f"q{number} " + "word " * self.chance.randrange(200)
        await self.tell(text, BEN if is_ben else ANNA)
        self.check(number)
        self.said[number] = self.model.answers
        self.turns[number] = max(turn["id"] for turn in await self.o.turns())
        if is_ben:
            self.of_ben.add(number)

    async def again(self) -> None:
        mine = [number for number in self.said if number not in self.of_ben]
        if not mine:
            return
        number = self.chance.choice(mine)
        await self.o.press("again", self.turns[number])
        await self.o.rest()
        self.check(number)
        self.said[number] = self.model.answers
        self.turns[number] = max(turn["id"] for turn in await self.o.turns())

    async def new(self) -> None:
        await self.tell("/new", ANNA)
        self.said.clear()

    async def forget(self) -> None:
        for text in ("/forget", "/forget yes"):
            await self.tell(text, BEN)
        for number in self.of_ben & {*self.said}:
            del self.said[number]

    async def trouble(self) -> None:
        self.model.fails = not self.model.fails
        self.model.slow = self.chance.choice((0.0, 2.0, 500.0))

    def check(self, asked: int) -> None:
        """Check the last request: what it holds is true, in order, once, and has room."""
        ask = self.model.asks[-1]
        summary, window = told(ask)
        before = [number for number in self.said if number < asked]
        numbers = [number for number, _ in window]

        assert sum(map(estimate_message, ask.messages)) <= BUDGET
        assert numbers == before[len(before) - len(numbers) :]
        assert dict(window) == {number: self.said[number] for number in numbers}
        assert {*summary}.isdisjoint(numbers)
        assert {*summary} <= {*before}


def told(ask: Ask) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Return what the summary holds, and what goes along word for word, each with its answer."""
    messages = [message.content for message in ask.messages[1:-1]]
    summary = dict[int, int]()
    if len(messages) > 1 and messages[1] == TAKEN_IN:
        found = PAIR.findall(messages[0])
        summary = {int(question): int(answer) for question, answer in found}
        assert len(found) == len(summary)
        messages = messages[2:]
    labels = [int(text.split()[0][1:]) for text in messages]
    return summary, list(zip(labels[::2], labels[1::2], strict=True))


@pytest.mark.parametrize("seed", range(4))
@virtual
async def test_whatever_people_do_the_model_is_told_what_is_true_in_order_and_once(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    model = Echo(chance=chance)
    asking = replace(ASKING, context_tokens=BUDGET)
    async with office(tmp_path, asking=asking, model=model, summarises=True) as o:
        chat = Chat(o, model, chance)
        for _ in range(STEPS):
            await chat.step()

        # In peace everything that is not sent word for word is in the summary, with its newest answer.
        model.fails, model.slow = False, 0.0
        for _ in range(3):
            await asyncio.sleep(REST + 600)
            await chat.say()
        summary, window = told(model.asks[-1])
        known = {**summary, **dict(window)}
        latest = {number: answer for number, answer in chat.said.items() if number != chat.count}
        reached = sorted(known)
        assert reached == sorted(latest)[len(latest) - len(reached) :]
        assert known == {number: latest[number] for number in reached}
        assert len(reached) == len(latest) or len(summary) >= 3
