"""A turn that kills the process each time is given up with a sentence, and one that merely waited is not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.errors import RateLimited
from bot.model import Finish, Finished, Text
from bot.turns.surrender import MOST_ATTEMPTS
from bot.turns.worker import PATIENCE
from tests.clock import virtual
from tests.fakes import AbleSurface, FakeAdapter, FakeBody, Trouble
from tests.fakes_model import FakeModel, Pause, says
from tests.store.building import CHAT, OTHER
from tests.turns.office import Office, die, office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.model import Ask, Controls, Delta, MessageRef
    from bot.ports import Body

GIVEN_UP = phrases.say("gave_up", "en")
BEGUN = "The beginning of it. " * 20
FATAL = BEGUN + "FATAL"


class Deadly(AbleSurface):
    """Kills whoever writes what is fatal."""

    fatal: tuple[str, ...] = ("FATAL",)
    while_growing = False
    """Also in an answer that is not whole yet."""
    deaths = 0

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        await self._die_of(body, controls)
        return await super().post(body, controls=controls, key=key)

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        await self._die_of(body, controls)
        await super().edit(ref, body, controls=controls)

    async def _die_of(self, body: Body, controls: Controls) -> None:
        assert isinstance(body, FakeBody)
        is_growing = any(control.name == "stop" for control in controls)
        if any(word in body.text for word in self.fatal) and (self.while_growing or not is_growing):
            self.deaths += 1
            await asyncio.Event().wait()


def deadly(adapter: FakeAdapter) -> Deadly:
    chat = adapter.chat(CHAT)
    assert isinstance(chat, Deadly)
    return chat


async def live(folder: Path, adapter: FakeAdapter, model: FakeModel) -> bool:
    """Ask, if nobody did, and live until all is over or something kills; return whether it did."""
    before = deadly(adapter).deaths
    async with office(folder, adapter=adapter, model=model) as o:
        if not await o.turns():
            await o.say("Why?")
        await survive(o, before)
    return deadly(adapter).deaths > before


async def survive(o: Office, before: int) -> None:
    while await o._busy():
        await asyncio.sleep(0.05)
        if deadly(o.adapter).deaths > before:
            die()


def model_of(*answers: str) -> FakeModel:
    model = FakeModel()
    model.script(*([Text(BEGUN), Pause(3), *says(text.removeprefix(BEGUN))] for text in answers))
    return model


@virtual
async def test_an_answer_whose_last_write_kills_is_given_up_after_three_tries(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(sort=Deadly), model_of(FATAL)

    while await live(tmp_path, adapter, model):
        pass

    async with office(tmp_path, adapter=adapter, model=model_of("The next answer.")) as o:
        (turn,) = await o.turns()
        await o.say("Next?")
        await o.rest()

        assert deadly(adapter).deaths == 3
        assert len(model.asks) == 1
        assert adapter.chat(CHAT).screen == [GIVEN_UP, BEGUN + "The next answer."]
        assert adapter.chat(CHAT).buttons[0] == ["again"]
        assert (turn["state"], turn["finish"], turn["answer"]) == ("failed", "failed", "")


@virtual
async def test_of_an_answer_in_several_messages_no_half_is_left_when_it_is_given_up(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(sort=Deadly, limit=100), model_of(FATAL)

    while await live(tmp_path, adapter, model):
        pass

    assert deadly(adapter).deaths == 3
    assert adapter.chat(CHAT).screen == [GIVEN_UP]


@virtual
async def test_where_not_even_the_sentence_can_be_shown_the_trying_ends(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(sort=Deadly), model_of(FATAL)
    deadly(adapter).fatal = ("FATAL", GIVEN_UP)

    while await live(tmp_path, adapter, model):
        pass

    async with office(tmp_path, adapter=adapter) as o:
        assert deadly(adapter).deaths == 6
        assert await o.states() == ["failed"]


@virtual
async def test_a_question_whose_answer_kills_while_it_grows_is_asked_a_bounded_number_of_times(
    tmp_path: Path,
) -> None:
    adapter, model = FakeAdapter(sort=Deadly), FakeModel()
    deadly(adapter).while_growing = True
    for _ in range(MOST_ATTEMPTS + 5):
        model.script([Text(BEGUN), Pause(3), Text("FATAL"), Pause(100)])

    while await live(tmp_path, adapter, model):
        pass

    assert len(model.asks) == MOST_ATTEMPTS
    assert adapter.chat(CHAT).screen[-1].endswith(GIVEN_UP)


@pytest.mark.parametrize("seconds", [1.0, 20.0])
@virtual
async def test_an_answer_that_waits_in_a_silence_is_not_given_up_however_often_it_is_killed(
    tmp_path: Path, seconds: float
) -> None:
    adapter = FakeAdapter(sort=AbleSurface)
    chat, model = adapter.chat(CHAT), model_of(BEGUN + "The end.")
    chat.troubles = {n: Trouble(RateLimited(300.0, "chat:1")) for n in range(2, 8)}
    for life in range(6):
        async with office(tmp_path, adapter=adapter, model=model) as o:
            if not life:
                await o.say("Why?")
            await chat.until(life + 2)
            await asyncio.sleep(seconds)
            assert await o.states() == ["answered"]
            die()

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert chat.screen == [BEGUN + "The end."]
        assert len(model.asks) == 1


@virtual
async def test_a_machine_that_kills_every_process_young_takes_no_question_with_it(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    model.script(*([Pause(1.8), *says("The answer.")] for _ in range(9)))
    for life in range(8):
        async with office(tmp_path, adapter=adapter, model=model) as o:
            if not life:
                await o.say("Why?")
            await asyncio.sleep(1.5)
            die()

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await asyncio.sleep(PATIENCE + 5)

        assert adapter.chat(CHAT).screen == ["The answer."]
        assert len(model.asks) == 3


@virtual
async def test_a_fatal_answer_takes_no_other_along(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(sort=Deadly), Slow()
    is_dead = True
    while is_dead:
        before = deadly(adapter).deaths
        async with office(tmp_path, adapter=adapter, model=model) as o:
            if not before:
                await o.say("kill")
                await o.say("hello", chat=OTHER)
            await survive(o, before)
        is_dead = deadly(adapter).deaths > before

    assert adapter.chat(CHAT).screen == [GIVEN_UP]
    assert adapter.chat(OTHER).screen == ["Fine. And over."]


class Slow(FakeModel):
    """Answers one question with what kills, and any other slowly."""

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        self.asks.append(ask)
        yield Text("FATAL" if ask.messages[-1].content == "kill" else "Fine.")
        if ask.messages[-1].content != "kill":
            await asyncio.sleep(30)
            yield Text(" And over.")
        yield Finished(Finish.STOP)
