"""A database with a month of a large bot in it: what the benchmarks of the database and of the start begin with.

One chat holds a tenth of all messages, and one person said them; the others are spread over all chats. Beside the
messages stands what comes with them: what answers cost, sums of it, choices, refusals, summaries, cached answers.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bot.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES, CHATS, DAYS = 1_000_000, 100_000, 30
WORDS = "Some words of a message as people write them, and a few more of them. " * 3
NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) "
PLACE = "CASE WHEN i % 10 = 0 THEN 1 ELSE 1 + i * 7919 % :chats END"

MESSAGES_OF_A_MONTH = (
    NUMBERS.format(most=":chats")
    + """
INSERT INTO chat (id, platform, account, chat, thread, created_at)
SELECT i, 'fake', 'bot', 'c' || i, '', :begin FROM n""",
    NUMBERS.format(most=":messages")
    + f"""
INSERT INTO turn (id, chat_id, kind, state, person, language, route, model, question, answer, finish, created_at,
                  finished_at)
SELECT i, {PLACE}, 'answer', 'done', 'u' || {PLACE}, 'en', '', 'qwen-plus', :words, :words || :words, 'stop',
       :begin + i * :step, :begin + i * :step FROM n""",  # noqa: S608 - of constants
    """
INSERT INTO event (source, key, chat_id, turn_id, kind, person, name, language, ref, route, text, sent_at, stored_at,
                   ready_at)
SELECT 'fake:bot', 'k' || id, chat_id, id, 'said', person, 'Somebody', 'en', 'c' || chat_id || ':' || id, '', question,
       created_at, created_at, created_at FROM turn""",
    "INSERT INTO page (turn_id, n, ref) SELECT id, 0, 'c' || chat_id || ':p' || id FROM turn",
    """
INSERT INTO usage (turn_id, attempt, model, prompt, cached, completion, estimated, at, source, chat, person, cost,
                   currency, guessed)
SELECT id, 1, 'qwen-plus', 500, 100, 200, 0, created_at, 'fake:bot', 'c' || chat_id, person, 1234, 'USD', 510
FROM turn""",
    "DELETE FROM used WHERE day < CAST(:now / 86400 AS INTEGER) - 1",
)
WHAT_COMES_WITH_THEM = (
    """
INSERT INTO spent (month, currency, source, person, cost)
SELECT :begin, 'USD', source, person, SUM(cost) FROM usage GROUP BY source, person""",
    "INSERT INTO memory (chat_id, since, window_from, folded_to, summary) SELECT id, 0, 0, 0, :words FROM chat",
    "INSERT INTO refusal (source, person, told_at) SELECT 'fake:bot', 's' || id, :now - 2 * 86400 FROM chat",
    "INSERT INTO limit_told (source, subject, name, until) SELECT 'fake:bot', 'u' || id, 'x', :now - 60 FROM chat",
    "INSERT INTO preference (scope, name, value) SELECT 'chat:fake:bot:c' || id, 'model', 'qwen-max' FROM chat",
    "INSERT INTO preference (scope, name, value) SELECT 'person:fake:bot:u' || id, 'language', 'en' FROM chat",
    """
INSERT INTO forgotten (mark, moment)
SELECT hex(randomblob(16)), :now - 86400 * CASE WHEN id % 2 THEN 9 ELSE 1 END FROM chat""",
    """
INSERT INTO chatter (scope, key, person, name, text, at)
SELECT 'chat:fake:bot:c' || id % 1000, 'k' || id, 'u' || id, 'Some', :words, :now - 3600 * (id % 48) FROM chat""",
    """
INSERT INTO cached_answer (key, source, person, answer, at, until)
SELECT hex(randomblob(32)), 'fake:bot', 'u' || id, :words || :words, :now - id, :now + 43200 - id
FROM chat WHERE id <= 12000""",
)


async def prepare(path: Path, messages: int = MESSAGES, chats: int = CHATS) -> None:
    """Make a database that holds so many messages in so many chats."""
    await (await open_store(f"sqlite:///{path}")).close()
    began = time.perf_counter()
    size = await asyncio.to_thread(_fill, path, messages, chats)
    seconds = time.perf_counter() - began
    print(f"{messages:,} messages in {chats:,} chats, {size // 2**20:,} MiB, filled in {seconds:.0f} s")


def _fill(path: Path, messages: int, chats: int) -> int:
    now = time.time()
    values = {
        "messages": messages,
        "chats": chats,
        "now": now,
        "begin": now - DAYS * 86_400,
        "step": DAYS * 86_400 / messages,
        "words": WORDS,
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for statement in (*MESSAGES_OF_A_MONTH, *WHAT_COMES_WITH_THEM):
            connection.execute(statement, values)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size
