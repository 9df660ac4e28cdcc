"""Several people and what they show each other: quotes, shared messages, and presses under others' answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bot.phrases import say
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, BEN, TEAM = 7, 8, -1007
SLACK_ANNA, SLACK_BEN, CHANNEL = "U0ANNA", "U0BEN", "C0TEAM"


def asked(stage: Stage) -> list[str]:
    """Return the last message of each request to the model."""
    return [request.body["messages"][-1]["content"] for request in stage.qwen.requests]


async def test_in_telegram_the_model_is_told_who_wrote_what_a_question_replies_to(stage: Stage) -> None:
    stage.qwen.reply(answer("It is not."))
    await stage.start()
    flat = stage.telegram.say(TEAM, "The earth is flat.", user_id=BEN)

    stage.telegram.say(TEAM, "@QwenTestBot is that so?", user_id=ANNA, reply_to=flat)
    await stage.until(lambda: stage.telegram.messages(TEAM))
    await stage.settled()
    answered = stage.telegram.messages(TEAM)[0].message_id
    stage.telegram.say(TEAM, "why?", user_id=BEN, reply_to=answered)
    await stage.until(lambda: len(stage.telegram.messages(TEAM)) == 2)
    await stage.settled()

    assert asked(stage) == [
        "> User 8: The earth is flat.\n\nUser 7: is that so?",
        "> You: It is not.\n\nUser 8: why?",
    ]


async def test_in_slack_the_model_is_told_who_wrote_a_message_that_is_shared(stage: Stage) -> None:
    stage.qwen.reply(answer("On Friday."))
    await stage.start()
    dm = stage.slack.world.channel(stage.slack.dm_of(SLACK_ANNA))
    stage.slack.world.user(SLACK_ANNA)
    shared: dict[str, Any] = {
        "is_share": True,
        "is_msg_unfurl": True,
        "author_id": SLACK_BEN,
        "author_name": "Ben",
    }
    shared |= {"text": "ship on &lt;Friday&gt;", "fallback": "[Nov 22] Ben: ship", "channel_id": CHANNEL}
    said = {
        "type": "message",
        "channel": dm.id,
        "channel_type": "im",
        "user": SLACK_ANNA,
        "team": stage.slack.team,
    }

    stage.slack.event(said | {"ts": f"{time.time():.6f}", "text": "when?", "attachments": [shared]})
    await stage.until(lambda: stage.slack.replies(dm.id))
    await stage.settled()

    assert asked(stage) == ["> Ben: ship on <Friday>\n\nwhen?"]


async def test_in_telegram_who_may_not_press_reads_why_and_nobody_else_does(stage: Stage) -> None:
    stage.qwen.reply(answer("Yes."))
    await stage.start()
    stage.telegram.say(TEAM, "@QwenTestBot really?", user_id=ANNA)
    await stage.until(lambda: stage.telegram.messages(TEAM))
    await stage.settled()
    [shown] = stage.telegram.messages(TEAM)

    press = stage.telegram.press(shown.message_id, "again:1", BEN, chat_id=TEAM)
    await stage.until(lambda: stage.telegram.press_answer(press))
    await stage.settled()

    told = stage.telegram.press_answer(press) or {}
    assert told["text"] == say("told_not_yours", "en")
    assert stage.telegram.messages(TEAM) == [shown]
    assert len(stage.qwen.requests) == 1


async def test_in_slack_who_may_not_press_reads_why_and_nobody_else_does(stage: Stage) -> None:
    stage.qwen.reply(answer("Yes."))
    await stage.start()
    root = stage.slack.mention(CHANNEL, SLACK_ANNA, "really?")
    await stage.until(lambda: stage.slack.thread(CHANNEL, root))
    await stage.settled()
    [shown] = stage.slack.thread(CHANNEL, root)

    stage.slack.press(CHANNEL, shown.ts, "again", user=SLACK_BEN)
    await stage.until(lambda: stage.slack.world.ephemerals)
    await stage.settled()

    [told] = stage.slack.world.ephemerals
    assert (told["user"], told["thread_ts"]) == (SLACK_BEN, root)
    assert told["text"] == say("told_not_yours", "en")
    assert stage.slack.thread(CHANNEL, root) == [shown]
    assert len(stage.qwen.requests) == 1
