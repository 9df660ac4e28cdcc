"""A chat that goes on under another id, and what is known around a message that was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleLease
from bot.model import ChatKey, Finish, MessageRef
from bot.store import TurnKind
from tests.store.building import (
    CHAT,
    NOW,
    OTHER,
    accept,
    answer,
    claim,
    opened,
    past,
    pressed,
    rows,
    said,
    texts,
)

if TYPE_CHECKING:
    from pathlib import Path

NEW = ChatKey("fake", "bot", "new")


async def test_a_moved_chat_keeps_its_past_and_the_turn_starts_anew_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        await answer(store, await claim(store), "first", question="one")
        await accept(store, said("two", route="7"))
        turn = await claim(store)
        await store.turns.checkpoint(turn, "half", (), 0, thoughts="")
        await store.turns.place(turn, 0, MessageRef("old:1"))

        await store.turns.move(turn, NEW, NOW)
        again = await claim(store)

        assert (again.id, again.chat, again.chat_id) == (turn.id, NEW, turn.chat_id)
        assert (again.answer, again.pages, again.route, texts(again)) == ("", (), "", ["two"])
        assert [question for question, _ in await past(store, again)] == ["one"]


async def test_a_chat_that_moves_to_where_people_are_heard_already_becomes_one_with_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("before the move"))
        turn = await claim(store)
        await accept(store, said("after the move", NEW))

        await store.turns.move(turn, NEW, NOW)
        merged = await claim(store)

        assert merged.chat == NEW
        assert texts(merged) == ["before the move", "after the move"]
        assert await store.turns.claim(("fake",), NOW) is None
        assert {event["chat_id"] for event in await rows(store.database, "event")} == {merged.chat_id}


async def test_an_attempt_that_lost_its_lease_moves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("hello"))
        turn = await claim(store)

        with pytest.raises(StaleLease):
            await store.turns.move(replace(turn, attempt=turn.attempt + 1), NEW, NOW)

        assert [chat["chat"] for chat in await rows(store.database, "chat")] == [CHAT.chat]


async def test_what_stands_around_a_lost_message_is_known_across_the_account(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("early", OTHER, key="e1"))
        await answer(store, await claim(store))
        await accept(store, said("mine", key="a1"), said("theirs", OTHER, key="b1"))
        mine, theirs = await claim(store), await claim(store)
        await store.turns.checkpoint(mine, "half", (), 0, thoughts="")
        await store.turns.checkpoint(theirs, "half", (), 0, thoughts="")
        await store.turns.place(theirs, 0, MessageRef("2:9"))

        near = await store.turns.neighbours(mine)

        assert near is not None
        assert near.before == ("1:a1",)
        assert near.known == {"1:a1", "2:b1", "2:9"}
        assert near.lost == 1


async def test_a_lost_message_somebody_presses_a_button_under_may_still_be_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("mine", key="a1"))
        turn = await claim(store)
        await store.turns.complete(turn, answer="whole", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)
        await store.turns.checkpoint(turn, "whole", (), 0, thoughts="")
        await accept(store, pressed("good", turn.id, ref=MessageRef("1:8")))

        near = await store.turns.neighbours(turn)

        assert [event["ref"] for event in await rows(store.database, "event")] == ["1:a1", "1:8"]
        assert near is not None
        assert near.before == ("1:a1",)
        assert near.known == {"1:a1"}


async def test_a_chat_with_other_threads_is_not_searched(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("in the thread", replace(CHAT, thread="5")), said("outside"))
        turn = await claim(store)

        assert await store.turns.neighbours(turn) is None
