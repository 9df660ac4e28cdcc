"""Long chats in the whole core, in virtual time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import phrases
from bot.errors import ModelBusy, PromptTooLong
from bot.model import Text
from bot.turns.memory.summary import TAKEN_IN
from tests.clock import virtual
from tests.fakes import FakeAdapter
from tests.fakes_model import Fail, Pause, says
from tests.store.building import BEN, rows
from tests.turns.office import ASKING, die, office
from tests.turns.test_history_deed import Filing

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Ask
    from tests.turns.office import Office

WORDS = "word " * 100
"""About 140 tokens by our count."""
NARROW = replace(ASKING, context_tokens=1000)


def asked(ask: Ask) -> list[str]:
    """Return the questions in a request."""
    return [message.content for message in ask.messages if message.role == "user"]


async def talk(o: Office, count: int) -> None:
    for n in range(count):
        o.model.script(says(WORDS))
        await o.say(f"q{n}")
        await o.rest()


@virtual
async def test_a_request_that_is_too_long_goes_out_again_with_less_and_nobody_sees_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, 8)
        o.model.script([Fail(PromptTooLong())], [Fail(PromptTooLong())], says("Here."))

        await o.say("now")
        await o.rest()

        first, second, third = o.model.asks[-3:]
        assert o.chat.screen[-1] == "Here."
        assert asked(first) == [*(f"q{n}" for n in range(8)), "now"]
        assert len(asked(first)) > len(asked(second)) > len(asked(third)) >= 1
        assert asked(first)[-len(asked(third)) :] == asked(third)


@virtual
async def test_what_was_left_out_for_its_length_stays_out_and_what_follows_goes_along(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, 8)
        o.model.script([Fail(PromptTooLong())], says("Here."), says("And here."))

        await o.say("now")
        await o.rest()
        await o.say("then")
        await o.rest()

        second, third = o.model.asks[-2:]
        assert third.messages[: len(second.messages)] == second.messages
        assert asked(third)[-2:] == ["now", "then"]


@virtual
async def test_a_question_that_is_too_long_alone_is_told_after_a_bounded_number_of_requests(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await talk(o, 8)
        before = len(o.model.asks)
        o.model.script(*([Fail(PromptTooLong())] for _ in range(9)))

        await o.say("now")
        await o.rest()

        assert o.chat.screen[-1] == phrases.say("too_long", "en")
        assert len(o.model.asks) == before + 4
        assert asked(o.model.asks[-1]) == ["now"]
        assert await rows(o.database, "memory") == []


@virtual
async def test_text_that_came_before_a_model_found_it_too_long_is_not_asked_for_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, 3)
        o.model.script([Text("Half"), Fail(PromptTooLong())])

        await o.say("now")
        await o.rest()

        assert o.chat.screen[-1].startswith("Half")
        assert len(o.model.asks) == 4


@virtual
async def test_the_model_that_stands_in_is_asked_for_less_too(tmp_path: Path) -> None:
    async with office(tmp_path, asking=replace(ASKING, fallback="qwen-flash")) as o:
        await talk(o, 8)
        o.model.script(
            [Fail(PromptTooLong())], [Fail(ModelBusy())], [Fail(PromptTooLong())], says("From the other.")
        )

        await o.say("now")
        await o.rest()

        sent = o.model.asks[-4:]
        assert [ask.model for ask in sent] == ["qwen", "qwen", "qwen-flash", "qwen-flash"]
        assert sent[1].messages == sent[2].messages
        assert len(sent[0].messages) > len(sent[1].messages) > len(sent[3].messages)
        assert o.chat.screen[-1].startswith("From the other.")


@virtual
async def test_what_no_longer_fits_is_remembered_as_a_summary(tmp_path: Path) -> None:
    async with office(tmp_path, asking=NARROW, summarises=True) as o:
        await talk(o, 4)
        o.model.script(says(WORDS), says("They spoke of q0 and more."), says("Yes."))

        await o.say("q4")
        await o.rest()
        await asyncio.sleep(1)
        await o.say("now")
        await o.rest()

        task = json.loads(o.model.asks[-2].messages[-1].content)
        assert [turn["person"] for turn in task["turns"]] == ["q0", "q1"]
        last = o.model.asks[-1].messages
        assert "They spoke of q0 and more." in last[1].content
        assert last[2].content == TAKEN_IN
        assert [message.content for message in last[3::2]] == ["q2", "q3", "q4", "now"]


@virtual
async def test_the_next_question_does_not_wait_for_the_summary(tmp_path: Path) -> None:
    async with office(tmp_path, asking=NARROW, summarises=True) as o:
        await talk(o, 4)
        o.model.script(says(WORDS), [Pause(300), *says("Late notes.")], says("At once."))

        await o.say("q4")
        await o.rest()
        await asyncio.sleep(1)
        await o.say("now")
        await asyncio.sleep(5)

        assert o.chat.screen[-1] == "At once."
        await asyncio.sleep(400)
        assert [row["summary"] for row in await rows(o.database, "memory")] == ["Late notes."]


@virtual
async def test_a_stopped_answer_goes_along_as_it_stands(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("One, two, "), Pause(100)], says("Go on, then."))
        await o.say("count")
        await asyncio.sleep(10)
        await o.press("stop")
        await o.rest()

        await o.say("why did you stop?")
        await o.rest()

        assert [message.content.strip() for message in o.model.asks[-1].messages[1:]] == [
            "count",
            "One, two,",
            "why did you stop?",
        ]


@virtual
async def test_a_killed_process_is_sent_the_same_beginning_again(tmp_path: Path) -> None:
    async with office(tmp_path, asking=NARROW) as o:
        await talk(o, 8)
        o.model.script([Pause(1000)])
        await o.say("now")
        await asyncio.sleep(5)
        first = o.model.asks[-1]
        die()

    async with office(tmp_path, asking=NARROW) as o:
        o.model.script(says("Here."))
        await o.rest()

        assert o.model.asks[-1].messages == first.messages


@virtual
async def test_people_can_take_along_what_the_model_is_reminded_of(tmp_path: Path) -> None:
    async with office(tmp_path, asking=NARROW, summarises=True, adapter=FakeAdapter(sort=Filing)) as o:
        await talk(o, 4)
        o.model.script(says(WORDS), says("They spoke of q0 and more."))
        await o.say("q4")
        await o.rest()
        await asyncio.sleep(1)

        await o.say("/export")
        await o.rest()
        await o.say("/export json")
        await o.rest()

        assert isinstance(o.chat, Filing)
        (_, text), (_, data) = o.chat.files
        assert phrases.say("label_reminded", "en") in text.decode()
        assert "They spoke of q0 and more." in text.decode()
        (conversation,) = json.loads(data)["conversations"]
        assert conversation["summary"] == "They spoke of q0 and more."


@virtual
async def test_nobody_takes_along_a_summary_of_what_others_said(tmp_path: Path) -> None:
    async with office(tmp_path, asking=NARROW, summarises=True, adapter=FakeAdapter(sort=Filing)) as o:
        o.model.script(says("Hello."))
        await o.say("me too", shared=True, person=BEN)
        await o.rest()
        await talk(o, 4)
        o.model.script(says(WORDS), says("They spoke of q0 and more."))
        await o.say("q4")
        await o.rest()
        await asyncio.sleep(1)

        await o.say("/export json", shared=True)
        await o.rest()

        assert [row["summary"] for row in await rows(o.database, "memory")] == ["They spoke of q0 and more."]
        assert isinstance(o.chat, Filing)
        assert [one["summary"] for one in json.loads(o.chat.files[0][1])["conversations"]] == [None]
