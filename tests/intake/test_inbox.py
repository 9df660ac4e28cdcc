from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreUnavailable
from bot.intake.access import Access
from bot.intake.inbox import Inbox
from bot.model import ChatKey, Edited, Person, Pressed, Standing, TurnId
from bot.store import Arrivals, Store
from tests.clock import Watched
from tests.store.building import ANNA, BEN, CHAT, NOW, PLATFORMS, claim, opened, rows, said, texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path


LATER = NOW * 2
"""A moment after any that the inbox reads from the wall clock."""
MACHINE = Person(id="anna", standing=Standing.MACHINE)


@dataclass
class Calls:
    """Who does the work; notes what it was told."""

    chats: list[ChatKey] = field(default_factory=list)
    stopped: list[TurnId] = field(default_factory=list)

    def arrived(self, chats: Sequence[ChatKey]) -> None:
        self.chats += chats

    def stop(self, turns: Sequence[TurnId]) -> None:
        self.stopped += turns


@dataclass
class Bench:
    inbox: Inbox
    store: Store
    hands: Calls
    database: Watched


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """Build an inbox that knows Anna, on a real store."""
    async with opened(folder) as store:
        database, hands = Watched(store.database), Calls()
        access = Access({"fake": frozenset({"anna"})}, frozenset())
        yield Bench(Inbox(access=access, arrivals=Arrivals(database), hands=hands), store, hands, database)


async def test_what_is_said_waits_in_the_store_before_anybody_is_woken(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.accept([said("one"), said("two")])

        assert b.hands.chats == [CHAT, CHAT]
        assert texts(await claim(b.store, LATER)) == ["one", "two"]


async def test_nobody_is_woken_for_a_message_that_was_already_known(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        once = said("one")
        await b.inbox.accept([once])
        b.hands.chats.clear()

        await b.inbox.accept([once])

        assert b.hands.chats == []


async def test_nobody_is_woken_when_nothing_could_be_stored(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        b.database.trouble = StoreUnavailable()

        with pytest.raises(StoreUnavailable):
            await b.inbox.accept([said("one")])
        b.database.trouble = None

        assert b.hands.chats == []
        assert await rows(b.database, "event") == []


async def test_commands_are_told_from_questions(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.accept([said("/new please"), said("/new/york")])

        first = await claim(b.store, LATER)

        assert [(one.command and one.command.name, one.text) for one in first.heard] == [("new", "please")]
        assert [one.text for one in await b.store.turns.waiting(first)] == ["please", "/new/york"]


async def test_the_language_is_the_clients_or_else_that_of_the_words(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        chats = [ChatKey("fake", "bot", str(n)) for n in range(3)]
        await b.inbox.accept(
            [
                said("hello", chats[0], person=replace(ANNA, language="zh-hans")),
                said("你好吗", chats[1]),
                said("你好吗", chats[2], person=replace(ANNA, language="en")),
            ]
        )

        assert [(await claim(b.store, LATER)).language for _ in chats] == ["zh", "zh", "en"]


async def test_a_stop_reaches_the_running_answer_at_once_and_wakes_nobody_else(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.accept([said("one")])
        turn = await claim(b.store, LATER)
        b.hands.chats.clear()

        await b.inbox.accept([_pressed("stop", turn.id, ANNA)])

        assert (b.hands.stopped, b.hands.chats) == ([turn.id], [])


async def test_a_stranger_is_told_their_id_and_the_setting_and_wakes_the_worker_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.accept([said("let me in", person=BEN)])
        await b.inbox.accept([said("let me in!", person=BEN)])

        notice = await claim(b.store, LATER)

        assert b.hands.chats == [CHAT]
        assert "`ben`" in notice.answer
        assert "`FAKE_ALLOWED_USERS`" in notice.answer


async def test_where_the_platform_says_who_belongs_a_stranger_is_not_told_to_begin_a_list(
    tmp_path: Path,
) -> None:
    """A list would take the place of all those members."""
    async with opened(tmp_path) as store:
        inbox = Inbox(access=Access({}, frozenset()), arrivals=store.arrivals, hands=Calls())
        await inbox.accept([said("let me in", person=BEN)])

        notice = await claim(store, LATER)

        assert "`allow ben`" in notice.answer
        assert "ALLOWED_USERS" not in notice.answer


@pytest.mark.parametrize("person", [BEN, MACHINE, Person(id="")], ids=["stranger", "machine", "nobody"])
async def test_whatever_somebody_else_does_leaves_nothing_behind(tmp_path: Path, person: Person) -> None:
    async with bench(tmp_path) as b:
        mine = said("mine")
        await b.inbox.accept([mine])
        turn = await claim(b.store, LATER)
        b.hands.chats.clear()
        waiting = said("waiting")
        await b.inbox.accept([waiting])
        before = await _content(b)

        await b.inbox.accept(
            [
                said("CANARY words", person=person),
                said("/new", person=person),
                said("/stop", person=person),
                said("/start CANARY", person=person),
                said("CANARY overheard", person=person, addressed=False),
                said("", person=person, attachments=("voice",), quote="CANARY quote"),
                Edited(key="e1", chat=CHAT, person=person, ref=waiting.ref, text="CANARY edit"),
                _pressed("stop", turn.id, person),
                _pressed("again", turn.id, person),
            ]
        )

        assert await _content(b) == before
        assert b.hands.stopped == []


async def test_a_machine_is_not_even_told_that_it_is_not_answered(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.accept([said("hello", person=MACHINE)])

        assert b.hands.chats == []
        assert await b.store.turns.claim(PLATFORMS, LATER) is None


async def test_a_stranger_in_a_batch_does_not_keep_the_others_out(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        elsewhere = ChatKey("fake", "bot", "9")
        await b.inbox.accept([said("x", elsewhere, person=BEN), said("mine"), said("y", person=MACHINE)])

        turns = [await claim(b.store, LATER), await claim(b.store, LATER)]

        assert [texts(turn) for turn in turns] == [[], ["mine"]]


async def test_positions_and_unreadable_events_belong_to_an_account(tmp_path: Path) -> None:
    async with bench(tmp_path) as b:
        await b.inbox.remember("fake", "one", "10")
        await b.inbox.remember("fake", "two", "20")
        await b.inbox.set_aside("fake", "one", "11", "{broken")

        assert [await b.inbox.position("fake", name) for name in ("one", "two", "three")] == ["10", "20", ""]
        assert [(row["source"], row["raw"]) for row in await rows(b.database, "set_aside")] == [
            ("fake:one", '"7 characters that cannot be taken apart"')
        ]


def _pressed(control: str, turn: TurnId, person: Person) -> Pressed:
    return Pressed(
        key=f"{control} by {person.id}", chat=CHAT, person=person, control=control, value=str(turn)
    )


async def _content(b: Bench) -> list[object]:
    """Return every word that is stored; whom it refused is not a word of theirs."""
    turns = [row for row in await rows(b.database, "turn") if row["kind"] == "answer"]
    return [await rows(b.database, "event"), turns, await rows(b.database, "set_aside")]
