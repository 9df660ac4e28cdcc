"""Stopped by a signal, however bad the moment. `python -m tests.soak stop` does it a hundred times."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from bot.app import REST_SECONDS
from tests.scenarios.stopping import BEGUN, WAYS, stop_once
from tests.servers.qwen import Say, Until
from tests.servers.telegram import Hang

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage


@pytest.mark.parametrize("way", WAYS)
async def test_amid_twenty_answers_the_bot_ends_within_nine_seconds_and_goes_on_later(
    way: str, swift: Stage
) -> None:
    assert await stop_once(swift, way) < 9.0


async def test_a_second_signal_ends_it_at_once(swift: Stage) -> None:
    swift.qwen.reply([Say(BEGUN), Until(asyncio.Event())])
    await swift.start()
    swift.telegram.say(7, "tell me")
    await swift.until(lambda: swift.telegram.messages(7))
    swift.telegram.fail("editMessageText", Hang(), times=9)
    process = swift.process
    assert process is not None

    process.send_signal(signal.SIGTERM)
    await swift.until(lambda: "stopping" in swift.log)
    began = asyncio.get_running_loop().time()
    process.send_signal(signal.SIGTERM)
    code = await process.wait()

    assert code == 1
    assert asyncio.get_running_loop().time() - began < REST_SECONDS / 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_bot_that_still_waits_for_a_platform_ends_at_once_and_without_a_word(
    number: signal.Signals, swift: Stage
) -> None:
    swift.telegram.fail("getMe", Hang(), times=9)
    process = await swift.spawn()
    await swift.until(lambda: swift.telegram.calls_to("getMe"))

    began = asyncio.get_running_loop().time()
    process.send_signal(number)
    code = await process.wait()

    assert code == 0
    assert asyncio.get_running_loop().time() - began < REST_SECONDS
    assert "Traceback" not in swift.log
