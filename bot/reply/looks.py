"""Asking whether text fits a page, a few looks at a time.

Each look is a parse, and turning a page takes some twenty of them. Of dense text, a model's or a prankster's, they take
seconds together, in which nobody's message would be acknowledged and nobody's answer would grow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Dialect

ENOUGH = 6_000
"""Characters after which no further look is begun; a twentieth of a second, where every second one is a mark."""


class Rest(Exception):
    """Enough for now. Let others have their turn, then ask the same again: what is known by then is not asked anew."""


class Looks:
    """A dialect's `fits`, which raises Rest once enough was looked at since `begin`."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[str, bool] = {}
        self._left = ENOUGH
        self._rests = True

    def begin(self, *, rests: bool = True) -> None:
        """Look again, after a rest or at something else; without `rests`, to the end of it."""
        self._left = ENOUGH
        self._rests = rests

    def turned(self) -> None:
        """Rest: a page was turned, which takes more than looks. Raises Rest."""
        if self._rests:
            raise Rest

    def end(self) -> None:
        """Forget what was seen: all that was to be known is."""
        self._known.clear()

    def fits(self, markdown: str) -> bool:
        """Tell whether this is not too much for one page. Raises Rest."""
        if (known := self._known.get(markdown)) is not None:
            return known
        if self._rests and self._left <= 0:
            raise Rest
        self._left -= len(markdown)
        self._known[markdown] = self._dialect.fits(markdown)
        return self._known[markdown]
