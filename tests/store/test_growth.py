"""What is asked for every message must not cost more because much was said before.

Counted is not time but work: the steps SQLite's machine makes, which are the same on every computer.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from bot.model import Finish, MessageRef, TurnId, Usage
from bot.store import Arrival, Store, Summary
from tests.store.building import (
    AMPLE,
    NOW,
    PLATFORMS,
    accept,
    answer,
    claim,
    command,
    edited,
    end,
    opened,
    pressed,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.model import Said
    from bot.store import StoredTurn
    from bot.store.sqlite import Work

BEFORE = NOW - 30 * 86_400
OLD = TurnId(6)
"""An answer near the beginning of the largest chat."""

FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO turn (chat_id, kind, state, person, language, route, question, answer, finish, created_at)
SELECT CASE WHEN i % 2 THEN 1 ELSE i END, 'answer', 'done', 'anna', 'en', '', 'q', 'a', 'stop', :before FROM n
"""
FILL_CHATS = """
WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO chat (id, platform, account, chat, thread, created_at)
SELECT i, 'fake', 'bot', 'c' || i, '', :before FROM n
"""
FILL_EVENTS = """
INSERT INTO event (source, key, chat_id, turn_id, kind, person, name, language, ref, route, text, sent_at,
                   stored_at, ready_at)
SELECT 'fake:bot', 'old' || id, chat_id, id, 'said', 'anna', 'Anna', 'en', '1:old' || id, '', 'q', created_at,
       created_at, created_at
FROM turn WHERE id > 1
"""
FILL_USAGE = """
INSERT INTO usage (turn_id, attempt, model, prompt, guessed, estimated, at, source, chat, person)
SELECT id, 1, 'qwen', 9, 12, 0, :now, 'fake:bot', '1', 'ben' FROM turn WHERE id > 1
"""
FILL_USED = """
INSERT INTO used (day, source, subject, tokens) SELECT CAST(:now / 86400 AS INTEGER), 'fake:bot', 'p' || id, 9 FROM turn
"""
FILL_PAGES = "INSERT INTO page (turn_id, n, ref) SELECT id, 0, '1:p' || id FROM turn WHERE id > 1"


async def test_a_turn_takes_as_little_work_after_five_thousand_messages_as_after_fifty(
    tmp_path: Path,
) -> None:
    few, many = await _steps(tmp_path / "few", 50), await _steps(tmp_path / "many", 5_000)

    assert few.keys() == many.keys()
    too_many = {name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 200}
    assert too_many == {}


async def _steps(folder: Path, count: int) -> dict[str, int]:
    """Return how many steps each verb of a turn takes in the largest of many chats."""
    steps: dict[str, int] = {}
    async with opened(folder) as store:
        await accept(store, said("first"), now=BEFORE)
        await answer(store, await claim(store))
        await store.database.transact(lambda db: _fill(db, count))

        @contextmanager
        def counted(name: str) -> Iterator[None]:
            before = len(ticks)
            yield
            steps[name] = len(ticks) - before

        ticks: list[None] = []
        await store.database.transact(
            lambda db: db._connection.set_progress_handler(lambda: ticks.append(None), 1)
        )
        await _one_turn(store, counted)
    return steps


def _fill(db: Work, count: int) -> None:
    # What was used today must not count one by one either.
    values = {"count": count, "before": BEFORE, "now": NOW - 1}
    for statement in (FILL_CHATS, FILL, FILL_EVENTS, FILL_USAGE, FILL_USED, FILL_PAGES):
        db._connection.execute(statement, values)


async def _one_turn(store: Store, counted: Callable[[str], AbstractContextManager[None]]) -> None:
    message, turns = said("now"), store.turns
    with counted("accept"):
        await accept(store, Arrival(event=message, limits=AMPLE))
    with counted("accept what is overheard"):
        await accept(store, said("overheard", addressed=False))
    with counted("accept an edit"):
        await accept(store, edited(message, "changed"))
    with counted("next_ready"):
        await turns.next_ready(PLATFORMS)
    with counted("claim"):
        turn = await claim(store)
    with counted("claim nothing"):
        await turns.claim(PLATFORMS, NOW)
    with counted("absorb"):
        await turns.absorb(turn)
    with counted("waiting"):
        await turns.waiting(turn)
    with counted("limits"):
        await store.spending.reached(turn, AMPLE, NOW)
    await _remember(store, turn, counted)
    with counted("write"):
        await turns.begin(turn, "now", "qwen")
        await turns.checkpoint(turn, "a", (), 0)
        await turns.place(turn, 0, MessageRef("1:new"))
        await turns.reserve(turn, "qwen", 1, NOW)
        await turns.used(turn, "qwen", Usage(prompt=1), NOW)
    with counted("stop"):
        await accept(store, pressed("stop", turn.id), command("stop"))
    with counted("end"):
        await answer(store, turn)
    await _once_more(store, message, turn, counted)


async def _once_more(
    store: Store, message: Said, turn: StoredTurn, counted: Callable[[str], AbstractContextManager[None]]
) -> None:
    turns = store.turns
    with counted("again"):
        await accept(store, pressed("again", turn.id))
    with counted("claim again"):
        again = await claim(store)
    with counted("change what is answered"):
        await accept(store, Arrival(event=edited(message, "changed once more").event, limits=AMPLE))
    with counted("hear the change"):
        await turns.is_edited(again)
        await turns.rehear(again)
    await answer(store, again)
    with counted("change what was answered"):
        await accept(store, Arrival(event=edited(message, "changed again").event, limits=AMPLE))
    with counted("claim a change"):
        changed = await claim(store)
    await answer(store, changed, finish=Finish.LENGTH)
    with counted("go on"):
        await accept(store, pressed("continue", changed.id))
        await answer(store, await claim(store))
    with counted("again with an older one"):
        await accept(store, pressed("again", OLD))
        old = await claim(store)
        await store.memories.recall(old, "qwen", 20)
    await answer(store, old)
    with counted("opinion"):
        await accept(store, pressed("good", old.id))
        await end(store, await claim(store))


async def _remember(
    store: Store, turn: StoredTurn, counted: Callable[[str], AbstractContextManager[None]]
) -> None:
    with counted("past"):
        await store.memories.recall(turn, "qwen", 20)
    seen = await store.memories.look(turn.chat_id, "qwen", 20)
    made = Summary(text="s", folded_to=seen.past[-10].place, newest=seen.newest, read=())
    with counted("fold"):
        await store.memories.fold(turn.chat_id, seen.kept, made)
    with counted("past behind a summary"):
        await store.memories.recall(turn, "qwen", 400)
    with counted("what to summarise"):
        await store.memories.look(turn.chat_id, "qwen", 800)
