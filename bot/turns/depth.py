"""How deeply a model thinks before it answers, in the words that each family of models takes. Pure.

Newer models are told an effort, older ones a number of tokens; a request that holds both is refused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.catalog import Thinks
from bot.model import Reasoning

if TYPE_CHECKING:
    from bot.catalog import Card


class Depth(StrEnum):
    """What people choose."""

    AUTO = "auto"
    """As the model does by itself."""
    OFF = "off"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


EFFORTS = {Depth.LOW: "low", Depth.MEDIUM: "medium", Depth.HIGH: "xhigh"}
"""The provider's names."""
BUDGETS = {Depth.LOW: 4_096, Depth.MEDIUM: 16_384, Depth.HIGH: None}
"""Tokens, about what the efforts of the same depth come to; None: as many as the model may."""

_SPOKEN = {
    "none": Depth.OFF,
    "no": Depth.OFF,
    "关": Depth.OFF,
    "关闭": Depth.OFF,
    "不": Depth.OFF,
    "on": Depth.MEDIUM,
    "less": Depth.LOW,
    "little": Depth.LOW,
    "低": Depth.LOW,
    "少": Depth.LOW,
    "mid": Depth.MEDIUM,
    "开": Depth.MEDIUM,
    "中": Depth.MEDIUM,
    "中等": Depth.MEDIUM,
    "hard": Depth.HIGH,
    "harder": Depth.HIGH,
    "more": Depth.HIGH,
    "max": Depth.HIGH,
    "高": Depth.HIGH,
    "多": Depth.HIGH,
    "automatic": Depth.AUTO,
    "default": Depth.AUTO,
    "自动": Depth.AUTO,
    "默认": Depth.AUTO,
}


def named(word: str) -> Depth | None:
    """Return the depth that somebody means by a word."""
    folded = word.strip().casefold()
    return Depth(folded) if folded in list(Depth) else _SPOKEN.get(folded)


def depths(card: Card | None) -> tuple[Depth, ...]:
    """Return how deeply a model can be told to think; nothing where it cannot, or nobody knows."""
    if card is None or card.thinks is Thinks.NEVER:
        return ()
    off = () if card.thinks is Thinks.ALWAYS else (Depth.OFF,)
    return (Depth.AUTO, *off, *EFFORTS)


def reasoning(card: Card | None, depth: Depth) -> Reasoning | None:
    """Return what the request must say; None: nothing, so that the model does as it does by itself."""
    if card is None or depth is Depth.AUTO or depth not in depths(card):
        return None
    # A model that always thinks takes no switch.
    switch = None if card.thinks is Thinks.ALWAYS else depth is not Depth.OFF
    if depth is Depth.OFF:
        return Reasoning(enabled=False)
    if card.efforts:
        return Reasoning(enabled=switch, effort=EFFORTS[depth])
    most = BUDGETS[depth]
    return Reasoning(enabled=switch, budget=None if most is None else min(most, card.thought or most))
