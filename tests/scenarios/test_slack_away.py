"""What was written in Slack while the bot was away for longer than Slack delivers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.ledger import kept
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

TEAM, ANNA, BEN = "C0TEAM", "U0ANNA", "U0BEN"
WORDS = ("one", "two", "three", "four")


def echo(asked: Asked) -> Script:
    return answer(f"You said {asked.body['messages'][-1]['content'].split()}.", chunk=200)


def heard(stage: Stage, channel: str) -> list[str]:
    """Return which words the bot answered, in the order of its answers."""
    return re.findall(rf"'({'|'.join(WORDS)})'", " ".join(one.shown for one in stage.slack.replies(channel)))


async def test_what_was_written_while_the_bot_was_killed_is_answered_once_and_in_order(swift: Stage) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    root = swift.slack.mention(TEAM, ANNA, "hello")
    dm = swift.slack.dm_of(BEN)
    swift.slack.dm(BEN, "hello")
    await swift.until(lambda: swift.slack.replies(TEAM) and swift.slack.replies(dm))
    await swift.settled()
    await swift.kill()
    swift.slack.hold_back()
    for word in WORDS[:2]:
        swift.slack.say(TEAM, BEN, word, thread_ts=root)
        swift.slack.dm(BEN, word)
    swift.slack.mention(TEAM, BEN, "three")

    await swift.start()
    await swift.until(lambda: len(heard(swift, TEAM)) == 3 and len(heard(swift, dm)) == 2)
    swift.slack.hand_over()
    swift.slack.dm(BEN, "four")
    await swift.until(lambda: "four" in heard(swift, dm))
    await swift.slack.settled()
    await swift.settled()

    assert heard(swift, TEAM) == ["one", "two", "three"]
    assert heard(swift, dm) == ["one", "two", "four"]
    assert not swift.slack.violations
    keys = [event["key"] for event in kept(swift.database).events]
    assert len(keys) == len(set(keys)) == 8


async def test_somebody_who_may_not_speak_is_not_heard_through_the_history(swift: Stage) -> None:
    swift.settings = {**swift.settings, "SLACK_ALLOWED_USERS": ""}
    swift.slack.add_user("U0GUEST", team="T0OTHER", stranger=True)
    swift.qwen.reply(echo)
    await swift.start()
    root = swift.slack.mention(TEAM, ANNA, "one")
    await swift.until(lambda: swift.slack.replies(TEAM))
    await swift.settled()
    await swift.kill()
    swift.slack.hold_back()
    swift.slack.say(TEAM, "U0GUEST", "two", thread_ts=root)
    swift.slack.say(TEAM, ANNA, "three", thread_ts=root)

    await swift.start()
    await swift.until(lambda: "three" in heard(swift, TEAM))
    await swift.settled()

    assert heard(swift, TEAM) == ["one", "three"]
    assert "two" not in json.dumps([asked.body for asked in swift.qwen.requests])
