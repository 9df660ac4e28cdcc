"""Does memory grow with time? `python -m benchmarks.growth [messages]`.

A month of traffic in 100,000 chats: the inbox, the store, the worker and the delivery as they are, on a clock that
leaps from one event to the next, between a platform and a model in memory that keep nothing. Each message comes
from one of the chats at random, one write in a hundred is refused, one person in fifty presses Again. All chats are
in the database before it begins. Printed are memory, tasks and open files after the first tenth, in the middle and
at the end, and the last over the first. Eight thousand messages take a minute or two.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import RateLimited
from bot.janitor import Janitor
from bot.model import ChatKey, Finish, Finished, Limit, MessageRef, Pace, Person, Pressed, Said, Text
from tests.clock import VirtualLoop, real_work
from tests.fakes import FakeBody, FakeDialect
from tests.store.building import AMPLE
from tests.turns.office import office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.intake.inbox import Inbox
    from bot.model import Ask, Controls, Delta
    from bot.ports import Body
    from bot.ports import Inbox as InboxPort

CHATS, MESSAGES, MONTH = 100_000, 8_000, 30 * 86_400.0
PAGE_BYTES = 4096
CHANCE = random.Random(7)  # noqa: S311 - a benchmark that repeats
DIALECT = FakeDialect()
LONG = "A sentence of an answer as models give them, neither short nor long. "
FREE = replace(AMPLE, person_budget_per_month=None, budget_per_month=None)


class Model:
    """Answers at once, in some pieces."""

    async def stream(self, _ask: Ask) -> AsyncGenerator[Delta, None]:
        for _ in range(CHANCE.randint(1, 20)):
            yield Text(LONG)
            await asyncio.sleep(0.1)
        yield Finished(Finish.STOP)


@dataclass(slots=True)
class Platform:
    """Every chat takes every write but one in a hundred, and remembers none."""

    writes: int = 0
    name: str = "fake"

    async def check(self) -> None: ...
    async def run(self, _inbox: InboxPort) -> None: ...
    async def close(self) -> None: ...

    def surface(self, chat: ChatKey, _route: str) -> Surface:
        limits = (Limit(f"chat:{chat.chat}", 1.1), Limit("account", 1 / 30, 30))
        return Surface(self, Pace(post=limits, edit=limits), chat.chat)


@dataclass(slots=True)
class Surface:
    """One chat of it."""

    platform: Platform
    pace: Pace
    chat: str
    dialect: FakeDialect = DIALECT
    typing_every: float = 4.0

    async def typing(self) -> None: ...

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:  # noqa: ARG002
        self._write(body)
        return MessageRef(f"{self.chat}:{key}")

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:  # noqa: ARG002
        self._write(body)

    def _write(self, body: Body) -> None:
        assert isinstance(body, FakeBody)
        self.platform.writes += 1
        if self.platform.writes % 100 == 0:
            raise RateLimited(2.0, f"chat:{self.chat}")


def said(n: int) -> Said:
    """Return a new message from somewhere."""
    place = CHANCE.randrange(CHATS)
    return Said(
        key=f"m{n}",
        chat=ChatKey("fake", "a", str(place), ""),
        person=Person(id=f"u{place}", name="Somebody"),
        ref=MessageRef(f"{place}:{n}"),
        text=LONG,
        sent_at=datetime.now(UTC),
    )


def pressed(n: int, message: Said, turn: int) -> Pressed:
    return Pressed(key=f"p{n}", chat=message.chat, person=message.person, control="again", value=str(turn))


def fill(path: Path) -> None:
    """Let all chats be known."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO chat (platform, account, chat, thread, created_at) VALUES ('fake', 'a', ?, '', 0)",
            ((str(n),) for n in range(CHATS)),
        )


def count(path: Path) -> tuple[int, int]:
    """Return how many turns there are, and how many of them are over."""
    with closing(sqlite3.connect(path)) as connection:
        (turns,) = connection.execute("SELECT COUNT(*) FROM turn").fetchone()
        (done,) = connection.execute("SELECT COUNT(*) FROM turn WHERE state = 'done'").fetchone()
    return turns, done


@dataclass(slots=True)
class Look:
    """What the process holds."""

    memory: float
    tasks: int
    files: int

    @classmethod
    def now(cls) -> Look:
        """Take it after a collection, so that what merely waits for one does not count."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            pages * PAGE_BYTES / 2**20, len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))
        )

    def show(self, name: str) -> None:
        print(f"{name:>12}: {self.memory:7.1f} MiB, {self.tasks:3} tasks, {self.files:3} files")


async def measure(folder: Path, messages: int) -> None:
    path = folder / "bot.db"
    platform = Platform()
    async with office(folder, adapter=platform, model=Model(), limits=FREE, summarises=True) as o:
        with real_work():
            fill(path)
        async with asyncio.TaskGroup() as tasks:
            janitor = tasks.create_task(Janitor(o.store.privacy, 7).run())
            looks = await traffic(o.inbox, messages)
            janitor.cancel()
    turns, done = count(path)
    for name, look in zip(("first tenth", "half", "end"), looks, strict=True):
        look.show(name)
    print(
        f"{messages} messages, {turns} turns, {done} done, {platform.writes} writes; 30 days of the bot's clock"
    )
    print(f"end over first tenth: {looks[-1].memory / looks[0].memory:.3f}; end over half: ", end="")
    print(f"{looks[-1].memory / looks[1].memory:.3f}")


async def traffic(inbox: Inbox, messages: int) -> list[Look]:
    """Let people write for a month; return what the process held on the way, each time at rest."""
    looks: list[Look] = []
    for n in range(1, messages + 1):
        message = said(n)
        await inbox.accept([message])
        await asyncio.sleep(CHANCE.expovariate(messages / MONTH))
        if n % 50 == 0:
            await inbox.accept([pressed(n, message, n + n // 50 - 1)])
        if n in {messages // 10, messages // 2, messages}:
            await asyncio.sleep(3600)
            looks.append(Look.now())
    return looks


def main() -> None:
    logging.disable(logging.CRITICAL)
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(measure(Path(folder), messages))


if __name__ == "__main__":
    main()
