"""Answers made anew, gone on with, asked differently and rated, as a person sees it on each platform."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.crash import VARIABLE
from bot.phrases import say
from tests.ledger import kept
from tests.scenarios.people import ANNA, CHANNEL, SLACK_ANNA, TEAM, Seen, person
from tests.scenarios.stage import Stage
from tests.servers.qwen import Done, End, Fault, Say, Think, Until, Use, answer, envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.scenarios.people import Person
    from tests.servers.qwen_script import Asked, Script

BEN, SLACK_BEN = 8, "U0BEN"
FULL = ("Again", "👍", "👎")
CUT = ("Again", "Continue", "👍", "👎")
FILLER = "and so the answer goes on for a while, word after word, "
PAGES = {"telegram": 90, "slack": 260}
"""Repetitions of the filler that make two pages."""

both = pytest.mark.parametrize("platform", ["telegram", "slack"])


def length(text: str, chunk: int = 400) -> Script:
    """Return the script of an answer that the output limit cuts."""
    pieces = [Say(text[start : start + chunk]) for start in range(0, len(text), chunk)]
    return [*pieces, End("length"), Use(), Done()]


def spoken(stage: Stage, n: int = -1) -> list[str]:
    messages = stage.qwen.requests[n].body["messages"]
    return [one["content"] for one in messages if one["role"] != "system"]


async def shows(stage: Stage, anna: Person, *screen: Seen) -> None:
    """Wait until this is all that stands there."""
    await stage.until(lambda: anna.screen == list(screen))
    await stage.settled()
    assert anna.screen == list(screen)


# ---------------------------------------------------------------- again


@both
async def test_again_replaces_an_answer_where_it_stands_also_an_older_one(
    platform: str, swift: Stage
) -> None:
    anna = person(swift, platform)
    swift.qwen.queue(answer("one"), answer("two"), answer("another one"), answer("three"))
    await swift.start()
    for n, text in enumerate(("first?", "second?")):
        anna.say(text)
        await swift.until(lambda n=n: len(anna.screen) == n + 1)  # type: ignore[misc]
        await swift.settled()

    anna.press("Again", 0)
    await shows(swift, anna, Seen("another one", FULL), Seen("two", FULL))
    anna.say("third?")
    await shows(swift, anna, Seen("another one", FULL), Seen("two", FULL), Seen("three", FULL))

    assert spoken(swift, 2) == ["first?"]
    assert spoken(swift, 3) == ["first?", "another one", "second?", "two", "third?"]
    assert [turn["answer"] for turn in kept(swift.database).turns] == ["one", "two", "another one", "three"]


@both
async def test_again_while_something_runs_waits_for_it(platform: str, swift: Stage) -> None:
    anna, go_on = person(swift, platform), asyncio.Event()
    swift.qwen.queue(
        answer("one"), [Say("A second answer. " * 20), Until(go_on), End(), Use(), Done()], answer("one anew")
    )
    await swift.start()
    anna.say("first?")
    await shows(swift, anna, Seen("one", FULL))

    anna.say("second?")
    await swift.until(lambda: len(anna.screen) == 2)
    anna.press("Again", 0)
    await swift.until(lambda: "again" in [event["command"] for event in kept(swift.database).events])
    go_on.set()
    await shows(swift, anna, Seen("one anew", FULL), Seen(("A second answer. " * 20).strip(), FULL))


@both
async def test_a_second_press_while_the_first_is_answered_makes_no_third_answer(
    platform: str, swift: Stage
) -> None:
    anna, go_on = person(swift, platform), asyncio.Event()
    swift.qwen.queue(answer("one"), [Until(go_on), *answer("another one")])
    await swift.start()
    anna.say("first?")
    await shows(swift, anna, Seen("one", FULL))

    anna.press("Again")
    anna.press("Again")
    await swift.until(lambda: not swift.telegram.updates.waiting)
    await swift.slack.settled()
    go_on.set()
    await shows(swift, anna, Seen("another one", FULL))

    assert len(swift.qwen.requests) == 2


@both
@pytest.mark.parametrize(
    ("buttons", "whole", "cut"),
    [("few", ("Again",), ("Again", "Continue")), ("needed", (), ("Continue",))],
)
async def test_the_operator_decides_how_many_buttons_there_are(
    platform: str, buttons: str, whole: tuple[str, ...], cut: tuple[str, ...], swift: Stage
) -> None:
    swift.settings = {**swift.settings, "BUTTONS": buttons}
    anna = person(swift, platform)
    swift.qwen.queue(answer("one"), length("two"))
    await swift.start()

    for n, text in enumerate(("first?", "second?")):
        anna.say(text)
        await swift.until(lambda n=n: len(anna.screen) == n + 1)  # type: ignore[misc]
        await swift.settled()

    assert [seen.labels for seen in anna.screen] == [whole, cut]


# ---------------------------------------------------------------- continue


@both
async def test_a_cut_answer_goes_on_in_its_own_message(platform: str, swift: Stage) -> None:
    anna = person(swift, platform)
    swift.qwen.queue(length("The fox went into the wood, and there"), answer("there it met the wolf."))
    await swift.start()
    anna.say("tell me a tale")
    await swift.until(lambda: anna.screen and anna.screen[0].labels == CUT)
    assert anna.screen[0].text.startswith("The fox went into the wood, and there\n")

    anna.press("Continue")
    await shows(swift, anna, Seen("The fox went into the wood, and there it met the wolf.", FULL))

    assert spoken(swift)[:2] == ["tell me a tale", "The fox went into the wood, and there"]
    anna.say("thanks")
    await swift.until(lambda: len(swift.qwen.requests) == 3)
    assert spoken(swift)[1] == "The fox went into the wood, and there it met the wolf."


@both
async def test_going_on_writes_the_first_page_no_more_and_adds_a_page(platform: str, swift: Stage) -> None:
    anna, text = person(swift, platform), "Begun " + FILLER * PAGES[platform]
    swift.qwen.queue(length(text, 2000), answer(FILLER * PAGES[platform] + "Ended", chunk=2000))
    await swift.start()
    anna.say("tell me")
    await swift.until(lambda: len(anna.screen) == 2 and anna.screen[-1].labels == CUT)
    first = anna.versions(0)

    anna.press("Continue")
    await swift.until(lambda: anna.screen[-1].text.endswith("Ended"))
    await swift.settled()

    assert anna.versions(0) == first
    assert len(anna.screen) > 2
    assert "".join(seen.text for seen in anna.screen).count("Begun") == 1
    assert [seen.labels for seen in anna.screen[:-1]] == [()] * (len(anna.screen) - 1)


async def test_what_was_thought_for_both_parts_stands_above_an_answer_that_went_on(swift: Stage) -> None:
    swift.settings = {**swift.settings, "SHOW_THINKING": "folded"}
    anna = person(swift, "telegram")
    swift.qwen.queue(
        [Think("Where does it begin?"), *length("The fox went into the wood, and there")],
        [Think("How does it end?"), *answer("there it met the wolf.")],
    )
    await swift.start()
    anna.say("tell me a tale")
    await swift.until(lambda: anna.screen and anna.screen[0].labels == CUT)
    (message,) = swift.telegram.messages(ANNA)

    anna.press("Continue")
    await swift.until(lambda: message.text.endswith("it met the wolf."))
    await swift.settled()

    (thoughts,) = message.covered("expandable_blockquote")
    assert [line for line in thoughts.split("\n") if line] == ["Where does it begin?", "How does it end?"]


@both
@pytest.mark.parametrize("stopped", [False, True])
async def test_where_again_brings_no_words_the_earlier_answer_stays(
    stopped: bool, platform: str, swift: Stage
) -> None:
    anna, never = person(swift, platform), asyncio.Event()
    swift.qwen.queue(answer("A lock."), answer("A lock, once more."))
    await swift.start()
    anna.say("mutex?")
    await shows(swift, anna, Seen("A lock.", FULL))

    swift.qwen.reply([Until(never)] if stopped else [Fault(400, envelope("data_inspection_failed", "No."))])
    anna.press("Again")
    await shows(swift, anna, Seen("A lock, once more.", FULL))
    anna.press("Again")
    if stopped:
        await swift.qwen.arrived(3)
        anna.say("/stop" if platform == "telegram" else "stop")
    await swift.until(lambda: "earlier one" in anna.screen[0].text)
    await swift.settled()

    (seen,) = anna.screen
    assert seen.text.startswith("A lock, once more.")
    assert seen.labels == FULL
    swift.qwen.reply(answer("You asked about locks."))
    anna.say("what did I ask?")
    await swift.until(lambda: len(anna.screen) == 2)
    assert spoken(swift) == ["mutex?", "A lock, once more.", "what did I ask?"]


@both
async def test_the_word_continue_is_a_question_like_any_other(platform: str, swift: Stage) -> None:
    anna = person(swift, platform)
    swift.qwen.queue(length("The fox went into the wood"), answer("and met the wolf."))
    await swift.start()
    anna.say("tell me a tale")
    await swift.until(lambda: anna.screen and anna.screen[0].labels == CUT)

    anna.say("continue")
    await swift.until(lambda: len(anna.screen) == 2)
    await swift.settled()

    assert anna.screen[1] == Seen("and met the wolf.", FULL)
    assert spoken(swift) == ["tell me a tale", "The fox went into the wood", "continue"]


# ---------------------------------------------------------------- a changed question


@both
async def test_a_changed_question_is_answered_anew_in_the_same_message(platform: str, swift: Stage) -> None:
    anna = person(swift, platform)
    swift.qwen.queue(answer("A lock."), answer("A lock that counts."), answer("You are welcome."))
    await swift.start()
    question = anna.say("What is a mutex?")
    await shows(swift, anna, Seen("A lock.", FULL))

    anna.edit(question, "What is a semaphore?")
    await shows(swift, anna, Seen("A lock that counts.", FULL))
    anna.say("thanks")
    await shows(swift, anna, Seen("A lock that counts.", FULL), Seen("You are welcome.", FULL))

    assert spoken(swift) == ["What is a semaphore?", "A lock that counts.", "thanks"]


@both
async def test_a_question_changed_while_it_is_answered_stops_the_model_at_once(
    platform: str, swift: Stage
) -> None:
    anna, never = person(swift, platform), asyncio.Event()
    swift.qwen.queue([Say("A mutex is a lock. " * 20), Until(never)], answer("A lock that counts."))
    await swift.start()
    question = anna.say("What is a mutex?")
    await swift.until(lambda: anna.screen)

    anna.edit(question, "What is a semaphore?")
    await shows(swift, anna, Seen("A lock that counts.", FULL))

    assert swift.qwen.requests[0].left
    assert [turn["answer"] for turn in kept(swift.database).turns] == ["A lock that counts."]


@both
async def test_a_change_that_says_the_same_and_one_of_an_older_question_do_nothing(
    platform: str, swift: Stage
) -> None:
    anna = person(swift, platform)
    swift.qwen.reply(lambda asked: answer(f"To {asked.body['messages'][-1]['content']}"))
    await swift.start()
    older = anna.say("one")
    await shows(swift, anna, Seen("To one", FULL))
    last = anna.say("two")
    await shows(swift, anna, Seen("To one", FULL), Seen("To two", FULL))

    anna.edit(older, "changed")
    anna.edit(last, "two")
    anna.say("three")
    await shows(swift, anna, Seen("To one", FULL), Seen("To two", FULL), Seen("To three", FULL))

    assert len(swift.qwen.requests) == 3


async def test_in_a_group_the_changed_text_must_still_be_meant_for_the_bot(swift: Stage) -> None:
    swift.qwen.queue(answer("A lock."), answer("A lock that counts."))
    await swift.start()
    question = swift.telegram.say(TEAM, "@QwenTestBot what is a mutex?", user_id=ANNA)
    await swift.until(lambda: swift.telegram.messages(TEAM))
    await swift.settled()

    swift.telegram.edit(TEAM, question, "never mind")
    swift.telegram.edit(TEAM, question, "@QwenTestBot what is a semaphore?")
    await swift.until(lambda: [one.text for one in swift.telegram.messages(TEAM)] == ["A lock that counts."])
    await swift.settled()

    assert len(swift.qwen.requests) == 2
    assert spoken(swift)[-1].endswith("what is a semaphore?")


async def test_in_a_group_a_message_is_a_question_from_when_its_author_adds_the_name(swift: Stage) -> None:
    swift.qwen.queue(answer("A lock."), answer("A lock that counts."))
    await swift.start()
    question = swift.telegram.say(TEAM, "what is a mutex?", user_id=ANNA)

    swift.telegram.edit(TEAM, question, "@QwenTestBot what is a mutex?")
    await swift.until(lambda: [one.text for one in swift.telegram.messages(TEAM)] == ["A lock."])
    await swift.settled()
    swift.telegram.edit(TEAM, question, "@QwenTestBot what is a semaphore?")
    await swift.until(lambda: [one.text for one in swift.telegram.messages(TEAM)] == ["A lock that counts."])
    await swift.settled()

    asked = [one.body["messages"][-1]["content"].rpartition(": ")[2] for one in swift.qwen.requests]
    assert asked == ["what is a mutex?", "what is a semaphore?"]


async def test_in_a_channel_the_changed_mention_is_answered_in_its_thread(swift: Stage) -> None:
    told = asyncio.Event()
    swift.qwen.queue(answer("A lock."), [Until(told), *answer("A lock that counts.")])
    await swift.start()
    root = swift.slack.mention(CHANNEL, SLACK_ANNA, "what is a mutex?")
    await swift.until(lambda: swift.slack.thread(CHANNEL, root))
    await swift.settled()

    swift.slack.rewrite(CHANNEL, root, "<@U0BOT> what is a semaphore?")
    await swift.until(lambda: swift.slack.count("assistant.threads.setStatus") > 1)
    told.set()
    await swift.until(
        lambda: [one.shown for one in swift.slack.thread(CHANNEL, root)] == ["A lock that counts."]
    )
    await swift.settled()

    assert len(swift.qwen.requests) == 2
    # Slack takes the status of a thread back at a post, but not at an edit.
    await swift.until(lambda: not swift.slack.statuses)


async def test_a_question_changed_while_its_answer_streams_is_answered_in_that_message(swift: Stage) -> None:
    swift.settings = {**swift.settings, "SLACK_STREAMING": "native"}
    never = asyncio.Event()
    begun = [Say(f"Paragraph {n} says that a mutex is a lock.\n\n") for n in range(9)]
    swift.qwen.queue([*begun, Until(never)], answer("A lock that counts.", chunk=4, pause=0.02))
    await swift.start()
    root = swift.slack.mention(CHANNEL, SLACK_ANNA, "what is a mutex?")
    await swift.until(lambda: swift.slack.thread(CHANNEL, root))

    swift.slack.rewrite(CHANNEL, root, "<@U0BOT> what is a semaphore?")
    await swift.until(
        lambda: [one.shown for one in swift.slack.thread(CHANNEL, root)] == ["A lock that counts."]
    )
    await swift.settled()

    assert len(swift.qwen.requests) == 2


async def test_a_question_changed_while_its_answer_is_drafted_leaves_one_message(swift: Stage) -> None:
    swift.settings = {**swift.settings, "TELEGRAM_STREAMING": "draft"}
    never = asyncio.Event()
    swift.qwen.queue([Say("A mutex is a lock. " * 20), Until(never)], answer("A lock that counts."))
    await swift.start()
    question = swift.telegram.say(ANNA, "what is a mutex?")
    await swift.until(lambda: swift.telegram.drafts(ANNA))

    swift.telegram.edit(ANNA, question, "what is a semaphore?")
    await swift.until(lambda: [one.text for one in swift.telegram.messages(ANNA)] == ["A lock that counts."])
    await swift.settled()


# ---------------------------------------------------------------- opinions


@both
async def test_an_opinion_is_seen_on_the_button_and_taken_back_by_the_same_press(
    platform: str, swift: Stage
) -> None:
    anna = person(swift, platform)
    swift.qwen.reply(answer("one"))
    await swift.start()
    anna.say("first?")
    await shows(swift, anna, Seen("one", FULL))

    anna.press("👍")
    await shows(swift, anna, Seen("one", ("Again", "✓ 👍", "👎")))
    anna.press("👎")
    await shows(swift, anna, Seen("one", ("Again", "👍", "✓ 👎")))
    rating = [turn["rating"] for turn in kept(swift.database).turns]
    anna.press("✓ 👎")
    await shows(swift, anna, Seen("one", FULL))

    assert rating == [-1]
    assert [turn["rating"] for turn in kept(swift.database).turns] == [None]
    assert len(swift.qwen.requests) == 1


# ---------------------------------------------------------------- who may


async def test_in_a_group_others_cannot_stop_repeat_or_go_on_with_an_answer(stage: Stage) -> None:
    stage.settings = {**stage.settings, "ADMIN_USERS": "telegram:9"}
    never = asyncio.Event()
    stage.qwen.queue([Say("A sentence of the answer. " * 20), Until(never)], answer("Another answer."))
    await stage.start()
    stage.telegram.say(TEAM, "@QwenTestBot tell us", user_id=ANNA)
    await stage.until(lambda: stage.telegram.messages(TEAM))
    (message,) = stage.telegram.messages(TEAM)
    told = []

    for _ in range(2):
        press = stage.telegram.press(message.message_id, user_id=BEN)
        await stage.until(lambda press=press: stage.telegram.press_answer(press))  # type: ignore[misc]
        told.append((stage.telegram.press_answer(press) or {}).get("text"))
        assert kept(stage.database).turns[0]["stop_requested"] == 0
    stage.telegram.press(message.message_id, user_id=9)
    await stage.until(lambda: "Stopped" in message.text)
    await stage.settled()
    press = stage.telegram.press(message.message_id, user_id=BEN)
    await stage.until(lambda: stage.telegram.press_answer(press))
    told.append((stage.telegram.press_answer(press) or {}).get("text"))
    assert len(stage.qwen.requests) == 1
    stage.telegram.press(message.message_id, user_id=ANNA)
    await stage.until(lambda: message.text == "Another answer.")

    assert told == [say("told_not_yours", "en")] * 3


async def test_the_stop_command_of_somebody_else_is_answered_and_stops_nothing(swift: Stage) -> None:
    go_on = asyncio.Event()
    whole = "A sentence of the answer. " * 20
    swift.qwen.reply([Say(whole), Until(go_on), End(), Use(), Done()])
    await swift.start()
    swift.telegram.say(TEAM, "@QwenTestBot tell us", user_id=ANNA)
    root = swift.slack.mention(CHANNEL, SLACK_ANNA, "tell us")
    await swift.until(lambda: swift.telegram.messages(TEAM) and swift.slack.thread(CHANNEL, root))

    swift.telegram.say(TEAM, "/stop@QwenTestBot", user_id=BEN)
    swift.slack.say(CHANNEL, SLACK_BEN, "<@U0BOT> stop", thread_ts=root)
    await swift.until(lambda: swift.slack.world.ephemerals)
    await swift.until(lambda: len(swift.telegram.messages(TEAM)) == 2)
    go_on.set()
    await swift.settled()

    sentence = say("told_not_yours", "en")
    assert [one.text for one in swift.telegram.messages(TEAM)] == [whole.strip(), sentence]
    assert [one["text"] for one in swift.slack.world.ephemerals] == [sentence]
    assert [turn["finish"] for turn in kept(swift.database).turns] == ["stop"] * 2


@pytest.fixture
async def erased(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which messages outlive what is kept of them."""
    async with Stage(tmp_path, flood=False, PACE="off") as stage:
        yield stage


@both
async def test_the_button_of_an_answer_that_was_erased_is_answered_in_a_sentence(
    platform: str, erased: Stage
) -> None:
    swift, anna = erased, person(erased, platform)
    swift.qwen.reply(answer("one"))
    await swift.start()
    anna.say("first?")
    await shows(swift, anna, Seen("one", FULL))
    slash = "/" if platform == "telegram" else ""
    for n, text in enumerate((f"{slash}forget", f"{slash}forget yes")):
        anna.say(text)
        await swift.until(lambda n=n: len(anna.screen) == n + 2)  # type: ignore[misc]
        await swift.settled()

    anna.press("Again", 0)
    if platform == "telegram":
        presses = swift.telegram._methods.presses
        await swift.until(lambda: presses and [*presses.values()][-1].answer)
        told = (next(reversed(presses.values())).answer or {}).get("text")
    else:
        await swift.until(lambda: swift.slack.world.ephemerals)
        told = swift.slack.world.ephemerals[0]["text"]

    assert told == say("told_gone", "en")
    assert len(swift.qwen.requests) == 1


# ---------------------------------------------------------------- killed on the way


def echo(asked: Asked) -> Script:
    return answer(f"To {asked.body['messages'][-1]['content']} " + FILLER * 5 + "Ended", chunk=40, pause=0.01)


def whole(question: str) -> str:
    return f"To {question} {FILLER * 5}Ended"


@both
@pytest.mark.parametrize("point", ["repeating", "edited", "answered"])
async def test_killed_while_a_question_is_answered_again_the_answer_stands_there_once(
    point: str, platform: str, swift: Stage
) -> None:
    anna = person(swift, platform)
    swift.qwen.reply(echo)
    await swift.start()
    anna.say("mutex?")
    await shows(swift, anna, Seen(whole("mutex?"), FULL))
    await swift.terminate()
    swift.settings = {**swift.settings, VARIABLE: point}
    await swift.start()

    anna.press("Again")
    await swift.crashed()
    del swift.settings[VARIABLE]
    await swift.start()
    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await shows(swift, anna, Seen(whole("mutex?"), FULL))

    assert [(turn["asks"], turn["replaced"]) for turn in kept(swift.database).turns] == [(None, 1), (1, 0)]


@both
@pytest.mark.parametrize("point", ["repeating", "edited"])
async def test_killed_while_an_answer_goes_on_it_stands_there_once_and_whole(
    point: str, platform: str, swift: Stage
) -> None:
    anna = person(swift, platform)
    swift.qwen.queue(length("Begun " + FILLER * 5))
    swift.qwen.reply(answer(FILLER * 5 + "Ended", chunk=40, pause=0.01))
    await swift.start()
    anna.say("tell me")
    await swift.until(lambda: anna.screen and anna.screen[0].labels == CUT)
    await swift.settled()
    await swift.terminate()
    swift.settings = {**swift.settings, VARIABLE: point}
    await swift.start()

    anna.press("Continue")
    await swift.crashed()
    del swift.settings[VARIABLE]
    await swift.start()
    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await swift.settled()

    (seen,) = anna.screen
    assert (seen.text.count("Begun"), seen.text.endswith("Ended"), seen.labels) == (1, True, FULL)


@both
@pytest.mark.parametrize("point", ["storing:2", "stored:2", "voided"])
async def test_killed_while_a_changed_question_is_taken_in_the_new_one_is_answered(
    point: str, platform: str, swift: Stage
) -> None:
    anna, never = person(swift, platform), asyncio.Event()
    swift.qwen.queue([Say("A mutex is a lock. " * 20), Until(never)])
    swift.qwen.reply(echo)
    # The first passage of the places on the way in is the question's own.
    swift.settings = {**swift.settings, VARIABLE: point}
    await swift.start()
    question = anna.say("mutex?")
    await swift.until(lambda: anna.screen)

    anna.edit(question, "semaphore?")
    await swift.crashed()
    del swift.settings[VARIABLE]
    await swift.start()
    await shows(swift, anna, Seen(whole("semaphore?"), FULL))

    # The answer to the old question may have become whole before the change came once more.
    assert kept(swift.database).turns[-1]["question"] == "semaphore?"
