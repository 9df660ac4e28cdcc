from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bot import phrases
from bot.errors import Interrupted, ModelBusy, Refused, StoreUnavailable
from bot.limits import Limits
from bot.model import Ask, Finish, Finished, Message, Text, Thought, Usage, Waiting
from bot.reply.answer import Answer
from bot.turns.listening import Ending, Listener
from bot.turns.thinking import ShowThinking, Thinking
from bot.turns.till import Till
from tests.clock import Watched, open_watched, virtual
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.store.building import accept, claim, rows, said
from tests.turns.office import LINEUP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ASK = Ask(model="qwen", messages=(Message("user", "word " * 36),))


@dataclass
class Desk:
    listener: Listener
    answer: Answer
    model: FakeModel
    database: Watched

    async def usage(self) -> list[dict[str, Any]]:
        return [row for row in await rows(self.database, "usage") if row["completion"] is not None]


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Desk]:
    async with open_watched(folder / "bot.db") as (store, database):
        await accept(store, said())
        turn, answer, model = await claim(store), Answer(), FakeModel()

        def say(key: str, /, **values: object) -> str:
            return phrases.say(key, "en", **values)

        thinking = Thinking(answer=answer, show=ShowThinking.OFF, every=5.0, say=say)
        listener = Listener(
            turn=turn,
            answer=answer,
            model=model,
            till=Till(store.turns, card=LINEUP.card, limits=lambda _turn: Limits()),
            thinking=thinking,
            say=say,
            lineup=LINEUP,
            shorter=lambda _ask, _most: None,
        )
        yield Desk(listener, answer, model, database)


@virtual
async def test_what_the_provider_billed_is_stored_as_it_was_billed(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script(
            [Text("Yes."), Finished(Finish.STOP), Usage(prompt=9, cached=4, completion=2, reasoning=0)]
        )

        ending = await desk.listener.listen(ASK)

        assert ending == Ending(Finish.STOP)
        (row,) = await desk.usage()
        assert [row[name] for name in ("prompt", "cached", "completion", "reasoning", "estimated")] == [
            9,
            4,
            2,
            0,
            0,
        ]


@virtual
async def test_what_a_cut_answer_cost_is_estimated_and_marked_so(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script([Text("word " * 36), Pause(1000)])

        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(desk.listener.listen(ASK))
            await asyncio.sleep(5)
            reader.cancel()

        assert reader.cancelled()
        assert desk.model.cut == 1
        (row,) = await desk.usage()
        assert row["estimated"] == 1
        assert row["prompt"] > 36
        assert row["completion"] > 36


@virtual
async def test_what_the_model_thinks_is_no_part_of_the_answer(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script([Thought("secret"), *says("Yes.")])

        await desk.listener.listen(ASK)

        assert desk.answer.text == "Yes."


@virtual
async def test_a_short_wait_is_not_worth_a_word_and_a_long_one_is(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script([Waiting(3.0), Pause(3.0), Waiting(2.0), Pause(2.0), *says("Yes.")])

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.listener.listen(ASK))
            await asyncio.sleep(1)
            first = desk.answer.status
            await asyncio.sleep(3)
            second = desk.answer.status

        assert (first, second) == ("", phrases.say("busy_waiting", "en", seconds=2))


@pytest.mark.parametrize("error", [ModelBusy(), Interrupted(), Refused(), ValueError()], ids=repr)
@virtual
async def test_however_it_ends_the_model_is_let_go(tmp_path: Path, error: Exception) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script([Text("Half"), Fail(error)])

        ending = await desk.listener.listen(ASK)

        assert desk.model.cut == 1
        assert ending.finish is Finish.BROKEN
        assert ending.note
        assert ending.again is not isinstance(error, Refused)


@virtual
async def test_an_answer_without_an_end_is_a_broken_one(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script([Text("Half")], [])

        half = await desk.listener.listen(ASK)
        desk.answer.restart()
        nothing = await desk.listener.listen(ASK)

        assert (half.finish, nothing.finish) == (Finish.BROKEN, Finish.FAILED)
        assert (half.again, nothing.again) == (True, True)


@virtual
async def test_a_database_that_fails_is_nothing_the_model_did(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        desk.model.script(says("Yes."))
        desk.database.trouble = StoreUnavailable()

        with pytest.raises(StoreUnavailable):
            await desk.listener.listen(ASK)
        desk.database.trouble = None


@virtual
async def test_a_database_that_fails_for_a_moment_is_no_failed_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(tmp_path) as desk:

        async def fail_once(_work: object) -> None:
            monkeypatch.undo()
            raise StoreUnavailable

        monkeypatch.setattr(desk.database, "transact", fail_once)

        with pytest.raises(StoreUnavailable):
            await desk.listener.listen(ASK)
        assert desk.model.asks == []


@virtual
async def test_a_place_in_line_is_told_when_the_wait_is_long_and_kept_up_to_date(tmp_path: Path) -> None:
    async with listening(tmp_path) as desk:
        short, long, last = Waiting(3.0, place=2), Waiting(20.0, place=9), Waiting(1.0, place=1)
        desk.model.script(
            [short, Pause(1.0), short, Pause(1.0), long, Pause(19.0), last, Pause(1.0), *says("Yes.")]
        )

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.listener.listen(ASK))
            told = [desk.answer.status]
            for seconds in (1.5, 2.0, 18.0):
                await asyncio.sleep(seconds)
                told.append(desk.answer.status)

        first, last_ = (phrases.say("in_line", "en", seconds=n, place=p) for n, p in ((20, 9), (1, 1)))
        assert told == ["", "", first, last_]
        assert {ask.asker for ask in desk.model.asks} == {"fake:bot:anna"}
