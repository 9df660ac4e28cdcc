"""The silences the platforms asked for, so that a restart does not break them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.sqlite import Database, Value, Work


class Silences:
    """Implements `pacer.Memory`. Moments are seconds since 1970: the clock of the next process is another one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, source: str, scope: str, seconds: float, now: float) -> None:
        """Store that a scope of an account may not be written to for so long."""
        values: dict[str, Value] = {
            "source": source,
            "scope": scope,
            "seconds": seconds,
            "until": now + seconds,
        }
        await self._database.transact(lambda db: db.do("keep_silence", **values))

    async def left(self, now: float) -> list[tuple[str, str, float]]:
        """Return the account, the scope and the seconds left of every silence, and forget those that are over.

        A clock that was set back makes no silence longer than it was.
        """

        def work(db: Work) -> list[tuple[str, str, float]]:
            db.do("end_silences", now=now)
            rows = db.all("silences")
            return [(row["source"], row["scope"], min(row["until"] - now, row["seconds"])) for row in rows]

        return await self._database.transact(work)
