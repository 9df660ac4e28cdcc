"""Which models people may choose among: three grades, `auto` between them, and names. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.catalog import Card, Catalog


class Grade(StrEnum):
    """What a model is for; the operator names one for each."""

    FAST = "fast"
    BALANCED = "balanced"
    STRONG = "strong"


AUTO = "auto"
"""The grade is picked anew for each question."""
ANY = "*"
"""Every model of the catalog may be chosen."""
USUAL = "default"
"""Whatever the operator set, also when that changes."""
PICKED = "picked"
"""Why a model answers that somebody picked for one question, under a sentence about another model."""
RESERVED = frozenset({*Grade, AUTO, ANY, USUAL})
"""Words that cannot be the name of a model."""

_SPOKEN = {
    "quick": Grade.FAST,
    "快": Grade.FAST,
    "快速": Grade.FAST,
    "medium": Grade.BALANCED,
    "均衡": Grade.BALANCED,
    "平衡": Grade.BALANCED,
    "best": Grade.STRONG,
    "强": Grade.STRONG,
    "最强": Grade.STRONG,
    "强大": Grade.STRONG,
    "automatic": AUTO,
    "自动": AUTO,
    "usual": USUAL,
    "默认": USUAL,
}
_ALIKE = 0.5
"""How alike two names must be for one to be taken as meant by the other."""
_MOST_NEAR = 3


def model(text: str) -> str:
    """Return the name of a model, as an operator wrote it. Raises ValueError with a remedy."""
    if text.casefold() in RESERVED or not re.fullmatch(r"[\w.:/@+-]+", text):
        raise ValueError("must be the name of one model, such as qwen3.8-max.")
    return text


def models(text: str) -> tuple[str, ...]:
    """Return names with commas between them, or `*`. Raises ValueError with a remedy."""
    names = tuple(dict.fromkeys(entry.strip() for entry in text.split(",") if entry.strip()))
    try:
        return names if names == (ANY,) else tuple(model(name) for name in names)
    except ValueError:
        raise ValueError(
            "must be names of models with commas between them, or * alone for all that are known."
        ) from None


def usual(text: str) -> str:
    """Return the name of a model or a grade. Raises ValueError with a remedy."""
    folded = text.casefold()
    if folded in {*Grade, AUTO}:
        return folded
    try:
        return model(text)
    except ValueError:
        raise ValueError(
            "must be the name of one model, such as qwen-plus, or one of fast, balanced, strong, auto."
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineup:
    """The operator's line-up. A choice is a grade, `auto`, or the name of a model."""

    usual: str
    """The choice that holds where people made none: `MODEL_NAME`."""
    fast: str
    balanced: str
    strong: str
    allowed: tuple[str, ...] = ()
    """Further names, or `*`."""
    catalog: Catalog

    def card(self, name: str) -> Card | None:
        """Return what is known of a model."""
        return self.catalog.card(name)

    def named(self, grade: Grade) -> str:
        """Return the model of a grade."""
        return {Grade.FAST: self.fast, Grade.BALANCED: self.balanced, Grade.STRONG: self.strong}[grade]

    def grade(self, name: str) -> Grade | None:
        """Return the grade a model has; None: none."""
        return next((grade for grade in Grade if self.named(grade) == name), None)

    @property
    def graded(self) -> tuple[str, ...]:
        """The grades and `auto`; none of them where all grades are one model."""
        return (*Grade, AUTO) if len({self.fast, self.balanced, self.strong}) > 1 else ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every model that may be asked for by its name, the usual one first."""
        usual = () if self.usual in RESERVED else (self.usual,)
        listed = self.catalog.names if ANY in self.allowed else self.allowed
        return tuple(dict.fromkeys((*usual, self.fast, self.balanced, self.strong, *listed)))

    @property
    def offered(self) -> tuple[str, ...]:
        """What a menu shows: each model once, under its grade where it has one; the usual one also by its name."""
        under = {self.fast, self.balanced, self.strong} if self.graded else set[str]()
        return (*self.graded, *(name for name in self.names if name not in under or name == self.usual))

    def choice(self, word: str) -> str | None:
        """Return the choice that somebody means by a word, `USUAL` among them; None if they may not choose it."""
        folded = word.strip().casefold()
        meant = _SPOKEN.get(folded, folded)
        if meant == USUAL:
            return USUAL
        return next((one for one in (*self.graded, *self.names) if one.casefold() == meant), None)

    def holding(self, choice: str) -> str:
        """Return a choice that was made before, or the usual one if none was or it is open to nobody any more."""
        found = self.choice(choice)
        return self.usual if found in {None, USUAL} else str(found)

    def near(self, word: str) -> tuple[str, ...]:
        """Return the choices that a word nobody knows comes closest to, at least one."""
        folded = {one.casefold(): one for one in (*self.graded, *self.names)}
        found = difflib.get_close_matches(word.strip().casefold(), folded, n=_MOST_NEAR, cutoff=_ALIKE)
        return tuple(folded[one] for one in found) or self.offered[:_MOST_NEAR]

    def instead(self, model: str, refused: Collection[str] = ()) -> str | None:
        """Return the model to ask where this one, and all of `refused`, cannot be; None: there is no other.

        That is its successor, else the next grade, the lower one first, else the name most alike.
        """
        card = self.card(model)
        closed = {model, *refused}
        able = [name for name in self.names if name not in closed and not self._is_retired(name)]
        wanted = [card.replacement] if card is not None and card.retired else []
        grade = self.grade(model)
        wanted += self._beside(grade) if grade else ()
        wanted += difflib.get_close_matches(model, able, n=1, cutoff=0.0)
        return next((name for name in wanted if name in able), None)

    def _beside(self, grade: Grade) -> tuple[str, ...]:
        order = {
            Grade.STRONG: (self.balanced, self.fast),
            Grade.BALANCED: (self.fast, self.strong),
            Grade.FAST: (self.balanced, self.strong),
        }
        return order[grade]

    def _is_retired(self, name: str) -> bool:
        card = self.card(name)
        return card is not None and card.retired
