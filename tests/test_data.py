"""The page about stored data names what is stored."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.sqlite import migrations

PAGE = (Path(__file__).parent.parent / "docs" / "data.md").read_text("utf-8")


def tables() -> set[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in migrations().values():
            connection.executescript(script)
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in found}


def test_the_page_about_stored_data_names_every_table_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == tables()


@pytest.mark.parametrize("command", ["/new", "/export", "/forget", "KEEP_DAYS", "python -m bot backup"])
def test_it_says_how_what_is_stored_goes_away(command: str) -> None:
    assert command in PAGE
