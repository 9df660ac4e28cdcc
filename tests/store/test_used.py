"""The sums by which limits of tokens are counted are those of the requests, whatever becomes of these."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.janitor import DAY
from bot.store.sqlite import _statements, migrations
from tests.store.building import NOW, opened, rows

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.sampled_from(["a", "b", ""])
ROW = st.fixed_dictionaries(
    {
        "prompt": st.none() | st.integers(0, 100),
        "completion": st.none() | st.integers(0, 100),
        "at": st.sampled_from([NOW, NOW + DAY, NOW + DAY / 2]),
        "source": st.sampled_from(["x:1", "y:2"]),
        "chat": NAMES,
        "person": NAMES,
    }
)
ADD = """
INSERT INTO usage (attempt, model, estimated, prompt, completion, at, source, chat, person)
VALUES (1, 'qwen', 0, :prompt, :completion, :at, :source, :chat, :person)
"""
CHANGE = """
UPDATE usage SET prompt = :prompt, completion = :completion, at = :at, source = :source, chat = :chat, person = :person
WHERE id % 2 = 0
"""
SUMS = """
WITH one AS (SELECT CAST(at / 86400 AS INTEGER) AS day, COALESCE(prompt, 0) + COALESCE(completion, 0) AS n, * FROM usage)
SELECT day, '', '', SUM(n) FROM one GROUP BY day
UNION ALL SELECT day, source, person, SUM(n) FROM one GROUP BY day, source, person
UNION ALL SELECT day, source, 'chat:' || chat, SUM(n) FROM one GROUP BY day, source, chat
"""


def database(upto: int = 99) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for number, script in migrations().items():
        if number <= upto:
            migrate(connection, number, script)
    return connection


def migrate(connection: sqlite3.Connection, _number: int, script: str) -> None:
    for statement in _statements(script):
        connection.execute(statement)


def wrong(connection: sqlite3.Connection) -> set[Any]:
    """Return the sums that are kept and not true, or true and not kept; those of nothing need not be kept."""
    kept = connection.execute("SELECT day, source, subject, tokens FROM used").fetchall()
    true = connection.execute(SUMS).fetchall()
    return {row for row in kept if row[3]} ^ {row for row in true if row[3]}


@settings(max_examples=60, deadline=None)
@given(added=st.lists(ROW, max_size=8), changed=ROW, removed=st.integers(1, 8))
def test_the_sums_follow_what_is_added_changed_and_removed(
    added: list[dict[str, Any]], changed: dict[str, Any], removed: int
) -> None:
    connection = database()

    for row in added:
        connection.execute(ADD, row)
    assert wrong(connection) == set()
    connection.execute(CHANGE, changed)
    assert wrong(connection) == set()
    connection.execute("DELETE FROM usage WHERE id <= ?", (removed,))
    assert wrong(connection) == set()
    connection.close()


def test_what_was_used_before_there_were_sums_is_in_them() -> None:
    connection = database(upto=2)
    for n in range(20):
        row = {"prompt": n, "completion": None, "at": NOW + n * DAY / 8, "source": "x:1"}
        connection.execute(ADD, {**row, "chat": str(n % 3), "person": str(n % 2)})

    for number, script in migrations().items():
        if number > 2:
            migrate(connection, number, script)

    assert wrong(connection) == set()
    assert connection.execute("SELECT COUNT(*) FROM used").fetchone()[0] > 10
    connection.close()


@pytest.mark.parametrize(("days", "left"), [(0, 3), (1, 0)])
async def test_sums_are_kept_for_their_day(tmp_path: Path, days: int, left: int) -> None:
    row = {"prompt": 1, "completion": 1, "at": NOW, "source": "x:1", "chat": "c", "person": "p"}
    async with opened(tmp_path) as store:
        await store.database.transact(lambda db: db._connection.execute(ADD, row))

        await store.privacy.tidy(NOW + days * DAY)

        assert len(await rows(store.database, "used")) == left
