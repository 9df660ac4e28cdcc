"""For how long is the database held? `python -m benchmarks.waits [messages]`, a million unless said otherwise.

All that is said and answered waits for one connection. Everything the bot asks of its store is asked here, of a month
of a large bot (`million.py`): for everybody, for a person of a few messages, and for the one with a tenth of all.
Printed is, for each, how long it held that connection at most, in all and on the processor. Goals are 50 ms on the
processor for each, a p99 of 10 ms for storing a message and of 5 ms for what a question is sent with; what misses one
is marked, and the exit code is 1. Takes some five minutes.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.million import MESSAGES, prepare
from bot.model import ChatKey, MessageRef, Person, Said
from bot.store import Arrival, Store, StoredTurn, TurnState, open_store
from tests.store.building import AMPLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

MOST, COMMIT_P99, PAST_P99 = 0.050, 0.010, 0.005
REPEATED = 300
LARGE, SMALL, YOUNG = "1", "5", "9"
"""Whose chat and person are looked at: of a tenth of all messages, and of some."""
DAY = 86_400.0


class Clock:
    """How long the connection that writes was held, each time: in all, and on the processor."""

    def __init__(self, store: Store) -> None:
        self.held: list[tuple[float, float]] = []
        self.missed = 0
        connection = store.database._connection  # noqa: SLF001 - what is measured has no other door
        hop = connection._execute  # noqa: SLF001

        async def measured(work: Callable[..., Any], *args: Any) -> Any:
            return await hop(self._timed(work), *args)

        connection._execute = measured  # type: ignore[method-assign]  # noqa: SLF001

    def _timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            began, busy = time.perf_counter(), time.thread_time()
            try:
                return work(*args)
            finally:
                self.held.append((time.perf_counter() - began, time.thread_time() - busy))

        return timed

    async def time(self, name: str, work: Awaitable[Any]) -> Any:
        """Do something, and print for how long it held the connection at most."""
        self.held.clear()
        began = time.perf_counter()
        result = await work
        whole = time.perf_counter() - began
        longest, busy = (max((one[n] for one in self.held), default=0.0) for n in (0, 1))
        self.note(
            name, busy > MOST, f"{len(self.held):6} times, at most {_ms(longest)}, {_ms(busy)} busy", whole
        )
        return result

    def note(self, name: str, missed: bool, what: str, whole: float) -> None:
        """Print one line."""
        self.missed += missed
        print(f"{name:<34} {what}; done in {_ms(whole)} {'MISSED' if missed else ''}", flush=True)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:8.1f} ms"


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def message(number: int, place: str) -> Arrival:
    """Return a message of the person of a place."""
    said = Said(
        key=f"new{number}",
        chat=ChatKey("fake", "bot", f"c{place}"),
        person=Person(id=f"u{place}", name="Somebody"),
        ref=MessageRef(f"c{place}:new{number}"),
        text="And now?",
        sent_at=datetime.now(UTC),
    )
    return Arrival(event=said, limits=AMPLE)


async def asked(store: Store, number: int, place: str) -> StoredTurn:
    """Let a question arrive, and claim its turn."""
    await store.arrivals.accept([message(number, place)], time.time())
    turn = await store.turns.claim(["fake"], time.time() + 10)
    assert turn is not None
    return turn


async def commits(clock: Clock, store: Store) -> None:
    """Store messages one at a time, and recall what stands before each."""
    stored, recalled = [], []
    for number in range(REPEATED):
        clock.held.clear()
        await store.arrivals.accept([message(number, LARGE if number % 2 else SMALL)], time.time())
        stored.append(clock.held[-1][0])
        turn = await store.turns.claim(["fake"], time.time() + 10)
        assert turn is not None
        await store.memories.recall(turn, "qwen-plus", 200)
        recalled.append(clock.held[-1][0])
        await store.turns.end(turn, TurnState.DONE, (), time.time())
    for name, seconds, most in (
        ("store a message", stored, COMMIT_P99),
        ("recall what is past", recalled, PAST_P99),
    ):
        clock.note(name, _p99(seconds) > most, f"p99 {_ms(_p99(seconds))}", sum(seconds))


async def all_of(answers: AsyncIterator[Any]) -> int:
    """Return how many there are."""
    return len([one async for one in answers])


async def looks(clock: Clock, store: Store, turn: StoredTurn, whose: str) -> None:
    """Measure what a person may ask for, and what a turn of theirs looks up."""
    month = time.time() - 31 * DAY
    await clock.time(f"{whose}: summarise", store.memories.look(turn.chat_id, "qwen-plus", 800))
    await clock.time(f"{whose}: look for a lost post", store.turns.neighbours(turn))
    await clock.time(f"{whose}: /history", store.record.conversations(turn, skip=0, most=10))
    await clock.time(f"{whose}: /export", all_of(store.record.answers(turn)))
    await clock.time(f"{whose}: summaries", store.record.summaries(turn))
    await clock.time(f"{whose}: /export as text", store.privacy.conversation(turn, 200))
    await clock.time(f"{whose}: /usage", store.books.of_person(turn, month))
    await clock.time(f"{whose}: /usage of the chat", store.books.of_chat(turn, month))
    await clock.time(f"{whose}: busy elsewhere?", store.privacy.is_busy_elsewhere(turn))
    await clock.time(f"{whose}: asked to forget?", store.privacy.was_asked(turn, time.time() - 600))
    await clock.time(f"{whose}: the page's view", store.archive.entries(turn.chat, 200))
    await clock.time(f"{whose}: its cost", store.archive.cost(turn.chat))
    await clock.time(f"{whose}: what is overheard", store.chatter.around(turn.chat, time.time() - 7200, 50))


async def of_everybody(clock: Clock, store: Store) -> None:
    """Measure what the operator and administrators look at."""
    now = time.time()
    await clock.time("start: adopt", store.turns.adopt())
    await clock.time("/status", store.health.look(now))
    await clock.time("/metrics", store.health.to_do())
    for days in (1, 31):
        await clock.time(f"/usage, people of {days} days", store.books.by_person(now - days * DAY, range(10)))
        await clock.time(f"/usage, chats of {days} days", store.books.by_chat(now - days * DAY, range(10)))
    await clock.time("page: a day's use", store.archive.used(now - DAY, now, "USD"))
    await clock.time("page: a month's people", store.archive.used_by(now - 31 * DAY, now, "USD", 50))
    for query in ("", "nowhere", "words"):
        await clock.time(
            f"page: list '{query}'", store.archive.talks(query=query, platform="", before=None, most=50)
        )


async def goes_away(clock: Clock, store: Store) -> None:
    """Measure the hourly runs, and people who have themselves forgotten."""
    for name, now in (("this hour", time.time()), ("the next day", time.time() + DAY)):
        await clock.time(f"tidy, {name}", store.privacy.tidy(now))
    await clock.time("20 slices of what is too old", _expire(store))
    for number, place in enumerate((SMALL, LARGE)):
        turn = await asked(store, REPEATED + 10 + number, place)
        await clock.time(f"/forget, chat {place}", store.privacy.forget(turn))
        await store.turns.end(turn, TurnState.DONE, (), time.time())
    await clock.time("page: erase", store.archive.erase(ChatKey("fake", "bot", f"c{YOUNG}"), time.time()))


async def _expire(store: Store) -> None:
    for _ in range(20):
        await store.privacy.expire(time.time() - 20 * DAY, time.time())


async def main(messages: int) -> int:
    """Print what each takes; return how many miss their goal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        await prepare(path, messages)
        store = await open_store(f"sqlite:///{path}")
        clock = Clock(store)
        await of_everybody(clock, store)
        await commits(clock, store)
        for number, (place, whose) in enumerate(((LARGE, "large"), (SMALL, "small"))):
            turn = await asked(store, REPEATED + number, place)
            await looks(clock, store, turn, whose)
            await store.turns.end(turn, TurnState.DONE, (), time.time())
        await goes_away(clock, store)
        await store.close()
    print(f"\n{clock.missed} missed" if clock.missed else "\nnobody waits")
    return clock.missed


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))))
