from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot import watch
from bot.errors import DatabaseGone
from tests.clock import stall, virtual
from tests.store.building import accept, opened, rows, said

if TYPE_CHECKING:
    from pathlib import Path


@virtual
async def test_a_loop_that_is_held_up_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot.watch")
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch.watch_loop())
        await asyncio.sleep(0.05)
        for _ in range(2):
            stall(watch.BEAT + watch.LATE + 0.2)
            await asyncio.sleep(watch.BEAT)
        watching.cancel()

    assert [record.getMessage() for record in caplog.records] == ["the event loop was held up"]


@virtual
async def test_a_loop_that_keeps_its_beat_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(300 * watch.BEAT):
            await watch.watch_loop()

    assert not caplog.records


async def test_a_file_in_its_place_is_no_news_and_another_one_in_its_place_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.database.look()
        file = tmp_path / "bot.db"
        file.rename(tmp_path / "elsewhere.db")
        with pytest.raises(DatabaseGone, match=r"bot\.db was deleted or replaced"):
            store.database.look()
        file.touch()
        with pytest.raises(DatabaseGone):
            store.database.look()
        (tmp_path / "elsewhere.db").replace(file)
        store.database.look()


async def test_a_write_ahead_log_that_is_taken_away_is_noticed_before_anything_is_lost(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path):
        pass
    async with opened(tmp_path) as store:
        await accept(store, said("kept"))
        (tmp_path / "bot.db-wal").unlink()
        with pytest.raises(DatabaseGone, match=r"bot\.db-wal was deleted or replaced"):
            store.database.look()

    async with opened(tmp_path) as store:
        assert [row["text"] for row in await rows(store.database, "event")] == ["kept"]


async def test_damage_that_a_request_met_is_noticed_whatever_became_of_the_request(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with opened(tmp_path) as store:
        for _ in range(20):
            await accept(store, said("x" * 3000))
    content = bytearray(path.read_bytes())
    content[-8192:] = b"\xff" * 8192
    path.write_bytes(content)

    async with opened(tmp_path) as store:
        store.database.look()
        with pytest.raises(DatabaseGone, match="is damaged"):
            await rows(store.database, "event")
        with pytest.raises(DatabaseGone, match="is damaged"):
            store.database.look()


async def test_the_size_of_the_write_ahead_log_is_known(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.arrivals.remember("fake:bot", "1")
        assert 0 < store.database.log_size() < watch.LOG_BYTES_MOST
