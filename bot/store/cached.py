"""Answers to first questions, for whoever asks the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.limits import Limits
from bot.model import Usage
from bot.store import money
from bot.store.money import CACHE

if TYPE_CHECKING:
    from bot.prices import Money
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Work

NOTHING = Usage(prompt=0, cached=0, completion=0, reasoning=0)


class Cached:
    """The verbs of the cache. Moments are seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, turn: StoredTurn, key: str, *, model: str, free: Money, now: float) -> str | None:
        """Return the answer that is kept under a key, and count that the turn got it; None: there is none."""
        request = money.request_of(turn, model, CACHE)

        def work(db: Work) -> str | None:
            row = db.one("cached_answer", key=key, now=now)
            if row is None:
                return None
            money.settle(db, request, usage=NOTHING, cost=free, limits=Limits(), now=now)
            return str(row["answer"])

        return await self._database.transact(work)

    async def keep(
        self, turn: StoredTurn, person: str, key: str, answer: str, *, now: float, until: float
    ) -> None:
        """Keep an answer under a key, in place of an earlier one, for whoever asks the same until then.

        It belongs to the person whose question it was.
        """
        whose = {"source": turn.chat.source, "person": person}
        await self._database.transact(
            lambda db: db.do("cache_answer", key=key, answer=answer, now=now, until=until, **whose)
        )
