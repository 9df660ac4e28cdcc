"""A database of every released version, with rows of every kind, opens and keeps all that it holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.store import sqlite
from tests.store.building import NOW, PLATFORMS, accept, answer, opened, said, texts

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = max(sqlite.migrations())
FILLED = {
    1: """
INSERT INTO chat (id, platform, account, chat, thread, created_at, forgotten_to)
VALUES (1, 'fake', 'bot', '1', '', 1, 1), (2, 'fake', 'bot', '2', 'topic', 1, 0), (3, 'fake', 'bot', '3', '', 1, 0),
       (4, 'fake', 'bot', '4', '', 1, 0);
INSERT INTO turn (id, chat_id, kind, state, attempt, tries, leased, asks, replaced, person, language, route, model,
                  question, answer, thoughts, note, finish, boundaries, created_at, finished_at)
VALUES (1, 1, 'answer', 'done', 1, 0, 0, NULL, 1, 'anna', 'en', 'r', 'qwen', 'Q', 'A', 't', 'n', 'stop', '[3]', 1, 2),
       (2, 1, 'answer', 'failed', 1, 0, 0, 1, 0, 'anna', 'zh', '', NULL, 'Q', '', '', 'sorry', 'failed', '[]', 3, 4),
       (3, 2, 'notice', 'done', 1, 0, 0, NULL, 0, 'ben', 'en', '', NULL, '', 'Hello.', '', '', 'stop', '[]', 5, 6),
       (4, 3, 'answer', 'running', 2, 1, 1, NULL, 0, 'ben', 'en', '', 'qwen', 'Q', 'Half an', '', '', NULL, '[]', 7, NULL),
       (5, 4, 'answer', 'answered', 1, 0, 1, NULL, 0, 'ben', 'en', '', 'qwen', 'Q', 'Whole.', '', '', 'stop', '[]', 8, NULL);
INSERT INTO event (id, source, key, chat_id, turn_id, kind, person, name, language, ref, route, text, command, quote,
                   attachments, marked, sent_at, stored_at, ready_at)
VALUES (1, 'fake:bot', 'k1', 1, 1, 'said', 'anna', 'Anna', 'en', '1:1', 'r', 'Q', '', 'quoted', '[]', 0, 1, 1, 1),
       (2, 'fake:bot', 'k2', 1, 2, 'pressed', 'anna', 'Anna', 'en', '', '', '', 'again', '', '[]', 0, 3, 3, 3),
       (3, 'fake:bot', 'k3', 2, 3, 'command', 'ben', 'Ben', 'en', '2:1', '', '', 'help', '', '[]', 0, 5, 5, 5),
       (4, 'fake:bot', 'k4', 3, 4, 'said', 'ben', 'Ben', 'en', '3:1', '', 'Q', '', '', '[]', 0, 7, 7, 7),
       (5, 'fake:bot', 'k5', 4, 5, 'said', 'ben', 'Ben', 'en', '4:1', '', 'Q', '', '', '[]', 0, 8, 8, 8),
       (6, 'fake:bot', 'k6', 2, NULL, 'said', 'ben', 'Ben', 'en', '2:2', '', 'waits', '', '', '[]', 1, 9, 9, 9);
INSERT INTO page (turn_id, n, ref) VALUES (1, 0, '1:2'), (1, 1, '1:3'), (4, 0, '3:2'), (5, 0, NULL);
INSERT INTO usage (id, turn_id, attempt, model, prompt, cached, completion, reasoning, estimated, pending, at, source,
                   chat, person)
VALUES (1, 1, 1, 'qwen', 10, 4, 5, 1, 0, 0, 1, 'fake:bot', '1', 'anna'),
       (2, NULL, 1, 'qwen', NULL, NULL, NULL, NULL, 1, 0, 2, 'fake:bot', '1', ''),
       (3, 4, 2, 'qwen', 7, NULL, NULL, NULL, 1, 1, 7, 'fake:bot', '3', 'ben');
INSERT INTO position (source, value) VALUES ('fake:bot', '17');
INSERT INTO silence (source, scope, until, seconds) VALUES ('fake:bot', 'chat:1', 9, 3);
INSERT INTO set_aside (id, source, key, raw, at) VALUES (1, 'fake:bot', 'odd', '{}', 1);
INSERT INTO refusal (source, person, told_at) VALUES ('fake:bot', 'carl', 1);
INSERT INTO limit_told (source, subject, name, until) VALUES ('fake:bot', 'anna', 'limit_tokens', 9);
""",
    2: """
UPDATE turn SET rating = 1, remark = 'good', why = 'short', role = 'tutor', since = 1, kept = 1 WHERE id = 1;
UPDATE event SET opens = 1, bare = 1, edited_at = 2 WHERE id = 1;
INSERT INTO preference (scope, name, value) VALUES ('chat:fake:bot:1', 'model', 'qwen-max');
INSERT INTO chatter (scope, key, person, name, text, at) VALUES ('chat:fake:bot:1', 'c', 'ben', 'Ben', 'words', 1);
INSERT INTO forgotten (mark, moment) VALUES ('hash', 1);
INSERT INTO role (id, owner, name, description, prompt, temperature) VALUES (1, '', 'Tutor', 'd', 'p', 0.5);
INSERT INTO admission (platform, person, allowed, at) VALUES ('fake', 'carl', 1, 1);
""",
    3: """
UPDATE usage SET cost = 12, currency = 'USD' WHERE id = 1;
UPDATE event SET standing = 'member' WHERE id = 1;
INSERT INTO spent (month, currency, source, person, cost) VALUES (1, 'USD', 'fake:bot', 'anna', 12);
INSERT INTO cached_answer (key, source, person, answer, at, until) VALUES ('hash', 'fake:bot', 'anna', 'A', 1, 9);
""",
    4: """
UPDATE usage SET guessed = 11 WHERE id = 1;
INSERT INTO memory (chat_id, since, window_from, folded_to, newest, summary) VALUES (2, 0, 3, 3, 3, 'They met.');
""",
}
ADDED_UP = {"used"}
"""What older versions did not keep, or kept as sums of something else that is compared."""


def made(path: Path, version: int) -> None:
    """Make a database as a version left it."""
    with closing(sqlite3.connect(path)) as connection:
        for number in range(1, version + 1):
            connection.executescript(sqlite.migrations()[number])
            connection.executescript(FILLED.get(number, ""))
        connection.execute(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")


def columns(path: Path) -> dict[str, list[str]]:
    """Return the columns of every table."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables
        }


def content(path: Path, known: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Return what stands in these columns of these tables."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {', '.join(names)} FROM {table}"), key=repr)  # noqa: S608
            for table, names in known.items()
            if table not in ADDED_UP
        }


def test_there_is_a_row_of_every_kind(tmp_path: Path) -> None:
    made(tmp_path / "bot.db", NEWEST)

    found = content(tmp_path / "bot.db", columns(tmp_path / "bot.db"))

    assert [table for table, rows in found.items() if not rows] == ["doomed"]


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
async def test_a_database_of_every_version_keeps_every_row(tmp_path: Path, version: int) -> None:
    path = tmp_path / "bot.db"
    made(path, version)
    known = columns(path)
    before = content(path, known)

    async with opened(tmp_path):
        pass

    assert content(path, known) == before


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
async def test_what_a_version_left_unfinished_is_finished(tmp_path: Path, version: int) -> None:
    made(tmp_path / "bot.db", version)
    async with opened(tmp_path) as store:
        await store.turns.adopt()
        running = await store.turns.claim(PLATFORMS, NOW)
        whole = await store.turns.claim(PLATFORMS, NOW)
        waiting = await store.turns.claim(PLATFORMS, NOW)
        assert running is not None
        assert whole is not None
        assert waiting is not None
        await answer(store, running, "Half an answer.")
        await accept(store, said("k6 again", key="k6"))
        left = await store.turns.claim(PLATFORMS, NOW)

    assert [(turn.id, turn.answer) for turn in (running, whole)] == [(4, "Half an"), (5, "Whole.")]
    assert texts(waiting) == ["waits"]
    assert left is None
