"""What hangs without a word is found, and ends the process for its supervisor to start anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import watch
from tests.scenarios.stage import PATIENCE, ROOT
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA = 7
FOUND_WITHIN = 60.0
HANG = """
import os, time
from bot import watch
from bot.store import sqlite

run, watch.LOOK_EVERY, watch.STUCK = sqlite.Work._run, 0.5, (3.0, 1.0)

def hanging(work, query, values):
    while os.path.exists("hang") and query == "add_event":
        time.sleep(0.05)
    return run(work, query, values)

sqlite.Work._run = hanging
"""


def test_a_dead_database_is_found_within_a_minute() -> None:
    assert watch.LOOK_EVERY + sum(watch.STUCK) < FOUND_WITHIN


async def test_a_database_that_hangs_ends_the_process_and_loses_nothing(swift: Stage) -> None:
    (swift.folder / "sitecustomize.py").write_text(HANG)
    swift.settings = {**swift.settings, "PYTHONPATH": f"{swift.folder}:{ROOT}"}
    swift.qwen.reply(answer("Here I am."))
    await swift.start()
    assert swift.process is not None

    (swift.folder / "hang").touch()
    swift.telegram.say(ANNA, "hello")
    async with asyncio.timeout(PATIENCE):
        code = await swift.process.wait()
    (swift.folder / "hang").unlink()
    await swift.start()
    await swift.until(lambda: swift.telegram.messages(ANNA))
    await swift.settled()

    assert code == 1
    assert "the database does not answer any more" in swift.log
    assert [message.text for message in swift.telegram.messages(ANNA)] == ["Here I am."]
