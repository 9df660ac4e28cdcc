"""Whom the operator takes off the list is answered no more, not even what they had asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.phrases import say
from tests.scenarios.stage import Stage
from tests.servers.qwen import Say, Stall, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANNA, BEN, EVE = 7, 8, 9


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path, flood=False, PACE="off", TELEGRAM_ALLOWED_USERS="7,8,9") as stage:
        yield stage


async def test_an_answer_that_a_restart_interrupted_does_not_go_on_for_who_was_taken_off_the_list(
    stage: Stage,
) -> None:
    stage.qwen.reply([Say("So far "), Stall()])
    await stage.start()
    for person in (ANNA, BEN):
        stage.telegram.say(person, "tell me")
    await stage.until(lambda: all(stage.telegram.messages(person) for person in (ANNA, BEN)))
    await stage.kill()
    # Written while the bot was down, so it is refused where it is taken in.
    stage.telegram.say(EVE, "and me?")
    asked = len(stage.qwen.requests)

    stage.qwen.reply(answer("So far so good."))
    stage.settings |= {"TELEGRAM_ALLOWED_USERS": str(ANNA)}
    await stage.start()
    await stage.until(lambda: stage.telegram.messages(EVE))
    await stage.settled()

    assert stage.telegram.messages(ANNA)[-1].text == "So far so good."
    assert say("denied", "en") in stage.telegram.messages(BEN)[-1].text
    assert "do not know you" in stage.telegram.messages(EVE)[-1].text
    assert len(stage.qwen.requests) == asked + 1
