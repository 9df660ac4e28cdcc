"""People ask for what is kept of them, and have it erased."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.ledger import growing
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


async def tell(stage: Stage, text: str) -> None:
    """Write in Telegram, and wait for the answer."""
    before = len(stage.telegram.messages(ANNA))
    stage.telegram.say(ANNA, text)
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) > before)
    await stage.settled()


async def tell_in_slack(stage: Stage, text: str) -> None:
    """The same in Slack."""
    dm = stage.slack.dm_of("U0ANNA")
    before = len(stage.slack.replies(dm))
    stage.slack.dm("U0ANNA", text)
    await stage.until(lambda: len(stage.slack.replies(dm)) > before)
    await stage.settled()


async def test_a_person_on_telegram_gets_their_conversation_and_has_it_erased(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()

    async def say(text: str) -> str:
        before = len(stage.telegram.messages(ANNA))
        stage.telegram.say(ANNA, text)
        await stage.until(lambda: len(stage.telegram.messages(ANNA)) > before)
        return stage.telegram.messages(ANNA)[-1].text

    await say(f"what is {WORD}?")
    await say("/export")
    await stage.settled()
    (exported,) = [one.file.content.decode() for one in stage.telegram.messages(ANNA) if one.file]
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
    await say("export")
    await stage.settled()
    (exported,) = [file.content or b"" for one in stage.slack.replies(dm) for file in one.files]
    assert WORD.encode() in exported
    told = await say("forget")
    assert "forget yes" in told
    assert "/forget" not in told
    assert (await say("forget yes")).startswith("Done.")

    assert not kept(stage)


async def test_what_was_erased_in_slack_is_not_found_in_its_history_at_the_next_start(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()
    dm = stage.slack.dm_of("U0ANNA")
    for text in (f"what is {WORD}?", "forget", "forget yes"):
        await tell_in_slack(stage, text)
    await stage.kill()

    await stage.start()
    await stage.until(lambda: stage.log.count("looked for what was missed") == 2)
    stage.slack.dm("U0ANNA", "hello again")
    await stage.until(lambda: len(stage.slack.replies(dm)) > 3)
    await stage.settled()

    assert len(stage.slack.replies(dm)) == 4
    assert len(stage.qwen.requests) == 2
    assert not kept(stage)


async def test_what_was_erased_in_telegram_is_not_answered_when_it_is_delivered_again(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()
    await tell(stage, f"what is {WORD}?")
    await asyncio.sleep(1)  # Telegram dates to the second
    for text in ("/forget", "/forget yes"):
        await tell(stage, text)

    first = stage.telegram.updates.confirmed[0]
    stage.telegram.updates.push({name: value for name, value in first.items() if name != "update_id"})
    stage.telegram.say(ANNA, "hello again")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) > 3)
    await stage.settled()

    assert len(stage.qwen.requests) == 2
    assert not kept(stage)


@pytest.mark.parametrize("point", ["erasing", "erased", "read:3"])
async def test_who_is_erased_while_the_bot_is_killed_is_told_so_and_not_asked_again(
    point: str, stage: Stage
) -> None:
    stage.settings |= {"BOT_CRASH_AT": point}
    stage.qwen.reply(answer("A flower, of course."))
    await stage.start()
    for text in (f"what is {WORD}?", "/forget"):
        await tell(stage, text)
    stage.telegram.say(ANNA, "/forget yes")
    await stage.crashed()
    assert kept(stage) is (point != "read:3")

    del stage.settings["BOT_CRASH_AT"]
    await stage.start()
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 3)

    assert stage.telegram.messages(ANNA)[-1].text.startswith("Done.")
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
    await stage.until(lambda: not growing(stage.telegram.messages(ANNA)[0]))

    for n in range(5):
        stage.telegram.say(ANNA, f"more {n}")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)
    stage.telegram.say(ANNA, "/help")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 3)

    assert "used up what I may spend" in stage.telegram.messages(ANNA)[1].text
    assert len(stage.qwen.requests) == 1
