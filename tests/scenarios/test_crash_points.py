"""Killed at each place where a kill could lose or double something, on each platform by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.crash import POINTS, VARIABLE, armed
from bot.phrases import say
from tests.ledger import kept, posted
from tests.scenarios.stage import PATIENCE, ROOT
from tests.servers.qwen import Until, answer

if TYPE_CHECKING:
    from tests.ledger import Posted
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Script

FILLER = "and so the answer goes on for a while, word after word, "
LENGTH = {"telegram": 90, "slack": 260}
"""Repetitions of the filler that make two pages."""
WITHOUT_A_TURN = {"erased", "erasing", "forgetting", "migrating", "repeating", "voided"}
"""Not passed while one question is answered."""
BEFORE_A_WORD = {"received", "storing", "stored", "claimed"}
AFTER_THE_LAST = {"read", "answered", "shown"}
"""Of what the model says; the others are passed while it still speaks."""


def ask(stage: Stage, platform: str, text: str) -> None:
    if platform == "telegram":
        stage.telegram.say(7, text)
    else:
        stage.slack.dm("U0ANNA", text)


def shown(stage: Stage, platform: str) -> list[Posted]:
    return [one for one in posted(stage).values() if one.platform == platform and not one.gone]


def two_pages(platform: str, end: asyncio.Event) -> Script:
    """Return an answer of two pages that keeps its last words back until the event."""
    whole = answer("Begun " + FILLER * LENGTH[platform] + "Ended", chunk=400, pause=0.02)
    return (*whole[:-4], Until(end), *whole[-4:])


@pytest.mark.parametrize("platform", ["telegram", "slack"])
@pytest.mark.parametrize("point", sorted(POINTS.keys() - WITHOUT_A_TURN))
async def test_killed_at_a_place_the_answer_stands_there_once_and_whole(
    point: str, platform: str, swift: Stage
) -> None:
    end = asyncio.Event()
    if point in AFTER_THE_LAST:
        end.set()
    swift.qwen.reply(two_pages(platform, end))
    swift.settings = {**swift.settings, VARIABLE: point}
    await swift.start()
    ask(swift, platform, "tell me")
    await swift.crashed()
    del swift.settings[VARIABLE]
    end.set()

    await swift.start()
    await swift.until(lambda: kept(swift.database).turns)
    await swift.settled()
    await swift.terminate()

    pages = shown(swift, platform)
    assert "".join(one.text for one in pages).count("Begun") == 1
    assert pages[-1].text.rstrip().endswith("Ended")
    assert len(pages) == 2
    asked_again = point not in BEFORE_A_WORD | AFTER_THE_LAST - {"read"}
    assert len(swift.qwen.requests) == 1 + asked_again


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_an_answer_whose_end_kills_the_process_each_time_is_given_up_with_a_sentence(
    platform: str, swift: Stage
) -> None:
    swift.qwen.reply(answer("Here I am."))
    swift.settings = {**swift.settings, VARIABLE: "shown"}
    await swift.start()
    ask(swift, platform, "tell me")
    await swift.crashed()
    for _ in range(2):
        await swift.spawn()
        await swift.crashed()
    del swift.settings[VARIABLE]

    await swift.start()
    await swift.settled()
    swift.qwen.reply(answer("Another one."))
    ask(swift, platform, "and now?")
    await swift.until(lambda: len(shown(swift, platform)) == 2)
    await swift.settled()

    assert [one.text for one in shown(swift, platform)] == [say("gave_up", "en"), "Another one."]
    assert len(swift.qwen.requests) == 2


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_an_answer_that_nothing_can_lay_out_is_given_up_with_a_sentence(
    platform: str, swift: Stage
) -> None:
    (swift.folder / "sitecustomize.py").write_text(LETHAL)
    swift.settings = {**swift.settings, "PYTHONPATH": f"{swift.folder}:{ROOT}"}
    swift.qwen.reply(answer("Begun. " * 60 + "LETHAL. " + "And over.", chunk=40, pause=0.05))
    await swift.start()
    ask(swift, platform, "tell me")
    await swift.crashed()
    await swift.spawn()
    while not await is_settled(swift):
        swift.crashes += 1
        await swift.spawn()

    assert [one.text.endswith(say("gave_up", "en")) for one in shown(swift, platform)] == [True]
    assert len(swift.qwen.requests) == 1


LETHAL = """
import os, signal
from bot.reply.pages import Pages

grow = Pages.grow

def lethal(self, text, **more):
    if "LETHAL" in text and more["finished"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return grow(self, text, **more)

Pages.grow = lethal
"""


async def is_settled(stage: Stage) -> bool:
    """Wait until the process has ended or all is over; tell whether it is all over."""
    assert stage.process is not None
    async with asyncio.timeout(PATIENCE):
        while stage.process.returncode is None:
            if kept(stage.database).settled:
                return True
            await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_a_new_conversation_is_begun_wholly_or_not_at_all(platform: str, swift: Stage) -> None:
    swift.qwen.reply(answer("Noted."))
    swift.settings = {**swift.settings, VARIABLE: "forgetting"}
    await swift.start()
    ask(swift, platform, "remember this")
    await swift.until(lambda: len(shown(swift, platform)) == 1)
    ask(swift, platform, "/new" if platform == "telegram" else "new")
    await swift.crashed()
    assert [chat["forgotten_to"] for chat in kept(swift.database).chats.values()] == [0]
    del swift.settings[VARIABLE]

    await swift.start()
    await swift.until(lambda: len(shown(swift, platform)) == 2)
    ask(swift, platform, "what did I say?")
    await swift.until(lambda: len(shown(swift, platform)) == 3)
    await swift.settled()

    assert "new conversation" in shown(swift, platform)[1].text
    spoken = [one for one in swift.qwen.requests[-1].body["messages"] if one["role"] != "system"]
    assert [one["content"] for one in spoken] == ["what did I say?"]


@pytest.mark.parametrize("statement", [1, 7, 12])
async def test_a_migration_that_was_killed_is_made_at_the_next_start(statement: int, swift: Stage) -> None:
    swift.qwen.reply(answer("Here."))
    swift.settings = {**swift.settings, VARIABLE: f"migrating:{statement}"}
    await swift.spawn()
    await swift.crashed()
    del swift.settings[VARIABLE]

    await swift.start()
    swift.telegram.say(7, "hello?")
    await swift.until(lambda: shown(swift, "telegram"))
    await swift.settled()


def test_a_place_that_does_not_exist_is_a_mistake_of_the_test() -> None:
    with pytest.raises(KeyError):
        armed("nowhere:1")


def test_unset_no_place_does_anything() -> None:
    passage = armed("")

    assert [passage(point) for point in POINTS] == [None] * len(POINTS)
