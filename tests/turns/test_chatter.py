"""`/chatter`: what is said around the bot reaches the model where the chat's governors want it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot import clock
from bot.model import Overheard
from bot.phrases import say
from bot.turns.surroundings import LEAD
from tests.clock import virtual
from tests.store.building import BEN, CHAT, rows, said
from tests.turns.office import Office, office
from tests.turns.test_roles import ADMIN, told

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import ChatKey, Person


async def overhear(
    o: Office, *texts: str, chat: ChatKey = CHAT, person: Person = BEN, ago: float = 60.0
) -> None:
    sent_at = datetime.fromtimestamp(clock.wall(), UTC) - timedelta(seconds=ago)
    for text in texts:
        key = f"{text} {chat}"
        await o.inbox.accept([Overheard(key=key, chat=chat, person=person, text=text, sent_at=sent_at)])


@virtual
async def test_nothing_is_kept_unless_the_chat_wants_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await overhear(o, "The tender is 5 million.")
        await told(o, "What is it?", shared=True)
        assert await rows(o.database, "chatter") == []
        assert "million" not in o.model.asks[-1].messages[-1].content


@virtual
async def test_who_says_something_to_others_matters_only_where_the_bot_takes_part_or_is_to_know(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        thread = replace(CHAT, thread="7")
        aside = Overheard(key="a", chat=thread, person=BEN, text="Lunch?", sent_at=datetime.now(UTC))
        reply = said("And me?", thread, person=BEN, addressed=False, shared=True)
        assert not await o.inbox.heeds(aside)
        assert not await o.inbox.heeds(reply)

        await told(o, "/chatter on", shared=True, person=ADMIN)
        assert await o.inbox.heeds(aside)
        assert not await o.inbox.heeds(reply)
        await told(o, "Is it?", shared=True, chat=thread)
        assert await o.inbox.heeds(reply)


@virtual
async def test_where_it_is_wanted_the_model_is_told_who_said_what_before_the_question(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, "/chatter on", shared=True, person=ADMIN) == say("chatter_on", "en")
        await overhear(o, "The tender is\n5 million.", "Too much, I say.")
        await overhear(o, "Old words.", ago=5 * 3600)
        await overhear(o, "Elsewhere.", chat=replace(CHAT, chat="2"))
        await told(o, "Is it?", shared=True)

        asked = o.model.asks[-1].messages[-1].content
        assert asked.startswith(LEAD)
        assert "> Ben: The tender is 5 million.\n> Ben: Too much, I say.\n\nAnna: Is it?" in asked
        assert "Old words" not in asked
        assert "Elsewhere" not in asked
        assert (await o.turns())[-1]["question"] == "Anna: Is it?"


@virtual
async def test_what_was_said_to_others_and_then_to_the_bot_is_told_once(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/chatter on", shared=True, person=ADMIN)
        await overhear(o, "Is it five?", "Ask him.")
        await told(o, "Is it five?", key=f"Is it five? {CHAT}", shared=True, person=BEN)

        asked = o.model.asks[-1].messages[-1].content
        assert asked.count("Is it five?") == 1
        assert "> Ben: Ask him." in asked


@virtual
async def test_turned_off_what_was_kept_is_erased(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/chatter on", shared=True, person=ADMIN)
        await overhear(o, "A secret.")
        await overhear(o, "In a topic.", chat=replace(CHAT, thread="7"))
        assert len(await rows(o.database, "chatter")) == 2
        assert await told(o, "/chatter off", shared=True, person=ADMIN) == say("chatter_off", "en")
        await overhear(o, "Another one.")
        assert await rows(o.database, "chatter") == []


@virtual
async def test_only_governors_turn_it_on_and_alone_there_is_nothing_to_turn_on(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, "/chatter on", shared=True) == say("not_governor", "en")
        assert await told(o, "/chatter", shared=True) == say("chatter_is_off", "en")
        assert await told(o, "/chatter on") == say("chatter_alone", "en")


@virtual
async def test_no_more_than_the_last_fifty_are_kept_and_the_last_twenty_given(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/chatter on", shared=True, person=ADMIN)
        for n in range(60):
            await overhear(o, f"word {n}", ago=100 - n)
        await told(o, "Well?", shared=True)
        assert len(await rows(o.database, "chatter")) == 50
        lines = o.model.asks[-1].messages[-1].content.split("\n")
        assert [line for line in lines if line.startswith("> ")] == [
            f"> Ben: word {n}" for n in range(40, 60)
        ]
