"""What a chat is reminded of, and how it is forgotten again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.janitor import DAY, Janitor
from bot.model import ChatKey, Finish, Usage
from bot.store import Remembered, Summary, TurnKind
from tests.store.building import (
    ANNA,
    BEN,
    CHAT,
    NOW,
    OTHER,
    accept,
    answer,
    claim,
    command,
    end,
    opened,
    pressed,
    rows,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Person, TurnId
    from bot.store import Outlook, Past, Store, StoredTurn
    from bot.store.sqlite import Work

CANARY = "CANARYSUMMARY"
MODEL = "qwen"


async def talk(store: Store, *numbers: int, chat: ChatKey = CHAT, person: Person = ANNA) -> list[TurnId]:
    """Let somebody ask q1, q2, … and be answered a1, a2, …; return the turns."""
    turns = []
    for n in numbers:
        await accept(store, said(f"q{n}", chat, person=person))
        turn = await claim(store)
        await answer(store, turn, f"a{n}", question=f"q{n}")
        turns.append(turn.id)
    return turns


async def asking(store: Store, chat: ChatKey = CHAT) -> StoredTurn:
    """Return a turn that is being answered."""
    await accept(store, said("now", chat))
    return await claim(store)


async def fold(store: Store, turn: StoredTurn, count: int, summary: str = CANARY) -> bool:
    """Fold so many of the turns that no summary holds."""
    seen = await store.memories.look(turn.chat_id, MODEL, 100)
    read, left = seen.past[:count], seen.past[count:]
    place = left[0].place if left else int(turn.id)
    return await store.memories.fold(turn.chat_id, seen.kept, made(seen, *read, to=place, text=summary))


def made(seen: Outlook, *read: Past, to: int, text: str = CANARY) -> Summary:
    """Return a summary of some turns."""
    return Summary(text=text, folded_to=to, newest=seen.newest, read=tuple(one.id for one in read))


async def reminded(store: Store, turn: StoredTurn, most: int = 100) -> tuple[str, list[str]]:
    """Return the summary and the questions that go along."""
    seen = await store.memories.recall(turn, MODEL, most)
    return seen.kept.summary, [one.question for one in seen.past]


def is_written(folder: Path) -> bool:
    """Tell whether the summary stands in the database or its log."""
    return any(CANARY.encode() in path.read_bytes() for path in folder.iterdir() if path.is_file())


# ---------------------------------------------------------------- what goes along


async def test_a_chat_without_a_summary_is_reminded_of_its_turns(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, 3)
        await talk(store, 9, chat=OTHER)

        assert await reminded(store, await asking(store)) == ("", ["q1", "q2", "q3"])


async def test_of_many_turns_the_newest_go_along_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, 3, 4)

        assert await reminded(store, await asking(store), 2) == ("", ["q3", "q4"])


async def test_what_a_summary_holds_does_not_go_along_word_for_word(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, 3)
        turn = await asking(store)

        assert await fold(store, turn, 2)

        assert await reminded(store, turn) == (CANARY, ["q3"])
        seen = await store.memories.look(turn.chat_id, MODEL, 100)
        assert [one.question for one in seen.past] == ["q3"]


async def test_a_window_moves_only_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second, third = await talk(store, 1, 2, 3)
        turn = await asking(store)

        for place in (third, first, second):
            await store.memories.move_window(turn, 0, place)

        assert await reminded(store, turn) == ("", ["q3"])
        seen = await store.memories.look(turn.chat_id, MODEL, 100)
        assert [one.question for one in seen.past] == ["q1", "q2", "q3"]


async def test_a_summary_that_reaches_less_far_than_the_window_leaves_it_where_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        *_, third = await talk(store, 1, 2, 3)
        turn = await asking(store)
        await store.memories.move_window(turn, 0, third)

        await fold(store, turn, 1)

        assert await reminded(store, turn) == (CANARY, ["q3"])
        seen = await store.memories.look(turn.chat_id, MODEL, 100)
        assert [one.question for one in seen.past] == ["q2", "q3"]


# ---------------------------------------------------------------- two at the same time


async def test_of_two_summaries_of_the_same_turns_the_first_one_holds(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, 3)
        turn = await asking(store)
        seen = await store.memories.look(turn.chat_id, MODEL, 100)
        one, two = (
            made(seen, seen.past[0], to=seen.past[2].place, text=text) for text in ("first", "second")
        )

        assert await store.memories.fold(turn.chat_id, seen.kept, one)
        assert not await store.memories.fold(turn.chat_id, seen.kept, two)

        assert (await reminded(store, turn))[0] == "first"


async def test_a_summary_of_what_was_erased_meanwhile_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, person=BEN)
        await talk(store, 3)
        await accept(store, command("forget", person=BEN))
        forgetting = await claim(store)
        seen = await store.memories.look(forgetting.chat_id, MODEL, 100)

        await store.privacy.forget(forgetting)

        late = made(seen, *seen.past, to=forgetting.id)
        assert not await store.memories.fold(forgetting.chat_id, seen.kept, late)
        assert await rows(store.database, "memory") == []


async def test_a_summary_made_from_one_that_was_erased_meanwhile_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, person=BEN)
        await talk(store, 2, 3)
        await accept(store, command("forget", person=BEN))
        forgetting = await claim(store)
        await fold(store, forgetting, 1)
        seen = await store.memories.look(forgetting.chat_id, MODEL, 100)

        await store.privacy.forget(forgetting)

        late = made(seen, seen.past[0], to=seen.past[1].place)
        assert not await store.memories.fold(forgetting.chat_id, seen.kept, late)
        assert await reminded(store, forgetting) == ("", ["q2", "q3"])


async def test_a_summary_of_a_chat_that_is_gone_is_not_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        nowhere = Remembered(since=0, window_from=0, folded_to=0, summary="", newest=0)

        assert not await store.memories.fold(99, nowhere, Summary(text="s", folded_to=5, newest=4, read=()))


# ---------------------------------------------------------------- conversations


async def test_a_new_conversation_is_reminded_of_nothing_and_keeps_no_summary(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2)
        turn = await asking(store)
        await fold(store, turn, 1)
        await answer(store, turn)
        await accept(store, command("new"))
        new = await claim(store)
        seen = await store.memories.look(new.chat_id, MODEL, 100)

        await store.turns.complete(
            new, answer="ok", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
        )
        await end(store, new)

        assert await rows(store.database, "memory") == []
        late = made(seen, seen.past[0], to=new.id)
        assert not await store.memories.fold(new.chat_id, seen.kept, late)
        await store.memories.move_window(turn, 0, int(new.id))
        assert await rows(store.database, "memory") == []
        await talk(store, 3)
        assert await reminded(store, await asking(store)) == ("", ["q3"])


async def test_a_question_answered_again_is_sent_with_what_stood_before_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        _, second, _, _ = await talk(store, 1, 2, 3, 4)
        turn = await asking(store)
        await fold(store, turn, 3)
        await answer(store, turn, "a5", question="q5")
        await accept(store, pressed("again", turn.id))
        last = await claim(store)
        assert await reminded(store, last) == (CANARY, ["q4"])
        await answer(store, last, "a5", question="q5")

        await accept(store, pressed("again", second))
        old = await store.memories.recall(await claim(store), MODEL, 100)

        assert old.is_earlier
        assert [one.question for one in old.past] == ["q1"]


async def test_a_question_of_a_conversation_left_behind_is_sent_with_that_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        _, second = await talk(store, 1, 2)
        await accept(store, command("new"))
        new = await claim(store)
        await store.turns.complete(
            new, answer="ok", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
        )
        await end(store, new)
        await talk(store, 3)

        await accept(store, pressed("again", second))
        old = await store.memories.recall(await claim(store), MODEL, 100)

        assert old.is_earlier
        assert [one.question for one in old.past] == ["q1"]


async def test_a_summary_is_outdated_once_a_question_in_it_was_answered_anew(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, *_ = await talk(store, 1, 2, 3)
        turn = await asking(store)
        await fold(store, turn, 2)
        await answer(store, turn, "a4", question="q4")
        assert not (await store.memories.look(turn.chat_id, MODEL, 100)).is_outdated

        await accept(store, pressed("again", first))
        again = await claim(store)
        during = await store.memories.look(turn.chat_id, MODEL, 100)
        await answer(store, again, "another", question="q1")

        seen = await store.memories.look(turn.chat_id, MODEL, 100)
        assert (during.is_outdated, seen.is_outdated) == (False, True)
        assert [one.answer for one in seen.past] == ["another", "a2", "a3", "a4"]
        anew = made(seen, *seen.past[:2], to=seen.past[2].place)
        assert await store.memories.fold(turn.chat_id, seen.kept, anew)
        assert not (await store.memories.look(turn.chat_id, MODEL, 100)).is_outdated


async def test_two_conversations_that_become_one_have_no_summary(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, chat=OTHER)
        there = await asking(store, OTHER)
        await fold(store, there, 1)
        await answer(store, there)
        await talk(store, 3, 4)
        here = await asking(store)
        await fold(store, here, 1)

        await store.turns.move(here, OTHER, NOW)

        assert await rows(store.database, "memory") == []


# ---------------------------------------------------------------- forgetting


async def test_what_one_of_them_has_erased_is_in_no_summary_and_in_no_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, person=BEN)
        await talk(store, 2, 3)
        await accept(store, command("forget", person=BEN))
        forgetting = await claim(store)
        await fold(store, forgetting, 2, CANARY * 500)
        assert is_written(tmp_path)

        await store.privacy.forget(forgetting)

        assert not is_written(tmp_path)
        # What the others said before is summarised anew, and the window stays where it was.
        assert await reminded(store, forgetting) == ("", ["q3"])
        seen = await store.memories.look(forgetting.chat_id, MODEL, 100)
        assert [one.question for one in seen.past] == ["q2", "q3"]


async def test_a_summary_in_which_nobody_has_anything_erased_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2)
        await talk(store, 3, person=BEN)
        await accept(store, command("forget", person=BEN))
        forgetting = await claim(store)
        await fold(store, forgetting, 1)

        await store.privacy.forget(forgetting)

        assert await reminded(store, forgetting) == (CANARY, ["q2"])


async def test_a_summary_goes_when_the_time_of_what_it_holds_is_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, *_ = await talk(store, 1, 2, 3)
        turn = await asking(store)
        await fold(store, turn, 2, CANARY * 500)
        await store.database.transact(lambda db: _make_old(db, first))

        await Janitor(store.privacy, 90).clean(NOW)

        assert await reminded(store, turn) == ("", ["q3"])
        assert not is_written(tmp_path)


def _make_old(db: Work, turn: int) -> None:
    moments = (NOW - 100 * DAY, NOW - 100 * DAY, turn)
    db._connection.execute("UPDATE turn SET created_at = ?, finished_at = ? WHERE id = ?", moments)


async def test_a_chat_that_is_gone_takes_its_summary_along(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, 1, 2, chat=OTHER)
        there = await asking(store, OTHER)
        await fold(store, there, 1)
        await answer(store, there)
        await accept(store, command("forget"))

        await store.privacy.forget(await claim(store))

        assert [row["chat"] for row in await rows(store.database, "chat")] == [CHAT.chat]
        assert await rows(store.database, "memory") == []


# ---------------------------------------------------------------- how a model counts


async def test_what_a_request_was_taken_for_stands_beside_what_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await asking(store)
        for guess, real in ((100, 70), (200, 150)):
            await store.turns.reserve(turn, MODEL, guess, NOW)
            await store.turns.used(turn, MODEL, Usage(prompt=real, completion=5), NOW)
        await store.turns.reserve(turn, "another", 300, NOW)
        await store.turns.used(turn, "another", Usage(prompt=299), NOW)
        await store.turns.reserve(turn, MODEL, 400, NOW)
        await store.turns.used(turn, MODEL, Usage(prompt=400, completion=9, estimated=True), NOW)
        await store.turns.used(turn, MODEL, Usage(prompt=7), NOW)
        await store.turns.reserve(turn, MODEL, 500, NOW)

        seen = await store.memories.recall(turn, MODEL, 1)

        assert seen.guesses == ((200, 150), (100, 70))
