"""Once more: answers made anew, gone on with, asked differently and rated, with the whole core at work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.errors import Closed, ModelUnreachable, PlatformError, Rejected, Unavailable
from bot.limits import Limits
from bot.model import Finish, Finished, Person, Text
from bot.turns.offers import Buttons
from tests.clock import virtual
from tests.fakes import AbleSurface, FakeAdapter, Trouble
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.store.building import ANNA, BEN, CHAT, said
from tests.turns.office import ASKING, Office, die, office

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = Person(id="admin", name="Ada")
LONG = "word " * 300


def sentence(key: str, language: str = "en", **values: object) -> str:
    return phrases.say(key, language, **values)


def asked(o: Office) -> list[list[str]]:
    """Return what each request said, without the system prompt."""
    return [[message.content for message in ask.messages[1:]] for ask in o.model.asks]


def labels(o: Office, n: int = 0) -> list[str]:
    return [control.label for control in o.chat.messages[n].versions[-1].controls]


async def talk(o: Office, *pairs: tuple[str, str]) -> None:
    """Let Anna ask, and be answered."""
    for question, answer in pairs:
        o.model.script(says(answer))
        await o.say(question)
        await o.rest()


# ---------------------------------------------------------------- again


@virtual
async def test_a_new_answer_takes_the_place_of_the_old_one_and_both_stay_in_the_record(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("Why?", "Because."))
        o.model.script(says("On second thought: rain."))

        assert await o.press("again") == ""
        await o.rest()

        assert o.chat.screen == ["On second thought: rain."]
        assert o.chat.buttons == [["again", "good", "bad"]]
        assert [(turn["answer"], turn["asks"], turn["replaced"]) for turn in await o.turns()] == [
            ("Because.", None, 1),
            ("On second thought: rain.", 1, 0),
        ]


@virtual
async def test_an_older_question_is_answered_again_from_what_was_said_before_it_only(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"), ("q2", "a2"), ("q3", "a3"))
        o.model.script(says("a2 anew"), says("a4"))

        await o.press("again", 2)
        await o.rest()
        await o.say("q4")
        await o.rest()

        assert asked(o)[3:] == [["q1", "a1", "q2"], ["q1", "a1", "q2", "a2 anew", "q3", "a3", "q4"]]
        assert o.chat.screen == ["a1", "a2 anew", "a3", "a4"]


@virtual
async def test_what_was_said_before_a_new_conversation_is_answered_again_within_the_old_one(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"), ("q2", "a2"))
        await o.say("/new")
        await o.rest()
        await talk(o, ("q3", "a3"))
        o.model.script(says("a2 anew"), says("a4"))

        await o.press("again", 2)
        await o.rest()
        await o.say("q4")
        await o.rest()

        assert asked(o)[3:] == [["q1", "a1", "q2"], ["q3", "a3", "q4"]]


@virtual
async def test_again_waits_for_what_is_running_and_for_what_was_said_before(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        await talk(o, ("q1", "a1"))
        o.model.script([Text("a2 "), Pause(30), *says("whole")], says("a3"), says("a1 anew"))
        await o.say("q2")
        await asyncio.sleep(5)
        await o.say("q3")

        told = await o.press("again", 1)
        await asyncio.sleep(1)
        again = await o.press("again", 1)
        await o.rest()

        assert (told, again) == (sentence("told_waits"), sentence("told_running"))
        assert o.model.questions == ["q1", "q2", "q3", "q1"]
        assert o.chat.screen == ["a1 anew", "a2 whole", "a3"]
        assert [turn["state"] for turn in await o.turns()] == ["done"] * 4


@virtual
async def test_a_press_that_waits_outlives_the_process(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    async with office(tmp_path, adapter=adapter, model=model) as o:
        await talk(o, ("q1", "a1"))
        model.script([Text("a2"), Pause(100)])
        await o.say("q2")
        await asyncio.sleep(5)
        await o.press("again", 1)
        die()
    model.script(says("a2 whole"), says("a1 anew"))

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert o.chat.screen == ["a1 anew", "a2 whole"]


@virtual
async def test_the_button_of_a_replaced_answer_and_of_none_is_answered_in_a_sentence(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"))
        o.model.script(says("a1 anew"))
        await o.press("again", 1)
        await o.rest()

        told = [await o.press("again", 1), await o.press("stop", 1), await o.press("good", 99)]

        assert told == [sentence(f"told_{key}") for key in ("replaced", "over", "gone")]
        assert len(o.model.asks) == 2


@virtual
async def test_a_failure_can_be_asked_again_until_it_is_answered(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Fail(ModelUnreachable())], [Fail(ModelUnreachable())], says("Here."))
        await o.say("Well?")
        await o.rest()
        for _ in range(2):
            await o.press("again")
            await o.rest()

        assert o.chat.screen == ["Here."]


@virtual
async def test_an_answer_stays_where_asking_again_goes_beyond_a_limit(tmp_path: Path) -> None:
    async with office(tmp_path, limits=Limits(person_messages_per_minute=1)) as o:
        await talk(o, ("q1", "a1"))

        told = await o.press("again")
        await o.rest()

        assert "faster" in told
        assert o.chat.screen == ["a1"]
        assert [turn["replaced"] for turn in await o.turns()] == [0]


# ---------------------------------------------------------------- who may


@virtual
async def test_an_answer_to_a_question_that_changed_since_is_not_kept(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        question = said("What is a mutex?")
        o.model.script(says("A lock."), [Pause(100)], [Fail(ModelUnreachable())])
        await o.inbox.accept([question])
        await o.rest()
        await o.press("again", 1)
        await asyncio.sleep(5)

        await o.edit(question, "What is a semaphore?")
        await o.rest()

        assert o.model.questions[-1] == "What is a semaphore?"
        assert "A lock." not in o.chat.screen[0]


@virtual
async def test_an_answer_that_was_given_up_half_way_is_kept_where_another_one_has_no_words(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text(LONG), Pause(10), Text(LONG), Pause(100)], [Fail(ModelUnreachable())])
        await o.say("Why?")
        await asyncio.sleep(5)
        o.chat.troubles = {len(o.chat.writes) + 1: Closed()}
        await o.rest()
        assert [(turn["state"], turn["finish"]) for turn in await o.turns()] == [("failed", None)]

        await o.press("again", 1)
        await o.rest()

        assert o.chat.screen[0].startswith("word ")
        assert "There is no new answer" in o.chat.screen[0]


@virtual
@pytest.mark.parametrize("control", ["again", "continue", "stop"])
async def test_only_who_asked_and_administrators_may_press(tmp_path: Path, control: str) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("a1"), Pause(20), Finished(Finish.LENGTH)], says("more"))
        await o.say("q1", shared=True)
        await asyncio.sleep(5)
        if control != "stop":
            await o.rest()

        told = await o.press(control, person=BEN)
        states = await o.states()
        by_admin = await o.press(control, person=ADMIN)
        await o.rest()

        assert told == sentence("told_not_yours")
        assert states == ["running" if control == "stop" else "done"]
        assert by_admin == ""
        assert len(o.model.asks) == (1 if control == "stop" else 2)
        assert (await o.turns())[0]["finish"] == ("stopped" if control == "stop" else "length")


@virtual
async def test_everybody_who_contributed_to_a_question_may_press(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.inbox.accept([said("one", shared=True), said("two", shared=True, person=BEN)])
        o.model.script(says("both"), says("by Anna"), says("by Ben"))
        await o.rest()

        for person in (ANNA, BEN):
            assert await o.press("again", person=person) == ""
            await o.rest()

        assert o.chat.screen == ["by Ben"]
        assert [turn["person"] for turn in await o.turns()] == ["ben", "anna", "ben"]


@virtual
async def test_a_stop_by_somebody_else_stops_nothing_and_is_refused_while_the_answer_grows(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        o.model.script([Text("a1 "), Pause(20), *says("whole")])
        await o.say("q1", shared=True)
        await asyncio.sleep(5)

        await o.say("/stop", shared=True, person=BEN)
        await asyncio.sleep(5)
        meanwhile = o.chat.screen
        await o.say("/stop", shared=True, person=BEN)
        await o.rest()

        refused = sentence("told_not_yours")
        assert meanwhile == ["a1", refused]
        assert o.chat.screen == ["a1 whole", refused, refused]
        assert len(await o.turns()) == 1


@virtual
async def test_a_stop_by_somebody_else_that_cannot_be_refused_now_is_refused_in_its_turn(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        o.model.script([Text("a1 "), Pause(20), *says("whole")])
        await o.say("q1", shared=True)
        await asyncio.sleep(5)

        o.chat.troubles = {len(o.chat.writes) + 1: Trouble(Unavailable())}
        await o.say("/stop", shared=True, person=BEN)
        await o.rest()

        assert o.chat.screen == ["a1 whole", sentence("told_not_yours")]
        assert len(await o.turns()) == 2


@virtual
async def test_where_people_can_be_told_privately_a_stop_by_somebody_else_is_no_message(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("a1 "), Pause(20), *says("whole")])
        await o.say("q1", shared=True)
        await asyncio.sleep(5)
        stop = said("/stop", shared=True, person=BEN, whispers=True)

        told = await o.inbox.accept([stop])
        await o.rest()

        assert told == {stop.key: sentence("told_not_yours")}
        assert o.chat.screen == ["a1 whole"]


@virtual
async def test_a_stop_behind_ones_own_waiting_question_stops_that_one(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        o.model.script([Text("a1 "), Pause(20), *says("whole")])
        await o.say("q1", shared=True)
        await asyncio.sleep(5)

        await o.say("q2", shared=True, person=BEN)
        await o.say("/stop", shared=True, person=BEN)
        await o.rest()

        assert o.chat.screen == ["a1 whole", sentence("stopped")]
        assert len(o.model.asks) == 1


@virtual
async def test_an_administrator_stops_what_waits_and_what_runs(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("a1"), Pause(20)])
        await o.say("q1", shared=True)
        await asyncio.sleep(5)
        await o.say("/stop", shared=True, person=ADMIN)
        await o.rest()

        await o.inbox.accept([said("q2", shared=True), said("/stop", shared=True, person=ADMIN)])
        await o.rest()

        assert o.chat.screen == [f"a1\n\n{sentence('stopped')}", sentence("stopped")]


# ---------------------------------------------------------------- continue


@virtual
async def test_a_cut_answer_goes_on_in_its_message_as_one_answer(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        o.model.script(says("First half, and", finish=Finish.LENGTH))
        await o.say("Tell me")
        await o.rest()
        cut, buttons = o.chat.screen, o.chat.buttons
        o.model.script(says("First half, and second half."), says("You are welcome."))

        await o.press("continue")
        await o.rest()
        await o.say("Thanks")
        await o.rest()

        assert cut == [f"First half, and\n\n{sentence('length')}"]
        assert buttons == [["again", "continue", "good", "bad"]]
        assert o.chat.screen == ["First half, and second half.", "You are welcome."]
        question, half, wish = asked(o)[1]
        assert (question, half) == ("Tell me", "First half, and")
        assert "First half, and" in wish
        assert asked(o)[2] == ["Tell me", "First half, and second half.", "Thanks"]
        assert [(turn["answer"], turn["replaced"]) for turn in (await o.turns())[:2]] == [
            ("First half, and", 1),
            ("First half, and second half.", 0),
        ]


@virtual
async def test_going_on_rewrites_the_last_page_only_and_adds_to_it(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(limit=400)) as o:
        o.model.script(says("page one " * 50 + "page two", finish=Finish.LENGTH))
        await o.say("Tell me")
        await o.rest()
        first = len(o.chat.messages[0].versions)
        o.model.script(says(" goes on " + "and on " * 60 + "to page three"))

        await o.press("continue")
        await o.rest()

        assert len(o.chat.messages[0].versions) == first
        assert len(o.chat.screen) == 3
        whole = " ".join("".join(f" {page}" for page in o.chat.screen).split())
        assert whole == ("page one " * 50 + "page two goes on " + "and on " * 60 + "to page three")


@virtual
async def test_an_answer_is_gone_on_with_as_often_as_it_is_cut(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(
            says("one,", finish=Finish.LENGTH), says(" two,", finish=Finish.LENGTH), says(" three.")
        )
        await o.say("Count")
        await o.rest()
        for _ in range(2):
            await o.press("continue")
            await o.rest()

        assert o.chat.screen == ["one, two, three."]
        assert o.chat.buttons == [[]]
        assert [turn["asks"] for turn in await o.turns()] == [None, 1, 1]


@virtual
async def test_a_stopped_answer_can_be_gone_on_with(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("Half of it"), Pause(100)])
        await o.say("Tell me")
        await asyncio.sleep(5)
        await o.press("stop")
        await o.rest()
        o.model.script(says("Half of it and the rest."))

        await o.press("continue")
        await o.rest()

        assert o.chat.screen == ["Half of it and the rest."]


@virtual
async def test_a_whole_answer_cannot_be_gone_on_with(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"))

        assert await o.press("continue") == sentence("told_over")
        await o.rest()

        assert len(o.model.asks) == 1


@virtual
async def test_where_going_on_fails_the_answer_stays_and_can_be_gone_on_with_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Half", finish=Finish.LENGTH), [Fail(ModelUnreachable())], says("Half a loaf."))
        await o.say("Tell me")
        await o.rest()
        await o.press("continue")
        await o.rest()
        failed, buttons = o.chat.screen, o.chat.buttons
        await o.press("continue")
        await o.rest()

        assert failed == [f"Half\n\n{sentence('unreachable')}"]
        assert buttons == [["again", "continue"]]
        assert o.chat.screen == ["Half a loaf."]


@virtual
async def test_killed_while_going_on_the_rest_is_asked_for_anew_and_nothing_comes_twice(
    tmp_path: Path,
) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    async with office(tmp_path, adapter=adapter, model=model) as o:
        model.script(says("one, ", finish=Finish.LENGTH), [Text("two, "), Pause(100)])
        await o.say("Count")
        await o.rest()
        await o.press("continue")
        await asyncio.sleep(10)
        die()
    seen = adapter.chat(CHAT).screen
    model.script(says("two, three."))

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert seen == ["one, two,"]
        assert o.chat.screen == ["one, two, three."]
        assert asked(o)[-1][:2] == ["Count", "one, "]


@virtual
async def test_a_long_answer_is_given_back_with_its_end_within_the_budget(tmp_path: Path) -> None:
    async with office(tmp_path, asking=replace(ASKING, context_tokens=500)) as o:
        o.model.script(says("x " * 3000 + "the end", finish=Finish.LENGTH), says("the end of it."))
        await o.say("Tell me")
        await o.rest()
        await o.press("continue")
        await o.rest()

        _question, half, _wish = asked(o)[1]
        assert half.startswith("[…]")
        assert half.endswith("the end")
        assert len(half) < 2000
        assert (await o.turns())[-1]["answer"].endswith("the end of it.")


# ---------------------------------------------------------------- a changed question


@virtual
async def test_changing_the_last_question_rewinds_to_it_and_answers_in_the_same_message(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"))
        question = said("What is a mutex?")
        o.model.script(says("A lock."), says("A lock that counts."), says("You are welcome."))
        await o.inbox.accept([question])
        await o.rest()

        await o.edit(question, "What is a semaphore?")
        await o.rest()
        await o.say("Thanks")
        await o.rest()

        assert o.chat.screen == ["a1", "A lock that counts.", "You are welcome."]
        assert asked(o)[2] == ["q1", "a1", "What is a semaphore?"]
        assert asked(o)[3] == ["q1", "a1", "What is a semaphore?", "A lock that counts.", "Thanks"]


@virtual
async def test_a_question_changed_into_a_command_is_obeyed_and_the_model_is_not_asked_about_it(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        question = said("model strong")
        o.model.script([Text(LONG), Pause(100)])
        await o.inbox.accept([question])
        await asyncio.sleep(10)

        await o.edit(question, "/model strong")
        await o.rest(20)

        assert len(o.model.asks) == 1
        assert o.model.cut == 1
        assert o.chat.screen[-1].startswith("From your next message on, **Strong** answers here.")


@virtual
async def test_what_stands_behind_new_is_the_first_question_of_the_new_conversation(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await talk(o, ("q1", "a1"))
        o.model.script(says("Rinse it first."), says("Twelve minutes."))
        await o.say("/new How do I cook rice?")
        await o.rest()
        await o.say("How long?")
        await o.rest()

        assert o.chat.screen == [
            "a1",
            "A new conversation starts here.",
            "Rinse it first.",
            "Twelve minutes.",
        ]
        assert asked(o)[2] == ["How do I cook rice?", "Rinse it first.", "How long?"]


@virtual
async def test_a_question_that_changes_while_it_is_answered_is_answered_anew_at_once(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(limit=400)) as o:
        question = said("What is a mutex?")
        o.model.script([Text(LONG), Pause(100)], says("A lock that counts."))
        await o.inbox.accept([question])
        await asyncio.sleep(10)
        before = o.chat.screen

        await o.edit(question, "What is a semaphore?")
        await o.rest(20)

        assert "".join(before).startswith("word ")
        assert o.chat.screen[0] == "A lock that counts."
        assert o.model.questions == ["What is a mutex?", "What is a semaphore?"]
        assert o.model.cut == 1
        assert [turn["answer"] for turn in await o.turns()] == ["A lock that counts."]


@virtual
async def test_pages_that_the_new_answer_does_not_reach_are_taken_back(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface, limit=400)) as o:
        question = said("Tell me much")
        o.model.script([Text(LONG), Pause(100)], says("Little."))
        await o.inbox.accept([question])
        await asyncio.sleep(20)
        pages = len(o.chat.screen)

        await o.edit(question, "Tell me little")
        await o.rest(20)

        assert pages > 2
        assert o.chat.screen == ["Little."]


@virtual
async def test_changed_and_killed_the_new_question_is_answered_and_nothing_of_the_old_one_stays(
    tmp_path: Path,
) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    question = said("What is a mutex?")
    async with office(tmp_path, adapter=adapter, model=model) as o:
        model.script([Text(LONG), Pause(100)], [Pause(100)])
        await o.inbox.accept([question])
        await asyncio.sleep(10)
        await o.edit(question, "What is a semaphore?")
        await asyncio.sleep(1)
        die()
    model.script(says("A lock that counts."))

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert o.chat.screen == ["A lock that counts."]
        assert o.model.questions[-1] == "What is a semaphore?"


@virtual
async def test_any_message_of_a_merged_question_can_be_changed(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        one, two = said("one"), said("two")
        o.model.script(says("a"), says("b"), says("c"))
        await o.inbox.accept([one, two])
        await o.rest()

        await o.edit(one, "ONE")
        await o.rest()
        await o.edit(two, "TWO")
        await o.rest()

        assert o.model.questions == ["one\n\ntwo", "ONE\n\ntwo", "ONE\n\nTWO"]
        assert o.chat.screen == ["c"]


@virtual
async def test_a_change_during_the_last_write_is_answered_after_it_in_the_same_message(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        question = said("What is a mutex?")
        o.model.script(says("A lock."), says("A lock that counts."))
        o.chat.before_write = lambda _text: changes.append(tasks.create_task(change()))
        changes: list[asyncio.Task[None]] = []

        async def change() -> None:
            o.chat.before_write = lambda _text: None
            await o.edit(question, "What is a semaphore?")

        async with asyncio.TaskGroup() as tasks:
            await o.inbox.accept([question])
            await o.rest()
        await o.rest()

        assert o.chat.screen == ["A lock that counts."]
        assert o.model.questions == ["What is a mutex?", "What is a semaphore?"]


@virtual
async def test_a_changed_question_is_answered_before_what_was_said_after_it(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=AbleSurface)) as o:
        question = said("q1")
        o.model.script([Text(LONG), Pause(50)], says("a1 anew"), says("a2"))
        await o.inbox.accept([question])
        await asyncio.sleep(5)
        await o.say("q2")

        await o.edit(question, "q1 changed")
        await o.rest()

        assert asked(o)[1:] == [["q1 changed"], ["q1 changed", "a1 anew", "q2"]]
        assert o.chat.screen == ["a1 anew", "a2"]


@virtual
async def test_what_changes_nothing_does_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        old, question = said("q1"), said("q2")
        o.model.script(says("a1"), says("a2"))
        for message in (old, question):
            await o.inbox.accept([message])
            await o.rest()

        await o.edit(old, "an older question")
        await o.edit(question, "q2")
        await o.edit(replace(question, person=BEN), "by somebody else")
        await o.rest()

        assert len(o.model.asks) == 2
        assert o.chat.screen == ["a1", "a2"]


@virtual
async def test_changes_that_come_out_of_order_or_twice_count_once_and_the_last_one_holds(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        question = said("q")
        o.model.script(says("a"), says("to the last one"))
        await o.inbox.accept([question])
        await o.rest()

        await o.edit(question, "the last", at=5)
        await o.edit(question, "the first", at=2)
        await o.edit(question, "the last", at=5)
        await o.rest()

        assert o.model.questions == ["q", "the last"]


@virtual
async def test_a_message_without_a_question_is_answered_once_it_has_one(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        question = said("", shared=True)
        await o.inbox.accept([question])
        await o.rest()
        o.model.script(says("Here."))

        await o.edit(question, "Where are you?")
        await o.rest()

        assert o.chat.screen == ["Here."]


@virtual
async def test_changing_a_question_beyond_a_limit_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async with office(tmp_path, limits=Limits(person_messages_per_minute=1)) as o:
        question = said("q1")
        o.model.script(says("a1"))
        await o.inbox.accept([question])
        await o.rest()

        await o.edit(question, "q1 changed")
        await o.rest()

        assert o.chat.screen[0] == "a1"
        assert "faster" in o.chat.screen[1]


@virtual
async def test_a_stop_right_after_a_change_stops_the_new_answer(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        question = said("q1")
        o.model.script(says("a1"), [Text("never"), Pause(100)])
        await o.inbox.accept([question])
        await o.rest()
        stop = said("/stop")

        await o.edit(question, "q1 changed")
        await o.inbox.accept([stop])
        await o.rest(20)

        assert [turn["finish"] for turn in await o.turns()] == ["stop", "stopped"]


# ---------------------------------------------------------------- opinions


@virtual
async def test_an_opinion_is_stored_at_once_shown_on_the_button_and_taken_back_by_the_same_press(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        seen = []

        for control in ("good", "bad", "bad"):
            assert await o.press(control) == ""
            (turn,) = await o.turns()
            await o.rest()
            seen.append((turn["rating"], labels(o)))

        assert seen == [
            (1, ["Again", "✓ 👍", "👎"]),
            (-1, ["Again", "👍", "✓ 👎"]),
            (None, ["Again", "👍", "👎"]),
        ]
        assert o.chat.screen == ["a1"]
        assert len(o.model.asks) == 1


@virtual
async def test_an_opinion_rewrites_the_last_page_only(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL, adapter=FakeAdapter(limit=400)) as o:
        await talk(o, ("q1", LONG))
        before = [len(message.versions) for message in o.chat.messages]

        await o.press("good")
        await o.rest()

        after = [len(message.versions) for message in o.chat.messages]
        assert len(before) > 2
        assert after == [*before[:-1], before[-1] + 1]


@virtual
async def test_an_opinion_while_something_is_written_is_stored_and_confirmed(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        o.model.script([Text("a2"), Pause(30), Finished(Finish.STOP)])
        await o.say("q2")
        await asyncio.sleep(5)

        told = await o.press("good", 1)
        await o.rest()

        assert told == sentence("told_noted")
        assert [turn["rating"] for turn in await o.turns()] == [1, None]


@virtual
async def test_two_opinions_in_a_hurry_leave_the_last_one_on_the_button(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))

        await o.press("good")
        await asyncio.sleep(0.01)
        await o.press("bad")
        await o.rest()

        assert labels(o) == ["Again", "👍", "✓ 👎"]
        assert [(turn["rating"], turn["state"]) for turn in await o.turns()] == [(-1, "done")]


@virtual
async def test_only_who_asked_gives_an_opinion(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))

        told = [await o.press("good", person=person) for person in (BEN, ADMIN)]

        assert told == [sentence("told_rating_not_yours")] * 2
        assert [turn["rating"] for turn in await o.turns()] == [None]


@virtual
async def test_an_opinion_on_an_answer_that_was_deleted_does_not_bring_it_back(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        o.chat.remove(0)

        await o.press("good")
        await o.rest()

        assert o.chat.screen == []
        assert [(turn["rating"], turn["state"]) for turn in await o.turns()] == [(1, "done")]


@virtual
async def test_killed_while_the_button_is_drawn_it_is_drawn_at_the_next_start(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    async with office(tmp_path, adapter=adapter, model=model, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        await o.press("good")
        die()

    async with office(tmp_path, adapter=adapter, model=model, buttons=Buttons.FULL) as o:
        await o.rest()

        assert labels(o) == ["Again", "✓ 👍", "👎"]
        assert o.chat.screen == ["a1"]


@virtual
async def test_nobody_waits_for_an_answer_behind_a_button_that_is_drawn(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        o.chat.troubles = dict.fromkeys(range(2, 9), Trouble(Unavailable()))
        o.model.script(says("a2"))
        await o.press("good")
        await asyncio.sleep(1)

        await o.say("q2")
        await asyncio.sleep(1)

        assert o.model.questions == ["q1", "q2"]
        assert next((turn["rating"], turn["state"]) for turn in await o.turns()) == (1, "done")


@virtual
async def test_a_button_is_not_drawn_while_somebody_waits_for_an_answer(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        o.model.script(says("a2"))

        await o.inbox.accept([said("q2", quiet=1.5)])
        await o.press("good", 1)
        await o.rest()

        assert labels(o) == ["Again", "👍", "👎"]
        assert [turn["rating"] for turn in await o.turns()] == [1, None]
        assert o.chat.screen == ["a1", "a2"]


@virtual
async def test_a_button_the_platform_does_not_take_is_stored_all_the_same(tmp_path: Path) -> None:
    async with office(tmp_path, buttons=Buttons.FULL) as o:
        await talk(o, ("q1", "a1"))
        errors: tuple[Exception, ...] = (Rejected(), Closed(), RuntimeError())
        for error in errors:
            trouble = Trouble(error) if isinstance(error, PlatformError) else error
            o.chat.troubles[len(o.chat.writes) + 1] = trouble
            if isinstance(error, Rejected):
                o.chat.troubles[len(o.chat.writes) + 2] = trouble
            await o.press("good")
            await o.rest()
            await asyncio.sleep(1)

        assert [(turn["rating"], turn["state"]) for turn in await o.turns()] == [(1, "done")]
        assert o.chat.screen == ["a1"]
