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


async def test_who_writes_after_an_outage_is_answered_after_what_they_wrote_in_it(stage: Stage) -> None:
    others = [f"U0OTHER{n}" for n in range(8)]
    stage.qwen.reply(echo)
    await stage.start()
    root = stage.slack.mention(TEAM, ANNA, "hello")
    for person in (BEN, *others):
        stage.slack.dm(person, "hello")
    dm = stage.slack.dm_of(BEN)
    await stage.until(lambda: stage.slack.replies(TEAM) and stage.slack.replies(dm))
    await stage.settled()
    await stage.kill()
    stage.slack.hold_back()
    stage.slack.dm(BEN, "one")
    stage.slack.say(TEAM, ANNA, "one", thread_ts=root)

    stage.slack.give_up()
    await stage.start()
    stage.slack.dm(BEN, "two")
    stage.slack.say(TEAM, ANNA, "two", thread_ts=root)
    await stage.until(lambda: len(heard(stage, dm)) == 2 and len(heard(stage, TEAM)) == 2, 40.0)
    await stage.slack.settled()
    await stage.settled()

    assert heard(stage, dm) == heard(stage, TEAM) == ["one", "two"]
    assert max(stage.slack.acks.values()) < 3
    assert not [call for call in stage.slack.calls if call.status == 429]
    assert not stage.slack.violations


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
