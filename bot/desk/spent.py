"""What was used, summed up by day, by model and by person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.prices import MILLION
from bot.records import Spending, Spent

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Iterable, Sequence

MOST_PEOPLE = 50
"""People that are named; whoever used less is not listed."""


async def summed(
    found: Sequence[tuple[float, Sequence[sqlite3.Row]]],
    people: Sequence[sqlite3.Row],
    name_of: Callable[[str, str], Awaitable[str]],
    currency: str | None,
) -> Spending:
    """Return the sums; `found` are the days, oldest first, each with what was used by model."""
    days = [_sum(_date(since), rows) for since, rows in found]
    models = _grouped([row for _, of_day in found for row in of_day], lambda row: row["model"])
    used = [
        replace(
            _sum("", [row]),
            name=row["person"],
            platform=row["source"].split(":")[0],
            label=await name_of(row["source"], row["person"]),
        )
        for row in people
    ]
    return Spending(days=tuple(days), models=tuple(models), people=tuple(used), currency=currency)


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _grouped(rows: Iterable[sqlite3.Row], key: Callable[[sqlite3.Row], str]) -> list[Spent]:
    groups: dict[str, list[sqlite3.Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    sums = [_sum(name, of_name) for name, of_name in groups.items()]
    return sorted(sums, key=lambda one: (-(one.prompt + one.completion), one.name))


def _sum(name: str, rows: Iterable[sqlite3.Row]) -> Spent:
    spent = Spent(name=name)
    for row in rows:
        spent = replace(
            spent,
            answers=spent.answers + row["answers"],
            prompt=spent.prompt + (row["prompt"] or 0),
            cached=spent.cached + (row["cached"] or 0),
            completion=spent.completion + (row["completion"] or 0),
            money=_added(spent.money, row["cost"]),
        )
    return spent


def _added(money: float | None, cost: int | None) -> float | None:
    """Return a sum with a cost in millionths; what is not known adds nothing."""
    return money if cost is None else (money or 0.0) + cost / MILLION
