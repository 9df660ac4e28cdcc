"""People ask for what is kept of them, and have it erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.conftest import assert_nothing_leaked
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANNA = 7
WORD = "heliotrope-4711"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage that does not ask the database about what stands on the screen: it has forgotten that."""
    async with Stage(tmp_path, LOG_LEVEL="DEBUG") as stage:
        yield stage
        await stage.put_down()
        assert_nothing_leaked(stage)
        assert WORD not in stage.log


def kept(stage: Stage) -> bool:
    """Tell whether the word stands in the database or its log."""
    files = [path for path in stage.folder.iterdir() if path.name.startswith("bot.db")]
    return any(WORD.encode() in path.read_bytes() for path in files)


async def test_a_person_on_telegram_gets_their_conversation_and_has_it_erased(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()

    async def say(text: str) -> str:
        before = len(stage.telegram.messages(ANNA))
        stage.telegram.say(ANNA, text)
        await stage.until(lambda: len(stage.telegram.messages(ANNA)) > before)
        return stage.telegram.messages(ANNA)[-1].text

    await say(f"what is {WORD}?")
    exported = await say("/export")
    assert f"what is {WORD}?" in exported
    assert "A flower, of course." in exported
    assert kept(stage)

    assert "Done." not in await say("/forget yes")
    assert "/forget yes" in await say("/forget")
    assert kept(stage)
    assert (await say("/forget yes")).startswith("Done.")

    assert not kept(stage)
    assert "nothing to export" in await say("/export")
    await say("and now?")
    assert WORD not in str(stage.qwen.requests[-1].body)


async def test_a_person_in_slack_has_it_erased_with_words_alone(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()
    dm = stage.slack.dm_of("U0ANNA")

    async def say(text: str) -> str:
        before = len(stage.slack.replies(dm))
        stage.slack.dm("U0ANNA", text)
        await stage.until(lambda: len(stage.slack.replies(dm)) > before)
        return stage.slack.replies(dm)[-1].text

    await say(f"what is {WORD}?")
    assert WORD in await say("export")
    told = await say("forget")
    assert "forget yes" in told
    assert "/forget" not in told
    assert (await say("forget yes")).startswith("Done.")

    assert not kept(stage)


async def test_another_persons_confirmation_erases_nothing(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()
    team = "C0TEAM"
    root = stage.slack.mention(team, "U0ANNA", f"what is {WORD}?")
    await stage.until(lambda: len(stage.slack.replies(team)) == 1)
    stage.slack.say(team, "U0ANNA", "forget", thread_ts=root)
    await stage.until(lambda: len(stage.slack.replies(team)) == 2)

    stage.slack.say(team, "U0BEN", "forget yes", thread_ts=root)
    await stage.until(lambda: len(stage.slack.replies(team)) == 3)

    assert kept(stage)


async def test_a_day_that_is_used_up_is_said_once_and_costs_no_call(stage: Stage) -> None:
    stage.settings |= {"TOKENS_PER_DAY": "10"}
    stage.qwen.reply(answer("That was expensive."))
    await stage.start()
    stage.telegram.say(ANNA, "first")
    await stage.until(
        lambda: stage.telegram.messages(ANNA) and "expensive" in stage.telegram.messages(ANNA)[0].text
    )
    await stage.until(lambda: not stage.telegram.messages(ANNA)[0].buttons)

    for n in range(5):
        stage.telegram.say(ANNA, f"more {n}")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    stage.telegram.say(ANNA, "/help")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 3)

    assert "used up what I may spend" in stage.telegram.messages(ANNA)[1].text
    assert len(stage.qwen.requests) == 1
