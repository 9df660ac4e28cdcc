"""What a turn costs the database as it grows: `python -m benchmarks.store`.

Two databases, one with a thousand stored messages and one with a million, in as many chats as that makes and
with one chat that holds a tenth of all. In each, the same turns are made: everything the bot asks of its store
from a message's arrival to the end of its answer. Printed is the ratio; 1.0 means that a full database is no
slower than an empty one. Beside the time stands what it is made of and does not depend on the machine: the steps of
SQLite's machine, the pages read because they were not in its cache, and the pages written. Takes about a minute, and
ends by itself.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.limits import Limits
from bot.model import ChatKey, Command, Edited, Finish, MessageRef, Person, Pressed, Said, Usage
from bot.store import Arrival, TurnKind, TurnState, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store import Store, StoredTurn

SMALL, LARGE = 1_000, 1_000_000
TURNS, CHECKPOINTS, WARM_UP, COUNTED = 60, 10, 20, 10
PAGE_BYTES = 4096
PER_CHAT = 20
"""Messages in an ordinary chat."""
DAY = 86_400.0
LIMITS = Limits(
    person_messages_per_minute=10_000,
    chat_messages_per_minute=10_000,
    person_answers_at_once=100,
    person_tokens_per_day=10**12,
    chat_tokens_per_day=10**12,
    tokens_per_day=10**12,
)

ADD_CHAT = "INSERT INTO chat (id, platform, account, chat, thread, created_at) VALUES (?, 'p', 'a', ?, '', 0)"
ADD_TURN = """
INSERT INTO turn (id, chat_id, kind, state, person, language, route, question, answer, finish, created_at, finished_at)
VALUES (?, ?, 'answer', 'done', ?, 'en', '', ?, ?, 'stop', ?, ?)
"""
ADD_EVENT = """
INSERT INTO event (source, key, chat_id, turn_id, kind, person, name, language, ref, route, text, sent_at, stored_at,
                   ready_at)
VALUES ('p:a', ?, ?, ?, 'said', ?, 'Somebody', 'en', ?, '', ?, ?, ?, ?)
"""
ADD_PAGE = "INSERT INTO page (turn_id, n, ref) VALUES (?, 0, ?)"
ADD_USAGE = """
INSERT INTO usage (turn_id, attempt, model, prompt, completion, estimated, at, source, chat, person)
VALUES (?, 1, 'qwen', 500, 200, 0, ?, 'p:a', ?, ?)
"""


def place(n: int) -> int:
    """Return the chat of the n-th message: each tenth in the one large chat, the rest spread out."""
    return 1 if n % 10 == 0 else 2 + n // PER_CHAT


def fill(path: Path, messages: int, now: float) -> None:
    """Store that many questions with their answers, spread over a year."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    chats = sorted({place(n) for n in range(messages)})
    connection.executemany(ADD_CHAT, ((chat, str(chat)) for chat in chats))
    moments = [now - 365 * DAY * (1 - n / messages) - 120 for n in range(messages)]
    words = "Some words of a message as people write them, and a few more of them. " * 3

    def each(*columns: str) -> Iterator[tuple[object, ...]]:
        for n in range(messages):
            chat, at = place(n), moments[n]
            facts = {
                "id": n + 1,
                "chat": chat,
                "person": f"u{chat}",
                "ref": f"{chat}:{n}",
                "at": at,
                "words": words,
            }
            yield tuple(facts[column] for column in columns)

    connection.executemany(ADD_TURN, each("id", "chat", "person", "words", "words", "at", "at"))
    connection.executemany(ADD_EVENT, each("ref", "chat", "id", "person", "ref", "words", "at", "at", "at"))
    connection.executemany(ADD_PAGE, each("id", "ref"))
    connection.executemany(ADD_USAGE, each("id", "at", "chat", "person"))
    connection.execute("COMMIT")
    connection.close()


class Measured:
    """Seconds of every verb, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._began = 0.0

    def lap(self, name: str) -> None:
        """Note what passed since the last lap."""
        now = time.perf_counter()
        if name:
            self.seconds.setdefault(name, []).append(now - self._began)
        self._began = time.perf_counter()

    def median(self, name: str) -> float:
        """Return a verb's median in milliseconds."""
        return 1000 * statistics.median(self.seconds[name])

    def whole(self) -> float:
        """Return what all the verbs of a turn take together, in milliseconds."""
        return sum(self.median(name) * len(laps) / TURNS for name, laps in self.seconds.items())


class Counted(Measured):
    """Steps, pages read and pages written of every verb, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.work: dict[str, list[tuple[int, ...]]] = {}
        self._ticks = 0
        self._before: tuple[int, ...] = ()

    def tick(self) -> None:
        """Hear of a step."""
        self._ticks += 1

    def lap(self, name: str) -> None:
        """Note what was done since the last lap."""
        now = self._now()
        if name:
            self.work.setdefault(name, []).append(
                tuple(after - before for after, before in zip(now, self._before, strict=True))
            )
        self._before = self._now()

    def typical(self, name: str) -> tuple[float, ...]:
        """Return the median of each count of a verb."""
        return tuple(statistics.median(counts) for counts in zip(*self.work[name], strict=True))

    def _now(self) -> tuple[int, ...]:
        lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return self._ticks, int(lines["rchar"]) // PAGE_BYTES, int(lines["wchar"]) // PAGE_BYTES


def said(key: str, chat: str, text: str = "A new question?") -> Said:
    """Return a message of the one person of a chat."""
    return Said(
        key=key,
        chat=ChatKey("p", "a", chat),
        person=Person(id=f"u{chat}"),
        ref=MessageRef(f"{chat}:{key}"),
        text=text,
        sent_at=datetime.now(UTC),
        shared=True,
    )


async def arrive(store: Store, clock: Measured, n: int, chat: str) -> None:
    """Measure the way in: a message, a change of it, and a stop with nothing to stop."""
    message, now = said(f"new{n}", chat), time.time()
    clock.lap("")
    await store.arrivals.accept([Arrival(event=message, limits=LIMITS)], now)
    clock.lap("accept")
    change = Edited(key=f"e{n}", chat=message.chat, person=message.person, ref=message.ref, text="Changed?")
    await store.arrivals.accept([Arrival(event=change)], now)
    clock.lap("accept an edit")


async def answer(store: Store, clock: Measured, turn: StoredTurn) -> None:
    """Measure the way out of one answer."""
    turns = store.turns
    clock.lap("")
    await turns.absorb(turn)
    clock.lap("absorb")
    await turns.waiting(turn)
    clock.lap("waiting")
    await store.spending.reached(turn, LIMITS, time.time())
    clock.lap("limits")
    await turns.begin(turn, "A new question?", "qwen")
    clock.lap("begin")
    await store.memories.recall(turn, "qwen", 200)
    clock.lap("past")
    for n in range(CHECKPOINTS):
        await turns.checkpoint(turn, "word " * 50 * n, (), 0 if n == 0 else None)
        clock.lap("checkpoint")
    await turns.place(turn, 0, MessageRef("1:1"))
    clock.lap("place")
    await turns.used(turn, "qwen", Usage(prompt=1, completion=1), time.time())
    clock.lap("used")
    await turns.complete(turn, answer="word", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)
    clock.lap("complete")
    await turns.end(turn, TurnState.DONE, (), time.time())
    clock.lap("end")


async def press(store: Store, clock: Measured, turn: StoredTurn, n: int) -> None:
    """Measure both buttons and what a bare /stop does."""
    person, now = Person(id=turn.person), time.time()

    def button(control: str) -> Arrival:
        key = f"{control}{n}"
        return Arrival(
            event=Pressed(key=key, chat=turn.chat, person=person, control=control, value=str(turn.id))
        )

    await store.arrivals.accept([button("again")], now)
    clock.lap("accept again")
    await store.arrivals.accept([button("stop")], now)
    clock.lap("accept stop")
    stop = Arrival(event=said(f"stop{n}", turn.chat.chat, "/stop"), command=Command("stop"))
    await store.arrivals.accept([stop], now)
    clock.lap("accept /stop")


async def one_turn(store: Store, clock: Measured, n: int) -> None:
    """Measure one turn, every other one in the large chat, and leave nothing live behind."""
    await arrive(store, clock, n, "1" if n % 2 else "2")
    clock.lap("")
    turn = await store.turns.claim(["p"], time.time())
    clock.lap("claim")
    assert turn is not None
    await store.turns.next_ready(["p"])
    clock.lap("next_ready")
    await answer(store, clock, turn)
    await press(store, clock, turn, n)
    while (left := await store.turns.claim(["p"], time.time())) is not None:
        await store.turns.end(left, TurnState.DONE, (), time.time())


async def prepared(path: Path, messages: int) -> Store:
    """Return a database that holds that many messages."""
    await (await open_store(f"sqlite:///{path}")).close()
    began = time.perf_counter()
    await asyncio.to_thread(fill, path, messages, time.time())
    print(f"{messages:>9,} messages: filled in {time.perf_counter() - began:.0f} s")
    return await open_store(f"sqlite:///{path}")


async def measure(stores: tuple[Store, Store]) -> tuple[Measured, Measured]:
    """Make the turns in both by turns, so that whatever else the machine does slows both down."""
    clocks = Measured(), Measured()
    for n in range(-WARM_UP, TURNS):
        for store, clock in zip(stores, clocks, strict=True):
            if n == 0:
                clock.seconds.clear()
            await one_turn(store, clock, n)
    return clocks


async def count(store: Store) -> Counted:
    """Make some turns more, and count what they do."""
    counted = Counted()
    await store.database.transact(lambda db: db._connection.set_progress_handler(counted.tick, 1))  # noqa: SLF001
    for n in range(TURNS, TURNS + COUNTED):
        await one_turn(store, counted, n)
    return counted


async def main() -> None:
    """Print each verb's median in both databases, and what a whole turn costs in one against the other."""
    with tempfile.TemporaryDirectory() as folder:
        stores = await prepared(Path(folder) / "1.db", SMALL), await prepared(Path(folder) / "2.db", LARGE)
        small, large = await measure(stores)
        few, many = [await count(store) for store in stores]
        for store in stores:
            await store.close()
    print(
        f"\n{'verb':<16}{SMALL:>12,}{LARGE:>12,}   ratio   ms, median; then steps, pages read, pages written"
    )
    for name in small.seconds:
        before, after = small.median(name), large.median(name)
        done = [
            f"{one:,.0f} / {other:,.0f}"
            for one, other in zip(few.typical(name), many.typical(name), strict=True)
        ]
        print(f"{name:<16}{before:>12.3f}{after:>12.3f}{after / before:>8.2f}   {'   '.join(done)}")
    print(
        f"{'whole turn':<16}{small.whole():>12.3f}{large.whole():>12.3f}{large.whole() / small.whole():>8.2f}"
    )


if __name__ == "__main__":
    asyncio.run(main())
