from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleLease
from bot.model import ChatKey, Finish, Person
from bot.store import Arrival, Store, StoredTurn, TurnKind, TurnState
from tests.store.building import (
    BEN,
    CHAT,
    NOW,
    OTHER,
    PLATFORMS,
    accept,
    answer,
    claim,
    command,
    end,
    opened,
    pressed,
    rows,
    said,
    texts,
)

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_empty_store_has_nothing_to_claim_and_nothing_to_wait_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await store.turns.claim(PLATFORMS, NOW) is None
        assert await store.turns.next_ready(PLATFORMS) is None


async def test_the_chat_that_waited_longest_comes_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        chats = [ChatKey("fake", "bot", name) for name in ("c", "a", "b")]
        await accept(store, *(said("first", chat) for chat in chats))
        await accept(store, said("second", chats[2]), said("second", chats[0]))

        turns = [await claim(store) for _ in chats]

        assert [turn.chat for turn in turns] == chats


async def test_turns_that_were_killed_twice_go_on_one_at_a_time_and_hold_up_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        chats = [ChatKey("fake", "bot", name) for name in ("a", "b", "c")]
        await accept(store, *(said("old", chat) for chat in chats[:2]))
        for _ in range(2):
            await store.turns.adopt()
            assert [(await claim(store)).chat for _ in range(2)] == chats[:2]
        await store.turns.adopt()
        await accept(store, said("new", chats[2]))

        suspect, other = await claim(store), await claim(store)

        assert (suspect.chat, suspect.tries) == (chats[0], 3)
        assert (other.chat, other.tries) == (chats[2], 1)
        assert await store.turns.claim(PLATFORMS, NOW) is None
        await store.turns.checkpoint(suspect, "Progress", (), None)
        assert (await claim(store)).chat == chats[1]


async def test_a_turn_takes_all_that_was_said_in_its_chat_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(
            store, said("one", route="r1"), said("elsewhere", OTHER), said("two", person=BEN, route="r2")
        )

        turn = await claim(store)

        assert texts(turn) == ["one", "two"]
        assert (turn.person, turn.route) == ("ben", "r2")
        assert (turn.attempt, turn.tries, turn.state, turn.kind) == (
            1,
            1,
            TurnState.RUNNING,
            TurnKind.ANSWER,
        )


async def test_a_message_that_was_found_late_stands_where_it_was_sent(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        live, missed = at(NOW + 60), at(NOW - 60)
        await accept(store, said("live", person=BEN, sent_at=live, route="to the live one", quiet=4.0))
        await accept(store, said("missed", sent_at=missed, route="to the missed one"), now=NOW + 1)

        turn = await claim(store, NOW + 4)

        assert texts(turn) == ["missed", "live"]
        assert (turn.person, turn.route) == (BEN.id, "to the live one")


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


async def test_a_turn_speaks_the_language_of_what_was_said_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(
            store, Arrival(event=said("你好"), language="zh"), Arrival(event=said("ok"), language="en")
        )

        assert (await claim(store)).language == "zh"


async def test_a_chat_in_which_more_is_on_its_way_waits_until_it_is_quiet(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("piece 1", quiet=1.0))
        await accept(store, said("piece 2", quiet=1.0), now=NOW + 0.5)

        early = await store.turns.claim(PLATFORMS, NOW + 1.4)
        ready = await store.turns.next_ready(PLATFORMS)
        turn = await claim(store, NOW + 1.5)

        assert early is None
        assert ready == NOW + 1.5
        assert texts(turn) == ["piece 1", "piece 2"]


async def test_somebody_who_never_falls_quiet_is_answered_after_five_seconds(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for second in range(7):
            await accept(store, said(f"{second}", quiet=2.0), now=NOW + second)

        turn = await claim(store, NOW + 6)

        assert len(turn.heard) == 7


async def test_a_clock_that_jumped_back_holds_nobody_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("from the future", quiet=1.0), now=NOW + 7200)

        assert texts(await claim(store, NOW)) == ["from the future"]


async def test_a_chat_that_still_waits_for_quiet_does_not_hold_up_the_next_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("piece", quiet=2.0), said("whole", OTHER))

        assert texts(await claim(store)) == ["whole"]


async def test_commands_are_turns_of_their_own_and_keep_their_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("a"), said("b"), command("new"), command("help"), said("c"))

        seen = []
        while (turn := await store.turns.claim(PLATFORMS, NOW)) is not None:
            seen.append([one.command.name if one.command else one.text for one in turn.heard])
            await answer(store, turn)

        assert seen == [["a", "b"], ["new"], ["help"], ["c"]]


async def test_a_chat_has_one_live_turn_also_when_many_claim_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        chats = [ChatKey("fake", "bot", str(n)) for n in range(5)]
        await accept(store, *(said(f"{n}", chat) for n in range(4) for chat in chats))

        async with asyncio.TaskGroup() as tasks:
            claims = [tasks.create_task(store.turns.claim(PLATFORMS, NOW)) for _ in range(30)]

        turns = [turn for task in claims if (turn := task.result()) is not None]
        assert sorted(turn.chat.chat for turn in turns) == ["0", "1", "2", "3", "4"]
        assert all(len(turn.heard) == 4 for turn in turns)


@pytest.mark.parametrize("state", ["running", "answered"])
async def test_while_a_turn_lives_its_chat_gets_no_other(tmp_path: Path, state: str) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        if state == "answered":
            await store.turns.complete(turn, answer="a", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)
        await accept(store, said("two"))

        during = await store.turns.claim(PLATFORMS, NOW)
        await end(store, turn)

        assert during is None
        assert texts(await claim(store)) == ["two"]


async def test_absorbing_takes_what_was_said_since_up_to_the_first_command(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await accept(store, said("two", person=Person(id="cleo"), route="r"), command("new"), said("three"))

        heard = await store.turns.absorb(turn)
        again = await store.turns.absorb(turn)

        assert [one.text for one in heard] == ["one", "two"]
        assert again == heard
        assert [one.text for one in await store.turns.waiting(turn)] == ["", "three"]
        (row,) = await rows(store.database, "turn")
        assert (row["person"], row["route"]) == ("cleo", "r")


async def test_what_waits_is_shown_once_as_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await accept(store, said("two"), said("elsewhere", OTHER))

        (two,) = await store.turns.waiting(turn)
        await store.turns.marked(two.id, marked=True)
        shown = await store.turns.waiting(turn)
        await end(store, turn)

        assert (two.text, shown) == ("two", [])
        assert [one.marked for one in (await claim(store)).heard] == [True]


async def test_a_platform_that_is_not_configured_any_more_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("gone", ChatKey("old", "bot", "1")), said("here"))

        turn = await claim(store)

        assert texts(turn) == ["here"]
        assert await store.turns.claim(PLATFORMS, NOW) is None
        assert await store.turns.next_ready(PLATFORMS) is None
        assert texts(await _claimed(store, ("old",))) == ["gone"]


async def test_a_new_process_adopts_every_live_turn_and_counts_the_try(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"), said("two", OTHER))
        one = await claim(store)
        await answer(store, await claim(store))
        held = await store.turns.claim(PLATFORMS, NOW)

        await store.turns.adopt()
        again = await claim(store)

        assert held is None
        assert (again.id, again.attempt, again.tries, texts(again)) == (one.id, 2, 2, ["one"])
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_what_was_left_unfinished_comes_before_what_is_new(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("old"))
        old = await claim(store)
        await accept(store, said("new", OTHER))

        await store.turns.adopt()

        assert (await claim(store)).id == old.id


async def test_a_released_turn_can_be_claimed_at_once_and_the_try_does_not_count(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)

        for _ in range(5):
            await store.turns.release(turn)
            turn = await claim(store)

        assert (turn.attempt, turn.tries) == (6, 1)


async def test_progress_sets_the_tries_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        for _ in range(3):
            turn = await claim(store)
            await store.turns.adopt()
        await claim(store)
        await store.turns.adopt()
        turn = await claim(store)
        assert turn.tries == 5

        await store.turns.checkpoint(turn, "some text", (), None)
        await store.turns.adopt()

        assert (await claim(store)).tries == 1


async def test_a_turn_asked_again_goes_on_with_its_question_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("why?"))
        old = await claim(store)
        await answer(store, old)
        await accept(store, pressed("again", old.id))
        await claim(store)

        await store.turns.adopt()
        turn = await claim(store)

        assert (turn.again, texts(turn), turn.chat) == (True, ["why?"], CHAT)


async def test_an_attempt_that_lost_its_lease_can_take_in_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        old = await claim(store)
        await store.turns.adopt()
        await claim(store)
        await accept(store, said("two"))

        with pytest.raises(StaleLease):
            await store.turns.absorb(old)

        assert len(await store.turns.waiting(old)) == 1


async def _claimed(store: Store, platforms: tuple[str, ...]) -> StoredTurn:
    turn = await store.turns.claim(platforms, NOW)
    assert turn is not None
    return turn
