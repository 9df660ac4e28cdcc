from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import AlreadyRunning, DatabaseGone, NewerDatabase, StoreError, StoreUnavailable
from bot.store import open_store, sqlite
from tests.store.building import NOW, PLATFORMS, accept, claim, opened, past, rows, said, texts

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = max(sqlite.migrations())

OPEN_AND_WAIT = """
import asyncio, sys
from bot.store import open_store
async def main():
    store = await open_store(sys.argv[1])
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await store.close()
    print("closed", flush=True)
asyncio.run(main())
"""

DIE_AT_STATEMENT = """
import asyncio, os, signal, sys
from bot.store import open_store, sqlite
die_at, passed = int(sys.argv[2]), 0
plain = sqlite._statements
def counted(script):
    global passed
    for statement in plain(script):
        passed += 1
        if passed == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement
sqlite._statements = counted
asyncio.run(open_store(sys.argv[1]))
"""

OLD_TURN = """
INSERT INTO chat (platform, account, chat, thread, created_at) VALUES ('fake', 'bot', '1', '', 1);
INSERT INTO turn (chat_id, kind, state, person, language, route, question, answer, created_at)
VALUES (1, 'answer', 'done', 'anna', 'en', '', 'An old question?', 'An old answer.', 1);
"""

OPEN_AND_TELL = """
import asyncio, sys
from bot.errors import StoreError
from bot.store import open_store
try:
    asyncio.run(open_store(sys.argv[1]))
except StoreError as error:
    print(error)
"""


def python(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own until it ends."""
    words = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return _schema(connection)


def _schema(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT sql FROM sqlite_master ORDER BY name")]


def pragma(path: Path, name: str, value: int | None = None) -> int:
    connection = sqlite3.connect(path)
    try:
        row = connection.execute(f"PRAGMA {name}" + ("" if value is None else f" = {value}")).fetchone()
        return int(row[0]) if row else 0
    finally:
        connection.close()


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# ---------------------------------------------------------------- opening


async def test_a_new_database_has_every_step_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with opened(tmp_path) as store:
        await accept(store, said("kept"))
    before = schema(path)

    async with opened(tmp_path) as store:
        kept = texts(await claim(store))

    assert kept == ["kept"]
    assert schema(path) == before
    assert pragma(path, "user_version") == NEWEST
    assert pragma(path, "application_id") == sqlite.APPLICATION_ID


async def test_the_folder_is_made_and_what_is_stored_is_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    mask = os.umask(0)
    try:
        store = await open_store(f"sqlite:///{folder / 'bot.db'}")
    finally:
        os.umask(mask)
    await accept(store, said())

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    await store.close()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes) == {"bot.db", "bot.db-wal", "bot.db-shm", "bot.db.lock"}
    assert set(modes.values()) == {0o600}


async def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:

        def settings(db: sqlite.Work) -> list[object]:
            names = ("synchronous", "journal_mode", "foreign_keys", "secure_delete")
            return [db._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

        full = 2
        assert await store.database.transact(settings) == [full, "wal", 1, 1]


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    pragma(tmp_path / "bot.db", "user_version", NEWEST + 1)

    with pytest.raises(NewerDatabase, match="newer version of this bot; update"):
        await open_store(f"sqlite:///{tmp_path / 'bot.db'}")

    assert pragma(tmp_path / "bot.db", "user_version") == NEWEST + 1


async def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipe (name TEXT)")
    connection.close()

    with pytest.raises(StoreError, match="database of another program; choose another DATABASE_URL"):
        await open_store(f"sqlite:///{path}")

    assert schema(path) == ["CREATE TABLE recipe (name TEXT)"]


@pytest.mark.parametrize("damage", ["header", "text", "half"])
async def test_a_damaged_file_is_refused_with_a_remedy_and_kept(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "bot.db"
    async with opened(tmp_path) as store:
        await accept(store, said("x" * 5000))
    whole = path.read_bytes()
    damaged = {"header": b"\0" * 100 + whole[100:], "text": b"not a database\n" * 400, "half": whole[:6000]}
    path.write_bytes(damaged[damage])

    with pytest.raises(StoreError, match=r"restore it from a backup"):
        await open_store(f"sqlite:///{path}")

    assert path.read_bytes() == damaged[damage]


async def test_a_file_that_was_emptied_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        for name in ("bot.db", "bot.db-wal"):
            shutil.copy(tmp_path / name, tmp_path / f"copy-{name}")
    (tmp_path / "copy-bot.db").rename(tmp_path / "copy.db")
    (tmp_path / "copy-bot.db-wal").rename(tmp_path / "copy.db-wal")
    os.truncate(tmp_path / "copy.db", 0)

    with pytest.raises(StoreError, match="was emptied; restore it from a backup"):
        await open_store(f"sqlite:///{tmp_path / 'copy.db'}")


async def test_a_file_that_was_emptied_after_a_clean_end_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
    assert names(tmp_path) == {"bot.db", "bot.db.lock"}
    os.truncate(tmp_path / "bot.db", 0)

    for _ in range(2):
        with pytest.raises(
            StoreError, match="was emptied; restore it from a backup, or remove it to start anew"
        ):
            await open_store(f"sqlite:///{tmp_path / 'bot.db'}")

    assert (tmp_path / "bot.db").stat().st_size == 0


async def test_an_empty_file_that_was_never_a_database_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()

    async with opened(tmp_path) as store:
        await accept(store, said("kept"))
        assert texts(await claim(store)) == ["kept"]


async def test_a_start_that_was_killed_before_there_was_a_table_can_be_made_again(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    assert python(DIE_AT_STATEMENT, f"sqlite:///{path}", 1).returncode == -signal.SIGKILL
    os.truncate(path, 0)
    for name in names(tmp_path) - {"bot.db", "bot.db.lock"}:
        (tmp_path / name).unlink()

    async with opened(tmp_path) as store:
        await accept(store, said())


async def test_a_database_that_was_deleted_is_made_anew_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path):
        assert "is gone" not in caplog.text
    (tmp_path / "bot.db").unlink()

    async with opened(tmp_path) as store:
        await accept(store, said("a new beginning"))

    assert "the database of earlier starts is gone, a new one is made" in caplog.text


@pytest.mark.parametrize("path", ["folder", "file/bot.db"])
async def test_a_place_that_cannot_hold_a_database_is_refused_with_a_remedy(
    tmp_path: Path, path: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="choose another DATABASE_URL"):
        await open_store(f"sqlite:///{tmp_path / path}")


async def test_a_full_disk_at_the_start_is_no_reason_to_restore_anything(tmp_path: Path) -> None:
    known = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, known[1]))
    try:
        with pytest.raises(StoreUnavailable, match="see whether its disk is full"):
            await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, known)

    async with opened(tmp_path) as store:
        assert (await accept(store, said())).stored == 1


async def test_a_program_that_holds_the_database_at_the_start_is_named_as_what_may_be_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as intruder:
        intruder.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreUnavailable, match="another program holds it"):
            await open_store(f"sqlite:///{path}")


async def test_a_refused_start_can_be_tried_again_in_the_same_process(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"not a database\n" * 400)
    with pytest.raises(StoreError):
        await open_store(f"sqlite:///{path}")
    path.unlink()

    async with opened(tmp_path) as store:
        assert (await accept(store, said())).stored == 1


def test_a_refused_start_says_one_sentence_and_leaves_no_trace_of_threads(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.touch(mode=0o600)
    path.write_bytes(b"not a database\n" * 400)

    told = [python(OPEN_AND_TELL, f"sqlite:///{path}") for _ in range(3)]

    assert [(process.returncode, process.stderr) for process in told] == [(0, "")] * 3
    assert all("cannot be used as a database" in process.stdout for process in told)


# ---------------------------------------------------------------- one owner


async def open_and_close(folder: Path) -> None:
    async with opened(folder):
        pass


def test_a_second_process_is_refused_until_the_first_one_is_gone_however_it_goes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    words = [sys.executable, "-c", OPEN_AND_WAIT, url]
    with subprocess.Popen(words, stdin=-1, stdout=-1, text=True) as first:  # noqa: S603
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"

        try:
            with pytest.raises(AlreadyRunning, match="another process is already using"):
                asyncio.run(open_and_close(tmp_path))
        finally:
            first.kill()
            first.wait()

    second = python(OPEN_AND_WAIT, url)
    assert (second.returncode, second.stdout) == (0, "open\nclosed\n")


async def test_the_same_process_does_not_open_it_twice_either(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(AlreadyRunning):
            await open_and_close(tmp_path)

        assert (await accept(store, said())).stored == 1


# ---------------------------------------------------------------- migrations


async def test_a_process_killed_at_any_statement_of_a_migration_leaves_one_version_or_the_other(
    tmp_path: Path,
) -> None:
    reference = tmp_path / "whole"
    async with opened(reference):
        pass
    statements = sum(len(sqlite._statements(script)) for script in sqlite.migrations().values())

    for die_at in sorted({1, 2, statements // 2, statements}):
        path = tmp_path / str(die_at) / "bot.db"
        died = python(DIE_AT_STATEMENT, f"sqlite:///{path}", die_at)
        assert died.returncode == -signal.SIGKILL
        assert schema(path) == schema_of(pragma(path, "user_version"))

        async with opened(path.parent) as store:
            assert (await accept(store, said())).stored == 1
        assert schema(path) == schema(reference / "bot.db")


def schema_of(version: int) -> list[str]:
    """Return what a database of a version consists of."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for number in range(1, version + 1):
            connection.executescript(sqlite.migrations()[number])
        return _schema(connection)


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_a_database_of_every_older_version_is_brought_up_to_date_with_what_it_holds(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        for number in range(1, version + 1):
            connection.executescript(sqlite.migrations()[number])
        connection.execute(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.executescript(OLD_TURN)
    async with opened(tmp_path) as store:
        assert (await accept(store, said("next"))).stored == 1
        turn = await claim(store)
        told = await past(store, turn)

    assert [answer for _, answer in told] == ["An old answer."]
    assert schema(path) == schema_of(NEWEST)


def test_a_migration_that_fails_at_any_statement_changes_nothing(tmp_path: Path) -> None:
    script = "CREATE TABLE a (x) STRICT;\n-- a comment; with a semicolon\nCREATE TABLE b (x TEXT) STRICT;\n"
    connection = sqlite3.connect(tmp_path / "some.db", isolation_level=None)

    with pytest.raises(sqlite3.OperationalError):
        sqlite._step(
            connection, script.replace("(x) STRICT", "(x TEXT) STRICT") + "CREATE TABLE a (y TEXT);", 7
        )
    (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()

    assert (tables, version) == (0, 0)


def test_no_statement_of_a_migration_is_dropped() -> None:
    for script in sqlite.migrations().values():
        taken = "".join(sqlite._statements(script))
        rest = [line.split("--")[0].strip() for line in script.removeprefix(taken).splitlines()]

        assert script.startswith(taken)
        assert "".join(rest) == ""


def test_the_steps_are_numbered_without_gaps() -> None:
    assert list(sqlite.migrations()) == list(range(1, NEWEST + 1))


def test_every_named_statement_is_one_that_sqlite_understands() -> None:
    connection = sqlite3.connect(":memory:")
    for script in sqlite.migrations().values():
        connection.executescript(script)

    # Tables that live for one transaction are made by statements of their own, before they are used.
    made_first = sorted(sqlite.queries().items(), key=lambda query: "CREATE TEMP" not in query[1])

    for name, statement in made_first:
        assert sqlite3.complete_statement(statement), name
        explain = "" if "CREATE TEMP" in statement else "EXPLAIN "
        connection.execute(explain + statement, dict.fromkeys(_names(statement))).fetchall()
    connection.close()


# ---------------------------------------------------------------- trouble while running


async def test_a_full_disk_stores_nothing_half_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("before"))
        await _most_pages(store.database, 1)

        with pytest.raises(StoreUnavailable):
            await accept(store, said("small"), said("x" * 1_000_000))
        during = [row["text"] for row in await rows(store.database, "event")]
        await _most_pages(store.database, 1_000_000)
        await accept(store, said("after"))

        assert during == ["before"]
        assert texts(await claim(store)) == ["before", "after"]


async def test_damage_that_shows_while_the_bot_runs_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with opened(tmp_path) as store:
        # More than SQLite keeps in memory, so that it has to look into the file again.
        for _ in range(20):
            await accept(store, said("x" * 300_000))
    async with opened(tmp_path) as store:
        with path.open("r+b") as file:
            file.seek(-3_000_000, os.SEEK_END)
            file.write(b"\xff" * 2_000_000)

        with pytest.raises(DatabaseGone, match=r"is damaged .* restore it from a backup"):
            await rows(store.database, "event")


async def test_a_database_that_another_program_keeps_locked_is_unavailable_and_then_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with opened(tmp_path) as store:
        intruder = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailable):
            await accept(store, said("during"))
        intruder.rollback()
        intruder.close()
        await accept(store, said("after"))

        assert texts(await claim(store)) == ["after"]


async def test_a_mistake_inside_a_transaction_takes_back_what_it_did(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:

        def work(db: sqlite.Work) -> None:
            db.do("write_position", source="s", value="1")
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await store.database.transact(work)

        assert await store.arrivals.position("s") == ""


async def test_cancelled_tasks_leave_whole_transactions_or_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        pairs = [(said(f"{n}a"), said(f"{n}b")) for n in range(40)]

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(accept(store, *pair)) for pair in pairs]
            await asyncio.sleep(0)
            for task in running[::2]:
                task.cancel()
        await accept(store, said("last"))

        stored = {row["text"] for row in await rows(store.database, "event")}
        for n in range(40):
            assert (f"{n}a" in stored) == (f"{n}b" in stored)
        assert {f"{n}a" for n in range(1, 40, 2)} | {"last"} <= stored


async def test_a_hundred_writers_at_once_get_in_each_others_way_nowhere(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        async with asyncio.TaskGroup() as tasks:
            for n in range(100):
                tasks.create_task(accept(store, said(f"{n}")))

        assert len(texts(await claim(store))) == 100
        assert await store.turns.claim(PLATFORMS, NOW) is None


async def _most_pages(database: sqlite.Database, pages: int) -> None:
    await database.transact(lambda db: db._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())


def _names(statement: str) -> set[str]:
    words = statement.replace("(", " ").replace(")", " ").replace(",", " ").split()
    return {word.lstrip(":").rstrip(";") for word in words if word.startswith(":")}


async def test_the_log_is_emptied_among_transactions(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        is_over = asyncio.Event()

        async def write() -> None:
            while not is_over.is_set():
                await store.arrivals.remember("fake:bot", "1")

        async with asyncio.TaskGroup() as tasks:
            for _ in range(5):
                tasks.create_task(write())
            for _ in range(20):
                await store.database.scrub()
            is_over.set()


async def test_a_commit_that_fails_leaves_nothing_behind_and_the_next_one_is_made(tmp_path: Path) -> None:
    def work(db: sqlite.Work) -> None:
        db.do("write_position", source="fake:bot", value="1")
        db._connection.execute("PRAGMA defer_foreign_keys = ON")
        db._connection.execute("INSERT INTO page (turn_id, n) VALUES (404, 0)")

    async with opened(tmp_path) as store:
        with pytest.raises(sqlite3.IntegrityError):
            await store.database.transact(work)

        assert await store.arrivals.position("fake:bot") == ""
        await store.arrivals.remember("fake:bot", "2")
        assert await store.arrivals.position("fake:bot") == "2"
