"""What a request may cost and what it did: held before it is made, counted when it is over.

Asking and holding are one transaction, so that two answers cannot both take the last of a budget. What is held
counts for nobody's sum but keeps others from it; what a process held that died is taken as spent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.limits import NEAR, TOLD_FOR, Bound, Nearing, Reached, month_of
from bot.prices import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.limits import Limits
    from bot.model import TurnId, Usage
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Value, Work

ANSWER, MEMORY, CACHE = "answer", "memory", "cache"
"""What a request was made for: an answer; something beside it; nothing, because the answer was there."""
RESTS = {Bound.PERSON_BUDGET: Bound.PERSON_REST, Bound.BUDGET: Bound.REST}
"""What is said of a budget that is not used up and yet does not pay for a request: a smaller one may fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of an attempt."""

    turn: TurnId
    attempt: int
    source: str
    person: str
    model: str
    purpose: str = ANSWER

    @property
    def row(self) -> dict[str, Value]:
        """What names it in a statement."""
        return {"turn_id": self.turn, "attempt": self.attempt}


def request_of(turn: StoredTurn, model: str, purpose: str) -> Request:
    """Return a request on the account of a turn's person."""
    source = turn.chat.source
    return Request(
        turn=turn.id, attempt=turn.attempt, source=source, person=turn.person, model=model, purpose=purpose
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an answer took so far, all requests for it together. None is unknown."""

    prompt: int | None = None
    completion: int | None = None
    cost: Money | None = None
    estimated: bool = False
    nearing: Nearing | None = None
    """A budget that is nearly used up, if nobody told the person yet."""


def used_up(db: Work, source: str, person: str, limits: Limits, now: float) -> Iterator[Reached]:
    """Yield the budgets of which nothing is left."""
    since, until = month_of(now)
    for bound, most, whose in _budgets(limits, source, person):
        if _spent(db, since, limits.currency, whose) >= most:
            yield Reached(bound, most, until, limits.currency)


def hold(
    db: Work, request: Request, *, prompt: int, cost: Money | None, limits: Limits, now: float
) -> Reached | None:
    """Hold what a request will cost, or return the budget that keeps it from being made."""
    if cost is None and limits.has_budget:
        return Reached(Bound.UNPRICED, 0, now + TOLD_FOR)
    if cost is not None and (found := next(exceeded(db, request, cost, limits, now), None)):
        return found
    values = {"model": request.model, "purpose": request.purpose, **priced(cost)}
    db.do("reserve_usage", prompt=prompt, now=now, **values, **request.row)
    return None


def settle(
    db: Work, request: Request, *, usage: Usage, cost: Money | None, limits: Limits, now: float
) -> Bill:
    """Count what a request cost in place of what was held; where that is not known, what was held is taken as spent."""
    held = db.one("reservation", **request.row)
    db.do("drop_reservation", **request.row)
    db.do(
        "add_usage",
        model=request.model,
        purpose=request.purpose,
        prompt=usage.prompt,
        cached=usage.cached,
        completion=usage.completion,
        reasoning=usage.reasoning,
        estimated=int(usage.estimated),
        now=now,
        **priced(cost),
        **request.row,
    )
    spent = cost if cost is not None or held is None else _money(held["cost"], held["currency"])
    if spent is not None:
        spend(db, request.source, request.person, spent, now)
    return _bill(db, request, limits, now)


def settle_orphans(db: Work) -> None:
    """Take as spent what was held by a process that is gone."""
    for row in db.all("orphans"):
        spend(db, row["source"], row["person"], Money(row["cost"], row["currency"]), row["at"])
    db.do("settle_orphans")


def exceeded(db: Work, request: Request, cost: Money, limits: Limits, now: float) -> Iterator[Reached]:
    """Yield the budgets that have no room for what a request will cost."""
    since, until = month_of(now)
    for bound, most, whose in _budgets(limits, request.source, request.person):
        left = most - _spent(db, since, cost.currency, whose)
        if left <= 0:
            yield Reached(bound, most, until, cost.currency)
        elif cost.amount > left:
            yield Reached(RESTS[bound], most, until, cost.currency, left, cost.amount)
        (held,) = db.all("held", currency=cost.currency, **whose)
        if left - cost.amount < held["cost"]:
            yield Reached(Bound.HELD, most, now + TOLD_FOR, cost.currency)


def _budgets(limits: Limits, source: str, person: str) -> Iterator[tuple[Bound, int, dict[str, str]]]:
    """Yield each budget with whose spending it bounds."""
    if limits.person_budget_per_month is not None:
        yield Bound.PERSON_BUDGET, limits.person_budget_per_month, {"source": source, "person": person}
    if limits.budget_per_month is not None:
        yield Bound.BUDGET, limits.budget_per_month, {"source": "", "person": ""}


def _spent(db: Work, month: float, currency: str, whose: dict[str, str]) -> int:
    row = db.one("spent", month=month, currency=currency, **whose)
    return 0 if row is None else int(row["cost"])


def spend(db: Work, source: str, person: str, cost: Money, now: float) -> None:
    """Count what was spent against the budgets."""
    values: dict[str, Value] = {"month": month_of(now)[0], "cost": cost.amount, "currency": cost.currency}
    db.do("add_spent", source="", person="", **values)
    db.do("add_spent", source=source, person=person, **values)


def _bill(db: Work, request: Request, limits: Limits, now: float) -> Bill:
    (row,) = db.all("bill_of_turn", turn_id=request.turn)
    return Bill(
        prompt=row["prompt"],
        completion=row["completion"],
        cost=_money(row["cost"], row["currency"]),
        estimated=bool(row["estimated"]),
        # What is asked beside an answer has no place where it could be told.
        nearing=None if request.purpose == MEMORY else _nearing(db, request, limits, now),
    )


def _nearing(db: Work, request: Request, limits: Limits, now: float) -> Nearing | None:
    """Return a budget that is nearly used up, once in a month to each person."""
    since, until = month_of(now)
    for bound, most, whose in _budgets(limits, request.source, request.person):
        percent = _spent(db, since, limits.currency, whose) * 100 // most
        told: dict[str, Value] = {
            "source": request.source,
            "subject": request.person,
            "name": f"near_{bound}",
        }
        if percent >= NEAR and not db.one("limit_told_until", now=now, **told):
            db.do("tell_limit", until=until, **told)
            return Nearing(bound, percent, most, until, limits.currency)
    return None


def _money(amount: int | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def priced(cost: Money | None) -> dict[str, Value]:
    """Return a cost as it is stored."""
    return {
        "cost": None if cost is None else cost.amount,
        "currency": None if cost is None else cost.currency,
    }
