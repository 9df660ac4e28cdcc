"""Summaries in the background, in virtual time on a real store."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.catalog import Catalog
from bot.errors import BadRequest, ModelBusy, ModelError, NoAccess, PromptTooLong, Refused, StoreUnavailable
from bot.limits import Limits
from bot.model import Finish, Finished, Text, Usage
from bot.turns.memory.folder import CALLS_MOST, REST, Folder
from bot.turns.memory.recall import Frame
from bot.turns.memory.scribe import Scribe
from bot.turns.till import Till
from tests.clock import Watched, open_watched, settle, virtual
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.store.building import BEN, CHAT, OTHER, accept, answer, claim, command, pressed, rows, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.model import ChatKey
    from bot.store import Store, StoredTurn

WORDS = "word " * 160
"""About 220 tokens by our count: a turn has twice as many, and four turns are one portion."""
FRAME = Frame(system="Be kind.", asked="", model="qwen-plus", budget=4000)


@dataclass
class Study:
    """A folder at work, and what it works with."""

    store: Store
    database: Watched
    model: FakeModel
    folder: Folder
    running: asyncio.Task[None]
    limits: list[Limits] = field(default_factory=lambda: [Limits()])

    async def talk(self, count: int, chat: ChatKey = CHAT, text: str = WORDS, **more: Any) -> StoredTurn:
        """Let somebody ask and be answered so often; return the last turn."""
        turns = []
        for _ in range(count):
            await accept(self.store, said("q", chat, **more))
            turns.append(turn := await claim(self.store))
            await answer(self.store, turn, f"a{turn.id} {text}", question=f"q{turn.id} {text}")
        return turns[-1]

    def due(self, turn: StoredTurn, frame: Frame = FRAME) -> None:
        self.folder.due(turn, frame)

    async def kept(self) -> list[tuple[str, int, int]]:
        found = await rows(self.database, "memory")
        return [(row["summary"], row["folded_to"], row["window_from"]) for row in found]

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """Return what the model was given to summarise."""
        return [json.loads(ask.messages[-1].content) for ask in self.model.asks]

    def taken(self, number: int = -1) -> list[str]:
        """Return the first words of the questions in a request."""
        return [one["person"].split()[0] for one in self.tasks[number]["turns"]]


@asynccontextmanager
async def study(folder: Path, *, cheap: str = "") -> AsyncIterator[Study]:
    async with open_watched(folder / "bot.db") as (store, database):
        model, catalog, limits = FakeModel(), Catalog.load(), [Limits()]
        till = Till(store.turns, card=catalog.card, limits=lambda _turn: limits[0])
        scribe = Scribe(model=model, till=till, cheap=cheap, card=catalog.card)
        made = Folder(
            memories=store.memories, scribe=scribe, spending=store.spending, limits=lambda _turn: limits[0]
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(made.run())
            yield Study(store, database, model, made, running, limits)
            running.cancel()


@virtual
async def test_the_older_half_of_a_full_window_becomes_a_summary(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("Anna likes words."))
        last = await s.talk(8)

        s.due(last)
        await asyncio.sleep(1)

        (ask,) = s.model.asks
        assert s.taken() == ["q1", "q2", "q3", "q4"]
        assert s.tasks[0]["notes"] == ""
        assert (ask.model, ask.max_tokens) == ("qwen-plus", 500)
        assert await s.kept() == [("Anna likes words.", 5, 5)]


@virtual
async def test_a_window_that_is_not_full_is_left_alone(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        last = await s.talk(4)

        s.due(last)
        await asyncio.sleep(1)

        assert s.model.asks == []
        assert await s.kept() == []


@virtual
async def test_a_summary_grows_from_the_one_before_it(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("First notes."), says("Both notes."))
        s.due(await s.talk(8))
        await asyncio.sleep(1)

        s.due(await s.talk(4))
        await asyncio.sleep(1)

        assert s.tasks[1]["notes"] == "First notes."
        assert s.taken() == ["q5", "q6", "q7", "q8"]
        assert await s.kept() == [("Both notes.", 9, 9)]


@virtual
async def test_what_was_left_out_of_requests_is_summarised_although_the_window_is_not_full(
    tmp_path: Path,
) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("What was left out."))
        last = await s.talk(4)
        await s.store.memories.move_window(last, 0, 3)

        s.due(last)
        await asyncio.sleep(1)

        assert s.taken() == ["q1", "q2"]
        assert await s.kept() == [("What was left out.", 3, 3)]


@virtual
async def test_a_long_past_is_summarised_in_portions_and_no_further_back_than_is_worth_it(
    tmp_path: Path,
) -> None:
    async with study(tmp_path) as s:
        s.model.script(*(says(f"Notes {n}.") for n in range(9)))
        last = await s.talk(40)
        await s.store.memories.move_window(last, 0, 38)

        s.due(last)
        await asyncio.sleep(1)

        taken = [name for number in range(len(s.model.asks)) for name in s.taken(number)]
        first = int(taken[0][1:])
        assert taken == [f"q{n}" for n in range(first, 38)]
        assert 10 < first < 30
        assert [task["notes"] for task in s.tasks[1:]] == [f"Notes {n}." for n in range(len(s.tasks) - 1)]
        assert 3 <= len(s.model.asks) <= 5
        assert await s.kept() == [(f"Notes {len(s.tasks) - 1}.", 38, 38)]


@virtual
async def test_one_request_at_a_time_is_made_for_a_chat_and_a_few_for_all(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(*([Pause(60), *says("Notes.")] for _ in range(9)))
        chats = [replace(CHAT, chat=f"c{n}") for n in range(5)]
        lasts = [await s.talk(8, chat) for chat in chats]

        for last in lasts:
            s.due(last)
        await asyncio.sleep(1)
        s.due(lasts[0])
        await asyncio.sleep(1)
        first = len(s.model.asks)
        await asyncio.sleep(200)

        assert first == 3
        assert len(s.model.asks) == 5
        assert len(await s.kept()) == 5


# ---------------------------------------------------------------- when it does not work


@pytest.mark.parametrize("error", [ModelBusy(), ValueError("odd")], ids=repr)
@virtual
async def test_where_the_model_fails_the_chat_rests_and_is_tried_again_later(
    tmp_path: Path, error: ModelError | Exception
) -> None:
    async with study(tmp_path) as s:
        s.model.script([Fail(error)], says("Notes."))
        last = await s.talk(8)

        s.due(last)
        await asyncio.sleep(1)
        s.due(last)
        await asyncio.sleep(1)
        assert len(s.model.asks) == 1
        assert await s.kept() == []

        await asyncio.sleep(REST)
        s.due(last)
        await asyncio.sleep(1)
        assert [summary for summary, *_ in await s.kept()] == ["Notes."]


@pytest.mark.parametrize("script", [[], says(""), [Text("Half")], [Text("Ha"), Finished(Finish.FILTERED)]])
@virtual
async def test_a_summary_that_is_none_is_not_kept(tmp_path: Path, script: list[Any]) -> None:
    async with study(tmp_path) as s:
        s.model.script(*(script for _ in range(CALLS_MOST)))

        s.due(await s.talk(8))
        await asyncio.sleep(1)

        assert [summary for summary, *_ in await s.kept() if summary] == []


@virtual
async def test_a_summary_that_was_cut_ends_with_a_whole_line(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script([Text("One.\nTwo.\nThr"), Finished(Finish.LENGTH)])

        s.due(await s.talk(8))
        await asyncio.sleep(1)

        assert [summary for summary, *_ in await s.kept()] == ["One.\nTwo."]


@pytest.mark.parametrize("error", [Refused(), PromptTooLong()], ids=repr)
@virtual
async def test_a_turn_that_cannot_be_summarised_is_found_and_left_out(
    tmp_path: Path, error: ModelError
) -> None:
    async with study(tmp_path) as s:
        # The third of four is refused, alone and with others.
        s.model.script([Fail(error)], says("1 and 2."), [Fail(error)], [Fail(error)], says("1, 2 and 4."))

        s.due(await s.talk(8))
        await asyncio.sleep(1)

        taken = [s.taken(number) for number in range(5)]
        assert taken == [["q1", "q2", "q3", "q4"], ["q1", "q2"], ["q3", "q4"], ["q3"], ["q4"]]
        assert s.tasks[-1]["notes"] == "1 and 2."
        assert await s.kept() == [("1, 2 and 4.", 5, 5)]


@virtual
async def test_what_is_refused_again_and_again_costs_a_bounded_number_of_requests(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(*([Fail(Refused())] for _ in range(100)))
        last = await s.talk(60)
        await s.store.memories.move_window(last, 0, 58)

        s.due(last)
        await asyncio.sleep(1)

        assert len(s.model.asks) == CALLS_MOST


@pytest.mark.parametrize("error", [NoAccess(), BadRequest()], ids=repr)
@virtual
async def test_a_model_for_summaries_that_is_not_to_be_had_is_asked_once(
    tmp_path: Path, error: ModelError
) -> None:
    async with study(tmp_path, cheap="qwen-flash") as s:
        s.model.script([Fail(error)], says("Notes."), says("More notes."))

        s.due(await s.talk(8))
        await asyncio.sleep(1)
        s.due(await s.talk(4))
        await asyncio.sleep(1)

        assert [ask.model for ask in s.model.asks] == ["qwen-flash", "qwen-plus", "qwen-plus"]
        assert [summary for summary, *_ in await s.kept()] == ["More notes."]


@virtual
async def test_a_database_that_cannot_be_written_ends_nothing_but_the_attempt(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("Lost."), says("Kept."))
        last = await s.talk(8)
        s.due(last)
        s.database.trouble = StoreUnavailable()
        await asyncio.sleep(1)
        s.database.trouble = None
        await asyncio.sleep(REST)

        s.due(last)
        await asyncio.sleep(1)

        assert len(await s.kept()) == 1


# ---------------------------------------------------------------- while it works


@virtual
async def test_what_somebody_has_erased_meanwhile_is_in_no_summary(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script([Pause(10), *says("Ben said something.")])
        await s.talk(2, person=BEN)
        s.due(await s.talk(6))
        await asyncio.sleep(1)

        await accept(s.store, command("forget", person=BEN))
        await s.store.privacy.forget(await claim(s.store))
        await asyncio.sleep(60)

        assert "q1" in s.taken()
        assert await s.kept() == []


@virtual
async def test_a_question_that_is_answered_anew_meanwhile_is_not_kept_as_it_was(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script([Pause(10), *says("Old.")])
        first = await s.talk(1)
        s.due(await s.talk(7))
        await asyncio.sleep(1)

        await accept(s.store, pressed("again", first.id))
        await claim(s.store)
        await asyncio.sleep(60)

        assert await s.kept() == []


@virtual
async def test_a_summary_that_a_later_answer_made_untrue_is_made_anew(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("Old."), says("New."))
        first = await s.talk(1)
        s.due(await s.talk(7))
        await asyncio.sleep(1)
        await accept(s.store, pressed("again", first.id))
        again = await claim(s.store)
        await answer(s.store, again, "another answer", question="q1")

        s.due(again)
        await asyncio.sleep(1)

        assert s.tasks[1]["notes"] == ""
        assert s.taken() == ["q1", "q2", "q3", "q4"]
        assert s.tasks[1]["turns"][0]["assistant"] == "another answer"
        assert [summary for summary, *_ in await s.kept()] == ["New."]


@virtual
async def test_stopping_lets_the_model_go_at_once_and_counts_what_it_said(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script([Text("Half a "), Pause(1000)])
        s.due(await s.talk(8))
        await asyncio.sleep(5)

        s.running.cancel()
        await asyncio.sleep(1)

        assert s.model.cut == 1
        assert await s.kept() == []
        (row,) = await rows(s.database, "usage")
        assert (row["estimated"], row["pending"], row["purpose"]) == (1, 0, "memory")


@virtual
async def test_what_it_costs_is_counted_on_the_account_of_who_spoke_last(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script([Text("Notes."), Finished(Finish.STOP), Usage(prompt=2100, completion=40)])
        await s.talk(7)

        s.due(await s.talk(1, person=BEN))
        await asyncio.sleep(1)

        (row,) = await rows(s.database, "usage")
        assert (row["person"], row["purpose"], row["prompt"], row["completion"]) == (
            "ben",
            "memory",
            2100,
            40,
        )
        assert row["pending"] == 0
        assert row["cost"] > 0


@virtual
async def test_where_the_days_tokens_are_used_up_no_summary_is_made_and_nobody_is_told(
    tmp_path: Path,
) -> None:
    async with study(tmp_path) as s:
        last = await s.talk(8)
        await s.store.turns.reserve(last, "qwen-plus", 1, 0.0)
        s.limits[0] = Limits(tokens_per_day=0)

        s.due(last)
        await asyncio.sleep(1)

        assert s.model.asks == []
        assert await rows(s.database, "limit_told") == []


@virtual
async def test_a_budget_that_a_summary_would_exceed_keeps_it_from_being_made_and_nobody_is_told(
    tmp_path: Path,
) -> None:
    async with study(tmp_path) as s:
        last = await s.talk(8)
        s.limits[0] = Limits(person_budget_per_month=1, currency="USD")

        s.due(last)
        await asyncio.sleep(1)

        assert s.model.asks == []
        assert await rows(s.database, "limit_told") == []


@virtual
async def test_no_other_chat_is_looked_at(tmp_path: Path) -> None:
    async with study(tmp_path) as s:
        s.model.script(says("Notes."))
        await s.talk(8, OTHER, "elsewhere " * 100)

        s.due(await s.talk(8))
        await settle()
        await asyncio.sleep(1)

        assert "elsewhere" not in str(s.tasks)
