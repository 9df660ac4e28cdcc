"""Events as platforms really deliver them: doubled, out of order, of unknown kinds, unreadable."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.ledger import kept, posted
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

ANNA, TEAM, BEN = 7, "C0TEAM", "U0BEN"
PERSON = {"id": 7, "is_bot": False, "first_name": "Anna"}
CHAT = {"id": 7, "type": "private", "first_name": "Anna"}


def echo(asked: Asked) -> Script:
    """Say what was said, without the names of those who said it."""
    words = asked.body["messages"][-1]["content"].split()
    return answer(f"You said {[word for word in words if not word.endswith(':')]}.", chunk=200)


def texts(stage: Stage) -> list[str]:
    return [one.text for one in posted(stage).values()]


def aside(stage: Stage) -> list[str]:
    with closing(sqlite3.connect(stage.database)) as connection:
        return [row[0] for row in connection.execute("SELECT raw FROM set_aside ORDER BY id")]


def message(number: int, **fields: Any) -> dict[str, Any]:
    return {"message": {"message_id": number, "date": 1_700_000_000, "chat": CHAT, "from": PERSON, **fields}}


async def test_one_telegram_update_delivered_again_and_again_is_answered_once(swift: Stage) -> None:
    swift.qwen.reply(echo)
    swift.telegram.say(ANNA, "one")
    update = swift.telegram.updates.waiting[0]
    swift.telegram.updates.waiting += [dict(update), dict(update)]

    await swift.start()
    await swift.until(lambda: texts(swift))
    await swift.settled()
    swift.telegram.updates.push(dict(update))
    swift.telegram.say(8, "two")
    await swift.until(lambda: len(texts(swift)) == 2)
    await swift.settled()

    assert sorted(texts(swift)) == ["You said ['one'].", "You said ['two']."]
    assert len(kept(swift.database).events) == 2


async def test_telegram_updates_out_of_order_and_with_smaller_ids_are_all_answered(swift: Stage) -> None:
    swift.qwen.reply(echo)
    for person in (11, 12, 13):
        swift.telegram.say(person, f"w{person}")
    swift.telegram.updates.waiting.reverse()
    await swift.start()
    await swift.until(lambda: len(texts(swift)) == 3)
    await swift.settled()
    await swift.kill()

    # After a quiet week the platform counts from anywhere.
    swift.telegram.updates.next_id = 500
    swift.telegram.say(14, "w14")
    await swift.start()
    await swift.until(lambda: len(texts(swift)) == 4)
    await swift.settled()

    assert sorted(texts(swift)) == [f"You said ['w{person}']." for person in (11, 12, 13, 14)]


@pytest.mark.parametrize("first", ["message", "app_mention"])
async def test_one_slack_mention_delivered_in_two_kinds_and_retried_is_answered_once(
    swift: Stage, first: str
) -> None:
    swift.qwen.reply(echo)
    await swift.start()

    swift.slack.say(TEAM, BEN, "not for the bot")
    swift.slack.mention(TEAM, BEN, "one", first=first)
    for envelope in list(swift.slack.envelopes):
        for _ in range(3):
            swift.slack.again(envelope)
    await swift.until(lambda: texts(swift))
    await swift.slack.settled()
    await swift.settled()

    assert texts(swift) == ["You said ['one']."]
    assert len(kept(swift.database).events) == 1


async def test_what_is_no_question_is_neither_answered_nor_does_it_harm(swift: Stage) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    number = swift.telegram.say(ANNA, "one")
    ts = swift.slack.mention(TEAM, BEN, "two")
    await swift.until(lambda: len(texts(swift)) == 2)
    await swift.settled()

    swift.telegram.edit(ANNA, number, "one")
    swift.telegram.update(message(900, pinned_message={"message_id": number, "date": 0, "chat": CHAT}))
    swift.telegram.update(message(901, new_chat_title="A new name"))
    swift.telegram.update({"poll_answer": {"poll_id": "1", "user": PERSON, "option_ids": [0]}})
    swift.telegram.update({"something_of_next_year": {"id": 1}})
    swift.slack.rewrite(TEAM, ts, "<@U0BOT> two")
    swift.slack.event({"type": "reaction_added", "user": BEN, "item": {"type": "message"}})
    swift.slack.event({"type": "message", "subtype": "channel_join", "channel": TEAM, "user": BEN, "ts": ts})
    swift.slack.event({"type": "message", "subtype": "message_deleted", "channel": TEAM, "deleted_ts": ts})
    swift.slack.event({"type": "something_of_next_year"})
    swift.telegram.say(8, "three")
    swift.slack.dm(BEN, "four")
    await swift.until(lambda: len(texts(swift)) == 4)
    await swift.slack.settled()
    await swift.settled()

    words = ("four", "one", "three", "two")
    assert sorted(texts(swift)) == [f"You said ['{word}']." for word in words]
    assert aside(swift) == []


async def test_what_cannot_be_read_is_set_aside_and_those_around_it_are_answered(swift: Stage) -> None:
    swift.qwen.reply(echo)
    swift.telegram.say(11, "one")
    swift.telegram.update({"message": {"message_id": "odd", "date": "yesterday", "chat": 3}})
    swift.telegram.say(12, "two")
    await swift.start()
    swift.slack.dm("U0ONE", "three")
    swift.slack.event({"type": "message", "channel": TEAM, "user": BEN, "text": 5, "ts": ["odd"]})
    swift.slack.dm("U0TWO", "four")

    await swift.until(lambda: len(texts(swift)) == 4)
    await swift.slack.settled()
    await swift.settled()

    words = ("four", "one", "three", "two")
    assert sorted(texts(swift)) == [f"You said ['{word}']." for word in words]
    assert sorted('"date": "text of 9"' in raw for raw in aside(swift)) == [False, True]
    assert not [raw for raw in aside(swift) if "yesterday" in raw or BEN in raw]
