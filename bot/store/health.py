"""How much there is to do, and how much was done today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.limits import day_of

if TYPE_CHECKING:
    from bot.store.sqlite import Database, Work


@dataclass(frozen=True, slots=True)
class Load:
    """What one look at the database shows."""

    running: int
    """Answers in the making, or on their way to the screen."""
    waiting: int
    """Messages that no turn has taken."""
    answers: int
    """Answers since the day of UTC began."""
    tokens: int
    """Tokens since then, as billed or estimated."""
    size: int
    """Bytes of the database and its log."""


class Health:
    """Looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, now: float) -> Load:
        """Return the load at a moment, in seconds since 1970. Raises StoreUnavailable."""
        since, until = day_of(now)

        def work(db: Work) -> tuple[int, ...]:
            (answers,) = db.all("count_answers", since=since, until=until)[0]
            (tokens,) = db.all("tokens_of_all", since=since)[0]
            return (*_to_do(db), answers, tokens)

        running, waiting, answers, tokens = await self._database.look_up(work)
        return Load(running, waiting, answers, tokens, size=self._database.size())

    async def to_do(self) -> tuple[int, int]:
        """Return how many answers are in the making, and how many messages wait. Raises StoreUnavailable."""
        return await self._database.transact(_to_do)


def _to_do(db: Work) -> tuple[int, int]:
    (running,), (waiting,) = db.all("count_running")[0], db.all("count_waiting")[0]
    return int(running), int(waiting)
