"""Where a page may be cut, from the best places to the worst."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from bot.grammar import blocks
from bot.graphemes import clusters
from bot.reply.inline import read_final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from markdown_it.token import Token

_SENTENCE = re.compile(r"[.!?…:;][\"'”’)\]*_]*\s+|[。！？；：][”’」』）]*")
_WORD = re.compile(r"\s+")
# What stands before the text of a line; a cut behind it would leave a bullet or heading mark alone.
_LEAD = re.compile(r"(?:[ \t>]|(?:[-+*]|\d{1,9}[.)])[ \t]+|\[[ xX]\][ \t])*(?:#{1,6}[ \t]+)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text that stays together if it can: `kind` is block, heading, line or text."""

    start: int
    end: int
    kind: str
    parts: Callable[[], list[Piece]]


def pieces(document: Sequence[str], text: str) -> list[Piece]:
    """Return the top-level blocks of a page: `document` has one entry for each line of the text (see seams)."""
    return _Blocks(document, text).top()


class _Blocks:
    """The block tokens of a document, placed in the text it was made from."""

    def __init__(self, document: Sequence[str], text: str) -> None:
        self._text = text
        self._tokens = blocks("\n".join(document))
        self._starts: list[int] = []
        position = 0
        for entry, line in zip(document, text.split("\n"), strict=True):
            self._starts += [position] * (entry.count("\n") + 1)
            position += len(line) + 1
        self._starts.append(len(text))

    def top(self) -> list[Piece]:
        return self._children(0, len(self._tokens), 0, len(self._text))

    def _at(self, line: int) -> int:
        return self._starts[min(line, len(self._starts) - 1)]

    def _children(self, first: int, last: int, start: int, end: int) -> list[Piece]:
        """Return the blocks directly within a range of tokens; together they cover the text from start to end."""
        found: list[tuple[int, int, int]] = []
        n = first
        while n < last:
            close = self._closing(n, last)
            token = self._tokens[n]
            if token.map:
                found.append((self._at(token.map[0]), n, close))
            n = close + 1
        return [
            self._piece(
                max(at, start) if i else start, found[i + 1][0] if i + 1 < len(found) else end, n, close
            )
            for i, (at, n, close) in enumerate(found)
        ]

    def _closing(self, opening: int, last: int) -> int:
        """Return the position of the token that closes this one, or this one."""
        if self._tokens[opening].nesting != 1:
            return opening
        level = self._tokens[opening].level
        return next(
            n
            for n in range(opening + 1, last)
            if self._tokens[n].level == level and self._tokens[n].nesting == -1
        )

    def _piece(self, start: int, end: int, opening: int, closing: int) -> Piece:
        token = self._tokens[opening]
        kind = "heading" if token.type == "heading_open" else "block"
        if token.type == "table_open":
            return Piece(start, end, kind, lambda: self._rows(start, end, token))
        if token.type in ("blockquote_open", "bullet_list_open", "ordered_list_open", "list_item_open"):
            return Piece(start, end, kind, lambda: self._children(opening + 1, closing, start, end))
        return Piece(start, end, kind, lambda: self._lines(start, end, token))

    def _rows(self, start: int, end: int, table: Token) -> list[Piece]:
        """Return the rows; the header stays with the first one."""
        lines = range((table.map or [0, 0])[0] + 3, (table.map or [0, 0])[1])
        return _cut(self._text, start, end, (self._at(line) for line in lines), "line", prose=False)

    def _lines(self, start: int, end: int, token: Token) -> list[Piece]:
        begin, stop = token.map or [0, 0]
        prose = token.type not in ("fence", "code_block", "math_block")
        if token.type == "fence":
            # The fence stays with its first line, and the last line with the closing fence.
            begin, stop = begin + 1, stop - 1
        cuts = [self._at(line) for line in range(begin + 1, stop)]
        atoms = read_final(self._text[start:end]).atoms if prose else ()
        return _cut(self._text, start, end, _outside(cuts, start, atoms), "line", prose=prose)


def _cut(text: str, start: int, end: int, cuts: Iterable[int], kind: str, *, prose: bool) -> list[Piece]:
    """Return the parts of the text between the cuts; each falls into ever finer ones."""
    at = [start, *sorted({cut for cut in cuts if start < cut < end}), end]
    return [Piece(a, b, kind, lambda a=a, b=b: _finer(text, a, b, prose=prose)) for a, b in pairwise(at)]  # type: ignore[misc]


def _finer(text: str, start: int, end: int, *, prose: bool) -> list[Piece]:
    """Return the sentences, else words, else characters of a line; links and code are cut last."""
    line = text[start:end]
    atoms = ((0, _lead(line)), *(read_final(line).atoms if prose else ()))
    levels = [_SENTENCE, _WORD] if prose else [_WORD]
    steps: list[Callable[[str], list[int]]] = [
        lambda part, level=level: [found.end() for found in level.finditer(part)]  # type: ignore[misc]
        for level in levels
    ]
    steps.append(lambda part: list(accumulate(map(len, clusters(part)))))
    guarded = [_guarded(step, atoms, start) for step in steps]
    if atoms:
        guarded += [_guarded(step, (), start) for step in steps[1:]]
    guarded.append(lambda a, b: list(range(a + 1, b)))
    return _level(text, start, end, guarded)


def _lead(line: str) -> int:
    found = _LEAD.match(line)
    return found.end() if found else 0


def _guarded(
    step: Callable[[str], list[int]], atoms: Sequence[tuple[int, int]], base: int
) -> Callable[..., list[int]]:
    def cuts(text: str, start: int, end: int) -> list[int]:
        found = [start + cut for cut in step(text[start:end])]
        return _outside(found, base, atoms)

    return cuts


def _level(text: str, start: int, end: int, steps: Sequence[Callable[..., list[int]]]) -> list[Piece]:
    if not steps:
        return []
    cuts = steps[0](start, end) if len(steps) == 1 else steps[0](text, start, end)
    at = [start, *(cut for cut in cuts if start < cut < end), end]
    if len(at) == 2:  # noqa: PLR2004
        return _level(text, start, end, steps[1:])
    return [Piece(a, b, "text", lambda a=a, b=b: _level(text, a, b, steps[1:])) for a, b in pairwise(at)]  # type: ignore[misc]


def _outside(cuts: Sequence[int], base: int, atoms: Sequence[tuple[int, int]]) -> list[int]:
    """Return the cuts that do not fall inside one of the atoms; both are sorted."""
    spans = _merged(atoms)
    kept = []
    n = 0
    for cut in sorted(cuts):
        while n < len(spans) and base + spans[n][1] <= cut:
            n += 1
        if n == len(spans) or cut <= base + spans[n][0]:
            kept.append(cut)
    return kept


def _merged(atoms: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(atoms):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
