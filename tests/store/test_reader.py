"""What takes long is looked up beside what is written."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreUnavailable
from bot.store import open_store
from bot.store.copies import problems_of
from tests.store.building import accept, claim, opened, said, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.sqlite import Work

FOR_EVER = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


def events(db: Work) -> int:
    """Return how many messages are stored."""
    return int(db.all("count_waiting")[0]["events"])


def held_up(until: threading.Event, begun: threading.Event) -> Callable[[Work], tuple[int, int]]:
    """Return a look that counts messages, waits, and counts them again."""

    def work(db: Work) -> tuple[int, int]:
        before = events(db)
        begun.set()
        assert until.wait(60)
        return before, events(db)

    return work


async def test_nobody_who_writes_waits_for_a_look_and_a_look_sees_one_state(tmp_path: Path) -> None:
    until, begun = threading.Event(), threading.Event()
    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:
        await accept(store, said("before"))
        look = tasks.create_task(store.database.look_up(held_up(until, begun)))
        await asyncio.to_thread(begun.wait, 60)

        await accept(store, said("meanwhile"))
        taken = texts(await claim(store))
        until.set()

        assert taken == ["before", "meanwhile"]
        assert await look == (1, 1)
        assert await store.database.look_up(events) == 0


@pytest.mark.parametrize("name", ["bot.db", "b%20t?mode=memory#1.db"])
@pytest.mark.parametrize("root", ["", "/"])
async def test_a_look_finds_the_file_whatever_its_name_is(tmp_path: Path, root: str, name: str) -> None:
    path = Path(f"{root}{tmp_path / name}")
    store = await open_store(f"sqlite:///{path}")
    await store.arrivals.remember("s", "7")

    assert await store.database.look_up(lambda db: db.all("read_position", source="s")[0]["value"]) == "7"
    await store.close()
    assert problems_of(path) == []


async def test_a_look_cannot_write(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(StoreUnavailable):
            await store.database.look_up(lambda db: db.do("write_position", source="s", value="1"))

        assert await store.arrivals.position("s") == ""


async def test_what_is_erased_leaves_the_log_however_long_somebody_looks(tmp_path: Path) -> None:
    until, begun = threading.Event(), threading.Event()
    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:
        await accept(store, said("before"))
        look = tasks.create_task(store.database.look_up(held_up(until, begun)))
        await asyncio.to_thread(begun.wait, 60)
        look.cancel()
        scrubbing = tasks.create_task(store.database.scrub())
        await asyncio.sleep(0)
        assert store.database.log_size() > 0
        until.set()
        await scrubbing

        assert store.database.log_size() == 0


async def test_a_look_does_not_hold_up_the_end(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    begun = threading.Event()

    def endless(db: Work) -> None:
        begun.set()
        db._connection.execute(FOR_EVER).fetchall()

    async def look() -> None:
        with pytest.raises(StoreUnavailable):
            await store.database.look_up(endless)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look())
        await asyncio.to_thread(begun.wait, 60)
        await store.close()
