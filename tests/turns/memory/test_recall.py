"""What a question is sent with, on a real store."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.catalog import Catalog
from bot.errors import StoreUnavailable
from bot.limits import Limits
from bot.model import Finish, Message, Usage
from bot.store import Summary, TurnKind
from bot.turns.memory.folder import Folder
from bot.turns.memory.recall import CUTS_MOST, Frame, Memory, Reminder, learned
from bot.turns.memory.scribe import Scribe
from bot.turns.memory.summary import TAKEN_IN
from bot.turns.till import Till
from bot.turns.tokens import estimate_message
from tests.clock import Watched, open_watched, virtual
from tests.fakes_model import FakeModel
from tests.store.building import NOW, accept, answer, claim, command, end, pressed, rows, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store, StoredTurn

FRAME = Frame(system="Be kind.", asked="now", model="qwen-plus", budget=4000)
WORDS = "word " * 160
"""About 220 tokens by our count; a turn has twice as many."""


@dataclass
class Desk:
    store: Store
    database: Watched
    memory: Memory
    folder: Folder
    """It does not run: what is due stays noted."""

    async def talk(self, count: int) -> list[StoredTurn]:
        turns = []
        for _ in range(count):
            await accept(self.store, said("q"))
            turn = await claim(self.store)
            await answer(self.store, turn, f"a{turn.id} {WORDS}", question=f"q{turn.id} {WORDS}")
            turns.append(turn)
        return turns

    async def asking(self) -> StoredTurn:
        await accept(self.store, said("now"))
        return await claim(self.store)

    async def answered(self, turn: StoredTurn, frame: Frame = FRAME) -> Reminder:
        """Let the memory keep what it takes from a turn that was answered; return what went along with it."""
        reminder = await self.memory.recall(turn, frame)
        await self.memory.keep(turn, reminder, "Yes.")
        return reminder

    async def during(self, again: StoredTurn) -> StoredTurn:
        """End a turn; return the next one."""
        await answer(self.store, again, "anew", question="q1")
        return await self.asking()

    @property
    def due(self) -> list[int]:
        return sorted(self.folder._due)

    async def windows(self) -> list[int]:
        return [row["window_from"] for row in await rows(self.database, "memory")]


@asynccontextmanager
async def desk(path: Path) -> AsyncIterator[Desk]:
    async with open_watched(path / "bot.db") as (store, database):
        catalog = Catalog.load()
        till = Till(store.turns, card=catalog.card, limits=lambda _turn: Limits())
        scribe = Scribe(model=FakeModel(), till=till, cheap="", card=catalog.card)
        folder = Folder(
            memories=store.memories, scribe=scribe, spending=store.spending, limits=lambda _turn: Limits()
        )
        yield Desk(store, database, Memory(store.memories, folder), folder)


def names(reminder: Reminder) -> list[str]:
    """Return the first word of each message."""
    return [message.content.split()[0] for message in reminder.messages]


def tokens(reminder: Reminder) -> int:
    return sum(map(estimate_message, reminder.messages))


@virtual
async def test_a_short_past_goes_along_whole(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(2)
        turn = await d.asking()

        reminder = await d.answered(turn)

        assert names(reminder) == ["Be", "q1", "a1", "q2", "a2", "now"]
        assert await rows(d.database, "memory") == []
        assert d.due == []


@virtual
async def test_what_has_no_room_is_left_out_at_once_for_the_next_turns_too(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turns = await d.talk(12)
        turn = await d.asking()

        reminder = await d.answered(turn)
        await answer(d.store, turn, "Yes.", question="now")
        then = await d.memory.recall(await d.asking(), FRAME)

        assert tokens(reminder) <= FRAME.budget
        first = names(reminder)[1]
        assert first == "q9"
        assert await d.windows() == [turns[8].id]
        assert then.messages[: len(reminder.messages)] == reminder.messages
        assert d.due == [turn.chat_id]


@virtual
async def test_the_next_turns_have_room_before_the_window_moves_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(12)
        moves = 0
        for _ in range(12):
            turn = await d.asking()
            reminder = await d.memory.recall(turn, FRAME)
            moves += reminder.first > 0
            await answer(d.store, turn, f"a {WORDS}", question=f"q {WORDS}")
            await d.memory.keep(turn, reminder, f"a {WORDS}")

        assert 2 <= moves <= 4


@virtual
async def test_a_window_that_becomes_full_is_due_before_anything_must_be_left_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(5)
        turn = await d.asking()
        frame = replace(FRAME, asked=WORDS)

        reminder = await d.answered(turn, frame)
        assert d.due == []
        await d.memory.keep(turn, reminder, WORDS * 2)

        assert d.due == [turn.chat_id]
        assert await d.windows() == []


@virtual
async def test_a_summary_goes_along_and_takes_its_room(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turns = await d.talk(8)
        turn = await d.asking()
        seen = await d.store.memories.look(turn.chat_id, "qwen-plus", 100)
        read = tuple(int(one.id) for one in turns[:3])
        made = Summary(text="Notes. " * 100, folded_to=turns[3].id, newest=seen.newest, read=read)
        await d.store.memories.fold(turn.chat_id, seen.kept, made)

        reminder = await d.memory.recall(turn, FRAME)
        narrow = await d.memory.recall(turn, replace(FRAME, budget=2600))

        assert reminder.messages[2].content == TAKEN_IN
        assert names(reminder)[3] == "q4"
        assert tokens(narrow) <= 2600
        assert narrow.messages[1:3] == reminder.messages[1:3]


@virtual
async def test_a_model_that_counts_fewer_tokens_is_given_more_of_the_past(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(9)
        turn = await d.asking()
        cautious = await d.memory.recall(turn, FRAME)
        for _ in range(4):
            await d.store.turns.reserve(turn, "qwen-plus", 1000, NOW)
            await d.store.turns.used(turn, "qwen-plus", Usage(prompt=600), NOW)

        learned = await d.memory.recall(turn, FRAME)
        other = await d.memory.recall(turn, replace(FRAME, model="qwen-flash"))

        assert learned.first == 0
        assert 0 < cautious.first == other.first
        assert learned.tokens == pytest.approx(0.6 * tokens(learned))


@virtual
async def test_a_question_that_is_too_long_alone_is_known_to_be(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turn = await d.asking()

        fits = await d.memory.recall(turn, replace(FRAME, asked="word " * 2000))
        too_long = await d.memory.recall(turn, replace(FRAME, asked="word " * 4000))

        assert (fits.is_too_long, too_long.is_too_long) == (False, True)


@virtual
async def test_an_answer_that_is_gone_on_with_keeps_its_place_and_its_room(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(8)
        turn = await d.asking()
        more = (Message("assistant", "half " * 200), Message("user", "go on"))

        reminder = await d.memory.recall(turn, replace(FRAME, after=more))

        assert reminder.messages[-3:] == (Message("user", "now"), *more)
        assert tokens(reminder) <= FRAME.budget


@virtual
async def test_an_older_question_moves_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turns = await d.talk(12)
        turn = await d.asking()
        await d.answered(turn)
        await answer(d.store, turn, "Yes.", question="now")
        before = await rows(d.database, "memory")

        await accept(d.store, pressed("again", turns[4].id))
        again = await claim(d.store)
        reminder = await d.answered(again)

        assert names(reminder)[1:-1] == [f"{who}{n}" for n in range(1, 5) for who in "qa"]
        assert await rows(d.database, "memory") == before


@virtual
async def test_a_summary_that_lacks_a_newer_answer_is_due_at_the_next_turn(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turns = await d.talk(3)
        await accept(d.store, pressed("again", turns[0].id))
        again = await claim(d.store)
        seen = await d.store.memories.look(again.chat_id, "qwen-plus", 100)
        made = Summary(text="Without q1.", folded_to=turns[2].id, newest=seen.newest, read=())
        await d.store.memories.fold(again.chat_id, seen.kept, made)
        turn = await d.during(again)

        await d.answered(turn)

        assert d.due == [turn.chat_id]


@virtual
async def test_a_question_of_a_conversation_left_behind_makes_nothing_due(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        turns = await d.talk(12)
        await accept(d.store, command("new"))
        new = await claim(d.store)
        await d.store.turns.complete(
            new, answer="ok", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
        )
        await end(d.store, new)
        await accept(d.store, pressed("again", turns[11].id))
        again = await claim(d.store)

        reminder = await d.answered(again)

        assert reminder.first > 0
        assert d.due == []
        assert await rows(d.database, "memory") == []


@virtual
async def test_where_the_window_cannot_be_stored_the_turn_is_over_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(12)
        turn = await d.asking()
        reminder = await d.memory.recall(turn, FRAME)

        d.database.trouble = StoreUnavailable()
        await d.memory.keep(turn, reminder, "Yes.")
        d.database.trouble = None

        assert (await d.memory.recall(turn, FRAME)).messages == reminder.messages


# ---------------------------------------------------------------- too long for the model


@virtual
async def test_each_time_a_model_refuses_half_of_it_goes_until_only_the_question_is_left(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as d:
        await d.talk(8)
        cut: Reminder | None = await d.memory.recall(await d.asking(), FRAME)

        sent = []
        while cut is not None:
            sent.append(cut)
            cut = d.memory.shorter(cut, "qwen-plus", None)

        assert len(sent) == 1 + CUTS_MOST
        for earlier, later in pairwise(sent):
            assert tokens(later) <= tokens(earlier) / 2
        assert names(sent[-1]) == ["Be", "now"]
        assert names(sent[1])[-3:] == ["q8", "a8", "now"]


@virtual
async def test_a_limit_that_the_model_names_is_kept_from_then_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.talk(8)
        turn = await d.asking()
        reminder = await d.memory.recall(turn, FRAME)
        assert tokens(reminder) > 3000

        cut = d.memory.shorter(reminder, "qwen-plus", 2000)

        assert cut is not None
        assert 500 < tokens(cut) <= 1000
        assert tokens(await d.memory.recall(turn, FRAME)) <= 2000
        assert tokens(await d.memory.recall(turn, replace(FRAME, model="qwen-flash"))) > 3000


@pytest.mark.parametrize(
    ("refused", "most", "limit"),
    [
        (8000, 6000, 5700),
        (8000, 9000, 7600),
        (8000, None, 7600),
        (600, None, None),
        (8000, 1_000_000, None),
    ],
    ids=["named", "counted otherwise", "not named", "too few to be many", "the answer had no room"],
)
def test_a_refusal_teaches_how_much_a_model_takes_if_it_was_for_that(
    refused: int, most: int | None, limit: int | None
) -> None:
    assert learned(refused, most) == limit


@virtual
async def test_what_a_refused_request_left_out_is_stored_only_if_the_rest_is_answered(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as d:
        await d.talk(8)
        turn = await d.asking()
        reminder = await d.memory.recall(turn, FRAME)

        cut = d.memory.shorter(reminder, "qwen-plus", 2000)
        assert cut is not None
        assert await d.windows() == []
        await d.memory.keep(turn, cut, "Yes.")

        assert await d.windows() == [cut.window_from]


@virtual
async def test_a_question_without_a_past_cannot_be_made_shorter(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        reminder = await d.memory.recall(await d.asking(), FRAME)

        assert d.memory.shorter(reminder, "qwen-plus", 1) is None
