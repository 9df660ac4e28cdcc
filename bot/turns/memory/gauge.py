"""How far a model's own count of tokens is from ours; pure.

A provider bills by a vocabulary that the bot does not have. What it reported for the last requests tells how much
of our cautious guess they really were, and so how much of the budget is left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FEWEST = 3
"""Requests without which our own count holds."""
TELLING = 100
"""Tokens below which a request says more about its frame than about its words."""
QUANTILE = 0.75
"""Three of four requests took no more than what is expected: texts differ, and too long is worse than too short."""
LOWEST, HIGHEST = 0.4, 2.5
"""Beyond these something else was counted than the words: pictures, or a provider's own additions."""


def ratio(guesses: Iterable[tuple[int, int]]) -> float:
    """Return how many tokens the model counts for one of ours, from pairs of a guess and what it really was."""
    ratios = sorted(real / guessed for guessed, real in guesses if guessed >= TELLING and real > 0)
    if len(ratios) < FEWEST:
        return 1.0
    expected = ratios[math.ceil(QUANTILE * len(ratios)) - 1]
    return min(max(expected, LOWEST), HIGHEST)
