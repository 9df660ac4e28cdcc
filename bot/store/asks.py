"""What requests outside of any conversation cost: held before they are made, settled however they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.limits import Bound, Reached, day_of
from bot.model import TurnId
from bot.prices import Money
from bot.store.money import Request, exceeded, priced, spend, used_up

if TYPE_CHECKING:
    from bot.limits import Limits
    from bot.model import ChatKey, Usage
    from bot.store.sqlite import Database, Value, Work


class Asks:
    """The verbs. Moments are seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self,
        chat: ChatKey,
        person: str,
        model: str,
        prompt: int,
        now: float,
        *,
        cost: Money | None,
        limits: Limits,
    ) -> int | Reached:
        """Count what a request will cost and return its number; or return the limit that keeps it from being made."""
        source = chat.source
        request = Request(turn=TurnId(0), attempt=0, source=source, person=person, model=model)

        def work(db: Work) -> int | Reached:
            if (reached := _reached(db, request, cost, limits, now)) is not None:
                return reached
            whose: dict[str, Value] = {"source": request.source, "chat": chat.chat, "person": person}
            (row,) = db.all("reserve_ask", model=model, prompt=prompt, now=now, **whose, **priced(cost))
            return int(row["id"])

        return await self._database.transact(work)

    async def settle(
        self, number: int, model: str, usage: Usage | None, now: float, *, cost: Money | None
    ) -> None:
        """Store what a request cost in place of what was held for it; `usage` None: nothing."""

        def work(db: Work) -> None:
            if usage is None:
                db.do("drop_ask", id=number)
                return
            (held,) = db.all("held_for_ask", id=number)
            values: dict[str, Value] = {
                "model": model,
                "prompt": usage.prompt,
                "cached": usage.cached,
                "completion": usage.completion,
                "reasoning": usage.reasoning,
                "estimated": int(usage.estimated),
            }
            db.do("settle_ask", id=number, **values, **priced(cost))
            # Where the cost is not known, what was held is taken as spent.
            spent = cost or (Money(held["cost"], held["currency"]) if held["cost"] is not None else None)
            if spent is not None:
                spend(db, held["source"], held["person"], spent, now)

        await self._database.transact(work)


def _reached(db: Work, request: Request, cost: Money | None, limits: Limits, now: float) -> Reached | None:
    since, until = day_of(now)
    total = limits.tokens_per_day
    if total is not None and db.all("tokens_of_all", since=since, until=until)[0]["tokens"] >= total:
        return Reached(Bound.TOKENS, total, until)
    if (found := next(used_up(db, request.source, request.person, limits, now), None)) is not None:
        return found
    if cost is None:
        return Reached(Bound.UNPRICED, 0, now) if limits.has_budget else None
    return next(exceeded(db, request, cost, limits, now), None)
