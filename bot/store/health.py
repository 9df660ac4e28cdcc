"""How much there is to do, and how much was done today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.limits import day_of

if TYPE_CHECKING:
    from bot.store.sqlite import Database


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
        row = await self._database.transact(lambda db: db.one("load", since=since, until=until))
        counts = dict(row) if row is not None else {}
        return Load(**counts, size=self._database.size())
