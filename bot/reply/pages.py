"""An answer as pages, each one message of the platform.

A boundary is decided once, when a page no longer fits, and never moves: what the reader has seen stays where
it is. Only the open last page is looked at again, so a pass costs the same however long the answer is.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.reply.looks import Looks
from bot.reply.markdown import closed, committed, lined, repaired
from bot.reply.pieces import Piece, pieces
from bot.reply.seams import Seam, resumed, seam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ports import Dialect

_WINDOW = 6_000
"""Characters looked at first when much text has come at once."""
_BLANK = " \t\n"


class Pages:
    """The pages of one answer in one dialect.

    `boundaries`, given back after a restart, belong to the same answer they were decided for.
    """

    def __init__(self, dialect: Dialect | Looks, boundaries: Sequence[int] = ()) -> None:
        self._dialect = dialect
        self._boundaries = list(boundaries)
        self._answer = ""
        self._seams = [Seam()]
        self._sealed: list[str] = []
        self._last = ""
        self._usual = 0  # about how much of the answer fits a page

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Offsets in the answer where pages 2..n start."""
        return tuple(self._boundaries)

    def __len__(self) -> int:
        return len(self._boundaries) + 1

    def source(self, n: int) -> str:
        """Return page `n` as complete Markdown; empty if it has nothing worth showing yet."""
        if n < len(self._sealed):
            return self._sealed[n]
        return self._last if n == len(self._sealed) else ""

    def settled(self) -> str:
        """Return the part of the open page that no continuation can change; it may end within a code block."""
        if len(self._sealed) < len(self._boundaries):
            return ""
        document = resumed(self._seams[-1], self._answer[self._start :]).document
        return document[: committed(document)]

    def grow(self, answer: str, *, finished: bool, note: str = "") -> None:
        """Take the newest whole answer, and decide where new pages begin.

        `note` is Markdown that stands under the very end as a paragraph of its own. Where looks are limited it raises
        Rest, and goes on from there when it is called again.
        """
        self._answer = lined(answer)
        self._seal_known()
        if len(self._sealed) < len(self._boundaries):
            self._last = ""
            return
        while not self._shown(finished=finished, note=note):
            self._turn_page(self._cut())
            if isinstance(self._dialect, Looks):
                self._dialect.turned()
        if note:
            self._add(note)

    # ------------------------------------------------------------ the open page

    @property
    def _start(self) -> int:
        return self._boundaries[len(self._sealed) - 1] if self._sealed else 0

    def _shown(self, *, finished: bool, note: str) -> bool:
        """Draw the open page; False if it does not fit."""
        length = len(self._answer) - self._start
        if length > _WINDOW and self._window() < length:
            return False
        document = resumed(self._seams[-1], self._answer[self._start :]).document
        if not finished:
            self._last = repaired(document)
        else:
            self._last = closed(document) if note else document.strip("\n").rstrip()
        fits = self._dialect.fits(self._last)
        self._usual = length if fits else self._usual
        return fits

    def _add(self, note: str) -> None:
        """Put the note under the last page, or on a page of its own."""
        whole = f"{self._last}\n\n{note}" if self._last else note
        if not self._last or self._dialect.fits(whole):
            self._last = whole
            return
        self._turn_page(len(self._answer))
        self._last = note

    # ------------------------------------------------------------ turning pages

    def _seal_known(self) -> None:
        """Lay out the pages whose ends are decided."""
        while len(self._sealed) < len(self._boundaries) and self._boundaries[len(self._sealed)] <= len(
            self._answer
        ):
            self._seal(self._boundaries[len(self._sealed)])

    def _turn_page(self, cut: int) -> None:
        self._boundaries.append(cut)
        self._seal(cut)

    def _seal(self, end: int) -> None:
        source, after = self._page(self._start, end)
        self._sealed.append(source)
        self._seams.append(after)

    def _page(self, start: int, end: int) -> tuple[str, Seam]:
        """Return the open page cut at `end`, and what is open there."""
        sheet = resumed(self._seams[-1], self._answer[start:end])
        after, document = self._affordable(seam(sheet)), sheet.document
        return document.strip("\n").rstrip(_BLANK) + (after.closing if document.strip() else ""), after

    def _affordable(self, after: Seam) -> Seam:
        """Do not open again what would take a quarter of each page: a table's long header, a long info line."""
        if not after.lines or self._dialect.fits("\n\n".join(["\n".join(after.lines)] * 4)):
            return after
        lines = (after.lines[0][:3],) if after.fence else ()
        return replace(after, lines=lines)

    # ------------------------------------------------------------ where to cut

    def _fits_to(self, cut: int, *, closed_too: bool = False) -> bool:
        """Tell whether the first `cut` characters of the open page fit; with `closed_too`, as they will be shown.

        To know what is open takes a parse of its own, and the marks that close it take hardly any room.
        """
        end = self._start + cut
        if closed_too:
            return self._dialect.fits(self._page(self._start, end)[0])
        return self._dialect.fits(
            resumed(self._seams[-1], self._answer[self._start : end]).document.strip(_BLANK)
        )

    def _window(self) -> int:
        """Return a number of characters, not much more than needed, that do not fit the open page any more."""
        size = _WINDOW
        while self._start + size < len(self._answer) and self._fits_to(size):
            size *= 2
        return size

    def _cut(self) -> int:
        """Return where the open page ends: before the first block, row, line, … that does not fit any more."""
        text = self._answer[self._start : self._start + 2 * self._window()]
        parts = pieces(resumed(self._seams[-1], text).lines, text)
        cut = self._choose(parts, len(text))
        if not self._fits_to(cut, closed_too=True):
            cut = self._choose(parts, len(text), closed_too=True)
        self._usual = cut
        return self._start + max(cut, 1)

    def _choose(self, parts: list[Piece], end: int, *, closed_too: bool = False) -> int:
        """Return the offset within the open page; 0 if not even the smallest piece fits."""
        while parts:
            fitting = self._last_fitting(parts, closed_too=closed_too)
            piece = parts[self._with_its_heading(parts, fitting)]
            if self._worth_ending(piece.start) and self._alone(piece):
                return piece.start
            finer = piece.parts()
            if not finer:
                return piece.start
            parts = finer
        return end

    def _last_fitting(self, parts: list[Piece], *, closed_too: bool) -> int:
        """Return the last piece before which the page fits; for the first one that is known.

        Each question is a parse of the page, so the search begins where pages usually end.
        """
        low, high = 0, len(parts) - 1
        middle = max(bisect_right(parts, self._usual, key=lambda piece: piece.start) - 1, 1)
        step = 1
        while low < high:
            middle = min(max(middle, low + 1), high)
            if self._fits_to(parts[middle].start, closed_too=closed_too):
                low, middle = middle, middle + step
            else:
                high, middle = middle - 1, middle - step
            step *= 2
            if step > high - low:
                middle = (low + high + 1) // 2
        return low

    def _worth_ending(self, cut: int) -> bool:
        return bool(self._answer[self._start : self._start + cut].strip())

    def _with_its_heading(self, parts: list[Piece], n: int) -> int:
        """Take a heading along with what it heads, as long as something stays on the old page."""
        moved = n
        while moved > 0 and parts[moved - 1].kind == "heading":
            moved -= 1
        return moved if self._worth_ending(parts[moved].start) else n

    def _alone(self, piece: Piece) -> bool:
        """Tell whether the piece fits a page by itself."""
        if piece.kind == "text":
            return True
        start = self._start + piece.start
        after = self._page(self._start, start)[1]
        document = resumed(after, self._answer[start : self._start + piece.end]).document
        return self._dialect.fits(document.strip(_BLANK))
