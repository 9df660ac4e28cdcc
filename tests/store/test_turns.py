from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleLease
from bot.model import Finish, MessageRef, Usage
from bot.store import Store, StoredTurn, TurnKind, TurnState
from tests.store.building import (
    NOW,
    OTHER,
    PLATFORMS,
    accept,
    answer,
    claim,
    command,
    end,
    opened,
    past,
    rows,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Verb = Callable[[Store, StoredTurn], Awaitable[object]]

REF = MessageRef("1:7")

WRITES: dict[str, Verb] = {
    "begin": lambda store, turn: store.turns.begin(turn, "?", "qwen"),
    "absorb": lambda store, turn: store.turns.absorb(turn),
    "checkpoint": lambda store, turn: store.turns.checkpoint(turn, "stale", (), 0),
    "place": lambda store, turn: store.turns.place(turn, 0, MessageRef("1:stale")),
    "drop": lambda store, turn: store.turns.drop(turn, 0),
    "complete": lambda store, turn: store.turns.complete(
        turn, answer="stale", note="", finish=Finish.STOP, kind=TurnKind.ANSWER
    ),
    "end": lambda store, turn: store.turns.end(turn, TurnState.DONE, (), NOW),
}


@pytest.mark.parametrize("verb", WRITES.values(), ids=WRITES)
async def test_an_attempt_that_lost_its_lease_writes_nothing(tmp_path: Path, verb: Verb) -> None:
    async with opened(tmp_path) as store:
        old, new = await _overtaken(store)
        await store.turns.place(new, 0, REF)
        before = [await rows(store.database, table) for table in ("turn", "page", "event")]

        with pytest.raises(StaleLease):
            await verb(store, old)

        assert [await rows(store.database, table) for table in ("turn", "page", "event")] == before


@pytest.mark.parametrize("verb", WRITES.values(), ids=WRITES)
async def test_a_turn_that_has_ended_is_not_written_any_more(tmp_path: Path, verb: Verb) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await answer(store, turn, "the answer")

        with pytest.raises(StaleLease):
            await verb(store, turn)

        assert [row["answer"] for row in await rows(store.database, "turn")] == ["the answer"]


async def test_an_attempt_that_lost_its_lease_cannot_give_it_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old, _ = await _overtaken(store)

        await store.turns.release(old)

        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_a_checkpoint_is_what_the_next_process_finds(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.checkpoint(turn, "first page. second", (12,), 0)
        await store.turns.place(turn, 0, REF)
        await store.turns.checkpoint(turn, "first page. second page", (12,), 1)

    async with opened(tmp_path) as store:
        await store.turns.adopt()
        found = await claim(store)

        assert (found.answer, found.boundaries) == ("first page. second page", (12,))
        assert found.pages == (REF, None)
        assert found.state is TurnState.RUNNING


async def test_a_page_that_is_posted_anew_is_unknown_until_it_is_placed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.checkpoint(turn, "a", (), 0)
        await store.turns.place(turn, 0, REF)

        await store.turns.checkpoint(turn, "a", (), 0)
        await store.turns.adopt()

        assert (await claim(store)).pages == (None,)


async def test_a_page_that_was_dropped_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        for n in range(3):
            await store.turns.place(turn, n, MessageRef(f"1:{n}"))

        await store.turns.drop(turn, 2)
        await store.turns.adopt()

        assert (await claim(store)).pages == ("1:0", "1:1")


async def test_a_complete_answer_is_found_with_its_ending(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.complete(
            turn, answer="half", note="_broke off_", finish=Finish.BROKEN, kind=TurnKind.ANSWER
        )

        await store.turns.adopt()
        found = await claim(store)

        assert (found.state, found.answer, found.note, found.finish) == (
            TurnState.ANSWERED,
            "half",
            "_broke off_",
            Finish.BROKEN,
        )


async def test_an_answer_is_completed_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.complete(turn, answer="a", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)

        with pytest.raises(StaleLease):
            await store.turns.complete(turn, answer="b", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)


async def test_the_past_is_the_newest_within_the_chat_and_the_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for n in range(4):
            await _exchange(store, f"q{n}", f"a{n}")
        await accept(store, said("elsewhere", OTHER))
        await answer(store, await claim(store), "there", question="elsewhere")
        await accept(store, said("now"))
        turn = await claim(store)

        told = await past(store, turn, 3)

        assert told == [(f"q{n}", f"a{n}") for n in (1, 2, 3)]


async def test_turns_that_failed_or_said_nothing_are_not_part_of_the_past(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _exchange(store, "kept", "answer")
        await _exchange(store, "stopped at once", "")
        await accept(store, said("refused"))
        refused = await claim(store)
        await store.turns.begin(refused, "refused", "qwen")
        await end(store, refused, TurnState.FAILED)
        await accept(store, command("help"))
        notice = await claim(store)
        await store.turns.complete(notice, answer="help", note="", finish=Finish.STOP, kind=TurnKind.NOTICE)
        await end(store, notice)
        await accept(store, said("now"))

        told = await past(store, await claim(store))

        assert [question for question, _ in told] == ["kept"]


async def test_forgetting_hides_the_past_and_keeps_its_rows(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _exchange(store, "before", "answer")
        await accept(store, command("new"))
        turn = await claim(store)
        await store.turns.complete(
            turn, answer="anew", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
        )
        await end(store, turn)
        await _exchange(store, "after", "answer")
        await accept(store, said("now"))

        told = await past(store, await claim(store))

        assert [question for question, _ in told] == ["after"]
        assert [row["question"] for row in await rows(store.database, "turn")] == ["before", "", "after", ""]


async def test_a_forgetting_that_lost_its_lease_forgets_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _exchange(store, "before", "answer")
        old, _ = await _overtaken(store)

        with pytest.raises(StaleLease):
            await store.turns.complete(
                old, answer="", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
            )

        assert [row["forgotten_to"] for row in await rows(store.database, "chat")] == [0]


async def test_what_is_not_known_about_the_cost_stays_unknown(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)

        await store.turns.used(turn, "qwen", Usage(prompt=10, completion=0), NOW)
        await store.turns.used(turn, "qwen", Usage(estimated=True), NOW)

        known, unknown = await rows(store.database, "usage")
        assert (known["prompt"], known["completion"], known["cached"], known["estimated"]) == (10, 0, None, 0)
        assert (unknown["prompt"], unknown["completion"], unknown["estimated"]) == (None, None, 1)


async def _overtaken(store: Store) -> tuple[StoredTurn, StoredTurn]:
    """Return two attempts at one turn, the older of which has lost its lease."""
    await accept(store, said("one"))
    old = await claim(store)
    await store.turns.adopt()
    return old, await claim(store)


async def _exchange(store: Store, question: str, reply: str) -> None:
    await accept(store, said(question))
    await answer(store, await claim(store), reply, question=question)
