from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.limits import Limits
from bot.model import Command, Edited, Finish, MessageRef, TurnId
from bot.store import OTHERS, Arrival, Store, StoredTurn, TurnKind
from tests.store.building import (
    ANNA,
    BEN,
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
    rows,
    said,
    texts,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Said


def at(message: Said, text: str, second: float, *, key: str = "") -> Arrival:
    """Return a change whose moment the platform names."""
    moment = datetime.fromtimestamp(NOW + second, UTC)
    event = Edited(
        key=key or f"{message.key}:{second}:{text}",
        chat=message.chat,
        person=ANNA,
        ref=message.ref,
        text=text,
        edited_at=moment,
    )
    return Arrival(event=event)


async def ask(store: Store, message: Said) -> StoredTurn:
    await accept(store, message)
    return await claim(store)


async def waiting(store: Store) -> list[str]:
    return [row["command"] for row in await rows(store.database, "event") if row["turn_id"] is None]


async def test_a_change_of_the_last_question_makes_a_turn_in_its_place_and_messages(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("mutex?")
        old = await ask(store, question)
        await store.turns.place(old, 0, MessageRef("1:7"))
        await answer(store, old)

        accepted = await accept(store, edited(question, "semaphore?"))
        new = await claim(store)

        assert accepted.stored == 1
        assert (texts(new), new.place, new.pages) == (["semaphore?"], old.id, ("1:7",))
        assert [row["replaced"] for row in await rows(store.database, "turn")] == [1, 0]
        assert await waiting(store) == []


async def test_a_running_turn_takes_in_the_change_and_forgets_what_it_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("mutex?")
        turn = await ask(store, question)
        await store.turns.checkpoint(turn, "A lock", (3,), 0)
        unchanged = await store.turns.is_edited(turn)

        await accept(store, edited(question, "semaphore?"))
        changed = await store.turns.is_edited(turn)
        heard = await store.turns.rehear(turn)

        assert (unchanged, changed, await store.turns.is_edited(turn)) == (False, True, False)
        assert [one.text for one in heard] == ["semaphore?"]
        (row,) = await rows(store.database, "turn")
        assert (row["answer"], row["boundaries"], row["state"]) == ("", "[]", "running")


async def test_a_change_that_nobody_took_in_is_found_at_the_next_start(tmp_path: Path) -> None:
    question = said("mutex?")
    async with opened(tmp_path) as store:
        turn = await ask(store, question)
        await store.turns.checkpoint(turn, "A lock", (), 0)
        await accept(store, edited(question, "semaphore?"))

    async with opened(tmp_path) as store:
        await store.turns.adopt()
        found = await claim(store)

        assert (found.id, found.answer, texts(found)) == (turn.id, "", ["semaphore?"])
        assert await waiting(store) == []


async def test_a_change_after_the_answer_was_complete_is_answered_once_it_is_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("mutex?")
        turn = await ask(store, question)
        await store.turns.complete(turn, answer="A lock", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)

        await accept(store, edited(question, "semaphore?"), said("next"))
        assert await store.turns.claim(PLATFORMS, NOW) is None
        await end(store, turn)
        new = await claim(store)
        await answer(store, new)

        assert (new.place, texts(new)) == (turn.id, ["semaphore?"])
        assert texts(await claim(store)) == ["next"]


async def test_the_newest_answer_is_replaced_however_often_the_question_changes(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        await answer(store, await ask(store, question))
        for text in ("two", "three"):
            await accept(store, edited(question, text))
            await answer(store, await claim(store), f"to {text}")

        turns = await rows(store.database, "turn")
        assert [(row["asks"], row["replaced"], row["answer"]) for row in turns] == [
            (None, 1, "answer"),
            (1, 1, "to two"),
            (1, 0, "to three"),
        ]


async def test_changes_in_a_hurry_make_one_answer_to_the_last_of_them(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        await answer(store, await ask(store, question))

        await accept(store, edited(question, "two"), edited(question, "three"))
        new = await claim(store)
        await answer(store, new)

        assert texts(new) == ["three"]
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_what_is_no_change_of_the_last_question_does_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        older, last, order = said("older"), said("last"), said("/help")
        await answer(store, await ask(store, older))
        await accept(store, replace(command("help"), event=order))
        await end(store, await claim(store))
        await answer(store, await ask(store, last))
        unknown = said("never heard")

        accepted = await accept(
            store,
            edited(older, "changed"),
            edited(last, "last"),
            edited(last, "by Ben", person=BEN),
            replace(edited(order, "/new"), command=Command("new")),
            edited(unknown, "changed"),
        )

        assert accepted.stored == 0
        assert await waiting(store) == []
        assert [row["text"] for row in await rows(store.database, "event")] == ["older", "", "last"]


async def test_a_change_that_arrives_late_or_twice_does_not_bring_an_older_text_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        await answer(store, await ask(store, question))
        last = at(question, "three", 30)
        await accept(store, last)
        await answer(store, await claim(store))

        accepted = await accept(store, at(question, "two", 20), last)

        assert accepted.stored == 0
        assert [row["text"] for row in await rows(store.database, "event") if row["kind"] == "said"] == [
            "three"
        ]


async def test_a_change_while_the_message_waits_is_part_of_it_whatever_comes_late(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")

        await accept(store, question, at(question, "three", 30), at(question, "two", 20))

        assert texts(await claim(store)) == ["three"]
        assert await waiting(store) == []


async def test_a_text_that_grew_beyond_the_limit_changes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        await answer(store, await ask(store, question))

        long = replace(edited(question, "x" * 101), limits=Limits(message_characters=100))
        accepted = await accept(store, long)

        assert (accepted.stored, await waiting(store)) == (0, [])


async def test_a_change_counts_like_a_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question, limits = said("one"), Limits(person_messages_per_minute=2)
        await answer(store, await ask(store, question))
        await accept(store, replace(edited(question, "two"), limits=limits))
        await answer(store, await claim(store))

        over = replace(edited(question, "three"), limits=limits, excuse=lambda _: "slowly")
        await accept(store, over)

        assert await waiting(store) == ["limited"]
        assert [row["text"] for row in await rows(store.database, "event") if row["kind"] == "said"] == [
            "two"
        ]


async def test_a_change_of_a_question_that_is_erased_goes_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        turn = await ask(store, question)
        await store.turns.complete(turn, answer="a", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)
        await accept(store, edited(question, "two"))
        await accept(store, said("elsewhere", OTHER), now=NOW + 10)
        other = await claim(store, NOW + 10)
        await end(store, turn)

        await store.privacy.expire(NOW + 5, NOW + 5)

        assert await store.turns.claim(PLATFORMS, NOW + 10) is None
        assert [row["id"] for row in await rows(store.database, "turn")] == [other.id]
        assert await waiting(store) == []


async def test_a_stop_behind_a_change_stops_the_new_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("one")
        await answer(store, await ask(store, question))

        await accept(store, edited(question, "two"), command("stop"))
        new = await claim(store)

        assert (new.place, new.stop_requested) == (TurnId(1), True)
        assert await waiting(store) == []


def ordered(message: Said, text: str, name: str, args: str = "") -> Arrival:
    """Return a change that makes a command of a message."""
    return replace(edited(message, text), command=Command(name, args))


async def test_a_command_that_was_mistyped_is_put_right_in_its_own_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mistyped = said("/modle strong")
        await accept(store, replace(command("unknown"), event=mistyped))
        old = await claim(store)
        await store.turns.place(old, 0, MessageRef("1:7"))
        await end(store, old)

        right = ordered(mistyped, "/model strong", "model", "strong")
        accepted = await accept(store, right, right)
        new = await claim(store)

        assert accepted.stored == 1
        assert new.heard[0].command == Command("model", "strong")
        assert new.pages == ("1:7",)
        assert (await accept(store, ordered(mistyped, "/model strong ", "model", "strong"))).stored == 0


async def test_a_command_that_becomes_a_question_is_asked_in_messages_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mistyped = said("/joke")
        await accept(store, replace(command("unknown"), event=mistyped))
        old = await claim(store)
        await store.turns.place(old, 0, MessageRef("1:7"))
        await end(store, old)

        await accept(store, edited(mistyped, "Tell me a joke"))
        new = await claim(store)

        assert (texts(new), new.pages, new.heard[0].ref) == (["Tell me a joke"], (), mistyped.ref)


async def test_what_waits_becomes_what_its_message_says_at_its_place_in_the_line(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second = said("model strong"), said("hello")
        await accept(store, first, second, ordered(first, "/model strong", "model", "strong"))
        order = await claim(store)
        await end(store, order)

        assert order.heard[0].command == Command("model", "strong")
        assert texts(await claim(store)) == ["hello"]


async def test_what_waits_with_a_new_conversation_changes_with_its_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        message = said("/new rice?")
        await accept(store, Arrival(event=message, command=Command("new", "rice?")))
        await accept(store, ordered(message, "/new noodles?", "new", "noodles?"))
        await end(store, await claim(store))
        assert texts(await claim(store)) == ["noodles?"]


async def test_an_answer_to_what_is_no_question_any_more_is_stopped(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question, before = said("model strong"), said("hello", OTHER)
        turn = await ask(store, question)
        await ask(store, before)

        accepted = await accept(store, ordered(question, "/model strong", "model", "strong"))

        assert accepted.stopped == [turn.id]
        assert await waiting(store) == ["model"]


async def test_a_command_put_before_the_same_words_is_obeyed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("strong")
        await answer(store, await ask(store, question))

        await accept(store, ordered(question, "/model strong", "model", "strong"))

        assert (await claim(store)).heard[0].command == Command("model", "strong")


async def test_a_new_conversation_that_asks_the_same_as_before_is_not_begun_once_more(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        message = said("/new rice?")
        await accept(store, Arrival(event=message, command=Command("new", "rice?")))
        await end(store, await claim(store))
        await answer(store, await claim(store))

        same = await accept(store, ordered(message, "/new  rice?", "new", "rice?"))
        bare = await accept(store, edited(message, "rice?"))

        assert (same.stored, bare.stored, await waiting(store)) == (0, 0, [])


async def test_a_question_changed_into_stop_stops_its_answer_and_says_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = said("mutex?")
        turn = await ask(store, question)

        accepted = await accept(store, ordered(question, "/stop", "stop"))

        assert (set(accepted.stopped), accepted.stored, await waiting(store)) == ({turn.id}, 0, [])


async def test_a_stop_that_a_waiting_message_becomes_says_whose_answer_it_met(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await ask(store, said("Anna's"))
        mistyped = said("/stpo", person=BEN)
        await accept(store, replace(command("unknown"), event=mistyped))

        change = edited(mistyped, "/stop", person=BEN)
        accepted = await accept(store, replace(change, command=Command("stop")))

        waits = [row for row in await rows(store.database, "event") if row["turn_id"] is None]
        assert [(row["command"], row["text"]) for row in waits] == [("stop", OTHERS)]
        assert accepted.stopped == []
