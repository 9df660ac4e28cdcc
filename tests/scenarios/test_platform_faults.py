"""What people see when a platform refuses, loses, hangs or moves things: every answer once, and whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.crash import VARIABLE
from tests.ledger import is_silent, kept
from tests.scenarios.telling import Telling
from tests.servers.qwen import Say, Until, answer
from tests.servers.slack import Lost as LostInSlack
from tests.servers.slack import Refused
from tests.servers.telegram import BLOCKED, Lost, refuse, too_many

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, GROUP, SUPERGROUP = 7, -42, -1_001_900_000_002
LONG = "A sentence of the answer that is long enough to be worth a look. " * 12


async def test_a_silence_is_kept_over_a_kill_and_the_last_text_still_comes(stage: Stage) -> None:
    told = Telling(LONG, "And on. ", "The end.")
    stage.qwen.queue(told.script)
    stage.qwen.reply(answer(LONG + "And on. The end."))
    stage.telegram.fail("editMessageText", too_many(5))
    await stage.start()
    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    told.go_on()
    await stage.until(lambda: is_silent(stage.database))
    await stage.kill()

    await stage.start()
    await stage.settled()

    (message,) = stage.telegram.messages(ANNA)
    assert message.text.endswith("The end.")
    refused, *later = [call for call in stage.telegram.calls_to("editMessageText") if call.at]
    assert refused.status == 429
    assert all(call.at - refused.at >= 5.0 for call in later)


async def test_a_post_whose_answer_was_lost_is_found_and_not_made_again(swift: Stage) -> None:
    swift.qwen.reply(answer("Here I am."))
    swift.telegram.fail("sendMessage", Lost())
    swift.slack.fail("chat.postMessage", LostInSlack())
    await swift.start()

    swift.telegram.say(ANNA, "hello")
    swift.slack.dm("U0ANNA", "hello")
    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await swift.settled()

    assert [message.text for message in swift.telegram.messages(ANNA)] == ["Here I am."]
    assert len(swift.slack.replies("DU0ANNA")) == 1


async def test_a_lost_post_is_not_taken_for_a_message_of_a_busy_group(swift: Stage) -> None:
    swift.qwen.reply(answer("Here I am."))
    swift.telegram.fail("sendMessage", Lost())
    await swift.start()

    asked = swift.telegram.say(SUPERGROUP, "/help", user_id=9)
    await swift.until(lambda: swift.telegram.messages(SUPERGROUP))
    await swift.settled()

    assert len(swift.telegram.messages(SUPERGROUP)) == 1
    assert swift.telegram.messages(SUPERGROUP)[0].message_id == asked + 1


async def test_an_edit_that_was_made_and_whose_answer_was_lost_does_no_harm(swift: Stage) -> None:
    told = Telling(LONG, "And on. ", "The end.")
    swift.qwen.reply(told.script)
    swift.telegram.fail("editMessageText", Lost(), times=2)
    await swift.start()

    swift.telegram.say(ANNA, "tell me")
    await swift.until(lambda: swift.telegram.messages(ANNA))
    told.go_on()
    await swift.until(lambda: len(swift.telegram.calls_to("editMessageText")) == 2)
    told.go_on()
    await swift.settled()

    (message,) = swift.telegram.messages(ANNA)
    assert message.text == LONG + "And on. The end."


async def test_a_message_the_person_deleted_is_written_anew(swift: Stage) -> None:
    gate = asyncio.Event()
    swift.qwen.reply([Say(LONG), Until(gate), *answer("The end.")])
    await swift.start()
    swift.telegram.say(ANNA, "tell me")
    await swift.until(lambda: swift.telegram.messages(ANNA))

    swift.telegram.delete(ANNA, swift.telegram.messages(ANNA)[0].message_id)
    gate.set()
    await swift.settled()

    (message,) = swift.telegram.messages(ANNA)
    assert message.text.endswith("The end.")


async def test_where_a_workspace_forbids_editing_an_answer_stands_there_once(swift: Stage) -> None:
    swift.qwen.reply(answer(LONG + "The end.", chunk=60, pause=0.1))
    swift.slack.fail("chat.update", Refused("edit_window_closed"), times=99)
    await swift.start()

    swift.slack.dm("U0ANNA", "tell me")
    await swift.until(lambda: kept(swift.database).turns)
    await swift.settled()

    (message,) = swift.slack.replies("DU0ANNA")
    assert message.text.endswith("The end.")
    assert swift.slack.count("chat.postMessage") <= 2


async def test_whoever_blocks_the_bot_is_left_alone(swift: Stage) -> None:
    swift.telegram.fail("sendMessage", BLOCKED, times=99)
    await swift.start()

    swift.telegram.say(ANNA, "hello")
    swift.telegram.chat(ANNA, shut="Forbidden: bot was blocked by the user")
    await swift.until(lambda: kept(swift.database).turns)
    await swift.settled()

    assert len(swift.telegram.calls_to("sendMessage")) == 1
    assert [turn["state"] for turn in kept(swift.database).turns] == ["failed"]


async def test_formatting_that_is_refused_is_left_out(swift: Stage) -> None:
    swift.qwen.reply(answer("**Bold** and plain."))
    swift.telegram.fail("sendMessage", refuse("can't parse entities: unsupported start tag"))
    await swift.start()

    swift.telegram.say(ANNA, "hello")
    await swift.until(lambda: swift.telegram.messages(ANNA))
    await swift.settled()

    (message,) = swift.telegram.messages(ANNA)
    assert "Bold" in message.text
    assert not message.entities


async def test_a_group_that_becomes_a_supergroup_keeps_its_conversation(swift: Stage) -> None:
    gate = asyncio.Event()
    swift.qwen.queue(answer("First answer."), [Say("Second "), Until(gate), *answer("answer.")])
    swift.qwen.reply(answer("Another answer."))
    await swift.start()
    swift.telegram.say(GROUP, "@QwenTestBot one", user_id=9)
    await swift.until(lambda: len(swift.telegram.messages(GROUP)) == 1)
    await swift.settled()
    swift.telegram.say(GROUP, "@QwenTestBot two", user_id=9)
    await swift.until(lambda: len(swift.qwen.requests) == 2)

    swift.telegram.chat(SUPERGROUP)
    swift.telegram.chat(GROUP, moved_to=SUPERGROUP)
    gate.set()
    await swift.until(lambda: swift.telegram.messages(SUPERGROUP))
    await swift.settled()
    swift.telegram.say(SUPERGROUP, "@QwenTestBot three", user_id=9)
    await swift.until(lambda: len(swift.telegram.messages(SUPERGROUP)) == 2)
    await swift.settled()

    roles = [message["role"] for message in swift.qwen.requests[-1].body["messages"]]
    assert roles == ["system", *["user", "assistant"] * 2, "user"]
    assert len(kept(swift.database).chats) == 1


async def test_a_group_that_becomes_a_supergroup_in_a_quiet_moment_is_remembered(swift: Stage) -> None:
    swift.qwen.reply(answer("An answer."))
    await swift.start()
    swift.telegram.say(GROUP, "@QwenTestBot one", user_id=9)
    await swift.until(lambda: swift.telegram.messages(GROUP))
    await swift.settled()

    swift.telegram.chat(SUPERGROUP)
    swift.telegram.chat(GROUP, moved_to=SUPERGROUP)
    note = {"message_id": 99, "date": 1_700_000_000, "chat": {"id": GROUP, "type": "group", "title": "Us"}}
    swift.telegram.update({"message": note | {"migrate_to_chat_id": SUPERGROUP}})
    swift.telegram.say(SUPERGROUP, "@QwenTestBot two", user_id=9)
    await swift.until(lambda: swift.telegram.messages(SUPERGROUP))
    await swift.settled()

    roles = [message["role"] for message in swift.qwen.requests[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert len(kept(swift.database).chats) == 1


async def test_a_place_to_crash_named_in_the_environment_is_a_seam_of_tests_only(swift: Stage) -> None:
    swift.settings = {**swift.settings, VARIABLE: ""}
    swift.qwen.reply(answer("Here I am."))
    await swift.start()

    swift.telegram.say(ANNA, "hello")
    await swift.until(lambda: swift.telegram.messages(ANNA))

    code, _ = await swift.terminate()
    assert code == 0
