"""The worker as its operator knows it: started, stopped, killed, started twice, set up wrongly."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.app import REST_SECONDS
from tests.scenarios.stage import PATIENCE, ROOT
from tests.servers.qwen import Say, Script, Until, answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA = 7
LONG = "Every word of this answer belongs to the same message, before and after. " * 10


async def test_one_wrong_token_keeps_the_bot_from_starting_half(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SLACK_BOT_TOKEN": "xoxb-not-the-one"}

    process = await stage.spawn()
    code = await process.wait()

    assert code == 2
    assert "SLACK_BOT_TOKEN" in stage.log
    assert "Traceback" not in stage.log
    assert "xoxb-not-the-one" not in stage.log
    assert not [call for call in stage.telegram.calls if call.method.lower() == "getupdates"]


async def test_all_mistakes_are_reported_together(stage: Stage) -> None:
    stage.settings = {
        **stage.settings,
        "OPENAI_API_KEY": "",
        "TELEGRAM_BOT_TOKEN": "nonsense",
        "TEMPERATURE": "7",
    }

    process = await stage.spawn()
    code = await process.wait()

    assert code == 2
    assert all(name in stage.log for name in ("OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN", "TEMPERATURE"))


async def test_a_start_that_may_succeed_later_ends_with_another_code(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        process = await stage.spawn()
        code = await process.wait()

    assert code == 1
    assert "another program holds it" in stage.log
    assert "Traceback" not in stage.log


async def test_a_second_process_on_the_same_database_is_refused(stage: Stage) -> None:
    await stage.start()
    first = stage.process

    second = await stage.spawn()
    code = await second.wait()
    stage.process = first

    assert code == 2
    assert "another process is already using" in stage.log
    assert "Traceback" not in stage.log


async def test_sigterm_while_idle_is_quick(stage: Stage) -> None:
    await stage.start()

    code, seconds = await stage.terminate()

    assert code == 0
    assert seconds < REST_SECONDS


async def test_sigterm_shows_and_stores_what_is_there_and_the_next_start_goes_on(stage: Stage) -> None:
    never = asyncio.Event()
    unfinished: Script = [Say(LONG), Until(never)]
    stage.qwen.queue(*[unfinished] * 20)
    stage.qwen.reply(answer(LONG + "The end.", chunk=64))
    await stage.start()
    people = range(100, 120)
    for person in people:
        stage.telegram.say(person, "tell me")
    await stage.until(lambda: all(stage.telegram.messages(person) for person in people))

    code, seconds = await stage.terminate()
    assert code == 0
    assert seconds < 9.0
    assert all(LONG[:80] in stage.telegram.messages(person)[0].text for person in people)
    await stage.start()
    await stage.until(lambda: all(stage.telegram.messages(p)[0].text.endswith("The end.") for p in people))

    assert all(len(stage.telegram.messages(person)) == 1 for person in people)


async def test_a_killed_bot_goes_on_in_the_same_message_and_never_shows_less(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Say(LONG), Until(never)])
    stage.qwen.reply(answer(LONG + "The end.", chunk=24))
    await stage.start()
    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))

    await stage.kill()
    await stage.start()
    (message,) = stage.telegram.messages(ANNA)
    await stage.until(lambda: message.text.endswith("The end."))

    assert len(stage.telegram.messages(ANNA)) == 1
    assert all(len(text) >= len(LONG.strip()) for text in message.texts)
    assert len(stage.qwen.requests) == 2


async def test_what_was_said_while_the_bot_was_down_is_answered(stage: Stage) -> None:
    stage.qwen.reply(answer("Better late."))
    await stage.start()
    await stage.kill()

    stage.telegram.say(ANNA, "are you there?")
    await stage.start()
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()

    assert [message.text for message in stage.telegram.messages(ANNA)] == ["Better late."]


async def test_a_platform_that_cannot_be_reached_yet_holds_up_nobody_else(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SLACK_API_BASE": "http://127.0.0.1:9/api/"}
    stage.qwen.reply(answer("Telegram works."))

    await stage.spawn()
    stage.telegram.say(ANNA, "hello")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()
    code, _ = await stage.terminate()

    assert stage.telegram.messages(ANNA)[0].text == "Telegram works."
    assert code == 0


BREAK = """
from importlib import import_module

async def broken(*_args, **_more):
    raise RuntimeError("a mistake of the program")

*path, name = "{where}".split(":")[1].split(".")
place = import_module("{where}".split(":")[0])
for step in path:
    place = getattr(place, step)
setattr(place, name, broken)
"""


@pytest.mark.parametrize(
    "where",
    [
        "bot.janitor:Janitor.run",
        "bot.watch:watch_loop",
        "bot.turns.worker:Worker._claim_all",
        "bot.reply.pacer:Pacer.run",
        "adapters.telegram.listen:Listener._store",
        "adapters.slack.missed:Missed.run",
    ],
)
async def test_a_part_that_dies_of_a_mistake_takes_the_process_along_and_nothing_is_lost(
    swift: Stage, where: str
) -> None:
    (swift.folder / "sitecustomize.py").write_text(BREAK.format(where=where))
    sound = swift.settings
    swift.settings = {**sound, "PYTHONPATH": f"{swift.folder}:{ROOT}"}
    swift.qwen.reply(answer("Here I am."))
    swift.telegram.say(ANNA, "hello")

    process = await swift.spawn()
    async with asyncio.timeout(PATIENCE):
        code = await process.wait()
    swift.settings = sound
    await swift.start()
    await swift.until(lambda: swift.telegram.messages(ANNA))
    await swift.settled()

    assert code == 1
    assert "the bot cannot go on" in swift.log
    assert [message.text for message in swift.telegram.messages(ANNA)] == ["Here I am."]
