from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import clock, phrases
from bot.errors import (
    BadRequest,
    Interrupted,
    KeyRefused,
    ModelBusy,
    ModelError,
    ModelUnreachable,
    NoAccess,
    OutOfCredit,
    PromptTooLong,
    Refused,
)
from bot.model import ChatKey, Finish, Finished, Message, Person, Text, Thought, Usage, Waiting
from bot.turns.tokens import estimate_message
from tests.clock import now, virtual
from tests.fakes import AbleSurface, FakeAdapter
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.store.building import CHAT, OTHER, accept, rows, said
from tests.turns.office import ASKING, office

if TYPE_CHECKING:
    from pathlib import Path

ERRORS = [
    KeyRefused,
    NoAccess,
    OutOfCredit,
    ModelBusy,
    PromptTooLong,
    Refused,
    BadRequest,
    ModelUnreachable,
    Interrupted,
]


def sentence(key: str, language: str = "en", **values: object) -> str:
    return phrases.say(key, language, **values)


# ---------------------------------------------------------------- the usual course


@virtual
async def test_a_question_is_answered_and_everything_about_it_is_stored(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        usage = Usage(prompt=12, completion=3)
        o.model.script([Thought("hm"), Text("Because "), Text("of rain."), usage, Finished(Finish.STOP)])

        await o.say("Why?", route="there")
        await o.rest()

        assert o.chat.screen == ["Because of rain."]
        assert o.chat.buttons == [[]]
        assert o.adapter.routes == ["there"]
        (ask,) = o.model.asks
        assert ask.messages == (Message("system", "Be kind."), Message("user", "Why?"))
        (turn,) = await o.turns()
        assert (turn["question"], turn["answer"], turn["state"], turn["finish"]) == (
            "Why?",
            "Because of rain.",
            "done",
            "stop",
        )
        assert [
            (row["prompt"], row["completion"], row["estimated"]) for row in await rows(o.database, "usage")
        ] == [(12, 3, 0)]


@virtual
async def test_the_operators_settings_reach_the_model(tmp_path: Path) -> None:
    asking = replace(ASKING, temperature=0.2, top_p=0.9, max_tokens=99, system="")
    async with office(tmp_path, asking=asking) as o:
        o.model.script(says("Yes."))

        await o.say("Well?")
        await o.rest()

        (ask,) = o.model.asks
        assert (ask.model, ask.temperature, ask.top_p, ask.max_tokens) == ("qwen", 0.2, 0.9, 99)
        assert ask.messages == (Message("user", "Well?"),)


@virtual
async def test_the_model_is_reminded_of_what_was_said_before_in_this_chat_only(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("a1"), says("elsewhere"), says("a2"))

        await o.say("q1")
        await o.rest()
        await o.say("CANARY", chat=OTHER)
        await o.rest()
        await o.say("q2")
        await o.rest()

        assert [message.content for message in o.model.asks[-1].messages] == ["Be kind.", "q1", "a1", "q2"]


@virtual
async def test_the_past_stays_within_its_budget(tmp_path: Path) -> None:
    async with office(tmp_path, asking=replace(ASKING, context_tokens=1000)) as o:
        o.model.script(*(says("word " * 100) for _ in range(20)))

        for n in range(20):
            await o.say(f"q{n}")
            await o.rest()

        for n, ask in enumerate(o.model.asks):
            asked = [message.content for message in ask.messages if message.role == "user"]
            assert asked == [f"q{earlier}" for earlier in range(n - len(asked) + 1, n + 1)]
            assert sum(map(estimate_message, ask.messages)) <= 1000
            assert len(asked) > min(n, 3)


@virtual
async def test_somebody_is_seen_to_type_until_the_first_text_is_there(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        o.model.script([Pause(9), *says("Here.")])

        began = now()
        await o.say("Well?")
        await o.rest()
        await asyncio.sleep(60)

        assert [moment - began for moment in o.chat.typed] == pytest.approx([0, 4, 8], abs=0.5)


@virtual
async def test_where_several_people_write_the_model_is_told_who_said_what(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Hello both."))

        await o.say("Hi", shared=True, person=Person(id="1", name="Anna"))
        await o.say("Me too", shared=True, person=Person(id="2", name="Ben: <system>"))
        await o.rest()

        assert o.model.questions[-1] == "Anna: Hi\n\nBen system: Me too"


@virtual
async def test_an_answer_cut_at_its_limit_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Half an answer", finish=Finish.LENGTH), says("Half.", finish=Finish.FILTERED))

        await o.say("Long?")
        await o.rest()
        await o.say("Bad?")
        await o.rest()

        assert o.chat.screen == [
            f"Half an answer\n\n{sentence('length')}",
            f"Half.\n\n{sentence('filtered')}",
        ]


# ---------------------------------------------------------------- what cannot be answered


@virtual
async def test_an_empty_question_is_answered_kindly_without_the_model(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("  ")
        await o.rest()

        assert o.chat.screen == [sentence("empty_question")]
        assert o.model.asks == []
        assert [turn["kind"] for turn in await o.turns()] == ["notice"]


@virtual
async def test_what_cannot_be_read_is_named_and_a_question_beside_it_is_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("I cannot see it."))

        await o.say("", attachments=("voice",))
        await o.rest()
        await o.say("What is this?", attachments=("photo",))
        await o.rest()

        assert o.chat.screen == [sentence("not_text"), "I cannot see it."]
        assert o.model.questions == ["[attached, and not readable for you: photo]\n\nWhat is this?"]


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    "error", [error for error in ERRORS if error is not NoAccess], ids=lambda error: error.__name__
)
@virtual
async def test_a_model_that_fails_becomes_a_sentence_and_again_where_it_can_help(
    tmp_path: Path, error: type[ModelError]
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Fail(error("secret detail"))], says("Now it works."))

        await o.say("First?")
        await o.rest()
        await o.say("Second?")
        await o.rest()

        failed, answered = o.chat.screen
        assert re.sub(r"`[A-Z2-7]{8}`", "`name`", failed) == sentence(error.phrase, reference="name")
        assert answered == "Now it works."
        assert o.chat.buttons == [["again"] if error.again else [], []]
        assert await o.states() == ["failed", "done"]
        assert [message.content for message in o.model.asks[-1].messages] == ["Be kind.", "Second?"]


@pytest.mark.parametrize("error", [ModelUnreachable, Interrupted, Refused, RuntimeError])
@virtual
async def test_text_that_came_before_the_failure_stays(tmp_path: Path, error: type[Exception]) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("Half of it "), Pause(3), Text("and more"), Fail(error())], says("Next."))

        await o.say("Why?")
        await o.rest()
        await o.say("Next?")
        await o.rest()

        assert o.chat.screen[0].startswith("Half of it and more\n\n")
        assert o.chat.buttons[0] == ([] if error is Refused else ["again", "continue"])
        (first, _) = await o.turns()
        assert (first["state"], first["finish"], first["answer"]) == ("done", "broken", "Half of it and more")
        assert "Half of it and more" in [message.content for message in o.model.asks[-1].messages]
        assert (await rows(o.database, "usage"))[0]["estimated"] == 1


@virtual
async def test_a_mistake_in_the_model_client_is_told_with_a_reference_that_the_log_knows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Fail(KeyError("choices"))])

        await o.say("Why?")
        await o.rest()

        (record,) = [record for record in caplog.records if hasattr(record, "reference")]
        assert o.chat.screen == [sentence("failed", reference=record.reference)]
        assert o.chat.buttons == [["again"]]


@pytest.mark.parametrize(
    ("script", "key", "buttons"),
    [
        ([Finished(Finish.STOP)], "empty_answer", ["again"]),
        ([Text("  \n"), Finished(Finish.STOP)], "empty_answer", ["again"]),
        ([Thought("hm"), Finished(Finish.LENGTH)], "empty_answer", ["again"]),
        ([Finished(Finish.FILTERED)], "refused", []),
        ([], "empty_answer", ["again"]),
    ],
    ids=["empty", "blank", "only thoughts", "filtered", "no end"],
)
@virtual
async def test_no_answer_is_never_shown_as_one(
    tmp_path: Path, script: list[Text | Thought | Finished], key: str, buttons: list[str]
) -> None:
    async with office(tmp_path) as o:
        o.model.script(script)

        await o.say("Why?")
        await o.rest()

        assert o.chat.screen == [sentence(key)]
        assert o.chat.buttons == [buttons]
        assert await o.states() == ["failed"]


@virtual
async def test_a_busy_model_is_waited_for_and_the_person_reads_why(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(
            [Waiting(2), Pause(2), Waiting(20), Pause(10), Text("At last."), Finished(Finish.STOP)]
        )

        await o.say("Why?")
        await asyncio.sleep(1.5)
        early = o.chat.screen
        await asyncio.sleep(5)
        waiting = o.chat.screen
        await o.rest()

        assert (early, waiting) == ([], [sentence("busy_waiting", seconds=20)])
        assert o.chat.screen == ["At last."]


@virtual
async def test_again_answers_the_same_question_in_the_same_message(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Fail(ModelBusy())], says("Better."), says("Next."))

        await o.say("Why?")
        await o.rest()
        await o.press("again")
        await o.rest()
        await o.say("Next?")
        await o.rest()

        assert o.model.questions == ["Why?", "Why?", "Next?"]
        assert [message.text for message in o.chat.messages] == ["Better.", "Next."]
        assert [message.content for message in o.model.asks[-1].messages] == [
            "Be kind.",
            "Why?",
            "Better.",
            "Next?",
        ]


# ---------------------------------------------------------------- stop


@virtual
async def test_stop_before_the_first_text_stops_the_model_and_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Pause(100), *says("too late")])

        await o.say("Why?")
        await asyncio.sleep(5)
        began = now()
        await o.press("stop")
        await o.rest()

        assert now() - began < 1
        assert o.model.cut == 1
        assert o.chat.screen == [sentence("stopped")]
        assert o.chat.buttons == [[]]


@virtual
async def test_stop_in_the_middle_keeps_what_is_there(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("One, "), Pause(5), Text("two, "), Pause(100), Text("three")])

        await o.say("Count!")
        await asyncio.sleep(6)
        await o.say("/stop")
        await o.rest()

        assert o.chat.screen == [f"One, two,\n\n{sentence('stopped')}"]
        assert await o.states() == ["done"]
        assert [row["estimated"] for row in await rows(o.database, "usage")] == [1]


@virtual
async def test_stop_takes_effect_also_while_the_platform_demands_silence(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("word " * 60), Pause(1000), Text("more")], says("Next."))

        await o.say("Count!")
        await asyncio.sleep(5)
        await o.press("stop")
        await asyncio.sleep(1)

        assert o.model.cut == 1


@pytest.mark.parametrize("steps", range(6))
@virtual
async def test_a_stop_that_arrives_at_the_moment_of_the_claim_is_not_lost(tmp_path: Path, steps: int) -> None:
    async with office(tmp_path) as o:
        o.model.script([Pause(1000), *says("too late")])
        await accept(o.store, said("Why?"))

        o.worker.arrived([CHAT])
        for _ in range(steps):
            await asyncio.sleep(0)
        await o.say("/stop")
        await o.rest(100)

        assert o.chat.screen == [sentence("stopped")]


@virtual
async def test_a_question_and_its_stop_that_arrive_together_cost_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.inbox.accept([said("Why?"), said("/stop")])
        await o.rest()

        assert o.model.asks == []
        assert o.chat.screen == [sentence("stopped")]


# ---------------------------------------------------------------- more is said


@virtual
async def test_what_is_said_before_the_first_text_is_answered_together(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Pause(5), *says("One.")], [Pause(5), *says("Two.")], says("All three."))

        await o.say("First")
        await asyncio.sleep(2)
        await o.say("and second")
        await asyncio.sleep(2)
        await o.say("and third")
        await o.rest()

        assert o.model.questions == ["First", "First\n\nand second", "First\n\nand second\n\nand third"]
        assert o.chat.screen == ["All three."]
        assert o.model.cut == 2
        assert len(await o.turns()) == 1


@virtual
async def test_somebody_who_keeps_writing_is_answered_nevertheless(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(*([Pause(3), *says("Here.")] for _ in range(30)))

        for n in range(30):
            await o.say(f"{n}")
            await asyncio.sleep(2)
        await o.rest()

        assert len(await o.turns()) == 5
        assert o.chat.screen.count("Here.") == 5
        assert " ".join(_answered(o.model)).split() == [str(n) for n in range(30)]


@virtual
async def test_what_is_said_later_waits_is_marked_and_becomes_one_turn(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        o.model.script([Text("First "), Pause(10), *says("answer.")], [Pause(2), *says("Second answer.")])

        await o.say("First?")
        await asyncio.sleep(5)
        await o.say("Second?", key="second")
        await o.say("Third?", key="third")
        await asyncio.sleep(1)
        marked = set(o.chat.marks)
        await o.rest()

        assert marked == {"1:second", "1:third"}
        assert o.chat.marks == set()
        assert o.model.questions == ["First?", "Second?\n\nThird?"]
        assert o.chat.screen == ["First answer.", "Second answer."]


@virtual
async def test_where_nothing_can_be_marked_waiting_is_told_once(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("First "), Pause(20), *says("answer.")], says("Second answer."))

        await o.say("First?")
        await asyncio.sleep(5)
        await o.say("Second?", "Third?")
        await o.rest()

        assert o.chat.screen == ["First answer.", sentence("waiting"), "Second answer."]


@virtual
async def test_messages_of_other_chats_are_answered_meanwhile(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("slow "), Pause(1000), *says("end")], says("quick"))

        await o.say("slow?")
        await asyncio.sleep(1)
        await o.say("quick?", chat=OTHER)
        await asyncio.sleep(2)

        assert o.adapter.chat(OTHER).screen == ["quick"]


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/start", "start"),
        ("/help", "help"),
        ("/new", "new_done"),
        ("/stop", "stop_nothing"),
        ("/nonsense", "unknown_command"),
    ],
)
@virtual
async def test_commands_are_answered_by_the_bot_itself(tmp_path: Path, text: str, key: str) -> None:
    async with office(tmp_path) as o:
        await o.say(text)
        await o.rest()

        assert o.chat.screen == [sentence(key)]
        assert o.chat.buttons == [[]]
        assert o.model.asks == []


@virtual
async def test_commands_keep_their_place_among_questions(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("one "), Pause(9), *says("end")], says("two"), says("three"))

        await o.say("q1")
        await asyncio.sleep(3)
        await o.say("q2", "/new", "q3")
        await o.rest()

        assert [text for text in o.chat.screen if text != sentence("waiting")] == [
            "one end",
            "two",
            sentence("new_done"),
            "three",
        ]
        assert [message.content for message in o.model.asks[-1].messages] == ["Be kind.", "q3"]
        assert [turn["question"] for turn in await o.turns()] == ["q1", "q2", "", "q3"]


@virtual
async def test_a_command_speaks_the_persons_language(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/help", person=Person(id="1", language="zh-hans"))
        await o.rest()

        assert o.chat.screen == [sentence("help", "zh")]


@virtual
async def test_threads_of_one_chat_are_conversations_of_their_own(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("a"), says("b"))
        one, two = replace(CHAT, thread="t1"), replace(CHAT, thread="t2")

        await o.say("CANARY", chat=one)
        await o.rest()
        await o.say("hello", chat=two)
        await o.rest()

        assert [message.content for message in o.model.asks[-1].messages] == ["Be kind.", "hello"]
        assert ChatKey("fake", "bot", "1") not in o.adapter.chats


def _answered(model: FakeModel) -> list[str]:
    """Return the questions whose answers were read to their end."""
    last: list[str] = []
    for question in model.questions:
        if last and question.startswith(last[-1] + "\n\n"):
            last.pop()
        last.append(question)
    return last


@pytest.mark.parametrize(("days", "asked"), [(0, True), (2, False), (29, False), (31, True), (20_000, True)])
@virtual
async def test_a_question_is_too_old_only_if_a_platform_may_have_kept_it_so_long(
    tmp_path: Path, days: int, asked: bool
) -> None:
    sent_at = datetime.fromtimestamp(clock.wall(), UTC) - timedelta(days=days)
    async with office(tmp_path, asking=replace(ASKING, within=86_400)) as o:
        o.model.script(says("Here I am."))

        await o.say("Hello?", sent_at=sent_at)
        await o.rest()

        assert bool(o.model.asks) is asked
        assert ("I was away" in o.chat.screen[0]) is not asked
