"""Time that passes only when nobody has anything left to do.

`@virtual` runs a test in an event loop whose clock stands still while there is work and leaps to the next
timer when there is none, so five minutes of silence cost nothing and every moment is exact.

Work on another thread (the database) is real and takes real time. The loop must not leap over it, so whoever
hands something to a thread does it inside `real_work()`: while any is under way, the loop waits for it and the
clock stands still. `Watched` does that for a database. A loop in which nothing can ever happen again fails at
once instead of hanging.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.store import Admissions, Arrivals, Preferences, Store, Turns, open_store
from bot.store.sqlite import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from bot.store.sqlite import Work

BEGINNING = 1000.0
THREAD_PATIENCE = 40.0

P = ParamSpec("P")
T = TypeVar("T")


class Stuck(AssertionError):
    """Nothing is ready, no timer is set and no thread works: this would wait for ever."""


class _LeapingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = BEGINNING
        self.hops = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if ready := super().select(THREAD_PATIENCE if self.hops else 0):
            return ready
        if self.hops or timeout is None:
            raise Stuck
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def stall(self, seconds: float) -> None:
        """Let time pass in which nothing runs, as when something holds up the loop."""
        self._leaping.now += seconds

    @contextmanager
    def real_work(self) -> Iterator[None]:
        """Keep the clock still while another thread works."""
        self._leaping.hops += 1
        try:
            yield
        finally:
            self._leaping.hops -= 1


def virtual(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Run a test in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """Return the moment on the running loop's clock, in seconds."""
    return asyncio.get_running_loop().time()


def stall(seconds: float) -> None:
    """Hold up the running loop, which has to be a virtual one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.stall(seconds)


@contextmanager
def real_work() -> Iterator[None]:
    """Keep a virtual clock still; on a real loop there is nothing to do."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualLoop):
        with loop.real_work():
            yield
    else:
        yield


class Watched(Database):
    """A database whose work the virtual clock waits for; can be told to be unavailable."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.trouble: Exception | None = None
        """Raised instead of any work while it is set."""

    async def transact(self, work: Callable[[Work], T]) -> T:
        if self.trouble is not None:
            raise self.trouble
        with real_work():
            return await self._inner.transact(work)

    async def look_up(self, work: Callable[[Work], T]) -> T:
        if self.trouble is not None:
            raise self.trouble
        with real_work():
            return await self._inner.look_up(work)

    async def scrub(self) -> None:
        with real_work():
            await self._inner.scrub()

    def size(self) -> int:
        return self._inner.size()

    async def close(self) -> None:
        with real_work():
            await self._inner.close()


@asynccontextmanager
async def open_watched(path: Path) -> AsyncIterator[tuple[Store, Watched]]:
    """Open the database at `path` for a test in virtual time, and close it at the end."""
    with real_work():
        inner = await open_store(f"sqlite:///{path}")
    database = Watched(inner.database)
    try:
        preferences, admissions = Preferences(database), Admissions(database)
        await preferences.recall()
        await admissions.recall()
        yield Store(Arrivals(database), Turns(database), preferences, admissions, database), database
    finally:
        await database.close()


async def settle() -> None:
    """Return once everything that can happen now, without time passing, has happened."""
    await asyncio.sleep(1e-6)
