"""What a check says about prices and budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.findings import Finding, Severity
from bot.prices import Money, is_priced, unpriced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config import Settings

HOW = "Write its prices into a list of your own and name it in MODELS_FILE; bot/models.toml tells the form."


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield which prices are missing, and what the budgets are."""
    limits, lineup = settings.limits, settings.lineup
    for name in unpriced(lineup, settings.fallback_model):
        yield Finding(Severity.NOTE, "prices", f"nobody knows what {name} costs, and people are told so", HOW)
    if not limits.has_budget:
        text = "none is set: tokens bound what a day may cost, and no sum of money does"
        yield Finding(Severity.NOTE, "budget", text, "Set BUDGET_PER_MONTH.")
        return
    named = (("for everybody", limits.budget_per_month), ("for each person", limits.person_budget_per_month))
    sums = ", ".join(f"{Money(most, limits.currency)} {who}" for who, most in named if most is not None)
    yield Finding(Severity.FINE, "budget", f"{sums}, a month")
    if closed := [name for name in lineup.names if not is_priced(lineup.card(name))]:
        text = f"nobody knows what {', '.join(closed)} costs, so it is not asked while there is a budget"
        yield Finding(Severity.NOTE, "prices", text, HOW)
