"""What the operator looks at, straight from the store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.limits import Limits, day_of
from bot.model import ChatKey, Finish, TurnId, Usage
from bot.store import TurnKind, TurnState, archive, days_before
from bot.store.sqlite import queries
from tests.store.building import (
    ANNA,
    BEN,
    CHAT,
    NOW,
    OTHER,
    accept,
    answer,
    claim,
    opened,
    pressed,
    rows,
    said,
)

if TYPE_CHECKING:
    from bot.store import Store

ARCHIVE = Path(archive.__file__).with_name("archive.sql")


async def answered(
    store: Store, *, chat: ChatKey = CHAT, question: str = "?", text: str = "answer"
) -> TurnId:
    """Let one question be asked and answered."""
    await accept(store, said(question, chat))
    turn = await claim(store)
    await answer(store, turn, text, question=question)
    return turn.id


async def listed(store: Store, *, query: str = "", most: int = 50) -> list[str]:
    """Return the titles of all conversations, looking as often as it takes."""
    found: list[str] = []
    before: int | None = None
    for _ in range(100):
        talks, before = await store.archive.talks(query=query, platform="", before=before, most=most)
        found += [talk.title for talk in talks]
        if before is None:
            return found
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("window", [1, 2, 3, 100])
@pytest.mark.parametrize("most", [1, 2, 50])
async def test_a_list_holds_every_conversation_once_however_it_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, most: int
) -> None:
    monkeypatch.setattr(archive, "WINDOW", window)
    async with opened(tmp_path) as store:
        for number in (1, 2, 1, 3, 2, 1):
            await answered(store, chat=ChatKey("fake", "bot", str(number)), question=f"chat {number}")

        assert await listed(store, most=most) == ["chat 1", "chat 2", "chat 3"]
        assert await listed(store, query="chat 2", most=most) == ["chat 2"]
        assert await listed(store, query="nowhere", most=most) == []


async def test_a_title_is_the_first_question_since_the_bot_was_made_to_forget(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await answered(store, question="first of\n\n all " + "x" * 100)
        long = await store.archive.title(CHAT)
        await accept(store, said("/new"))
        turn = await claim(store)
        await store.turns.complete(
            turn, answer="Done.", note="", finish=Finish.STOP, kind=TurnKind.NOTICE, forget=True
        )
        await store.turns.end(turn, TurnState.DONE, (), NOW)
        unchanged = await store.archive.title(CHAT)
        await answered(store, question="second")

        assert await store.archive.title(CHAT) == "second"
        assert long == unchanged
        assert re.fullmatch(r"first of all x{60,70}…", long)
        assert await store.archive.title(OTHER) == ""


async def test_an_answer_made_again_stands_in_the_place_of_the_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await answered(store, question="one", text="A")
        await answered(store, question="two", text="B")
        await accept(store, pressed("again", first))
        turn = await claim(store)
        await answer(store, turn, "A, better", question="one")

        entries = await store.archive.entries(CHAT, 50)

    assert [(one.question, one.answer) for one in entries] == [("one", "A, better"), ("two", "B")]


async def test_a_press_that_waits_is_no_entry_of_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await answered(store, question="one", text="A")
        await accept(store, said("two"))
        await claim(store)
        await accept(store, pressed("again", first))

        entries = await store.archive.entries(CHAT, 50)

    assert [one.question for one in entries] == ["one", "two"]


async def test_what_waits_comes_last_and_has_no_turn(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        waiting = said("two")
        await accept(store, waiting)

        entries = await store.archive.entries(CHAT, 50)
        taken = [
            await store.archive.taken(CHAT, key)
            for key in (turn.heard[0].ref.split(":")[1], waiting.key, "none")
        ]
        heard = [await store.archive.heard(CHAT, key) for key in (waiting.key, "none")]

    assert [(one.question, one.state, one.turn) for one in entries] == [
        ("one", "running", turn.id),
        ("two", "waiting", None),
    ]
    assert taken == [turn.id, None, None]
    assert heard == [True, False]


async def test_what_an_answer_used_is_the_sum_of_its_requests_and_unknown_stays_unknown(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        for usage in (Usage(prompt=10, completion=5), Usage(prompt=20, completion=7, cached=4)):
            await store.turns.used(turn, "qwen", usage, NOW, cost=None, limits=Limits())
        await answer(store, turn, "done")
        await answered(store, question="two")

        first, second = await store.archive.entries(CHAT, 50)
        used = await store.archive.used(*day_of(NOW), "USD")

    assert first.usage == Usage(prompt=30, completion=12, cached=4)
    assert (first.cost.tokens, first.cost.money) == (42, None)
    assert (second.usage, second.cost.tokens) == (None, None)
    assert [(row["model"], row["answers"], row["prompt"], row["cost"]) for row in used] == [
        ("qwen", 1, 30, None)
    ]


async def test_only_an_answer_of_the_same_chat_is_rated(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        turn = await answered(store)
        await answered(store, chat=OTHER)

        assert await store.archive.rate(CHAT, turn, 1, "good")
        assert await store.archive.rate(CHAT, turn, -1, None)
        assert not await store.archive.rate(OTHER, turn, 1, None)
        assert not await store.archive.rate(CHAT, TurnId(99), 1, None)
        (entry,) = await store.archive.entries(CHAT, 50)

    assert (entry.rating, entry.remark) == (-1, "good")


async def test_erasing_a_conversation_leaves_the_others_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await answered(store, question="mine")
        await answered(store, chat=OTHER, question="another's")
        await accept(store, said("waits", person=BEN))
        await store.preferences.choose_in("chat:fake:bot:1", "role", "tutor")

        erased = await store.archive.erase(CHAT, NOW)

        assert erased
        assert await listed(store) == ["another's"]
        assert await store.archive.entries(CHAT, 50) == []
        assert [event["text"] for event in await rows(store.database, "event")] == ["another's"]
        assert await store.preferences.of(CHAT) == {}
        assert await store.archive.erase(CHAT, NOW)


async def test_the_name_of_a_person_is_the_one_they_had_last(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("hi", person=ANNA))

        assert await store.archive.name("fake:bot", "anna") == "Anna"
        assert await store.archive.name("fake:bot", "nobody") == ""


def test_days_are_those_of_utc_and_today_is_the_last() -> None:
    days = list(days_before(NOW, 3))

    assert days[-1] == day_of(NOW)
    assert [until - since for since, until in days] == [86_400] * 3
    assert days[0][1] == days[1][0]


async def test_no_look_reads_a_whole_table(tmp_path: Path) -> None:
    """Whatever stands in the file: each statement of the archive goes by an index, or through a bounded window."""
    names = re.findall(r"^-- name: (\w+)$", ARCHIVE.read_text("utf-8"), re.MULTILINE)
    async with opened(tmp_path) as store:

        def plans(db: object) -> dict[str, list[str]]:
            connection = db._connection  # type: ignore[attr-defined]
            found = {}
            for name in names:
                values = dict.fromkeys(re.findall(r":(\w+)", queries()[name]), 1)
                plan = connection.execute(f"EXPLAIN QUERY PLAN {queries()[name]}", values)
                found[name] = [row["detail"] for row in plan]
            return found

        for name, details in (await store.database.transact(plans)).items():
            scans = [one for one in details if re.match(r"SCAN (turn|event|usage|chat|page)\b", one)]
            assert not [one for one in scans if "INDEX" not in one], (name, details)
