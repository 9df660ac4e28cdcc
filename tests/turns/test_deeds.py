from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.limits import Limits
from bot.model import ChatKey, Control, Finish, Finished, Text, Tone, Usage
from bot.phrases import duration
from bot.store import Entry
from bot.turns import transcript
from tests.clock import virtual
from tests.fakes_model import Fail, Pause, says
from tests.store.building import ANNA, BEN, CHAT, OTHER, accept, rows, said
from tests.turns.office import ASKING, office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Delta

COSTLY: list[Delta | Pause | Fail] = [Text("Costly."), Usage(prompt=90, completion=30), Finished(Finish.STOP)]


@virtual
async def test_a_question_longer_than_the_context_is_told_so_and_not_paid_for(tmp_path: Path) -> None:
    async with office(tmp_path, asking=replace(ASKING, context_tokens=1000)) as o:
        await o.say("word " * 2000)
        await o.rest()

        assert o.model.asks == []
        assert [m.text for m in o.chat.messages] == [phrases.say("too_long", "en")]


@virtual
async def test_after_the_last_token_one_sentence_is_said_however_much_is_asked(tmp_path: Path) -> None:
    async with office(tmp_path, limits=Limits(tokens_per_day=100)) as o:
        o.model.script(COSTLY)
        await o.say("first")
        await o.rest()
        for n in range(10):
            await o.say(f"more {n}")
        await o.rest()

        assert len(o.model.asks) == 1
        told = [m.text for m in o.chat.messages]
        assert told[0] == "Costly."
        assert len(told) == 2
        assert told[1].startswith("I have used up what I may spend in a day.")


@virtual
async def test_a_question_that_was_taken_before_the_limit_was_reached_is_told_why_it_is_not_answered(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, limits=Limits(person_tokens_per_day=100)) as o:
        await accept(o.store, said("stored before", CHAT), said("and here", OTHER))
        o.model.script(COSTLY, COSTLY)
        o.worker.arrived([CHAT, OTHER])
        await o.rest()

        assert 1 <= len(o.model.asks) <= 2
        assert len(o.chat.messages) == len(o.adapter.chat(OTHER).messages) == 1


@virtual
async def test_what_a_person_asked_is_exported_in_order_and_is_no_part_of_the_conversation(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("one!"), says("two!"), says("three!"))
        await o.say("one?")
        await o.rest()
        await o.say("two?")
        await o.rest()
        await o.say("/export")
        await o.rest()
        await o.say("three?")
        await o.rest()

        text = o.chat.messages[2].text
        assert text.index("> one?") < text.index("one!") < text.index("> two?") < text.index("two!")
        assert [m.content for m in o.model.asks[-1].messages[1:]] == [
            "one?",
            "one!",
            "two?",
            "two!",
            "three?",
        ]


@virtual
async def test_forgetting_is_confirmed_by_a_button_which_works_for_nobody_else(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("one!"))
        await o.say("one?", shared=True)
        await o.rest()
        await o.say("/forget", shared=True)
        await o.rest()
        (erase,) = o.chat.messages[-1].versions[-1].controls
        assert isinstance(erase, Control)
        assert erase.tone is Tone.DANGER

        told = await o.pick(erase, person=BEN)
        await asyncio.sleep(0.1)
        assert told == phrases.say("told_not_yours", "en")
        await o.pick(erase)
        await o.rest()
        gone = await o.pick(erase)

        assert o.chat.screen == ["one!", phrases.say("forget_done", "en")]
        assert o.chat.messages[-1].versions[-1].controls == ()
        assert gone == phrases.say("told_gone", "en")
        assert "one?" not in str(await rows(o.database, "event"))


@virtual
async def test_forgetting_needs_two_steps_of_the_same_person_and_then_nothing_is_remembered(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("one!"), says("two!"))
        await o.say("one?")
        await o.rest()
        for text, person in (("/forget yes", ANNA), ("/forget", BEN), ("/forget yes", ANNA)):
            await o.say(text, person=person)
            await o.rest()
        await o.say("/forget yes", "two?")
        await o.rest()

        told = [m.text for m in o.chat.messages]
        asked, done = phrases.say("forget_ask", "en", words="/forget yes"), phrases.say("forget_done", "en")
        assert told == ["one!", asked, asked, done, done, "two!"]
        assert [m.content for m in o.model.asks[-1].messages[1:]] == ["two?"]


@virtual
async def test_who_is_being_answered_elsewhere_is_asked_to_wait(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("Long. "), Pause(100), *says("End.")])
        await o.say("/forget")
        await o.rest()
        await o.say("one?", chat=ChatKey("fake", "bot", "9"))
        while not o.model.asks:  # noqa: ASYNC110 - the model is the only witness
            await asyncio.sleep(0.1)
        await o.say("/forget yes")
        await o.rest()

        assert o.chat.messages[-1].text == phrases.say("forget_busy", "en", words="/forget yes")


# ---------------------------------------------------------------- writing it down


def test_a_long_conversation_gives_its_newest_part_and_says_so() -> None:
    entries = [Entry(1e9 - n, f"question {n}", "x" * 9000) for n in range(10)]

    text = transcript.written(entries, "en")

    assert len(text) < transcript.ROOM + 500
    assert "the last 3 answers" in text
    assert text.index("question 2") < text.index("question 1") < text.index("question 0")
    assert "question 3" not in text


def test_one_answer_is_given_however_long_and_none_is_said_to_be_none() -> None:
    assert "x" * 40_000 in transcript.written([Entry(1e9, "q", "x" * 40_000)], "en")
    assert transcript.written([], "zh") == phrases.say("export_nothing", "zh")


@pytest.mark.parametrize(
    ("seconds", "said_as"),
    [
        (-5, "1 seconds"),
        (0.2, "1 seconds"),
        (60, "60 seconds"),
        (91, "2 minutes"),
        (5399, "90 minutes"),
        (86399, "24 hours"),
        (2 * 86400, "2 days"),
        (20.1 * 86400, "21 days"),
    ],
)
def test_waits_are_said_in_the_unit_people_would_use(seconds: float, said_as: str) -> None:
    assert duration(seconds, "en") == said_as
