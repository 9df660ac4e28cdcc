"""Whom administrators let in, or kept out, while the bot was running."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.sqlite import Database, Value


class Admissions:
    """Reads and stores decisions. All are kept at hand, because every event asks for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decided: dict[tuple[str, str], bool] = {}

    async def recall(self) -> None:
        """Learn what was decided before."""
        rows = await self._database.transact(lambda db: db.all("admissions"))
        self._decided = {(row["platform"], row["person"]): bool(row["allowed"]) for row in rows}

    def decided(self, platform: str, person: str) -> bool | None:
        """Return whether a person was let in or kept out; None if nobody decided."""
        return self._decided.get((platform, person))

    def all(self) -> Mapping[tuple[str, str], bool]:
        """Return every decision by platform and person."""
        return dict(self._decided)

    async def decide(self, platform: str, person: str, *, allowed: bool, now: float) -> None:
        """Store a decision; `now` is seconds since 1970. It holds at once."""
        values: dict[str, Value] = {
            "platform": platform,
            "person": person,
            "allowed": int(allowed),
            "now": now,
        }
        await self._database.transact(lambda db: db.do("decide_admission", **values))
        self._decided[platform, person] = allowed
