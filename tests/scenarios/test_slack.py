"""A team and the bot in Slack, with the bot as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.ledger import growing
from tests.servers.qwen import Done, End, Say, Until, Use, answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

TEAM, ANNA, BEN = "C0TEAM", "U0ANNA", "U0BEN"


async def test_a_mention_delivered_twice_is_answered_once_in_its_thread(stage: Stage) -> None:
    stage.qwen.reply(answer("Here I am."))
    await stage.start()

    root = stage.slack.mention(TEAM, ANNA, "are you there?")
    await stage.until(lambda: stage.slack.replies(TEAM))
    await stage.slack.settled()
    await stage.terminate()

    (reply,) = stage.slack.replies(TEAM)
    assert reply.thread_ts == root
    assert "Here I am." in reply.text
    assert len(stage.qwen.requests) == 1
    assert max(stage.slack.acks.values()) < 3.0


async def test_a_message_in_which_the_bot_is_named_by_a_change_is_answered_once(stage: Stage) -> None:
    stage.qwen.reply(answer("Here I am."))
    await stage.start()

    forgot = stage.slack.say(TEAM, ANNA, "are you there?")
    stage.slack.rewrite(TEAM, forgot, "<@U0BOT> are you there?")
    await stage.until(lambda: stage.slack.replies(TEAM))
    await stage.settled()
    stage.slack.rewrite(TEAM, forgot, "<@U0BOT> are you here?")
    await stage.until(lambda: len(stage.qwen.requests) == 2)
    await stage.settled()
    await stage.slack.settled()

    (reply,) = stage.slack.replies(TEAM)
    assert reply.thread_ts == forgot
    assert [asked.body["messages"][-1]["content"] for asked in stage.qwen.requests] == [
        "u0anna: are you there?",
        "u0anna: are you here?",
    ]


async def test_a_thread_is_followed_without_a_mention_also_after_a_restart(stage: Stage) -> None:
    stage.qwen.reply(answer("ok"))
    await stage.start()
    stage.slack.say(TEAM, BEN, "nobody asked the bot here")
    root = stage.slack.mention(TEAM, ANNA, "help us")
    await stage.until(lambda: len(stage.slack.replies(TEAM)) == 1)

    await stage.kill()
    await stage.start()
    stage.slack.say(TEAM, BEN, "and me too", thread_ts=root)
    await stage.until(lambda: len(stage.slack.replies(TEAM)) == 2)

    contents = [message["content"] for message in stage.qwen.requests[-1].body["messages"][1:]]
    assert len(contents) == 3
    assert contents[-1].endswith("and me too")


async def test_direct_messages_and_words_as_commands(stage: Stage) -> None:
    stage.qwen.reply(answer("ok"))
    await stage.start()
    dm = stage.slack.dm_of(ANNA)

    stage.slack.dm(ANNA, "hello")
    await stage.until(lambda: len(stage.slack.replies(dm)) == 1)
    stage.slack.dm(ANNA, "new")
    await stage.until(lambda: len(stage.slack.replies(dm)) == 2)
    stage.slack.dm(ANNA, "hello again")
    await stage.until(lambda: len(stage.slack.replies(dm)) == 3)

    assert len(stage.qwen.requests) == 2
    assert len(stage.qwen.requests[1].body["messages"]) == 2


async def test_stop_in_slack(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.reply([Say("This takes a while. " * 15), Until(never), End(), Use(), Done()])
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "write a novel")
    await stage.until(lambda: stage.slack.replies(TEAM))
    (reply,) = stage.slack.replies(TEAM)
    (button,) = [
        element for block in reply.blocks if block["type"] == "actions" for element in block["elements"]
    ]
    stage.slack.press(TEAM, reply.ts, button["action_id"], button["value"], ANNA)
    await stage.until(lambda: not growing(reply))

    assert "This takes a while." in reply.text
    assert "Stopped" in reply.text


async def test_someone_from_another_workspace_is_refused_once_without_a_model_call(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SLACK_ALLOWED_USERS": ""}
    stage.slack.add_user("U0GUEST", team="T0OTHER", stranger=True)
    await stage.start()

    stage.slack.dm("U0GUEST", "hello")
    stage.slack.dm("U0GUEST", "hello?")
    dm = stage.slack.dm_of("U0GUEST")
    await stage.until(lambda: stage.slack.replies(dm))
    await stage.slack.settled()
    await stage.terminate()

    (reply,) = stage.slack.replies(dm)
    assert "U0GUEST" in reply.text
    assert not stage.qwen.requests
