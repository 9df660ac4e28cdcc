"""What happens when the database cannot be written, is held by somebody else, or is taken away."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.watch import LOOK_EVERY
from tests.ledger import kept, posted
from tests.scenarios.stage import PATIENCE, ROOT
from tests.servers.qwen import answer
from tests.store.building import accept, opened, said

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA = 7
REFUSED = "the database refused a transaction"
BUSY, LOOK = 1.0, 1.0
IMPATIENT = f"""
from bot import watch
from bot.store import sqlite

watch.LOOK_EVERY, sqlite.BUSY_SECONDS = {LOOK}, {BUSY}
"""


@pytest.fixture(autouse=True)
def with_less_patience(swift: Stage) -> None:
    """Let the bot wait and look as it does, only not for so long: nobody here needs to wait that long."""
    (swift.folder / "sitecustomize.py").write_text(IMPATIENT)
    swift.settings = {**swift.settings, "PYTHONPATH": f"{swift.folder}:{ROOT}"}


async def test_a_database_that_is_deleted_under_the_bot_is_noticed_within_a_minute(swift: Stage) -> None:
    assert LOOK_EVERY < 60
    await swift.start()
    swift.database.unlink()
    assert swift.process is not None

    async with asyncio.timeout(PATIENCE):
        code = await swift.process.wait()

    assert code == 1
    assert "was deleted or replaced while the bot was running" in swift.log
    assert "Traceback" not in swift.log


async def test_a_database_that_is_damaged_ends_the_process_with_one_clear_line(swift: Stage) -> None:
    async with opened(swift.folder) as store:
        for _ in range(20):
            await accept(store, said("x" * 300_000))
    content = bytearray(swift.database.read_bytes())
    whole, middle = bytes(content), len(content) // 3
    content[middle:] = b"\xff" * (len(content) - middle)
    swift.database.write_bytes(content)
    swift.telegram.say(ANNA, "hello")

    # Whether it meets the damage before or after both platforms are connected is left open.
    process = await swift.spawn()
    async with asyncio.timeout(PATIENCE):
        code = await process.wait()

    assert code == 1
    assert "is damaged (database disk image is malformed); restore it from a backup" in swift.log
    assert "Traceback" not in swift.log
    assert not posted(swift)
    swift.database.write_bytes(whole)
    for end in ("-wal", "-shm"):
        swift.database.with_name(f"bot.db{end}").unlink(missing_ok=True)


@pytest.mark.parametrize("seconds", [BUSY / 2, BUSY * 3])
async def test_a_database_that_another_program_locks_costs_time_and_nothing_else(
    seconds: float, swift: Stage
) -> None:
    swift.qwen.reply(answer("Here I am."))
    await swift.start()
    with closing(sqlite3.connect(swift.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        swift.telegram.say(ANNA, "hello")
        swift.slack.dm("U0ANNA", "hello")
        await asyncio.sleep(seconds)
        waiting = list(swift.telegram.updates.waiting)
        other.rollback()

    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await swift.settled()

    assert waiting, "confirmed to Telegram before it was stored"
    answers = [one.text for one in posted(swift).values() if "cannot store" not in one.text]
    assert answers == ["Here I am.", "Here I am."]


async def test_whoever_writes_while_nothing_can_be_stored_is_told_once_and_answered_later(
    swift: Stage,
) -> None:
    swift.qwen.reply(answer("Here I am."))
    await swift.start()
    with closing(sqlite3.connect(swift.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        swift.telegram.say(ANNA, "hello")
        await swift.until(lambda: swift.telegram.messages(ANNA))
        tried = swift.log.count(REFUSED)
        await swift.until(lambda: swift.log.count(REFUSED) >= tried + 3)
        told = [message.text for message in swift.telegram.messages(ANNA)]
        other.rollback()
    await swift.until(lambda: len(swift.telegram.messages(ANNA)) == 2)
    await swift.settled()

    assert len(told) == 1
    assert "cannot store messages right now" in told[0]
    assert swift.telegram.messages(ANNA)[1].text == "Here I am."


async def test_on_a_full_disk_people_are_told_and_answered_once_there_is_room(swift: Stage) -> None:
    swift.settings = {**swift.settings, "LOG_LEVEL": "WARNING"}
    swift.qwen.reply(answer("Here I am."))
    await swift.start()
    limit_files(swift, swift.database.with_name("bot.db-wal").stat().st_size)

    swift.telegram.say(ANNA, "hello")
    swift.slack.dm("U0ANNA", "hello")
    await swift.until(lambda: len(posted(swift)) == 2)
    told = [one.text for one in posted(swift).values()]
    waiting = list(swift.telegram.updates.waiting)
    limit_files(swift, resource.RLIM_INFINITY)
    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await swift.settled()

    assert all("cannot store messages right now" in text for text in told)
    assert waiting, "confirmed to Telegram before it was stored"
    answers = [one.text for one in posted(swift).values() if "cannot store" not in one.text]
    assert answers == ["Here I am.", "Here I am."]


def limit_files(stage: Stage, size: int) -> None:
    """Let no file of the bot grow beyond this size, as a full disk does."""
    assert stage.process is not None
    resource.prlimit(stage.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
