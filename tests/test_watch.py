from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot import watch
from bot.errors import DatabaseGone, StoreUnavailable
from bot.store import sqlite
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


async def test_a_database_that_answers_nothing_any_more_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(watch, "STUCK", (0.05, 0.05))
    free = threading.Event()
    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:
        tasks.create_task(store.database.transact(lambda _db: free.wait()))
        try:
            with pytest.raises(DatabaseGone, match="does not answer"):
                await watch.watch_database(store)
        finally:
            free.set()


async def test_a_database_that_another_program_holds_is_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.01)
    refused = asyncio.Event()

    def listen(record: logging.LogRecord) -> bool:
        refused.set()
        return bool(record)

    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:
        with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as intruder:
            intruder.execute("BEGIN IMMEDIATE")
            sqlite.log.addFilter(listen)
            try:
                watching = tasks.create_task(watch.watch_database(store))
                await refused.wait()
            finally:
                sqlite.log.removeFilter(listen)
            assert not watching.done()
            watching.cancel()


async def test_a_database_that_another_program_holds_is_not_given_up_however_many_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.15)
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(watch, "STUCK", (0.5, 0.5))

    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:

        async def write() -> None:
            with pytest.raises(StoreUnavailable):
                await store.arrivals.remember("fake:bot", "1")

        with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as intruder:
            intruder.execute("BEGIN IMMEDIATE")
            watching = tasks.create_task(watch.watch_database(store))
            async with asyncio.TaskGroup() as writers:
                for _ in range(8):
                    writers.create_task(write())
            assert not watching.done()
            watching.cancel()
