"""What a request costs, from what it used and what is known of its model. Pure.

Money is counted in millionths of a currency, as whole numbers, so that sums stay exact; a request is rounded up.
A price that is not known is None and never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.catalog import Thinks
from bot.lineup import ANY
from bot.model import Usage

if TYPE_CHECKING:
    from bot.catalog import Card, Tier
    from bot.lineup import Lineup
    from bot.model import Ask

MILLION = 1_000_000
ANSWER = 1_500
"""Tokens an answer is taken to have before it is made, where nothing limits it: about two pages."""
THOUGHTS = 4_000
"""Tokens a model is taken to think before it has: about what the provider's lowest effort comes to."""

_SIGNS = {"USD": "$", "CNY": "¥"}
_FEWEST_PLACES, _MOST_PLACES, _DIGITS = 2, 6, 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in millionths of a currency."""

    amount: int
    currency: str

    def __str__(self) -> str:
        """Return it as people write it, with two digits that say something: `$12.50`, `$0.0012`."""
        value = Decimal(self.amount) / MILLION
        # Rounded first: what becomes $0.10 needs no third place.
        places = _DIGITS - 1 - Decimal(f"{value:.{_DIGITS - 1}e}").adjusted()
        shown = f"{value:,.{min(max(places, _FEWEST_PLACES), _MOST_PLACES)}f}"
        sign = _SIGNS.get(self.currency)
        return f"{sign}{shown}" if sign else f"{shown} {self.currency}"


def cost(card: Card | None, usage: Usage, *, thought: bool = False) -> Money | None:
    """Return what a request cost; None if its price or its tokens are not known.

    `thought` tells that the model was seen to think, where the provider does not count its thoughts. Tokens of
    which nobody says that they were cached are paid in full.
    """
    if card is None or usage.prompt is None or usage.completion is None:
        return None
    tier = card.tier(usage.prompt)
    if tier is None:
        return None
    cached = min(usage.cached or 0, usage.prompt)
    output = _output(tier, thought=thought or bool(usage.reasoning))
    whole = (usage.prompt - cached) * tier.input + cached * _cached(tier) + usage.completion * output
    # A price per million tokens is the price of one token in millionths.
    return Money(math.ceil(whole), card.currency)


def _cached(tier: Tier) -> Decimal:
    return tier.input if tier.cached is None else tier.cached


def _output(tier: Tier, *, thought: bool) -> Decimal:
    return tier.thinking if thought and tier.thinking is not None else tier.output


def unpriced(lineup: Lineup, fallback: str = "") -> tuple[str, ...]:
    """Return the models that the operator named and nobody knows the price of."""
    named = replace(lineup, allowed=tuple(name for name in lineup.allowed if name != ANY)).names
    names = dict.fromkeys((*named, *([fallback] if fallback else [])))
    return tuple(name for name in names if not is_priced(lineup.card(name)))


def is_priced(card: Card | None) -> bool:
    """Tell whether anything is known of what a model costs."""
    return card is not None and bool(card.prices)


def will_think(card: Card | None, ask: Ask) -> bool:
    """Tell whether a request makes the model think, as far as that is known."""
    said = ask.reasoning
    if said is not None and said.enabled is not None:
        return said.enabled
    asked_to = said is not None and bool(said.budget or said.effort)
    return asked_to or (card is not None and card.thinks in {Thinks.ON, Thinks.ALWAYS})


def expected(card: Card | None, ask: Ask, prompt: int) -> Usage:
    """Return what a request will likely use, before it is made; `prompt` is our own count of its tokens."""
    thoughts = 0
    if will_think(card, ask):
        thoughts = min((ask.reasoning and ask.reasoning.budget) or THOUGHTS, THOUGHTS)
    answer = ask.max_tokens if ask.max_tokens is not None else ANSWER
    return Usage(prompt=prompt, completion=answer + thoughts, reasoning=thoughts, estimated=True)
