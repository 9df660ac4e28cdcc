"""What the operator's verbs say to somebody who is not the bot's own user, and about what the bot cannot write to."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli import housing
from bot.errors import StoreError
from bot.findings import Severity
from bot.store import copies
from bot.store.files import close_to_others
from tests.store.building import accept, opened, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NOBODY = 65534


@contextmanager
def as_an_ordinary_user() -> Iterator[None]:
    """Do without the powers of root, to whom nothing is closed."""
    who = os.geteuid()
    if who == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(who)


@pytest.fixture
async def database() -> AsyncIterator[Path]:
    """A database that was closed properly, of the ordinary user, in a folder everybody can get to."""
    folder = Path(tempfile.mkdtemp())
    async with opened(folder) as store:
        await accept(store, said("kept"))
    if os.geteuid() == 0:
        for one in (folder, *folder.iterdir()):  # noqa: ASYNC240 - a moment
            os.chown(one, NOBODY, NOBODY)
    yield folder / "bot.db"
    folder.chmod(0o700)  # noqa: ASYNC240 - a moment
    shutil.rmtree(folder)


def critical(path: Path) -> list[str]:
    return [one.text for one in housing.database(path) if one.severity is Severity.CRITICAL]


def test_a_folder_that_is_closed_to_whoever_asks_is_said(database: Path) -> None:
    database.parent.chmod(0o000)

    with as_an_ordinary_user():
        with pytest.raises(StoreError, match="cannot be looked at: Permission denied"):
            copies.problems_of(database)
        (found,) = critical(database)

    assert found == f"{database} cannot be looked at: Permission denied"


def test_a_file_that_is_closed_to_whoever_asks_is_said(database: Path) -> None:
    database.chmod(0o000)

    with as_an_ordinary_user():
        with pytest.raises(StoreError, match="only its owner may"):
            copies.problems_of(database)
        (found,) = critical(database)

    assert found == f"{database} cannot be written to"


@pytest.mark.parametrize("closed", ["", ".lock"])
def test_a_database_the_bot_could_not_write_to_is_critical(database: Path, closed: str) -> None:
    Path(f"{database}{closed}").chmod(0o400)

    with as_an_ordinary_user():
        (found,) = critical(database)

    assert found == f"{database}{closed} cannot be written to"


def test_a_folder_in_which_no_database_can_be_made_is_critical(database: Path) -> None:
    database.parent.chmod(0o500)

    with as_an_ordinary_user():
        (found,) = critical(database.parent / "data" / "bot.db")

    assert found == f"{database.parent} cannot be written to"


def test_a_database_in_a_folder_that_takes_no_files_is_checked_and_copied(database: Path) -> None:
    database.parent.chmod(0o500)
    target = Path(tempfile.mkdtemp())
    target.chmod(0o777)

    try:
        with as_an_ordinary_user():
            assert copies.problems_of(database) == []
            copies.back_up(database, target / "copy.db")
        assert copies.problems_of(target / "copy.db") == []
    finally:
        shutil.rmtree(target)


def test_a_database_that_cannot_be_closed_to_others_is_refused_in_a_sentence(database: Path) -> None:
    database.chmod(0o666)
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(database, 1, 1)

    with as_an_ordinary_user(), pytest.raises(StoreError, match="give it to the user who runs the bot"):
        close_to_others(database)
