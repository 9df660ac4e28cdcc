"""What was said while the bot was not there."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.ledger import kept, posted
from tests.servers.qwen import Say, Until, answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

CHATS, EACH = 100, 10
DAY = 86_400


def echo(asked: Asked) -> Script:
    return answer(f"You said {asked.body['messages'][-1]['content'].split()}.", chunk=200)


@pytest.mark.timeout(120)
async def test_a_thousand_messages_of_a_hundred_chats_are_all_answered_in_order(stage: Stage) -> None:
    stage.qwen.reply(echo)
    people = [100 + number for number in range(CHATS) for _ in range(EACH)]
    random.Random(7).shuffle(people)  # noqa: S311 - nothing here is a secret
    said: dict[int, list[str]] = {person: [] for person in people}
    for person in people:
        said[person].append(f"w{len(said[person])}")
        stage.telegram.say(person, said[person][-1])

    await stage.start()
    await stage.until(lambda: not stage.telegram.updates.waiting, 30.0)
    await stage.settled(60.0)

    for person, words in said.items():
        answers = " ".join(message.text for message in stage.telegram.messages(person))
        places = [answers.index(f"'{word}'") for word in words]
        assert places == sorted(places)
    assert not [call for call in stage.telegram.calls if call.status == 429]


async def test_what_waited_too_long_is_asked_back_once_per_chat_and_the_rest_is_answered(
    swift: Stage,
) -> None:
    swift.qwen.reply(answer("Here I am."))
    long_ago = int(time.time()) - 2 * DAY
    for text in ("are you there?", "hello?", "anybody?"):
        swift.telegram.say(7, text, date=long_ago)
    swift.telegram.say(8, "good morning", date=long_ago)
    swift.telegram.say(8, "and now?")

    await swift.start()
    await swift.until(lambda: len(posted(swift)) == 2)
    await swift.settled()

    (late,) = swift.telegram.messages(7)
    assert "I was away" in late.text
    assert [message.text for message in swift.telegram.messages(8)] == ["Here I am."]
    assert len(swift.qwen.requests) == 1


async def test_an_answer_that_was_begun_is_ended_however_long_it_took(swift: Stage) -> None:
    begun = "A long answer begins here. " * 30
    swift.qwen.queue([Say(begun), Until(asyncio.Event())])
    swift.qwen.reply(answer(f"{begun}The end."))
    await swift.start()
    swift.telegram.say(7, "tell me")
    await swift.until(lambda: swift.telegram.messages(7))
    await swift.kill()
    age(swift.database)

    await swift.start()
    await swift.settled()

    (message,) = swift.telegram.messages(7)
    assert message.text.endswith("The end.")
    assert [turn["kind"] for turn in kept(swift.database).turns] == ["answer"]


def age(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE event SET sent_at = sent_at - ?", (2 * DAY,))
