from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import phrases
from bot.model import Finish, MessageRef, Person, Pressed, TurnId
from bot.store import Accepted, Arrival, Store, StoredTurn, TurnKind, TurnState
from tests.store.building import (
    ANNA,
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
    past,
    pressed,
    rows,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

CHEN = Person(id="chen", language="zh")


async def answered(store: Store, text: str = "one", **more: Any) -> StoredTurn:
    """Let Anna ask something, and answer it."""
    await accept(store, said(text, **more))
    turn = await claim(store)
    await store.turns.place(turn, 0, MessageRef(f"1:{turn.id}"))
    await answer(store, turn, f"to {text}", question=text)
    return turn


def told(accepted: Accepted) -> list[str]:
    return list(accepted.told.values())


def sentence(key: str, language: str = "en") -> str:
    return phrases.say(key, language)


async def test_a_press_waits_in_line_and_its_turn_takes_over_question_place_and_messages(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)

        accepted = await accept(store, pressed("again", old.id))
        new = await claim(store)

        assert (accepted.stored, told(accepted)) == (1, [])
        assert (new.place, new.again, new.pages) == (old.id, True, (f"1:{old.id}",))
        assert [one.text for one in new.heard] == ["one"]
        assert [row["replaced"] for row in await rows(store.database, "turn")] == [1, 0]


async def test_the_same_press_delivered_again_makes_no_second_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)
        press = pressed("again", old.id, key="k")

        await accept(store, press, press)
        await answer(store, await claim(store))
        late = await accept(store, press)

        assert (late.stored, told(late)) == (0, [])
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_a_press_waits_behind_what_was_said_before_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)
        await accept(store, said("two"))

        accepted = await accept(store, pressed("again", old.id))
        first = await claim(store)
        none = await store.turns.claim(PLATFORMS, NOW)
        await answer(store, first)
        second = await claim(store)

        assert told(accepted) == [sentence("told_waits")]
        assert (first.again, none, second.place) == (False, None, old.id)


async def test_a_press_whose_answer_was_replaced_while_it_waited_is_dropped(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)
        await accept(store, said("two"))
        running = await claim(store)
        await accept(store, pressed("again", old.id), said("three"))
        await store.database.transact(lambda db: db.do("replace_turn", turn_id=old.id))
        await answer(store, running)

        turn = await claim(store)

        assert [one.text for one in turn.heard] == ["three"]
        assert "again" not in [row["command"] for row in await rows(store.database, "event")]


async def test_where_only_a_press_waited_that_nobody_needs_nothing_is_claimed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)
        await accept(store, pressed("again", old.id))
        await store.database.transact(lambda db: db.do("replace_turn", turn_id=old.id))

        assert await store.turns.claim(PLATFORMS, NOW) is None
        assert [row["state"] for row in await rows(store.database, "turn")] == ["done"]


async def test_the_past_of_an_older_question_ends_before_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second = await answered(store, "one"), await answered(store, "two")
        await answered(store, "three")
        await accept(store, pressed("again", second.id))
        again = await claim(store)

        before = await past(store, again)
        await answer(store, again, "to two anew", question="two")
        await accept(store, said("four"))
        later = await past(store, await claim(store))

        assert before == [("one", "to one")]
        assert [said for _, said in later] == ["to one", "to two anew", "to three"]
        assert first.id < second.id


@pytest.mark.parametrize("control", ["again", "continue", "stop"])
async def test_a_button_is_for_who_asked_and_for_administrators(tmp_path: Path, control: str) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one", shared=True))
        turn = await claim(store)
        if control != "stop":
            await answer(store, turn, finish=Finish.LENGTH)

        by_ben = await accept(store, pressed(control, turn.id, person=BEN))
        by_chen = await accept(store, replace(pressed(control, turn.id, person=CHEN), language="zh"))
        by_admin = await accept(store, replace(pressed(control, turn.id, person=BEN), is_admin=True))

        assert (by_ben.stored, by_ben.stopped) == (0, [])
        assert told(by_ben) + told(by_chen) == [sentence("told_not_yours"), sentence("told_not_yours", "zh")]
        assert told(by_admin) == []
        assert by_admin.stored + len(by_admin.stopped) == 1


async def test_a_stranger_is_told_and_nothing_else_happens(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)
        before = await rows(store.database, "event")

        accepted = await accept(store, replace(pressed("again", old.id, person=BEN), refusal="no"))

        assert told(accepted) == ["no"]
        assert await rows(store.database, "event") == before


async def test_where_the_platform_knows_no_language_people_are_told_in_that_of_the_answer(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, Arrival(event=said("一"), language="zh"))
        turn = await claim(store)

        accepted = await accept(store, pressed("again", turn.id, person=BEN))

        assert told(accepted) == [sentence("told_not_yours", "zh")]


@pytest.mark.parametrize(
    ("control", "finish", "key"),
    [
        ("continue", Finish.STOP, "told_over"),
        ("continue", Finish.LENGTH, None),
        ("continue", Finish.STOPPED, None),
        ("continue", Finish.FILTERED, "told_over"),
        ("stop", Finish.STOP, "told_over"),
        ("again", Finish.FILTERED, None),
        ("unheard_of", Finish.STOP, None),
    ],
)
async def test_a_press_that_does_nothing_is_explained(
    tmp_path: Path, control: str, finish: Finish, key: str | None
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await answer(store, turn, finish=finish)

        accepted = await accept(store, pressed(control, turn.id))

        assert told(accepted) == ([sentence(key)] if key else [])


async def test_the_button_of_an_answer_that_is_not_there_is_explained(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)

        unknown = await accept(store, pressed("again", TurnId(turn.id + 7)))
        elsewhere = await accept(store, pressed("again", turn.id, OTHER))
        nonsense = await accept(
            store,
            Arrival(event=Pressed(key="k", chat=CHAT, person=ANNA, control="again", value="none of ours")),
        )

        assert told(unknown) + told(elsewhere) == [sentence("told_gone")] * 2
        assert (nonsense.stored, told(nonsense)) == (0, [])


async def test_going_on_begins_with_what_was_written(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        old = await claim(store)
        await store.turns.begin(old, "one", "qwen")
        await store.turns.complete(
            old, answer="page one, page two", note="cut", finish=Finish.LENGTH, kind=TurnKind.ANSWER
        )
        await store.turns.end(old, TurnState.DONE, (9,), NOW)

        await accept(store, pressed("continue", old.id))
        new = await claim(store)

        assert (new.answer, new.kept, new.boundaries) == ("page one, page two", 18, (9,))
        assert (new.place, new.note, new.state) == (old.id, "", TurnState.RUNNING)


async def test_an_opinion_is_a_toggle_that_counts_once_per_press(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)
        ratings = []

        for press in (pressed("good", turn.id, key="a"), pressed("good", turn.id, key="a")):
            await accept(store, press)
            ratings += [row["rating"] for row in await rows(store.database, "turn")]
        for control in ("good", "bad", "good"):
            await accept(store, pressed(control, turn.id))
            ratings += [row["rating"] for row in await rows(store.database, "turn")]

        assert ratings == [1, 1, None, -1, 1]


async def test_an_opinion_opens_the_answer_for_its_buttons_and_keeps_its_age(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)

        await accept(store, pressed("good", turn.id), now=NOW + 100)
        open_again = await claim(store)
        await store.turns.end(open_again, TurnState.DONE, (), NOW + 200)

        assert (open_again.id, open_again.redraws, open_again.rating) == (turn.id, True, 1)
        assert [(row["state"], row["finished_at"]) for row in await rows(store.database, "turn")] == [
            ("done", NOW)
        ]


async def test_an_opinion_that_comes_before_the_end_of_the_turn_is_drawn_after_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.complete(turn, answer="a", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)

        early = await accept(store, pressed("good", turn.id))
        await end(store, turn)

        assert (early.stored, told(early)) == (0, [])
        assert (await claim(store)).redraws


async def test_an_answer_is_not_opened_while_another_one_is_written(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)
        await accept(store, said("two"))
        await claim(store)

        accepted = await accept(store, pressed("good", turn.id))

        assert told(accepted) == [sentence("told_noted")]
        assert [row["state"] for row in await rows(store.database, "turn")] == ["done", "running"]


async def test_pressing_counts_like_writing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)
        limit = replace(pressed("again", turn.id).limits, person_messages_per_minute=2)
        first = replace(pressed("again", turn.id), limits=limit)
        await accept(store, first)
        newest = await claim(store)
        await answer(store, newest)

        second = await accept(
            store, replace(pressed("again", newest.id), limits=limit, excuse=lambda _: "slowly")
        )

        assert told(second) == ["slowly"]
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def test_a_stop_by_command_stops_ones_own_answer_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one", shared=True))
        turn = await claim(store)

        by_ben = await accept(store, command("stop", shared=True, person=BEN, whispers=True))
        by_admin = await accept(store, replace(command("stop", shared=True, person=BEN), is_admin=True))
        by_anna = await accept(store, command("stop", shared=True))

        assert (by_ben.stopped, told(by_ben)) == ([], [sentence("told_not_yours")])
        assert [by_admin.stopped, by_anna.stopped] == [[turn.id], [turn.id]]


async def test_a_stop_before_anything_runs_stops_what_its_author_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one", shared=True), command("stop", shared=True, person=BEN))
        by_another = (await claim(store)).stop_requested
        await accept(store, said("two", OTHER), command("stop", OTHER))
        by_author = (await claim(store)).stop_requested

        assert (by_another, by_author) == (False, True)


async def test_a_stop_behind_a_press_that_waits_stops_what_comes_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        old = await answered(store)

        await accept(store, pressed("again", old.id), command("stop"))

        assert (await claim(store)).stop_requested
        assert [row["command"] for row in await rows(store.database, "event") if row["turn_id"] is None] == []
