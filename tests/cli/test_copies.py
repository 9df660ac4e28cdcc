from __future__ import annotations

import resource
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.store import copies
from tests.store.building import accept, opened, said

if TYPE_CHECKING:
    from pathlib import Path


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM event ORDER BY id")]


def beside(path: Path) -> list[str]:
    """Return what else a database left on the disk."""
    return [one.name for one in path.parent.iterdir() if one.name.startswith(f"{path.name}-")]


async def test_a_copy_is_made_while_the_database_is_open_and_written_to(tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    async with opened(tmp_path) as store:
        await accept(store, said("before"))

        copies.back_up(tmp_path / "bot.db", target)
        await accept(store, said("after"))

        assert texts(target) == ["before"]
        assert copies.problems_of(target) == []
        assert copies.version_of(target) == copies.version_of(tmp_path / "bot.db")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert beside(target) == []


async def test_a_copy_can_be_opened_as_the_database(tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    async with opened(tmp_path) as store:
        await accept(store, said("kept"))
    copies.back_up(tmp_path / "bot.db", tmp_path / "restored" / "bot.db")

    async with opened(tmp_path / "restored") as store:
        await accept(store, said("new"))

    assert texts(tmp_path / "restored" / "bot.db") == ["kept", "new"]


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    async with opened(tmp_path):
        pass

    with pytest.raises(StoreError, match="exists already"):
        copies.back_up(tmp_path / "bot.db", target)

    assert target.read_text() == "precious"


def test_what_does_not_exist_or_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "noise.db").write_bytes(b"not a database at all, but long enough to look at" * 100)

    with pytest.raises(StoreError, match="does not exist"):
        copies.back_up(tmp_path / "bot.db", tmp_path / "copy.db")
    with pytest.raises(StoreError, match="cannot be read as a database"):
        copies.problems_of(tmp_path / "noise.db")

    assert not (tmp_path / "copy.db").exists()


async def test_damage_in_one_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with opened(tmp_path) as store:
        for _ in range(20):
            await accept(store, said("x" * 3000))
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = b"\xff" * 4096
    path.write_bytes(content)

    assert copies.problems_of(path)


async def test_a_damaged_database_is_copied_and_said_to_be_damaged(tmp_path: Path) -> None:
    path, target = tmp_path / "bot.db", tmp_path / "copy.db"
    async with opened(tmp_path) as store:
        for _ in range(20):
            await accept(store, said("x" * 3000))
    content = bytearray(path.read_bytes())
    content[-8192:-4096] = b"\xff" * 4096
    path.write_bytes(content)

    with pytest.raises(StoreError, match="is a copy of a damaged database"):
        copies.back_up(path, target)

    assert target.read_bytes()[-8192:-4096] == b"\xff" * 4096


@pytest.mark.parametrize("tables", ["", "CREATE TABLE somebody_elses (id)"])
def test_what_the_bot_did_not_write_is_not_copied_as_if_it_had(tmp_path: Path, tables: str) -> None:
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.executescript(tables)
    (tmp_path / "bot.db").touch()

    with pytest.raises(StoreError, match="is not a database of this bot"):
        copies.back_up(tmp_path / "bot.db", tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


async def test_a_copy_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "copy.db"
    target.parent.mkdir()
    async with opened(tmp_path) as store:
        await accept(store, said("kept"))
    known = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, known[1]))
    try:
        with pytest.raises(StoreError, match="nothing was copied"):
            copies.back_up(tmp_path / "bot.db", target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, known)
    assert list(target.parent.iterdir()) == []

    copies.back_up(tmp_path / "bot.db", target)

    assert list(target.parent.iterdir()) == [target]


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a file"):
        copies.problems_of(tmp_path)


async def test_a_row_that_refers_to_nothing_is_found(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("INSERT INTO page (turn_id, n, ref) VALUES (99, 0, 'x')")
        connection.commit()

    (problem,) = copies.problems_of(tmp_path / "bot.db")

    assert problem == "a row of page refers to a row of turn that does not exist"


async def test_a_database_of_a_newer_bot_or_of_another_program_is_told_apart(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("PRAGMA application_id = 1")

    foreign, newer = copies.problems_of(tmp_path / "bot.db")

    assert foreign == "it is not a database of this bot"
    assert "version 999" in newer
