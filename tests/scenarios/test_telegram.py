"""A person and the bot in Telegram, with the bot as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.ledger import growing
from tests.scenarios.telling import Telling
from tests.servers.qwen import CloseQuietly, Done, End, Fault, Pause, Say, Until, Use, answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, TEAM, DISCUSSION = 7, -1007, -1_001_000_000_055
LONG = "A sentence of the answer that is long enough to be worth a look. " * 12


async def test_a_two_line_answer_costs_one_message_and_no_edit(stage: Stage) -> None:
    stage.qwen.reply(answer("First line.\nSecond line.", chunk=40))
    await stage.start()

    stage.telegram.say(ANNA, "hello")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()
    await stage.terminate()

    (message,) = stage.telegram.messages(ANNA)
    assert message.texts == ["First line.\nSecond line."]
    assert [button.label for button in message.buttons] == ["Again", "👍", "👎"]


async def test_the_answer_grows_in_one_message_and_the_typing_sign_comes_first(stage: Stage) -> None:
    told = Telling(LONG, LONG, LONG)
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    for times in (1, 2):
        await stage.until(lambda times=times: message.text == (LONG * times).strip())  # type: ignore[misc]
        assert message.buttons[0].label == "Stop"
        told.go_on()
    await stage.until(lambda: message.text == (LONG * 3).strip())

    assert not growing(message)
    assert all((LONG * 3).startswith(text) for text in message.texts)
    written = [call.method.lower() for call in stage.telegram.calls]
    assert written.index("sendchataction") < written.index("sendmessage")


async def test_stop_keeps_what_was_said(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.reply([Say(LONG), Until(never)])
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    stage.telegram.press(message.message_id, user_id=ANNA)
    await stage.until(lambda: not growing(message))

    assert message.text.startswith(LONG.strip())
    assert "Stopped" in message.text
    await stage.until(lambda: stage.qwen.requests[0].left)


async def test_what_is_said_during_an_answer_waits_visibly_and_becomes_one_turn(stage: Stage) -> None:
    go_on = asyncio.Event()
    stage.qwen.queue([Say(LONG), Until(go_on), End(), Use(), Done()])
    stage.qwen.reply(answer("Both heard."))
    await stage.start()

    stage.telegram.say(ANNA, "first")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    stage.telegram.say(ANNA, "second")
    stage.telegram.say(ANNA, "third")
    await stage.until(lambda: [m.reaction for m in stage.telegram.everything(ANNA)].count("👀") == 2)
    go_on.set()
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    await stage.until(lambda: not any(m.reaction for m in stage.telegram.everything(ANNA)))

    assert len(stage.qwen.requests) == 2
    assert stage.qwen.requests[1].body["messages"][-1]["content"] == "second\n\nthird"
    assert stage.qwen.requests[1].body["messages"][-2]["content"] == LONG.strip() or LONG


async def test_a_command_that_waited_no_longer_looks_as_if_it_did(stage: Stage) -> None:
    go_on = asyncio.Event()
    stage.qwen.reply([Say(LONG), Until(go_on), End(), Use(), Done()])
    await stage.start()

    stage.telegram.say(ANNA, "first")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    stage.telegram.say(ANNA, "/new")
    await stage.until(lambda: "👀" in [message.reaction for message in stage.telegram.everything(ANNA)])
    go_on.set()
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    await stage.settled()

    assert not [message for message in stage.telegram.everything(ANNA) if message.reaction]


async def test_a_paste_in_pieces_that_comes_after_its_question_is_answered_whole(stage: Stage) -> None:
    stage.qwen.queue([Until(asyncio.Event())])
    stage.qwen.reply(answer("Read."))
    await stage.start()

    stage.telegram.say(ANNA, "Please summarise:")
    await stage.qwen.arrived(1)
    stage.telegram.say(ANNA, "a" * 4096)
    await asyncio.sleep(0.5)
    stage.telegram.say(ANNA, "the end")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()

    whole = "Please summarise:\n\n" + "a" * 4096 + "\n\nthe end"
    assert [asked.body["messages"][-1]["content"] for asked in stage.qwen.requests[1:]] == [whole]
    assert [message.text for message in stage.telegram.messages(ANNA)] == ["Read."]


async def test_stop_works_under_an_answer_that_its_topic_refused(stage: Stage) -> None:
    stage.qwen.reply([Say(LONG), Until(asyncio.Event())])
    await stage.start()

    stage.telegram.say(ANNA, "tell me", thread=55, is_topic_message=True)
    stage.telegram.chat(ANNA).topics.discard(55)
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    stage.telegram.press(message.message_id, user_id=ANNA)
    await stage.until(lambda: not growing(message))

    assert message.thread is None
    assert "Stopped" in message.text


async def test_what_arrives_before_the_first_text_is_taken_in(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Until(never)])
    stage.qwen.reply(answer("Heard both."))
    await stage.start()

    stage.telegram.say(ANNA, "first")
    await stage.qwen.arrived(1)
    stage.telegram.say(ANNA, "second")
    await stage.until(lambda: stage.telegram.messages(ANNA))

    assert stage.qwen.requests[-1].body["messages"][-1]["content"] == "first\n\nsecond"
    assert len(stage.telegram.messages(ANNA)) == 1


async def test_the_conversation_is_remembered_over_a_restart_and_forgotten_on_new(stage: Stage) -> None:
    stage.qwen.reply(answer("noted"))
    await stage.start()
    stage.telegram.say(ANNA, "my name is Anna")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 1)
    await stage.settled()
    await stage.terminate()

    await stage.start()
    stage.telegram.say(ANNA, "who am I?")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    await stage.settled()
    stage.telegram.say(ANNA, "/new")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 3)
    stage.telegram.say(ANNA, "and now?")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 4)

    said = [
        [m["content"] for m in asked.body["messages"] if m["role"] != "system"]
        for asked in stage.qwen.requests
    ]
    assert said == [["my name is Anna"], ["my name is Anna", "noted", "who am I?"], ["and now?"]]


async def test_a_refused_key_is_explained_in_the_readers_language(stage: Stage) -> None:
    stage.qwen.reply(
        [Fault(401, {"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "1"})]
    )
    await stage.start()

    stage.telegram.say(ANNA, "hello", user={"language_code": "en"})
    stage.telegram.say(8, "你好", user={"language_code": "zh-hans"})
    await stage.until(lambda: stage.telegram.messages(ANNA) and stage.telegram.messages(8))

    assert "operator" in stage.telegram.messages(ANNA)[0].text
    assert "管理员" in stage.telegram.messages(8)[0].text
    asked = len(stage.qwen.requests)
    stage.telegram.say(ANNA, "hello?")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    assert len(stage.qwen.requests) == asked


async def test_a_rate_limit_is_waited_out(stage: Stage) -> None:
    limited = Fault(
        429,
        {"error": {"message": "Requests rate limit exceeded", "code": "limit_requests"}},
        {"retry-after": "2"},
    )
    stage.qwen.queue([limited])
    stage.qwen.reply(answer("Here it is."))
    await stage.start()

    stage.telegram.say(ANNA, "hello")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()

    assert stage.telegram.messages(ANNA)[0].text == "Here it is."
    assert stage.qwen.requests[1].arrived - stage.qwen.requests[0].arrived >= 2


async def test_an_interrupted_answer_stays_and_can_be_asked_again_in_its_message(stage: Stage) -> None:
    stage.qwen.queue([Say(LONG), Pause(0.1), CloseQuietly()])
    stage.qwen.reply(answer("A whole answer."))
    await stage.start()

    stage.telegram.say(ANNA, "hello")
    await stage.until(
        lambda: stage.telegram.messages(ANNA) and "broke off" in stage.telegram.messages(ANNA)[0].text
    )
    (message,) = stage.telegram.messages(ANNA)
    assert message.text.startswith(LONG.strip())
    stage.telegram.press(message.message_id, user_id=ANNA)
    await stage.until(lambda: message.text == "A whole answer.")
    await stage.settled()

    assert len(stage.telegram.messages(ANNA)) == 1
    assert not growing(message)


async def test_a_group_is_answered_only_when_addressed_and_the_model_knows_who_speaks(stage: Stage) -> None:
    stage.qwen.reply(answer("Yes."))
    await stage.start()

    stage.telegram.say(TEAM, "just talking", user_id=ANNA)
    stage.telegram.say(TEAM, "@QwenTestBot are you there?", user_id=ANNA, user={"first_name": "Anna"})
    await stage.until(lambda: stage.telegram.messages(TEAM))

    assert len(stage.qwen.requests) == 1
    assert stage.qwen.requests[0].body["messages"][-1]["content"].endswith(": are you there?")
    assert "Anna" in stage.qwen.requests[0].body["messages"][-1]["content"]


async def test_topics_of_a_private_chat_are_kept_apart(stage: Stage) -> None:
    stage.qwen.reply(answer("ok"))
    await stage.start()

    stage.telegram.say(ANNA, "in one topic", thread=11)
    stage.telegram.say(ANNA, "in another", thread=12)
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)

    assert {message.thread for message in stage.telegram.messages(ANNA)} == {11, 12}
    assert all(len(asked.body["messages"]) == 2 for asked in stage.qwen.requests)


async def test_comments_on_each_post_of_a_channel_are_a_conversation_of_their_own_also_after_a_kill(
    stage: Stage,
) -> None:
    stage.qwen.reply(answer("A fine one."))
    await stage.start()
    channel = {"id": -100999, "type": "channel", "title": "News"}
    copied: dict[str, Any] = {"user_id": 777000, "sender_chat": channel, "is_automatic_forward": True}
    first, second = (stage.telegram.say(DISCUSSION, text, **copied) for text in ("Tulips", "Roses"))

    async def comment(text: str, post: int, reply_to: int) -> list[str]:
        before = len(stage.telegram.messages(DISCUSSION))
        stage.telegram.say(DISCUSSION, text, user_id=7, reply_to=reply_to, message_thread_id=post)
        await stage.until(lambda: len(stage.telegram.messages(DISCUSSION)) > before)
        await stage.settled()
        return [message["content"] for message in stage.qwen.requests[-1].body["messages"][1:]]

    assert await comment("@QwenTestBot how many?", first, first) == ["> News: Tulips\n\nUser 7: how many?"]
    assert await comment("@QwenTestBot which?", second, second) == ["> News: Roses\n\nUser 7: which?"]
    under_first, _ = stage.telegram.messages(DISCUSSION)
    await stage.kill()
    await stage.start()
    asked = await comment("and why?", first, under_first.message_id)

    assert asked[:2] == ["> News: Tulips\n\nUser 7: how many?", "A fine one."]
    assert asked[2].endswith("User 7: and why?")
    assert [one.reply_to for one in stage.telegram.messages(DISCUSSION)][2] is not None
    assert not stage.telegram.violations
