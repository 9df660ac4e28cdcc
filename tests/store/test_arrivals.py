from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.model import ChatKey, Finish, MessageRef, Pressed, TurnId
from bot.store import Arrival, TurnKind, TurnState
from bot.store.arrivals import REFUSAL_SECONDS
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
    edited,
    end,
    opened,
    past,
    pressed,
    rows,
    said,
    texts,
)

if TYPE_CHECKING:
    from pathlib import Path

REFUSAL = Arrival(event=said("my secret", person=BEN), refusal="I do not know you")


async def test_a_message_delivered_again_in_the_same_batch_and_in_another_is_stored_once(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        once = said("hello", key="k")

        first = await accept(store, once, once, once)
        second = await accept(store, once)

        assert (first.stored, second.stored) == (1, 0)
        assert texts(await claim(store)) == ["hello"]


async def test_a_message_delivered_again_after_its_answer_asks_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        once = said("hello", key="k")
        await accept(store, once)
        await answer(store, await claim(store))

        again = await accept(store, once)

        assert again.stored == 0
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_the_same_key_from_another_account_is_another_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        there = ChatKey("fake", "another bot", "1")

        accepted = await accept(store, said("here", key="k"), said("there", there, key="k"))

        assert accepted.stored == 2
        assert texts(await claim(store)) == ["here"]
        assert (await claim(store)).chat == there


async def test_what_is_overheard_counts_only_where_somebody_addressed_the_bot_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("@bot hello", CHAT))

        here = await accept(store, said("and you?", CHAT, addressed=False))
        there = await accept(store, said("private talk", OTHER, addressed=False))

        assert (here.stored, there.stored) == (1, 0)
        assert texts(await claim(store)) == ["@bot hello", "and you?"]
        assert [row["chat"] for row in await rows(store.database, "chat")] == ["1"]


async def test_an_overheard_copy_does_not_poison_the_key_of_the_mention_that_follows(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("@bot hi", key="ts1", addressed=False))

        mention = await accept(store, said("@bot hi", key="ts1"))

        assert mention.stored == 1


async def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        broken = said("second", quote=object())

        with pytest.raises(Exception, match="type 'object' is not supported"):
            await accept(store, said("first"), broken)

        assert await rows(store.database, "event") == []
        assert await rows(store.database, "chat") == []


async def test_text_that_is_not_unicode_is_stored_readable_and_stops_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        half = said("half \ud83d emoji")

        await accept(store, half, said("next"))

        assert texts(await claim(store)) == ["half ? emoji", "next"]


async def test_a_stranger_is_told_once_an_hour_and_nothing_of_what_they_said_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await accept(store, REFUSAL)
        await end(store, await claim(store))
        soon = await accept(store, REFUSAL, now=NOW + REFUSAL_SECONDS - 1)
        later = await accept(store, REFUSAL, now=NOW + REFUSAL_SECONDS + 1)

        assert [first.stored, soon.stored, later.stored] == [1, 0, 1]
        assert await rows(store.database, "event") == []
        assert b"my secret" not in _everything_in(tmp_path)


async def test_a_refusal_is_a_complete_notice_that_is_never_given_to_the_model(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, REFUSAL)

        notice = await claim(store)
        await end(store, notice)
        await accept(store, said("hello"))
        next_turn = await claim(store)

        assert (notice.kind, notice.state, notice.answer) == (
            TurnKind.NOTICE,
            TurnState.ANSWERED,
            "I do not know you",
        )
        assert await past(store, next_turn) == []


async def test_a_stranger_who_could_not_be_told_because_another_answer_runs_is_told_later(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("a question"))
        running = await claim(store)

        during = await accept(store, REFUSAL)
        await answer(store, running)
        after = await accept(store, REFUSAL, now=NOW + 60)

        assert (during.stored, after.stored) == (0, 1)


async def test_a_stranger_who_is_overheard_or_edits_is_told_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        known = said("hello")
        await accept(store, known)
        await claim(store)
        overheard = Arrival(event=said("x", person=BEN, addressed=False), refusal="no")
        change = Arrival(event=edited(known, "other").event, refusal="no")

        accepted = await accept(store, overheard, change)

        assert (accepted.stored, accepted.told) == (0, {})
        assert await rows(store.database, "refusal") == []
        assert [row["text"] for row in await rows(store.database, "event")] == ["hello"]


async def test_a_stranger_who_presses_hears_once_an_hour_how_to_get_in_and_nothing_happens(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("hello"))
        turn = await claim(store)
        told = []
        for minutes in (0, 30, 61):
            press = replace(pressed("stop", turn.id, person=BEN), refusal="I do not know you")
            told.append(await accept(store, press, now=NOW + minutes * 60))

        assert [list(one.told.values()) for one in told] == [["I do not know you"], [], ["I do not know you"]]
        assert [(one.stored, one.stopped) for one in told] == [(0, [])] * 3
        assert [row["text"] for row in await rows(store.database, "event")] == ["hello"]


async def test_an_edit_changes_a_waiting_message_of_the_same_person_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mine = said("mine")
        await accept(store, mine)

        await accept(store, edited(mine, "by Ben", person=BEN))
        await accept(store, edited(mine, "mine, better"))

        assert texts(await claim(store)) == ["mine, better"]


async def test_a_stop_button_stops_its_own_turn_and_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"), said("two", OTHER))
        one, two = await claim(store), await claim(store)

        elsewhere = await accept(store, pressed("stop", two.id, CHAT))
        unknown = await accept(store, pressed("stop", TurnId(99), CHAT))
        right = await accept(store, pressed("stop", one.id, CHAT))

        assert (elsewhere.stopped, unknown.stopped, right.stopped) == ([], [], [one.id])
        assert [row["stop_requested"] for row in await rows(store.database, "turn")] == [1, 0]


@pytest.mark.parametrize("value", ["", "abc", "-1", "1; DROP TABLE turn", "9" * 5000, "٣", "²"])
async def test_a_button_with_a_forged_value_does_nothing(tmp_path: Path, value: str) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        await claim(store)
        forged = [
            Arrival(event=_with(pressed(name, TurnId(1)), value)) for name in ("stop", "again", "nonsense")
        ]

        accepted = await accept(store, *forged)

        assert (accepted.stored, accepted.stopped) == (0, [])


async def test_a_stop_command_takes_effect_at_once_and_never_waits(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        turn = await claim(store)

        accepted = await accept(store, command("stop"))
        await answer(store, turn, finish=Finish.STOPPED)

        assert (accepted.stopped, accepted.stored) == ([turn.id], 0)
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_a_stop_command_delivered_twice_does_not_stop_the_next_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        turn = await claim(store)
        await accept(store, command("stop", key="s"))
        await answer(store, turn, finish=Finish.STOPPED)
        await accept(store, said("next"))
        await claim(store)

        twice = await accept(store, command("stop", key="s"))

        assert (twice.stopped, twice.stored) == ([], 0)


async def test_a_stop_command_with_nothing_running_is_a_turn_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        accepted = await accept(store, command("stop"))

        turn = await claim(store)

        assert (accepted.stored, accepted.stopped) == (1, [])
        assert [one.command and one.command.name for one in turn.heard] == ["stop"]


async def test_again_answers_the_same_question_in_the_same_messages(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("why?"))
        old = await claim(store)
        await store.turns.place(old, 0, MessageRef("1:100"))
        await answer(store, old, "because", question="why?")

        accepted = await accept(store, pressed("again", old.id))
        new = await claim(store)

        assert accepted.stored == 1
        assert (new.again, texts(new), new.question, new.pages) == (True, ["why?"], "why?", ("1:100",))
        assert await past(store, new) == []


async def test_again_pressed_twice_asks_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("why?"))
        old = await claim(store)
        await answer(store, old)

        first = await accept(store, pressed("again", old.id, key="a"))
        same = await accept(store, pressed("again", old.id, key="a"))
        another = await accept(store, pressed("again", old.id, key="b"))
        new = await claim(store)
        await answer(store, new)
        late = await accept(store, pressed("again", old.id, key="c"))

        assert [one.stored for one in (first, same, another, late)] == [1, 0, 0, 0]


async def test_again_is_offered_again_by_the_turn_that_replaced_the_old_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("why?"))
        old = await claim(store)
        await answer(store, old)
        await accept(store, pressed("again", old.id))
        second = await claim(store)
        await answer(store, second)

        accepted = await accept(store, pressed("again", second.id))

        assert accepted.stored == 1
        assert texts(await claim(store)) == ["why?"]


async def test_what_could_not_be_read_is_set_aside_once_and_the_position_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        before = await store.arrivals.position("fake:bot")

        for _ in range(2):
            await store.arrivals.set_aside("fake:bot", "7", "{…}", NOW)
            await store.arrivals.remember("fake:bot", "8")

        assert before == ""
        assert await store.arrivals.position("fake:bot") == "8"
        assert [(row["key"], row["raw"]) for row in await rows(store.database, "set_aside")] == [("7", "{…}")]


async def test_the_chats_people_were_heard_in_are_known_by_who_spoke_last(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        threads = [ChatKey("fake", "bot", "c", thread) for thread in ("1", "2", "3")]
        await accept(store, said("long ago", OTHER), now=NOW - 100)
        for second, chat in enumerate([*threads, threads[0]]):
            await accept(store, said("hello", chat), now=NOW + second)
        await accept(store, said("elsewhere", ChatKey("fake", "another", "c")))
        await accept(store, Arrival(event=said("?", CHAT), refusal="I do not know you"))

        recent = await store.arrivals.recent("fake", "bot", NOW - 1, 2)
        everyone = await store.arrivals.recent("fake", "bot", NOW - 1000, 50)

        assert recent == [threads[0], threads[2]]
        assert everyone == [threads[0], threads[2], threads[1], OTHER]


async def test_words_that_look_like_sql_are_words(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        words = "'; DROP TABLE event;-- :chat_id ?1 a\0b"

        await accept(store, said(words))

        assert texts(await claim(store)) == [words]


def _with(press: Arrival, value: str) -> Pressed:
    event = press.event
    assert isinstance(event, Pressed)
    return replace(event, value=value)


def _everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
