"""Where the marks of a line of Markdown stand while the line still grows.

CommonMark's delimiter algorithm over a text whose end is not the end: what is open there, and from where
nothing can be judged before more has come. A parser tells neither.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from bot.grammar import flanks, is_cjk, math_span, punctuation

# How long something unfinished is kept back before it is shown as it stands: by then it is
# more likely no link or formula at all, and the reader is waiting.
_PATIENCE = 10  # steps back over what cannot be judged; an honest text needs a handful
_NESTED = 30  # marks open at once; who opens more means none of them, and parsers pair them at great cost
_LABEL = 300
_ADDRESS = 3000
_FORMULA = 400
_DOLLAR = 80

_SPECIAL = re.compile(r"[\\`*_~$|\[\]<&!]")
_RUN = re.compile(r"`+")
_ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_HALF_ENTITY = re.compile(r"&(?:#?|#[xX]?[0-9a-fA-F]{0,7}|[A-Za-z][A-Za-z0-9]{0,31})\Z")
_AUTOLINK = re.compile(
    r"<(?:[A-Za-z][A-Za-z0-9+.\-]{1,31}:[^<>\x00-\x20]*|[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+)>"
)
_HALF_AUTOLINK = re.compile(
    r"<(?:[A-Za-z][A-Za-z0-9+.\-]{0,31}(?::[^<>\x00-\x20]{0,2000})?|[\w.+-]{0,64}(?:@[\w.-]{0,64})?)\Z"
)
_SPOILER = re.compile(r"\|\|(?=[^\s|])(.{0,2000}?[^\s|\\])\|\|(?!\|)", re.DOTALL)
# The part of a link after its label, `(address "title")`, and what may still become one.
_TAIL = re.compile(
    r"\(\s*(?:<(?:\\.|[^<>\\\n])*>|(?:\\.|\((?:\\.|\((?:\\.|[^\\()\s])*\)|[^\\()\s])*\)|[^\\()\s<])(?:\\.|\((?:\\.|\((?:\\.|[^\\()\s])*\)|[^\\()\s])*\)|[^\\()\s])*)?"
    r"(?:\s+(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\)))?\s*\)"
)
_HALF_TAIL = re.compile(
    r"\(\s*(?:<[^<>\n]*|[^\s<][^\s]*)?(?:>?\s+(?:\"[^\"]*\"?|'[^']*'?|\([^()]*\)?)?\s*)?\Z"
)
_HALF_LABEL = re.compile(r"\[[^\[\]]{0,300}\Z")


@dataclass(slots=True)
class _Opener:
    char: str
    count: int
    both: bool
    original: int
    start: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a growing inline text is at its end."""

    hold: int
    """From here on nothing can be judged yet; the length of the text if all can."""
    open: tuple[str, ...] = ()
    """The marks open there, outermost first."""
    atoms: tuple[tuple[int, int], ...] = ()
    """What must not be cut: links, code, formulas, entities, escapes."""

    @property
    def closing(self) -> str:
        """The marks that end what is open."""
        return "".join(reversed(self.open))

    @property
    def opening(self) -> str:
        """The marks that begin it anew."""
        return "".join(self.open)


def read(text: str) -> Reading:
    """Read a text that may grow."""
    for _ in range(_PATIENCE):
        reading = _Reader(text, final=False).reading()
        if reading.hold == len(text):
            return reading
        text = text[: reading.hold].rstrip()
    return _Reader(text, final=True).reading()


def read_final(text: str) -> Reading:
    """Read a text that is cut here: nothing is held back, what is undecided stands as it is."""
    return _Reader(text, final=True).reading()


@dataclass(slots=True)
class _Reader:
    text: str
    final: bool
    openers: list[_Opener] = field(default_factory=list[_Opener])
    brackets: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # start, height of openers
    atoms: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    hold: int = 0
    code: str = ""
    pos: int = 0
    runs: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    def reading(self) -> Reading:
        self.hold = len(self.text)
        for run in _RUN.finditer(self.text):
            self.runs.setdefault(len(run[0]), []).append(run.start())
        while found := _SPECIAL.search(self.text, self.pos):
            self.pos = found.start()
            self._special(found[0])
        self._half_brackets()
        marks = [opener.char * opener.count for opener in self.openers if not self._multiplies(opener)]
        if len(marks) > _NESTED:
            marks = []
        return Reading(self.hold, (*marks, *([self.code] if self.code else [])), tuple(self.atoms))

    def _multiplies(self, opener: _Opener) -> bool:
        """Tell whether it is probably a sign in `2*3`, not a mark; between words without spaces it is one."""
        around = self.text[opener.start - 1], self.text[opener.start + opener.original :][:1]
        return opener.both and opener.count == 1 and not any(char and is_cjk(char) for char in around)

    # ------------------------------------------------------------ one mark

    def _special(self, char: str) -> None:
        match char:
            case "\\":
                self._escape()
            case "`":
                self._backticks()
            case "*" | "_" | "~":
                self._delimiters(char)
            case "$":
                self._dollar()
            case "|":
                self._bars()
            case "[" | "!" | "]":
                self._bracket(char)
            case "<":
                self._angle()
            case _:
                self._either(_ENTITY, _HALF_ENTITY)

    def _atom(self, end: int) -> None:
        self.atoms.append((self.pos, end))
        self.pos = end

    def _wait(self, start: int) -> None:
        """Hold back everything from `start`."""
        if not self.final:
            self.hold = min(self.hold, start)

    def _rest(self) -> int:
        return len(self.text) - self.pos

    def _either(self, whole: re.Pattern[str], half: re.Pattern[str]) -> None:
        if found := whole.match(self.text, self.pos):
            self._atom(found.end())
            return
        if half.match(self.text, self.pos):
            # A whole run of them at once, or each one would cost a reading of its own.
            self._wait(len(self.text[: self.pos + 1].rstrip(self.text[self.pos])))
        self.pos += 1

    def _escape(self) -> None:
        if self._rest() == 1:
            self._wait(self.pos)
            self.pos += 1
        elif self.text[self.pos + 1] in "([":
            self._formula(2, _FORMULA)
        else:
            self._atom(self.pos + 2)

    def _formula(self, mark: int, patience: int) -> None:
        if found := math_span(self.text, self.pos):
            self._atom(found[1])
            return
        if self._rest() <= patience:
            self._wait(self.pos)
        self.pos += mark

    def _dollar(self) -> None:
        after = self.text[self.pos + 1 : self.pos + 2]
        before = self.text[self.pos - 1 : self.pos]
        if after == "$":
            self._formula(2, _FORMULA)
        elif (
            before.isalnum() or after.isspace() or after.isdigit() or "\n" in self.text[self.pos :][:_DOLLAR]
        ):
            self._formula(1, 0)
        else:
            self._formula(1, _DOLLAR)

    def _backticks(self) -> None:
        found = _RUN.match(self.text, self.pos)
        size = len(found[0]) if found else 1
        # A run whose first mark is escaped is shorter than the one it stands in.
        same = self.runs.get(size, [])
        later = bisect_left(same, self.pos + 1)
        if later < len(same):
            self._atom(same[later] + size)
            return
        self._open_code(size)

    def _open_code(self, size: int) -> None:
        inside = self.text[self.pos + size :]
        shown = inside.rstrip("`")
        if not shown.strip():
            self._wait(self.pos)
            self.pos = len(self.text) if self.final else self.pos + size
            return
        self._wait(len(self.text) - (len(inside) - len(shown)))
        self.code = "`" * size
        self.atoms.append((self.pos, len(self.text)))
        self.pos = len(self.text)

    # ------------------------------------------------------------ emphasis

    def _delimiters(self, char: str) -> None:
        end = self.pos
        while end < len(self.text) and self.text[end] == char:
            end += 1
        start, count = self.pos, end - self.pos
        self.pos = end
        if char == "~":
            count -= count % 2
        opens, closes = self._flanks(start, end, char)
        if end == len(self.text) and not self.final:
            self._at_the_end(start, end, count, char)
            return
        if closes:
            count = self._close(char, count, both=opens)
        if opens and count:
            self.openers.append(_Opener(char, count, closes, end - start, start))

    def _at_the_end(self, start: int, end: int, count: int, char: str) -> None:
        """Take a run at the end of the text only if it closes exactly what is open."""
        waiting = [opener for opener in self.openers if opener.char == char]
        before = self.text[start - 1 : start]
        while waiting and count >= waiting[-1].count > 0:
            count -= waiting.pop().count
        if count or end - start == 0 or not before.strip() or (char == "~" and (end - start) % 2):
            self._wait(start)
            return
        self._close(char, end - start, both=False)

    def _close(self, char: str, count: int, *, both: bool) -> int:
        original = count
        index = len(self.openers) - 1
        floor = self.brackets[-1][1] if self.brackets else 0
        while count and index >= floor:
            opener = self.openers[index]
            if (
                opener.char == char
                and not _odd_match(opener, original, both=both)
                and not (char == "~" and opener.count == 1)
            ):
                used = min(count, opener.count, 2)
                del self.openers[index + 1 :]
                count -= used
                opener.count -= used
                if opener.count:
                    continue
                del self.openers[index]
            index -= 1
        return count

    def _flanks(self, start: int, end: int, char: str) -> tuple[bool, bool]:
        before = self.text[start - 1] if start else "\n"
        after = self.text[end] if end < len(self.text) else "\n"
        left, right = flanks(before, after)
        if char != "_":
            return left, right
        return left and (not right or punctuation(before)), right and (not left or punctuation(after))

    # ------------------------------------------------------------ spoilers, links

    def _bars(self) -> None:
        if not self.text.startswith("||", self.pos):
            if self._rest() == 1:
                self._wait(self.pos)
            self.pos += 1
        elif found := _SPOILER.match(self.text, self.pos):
            self._atom(found.end())
        else:
            self._open_spoiler()

    def _open_spoiler(self) -> None:
        after = self.text[self.pos + 2 : self.pos + 3]
        if not after:
            self._wait(self.pos)
        elif not after.isspace() and after != "|" and self._rest() <= 2000 and not self._spoiling():  # noqa: PLR2004
            self.openers.append(_Opener("|", 2, both=False, original=2, start=self.pos))
        self.pos += 2

    def _spoiling(self) -> bool:
        return any(opener.char == "|" for opener in self.openers)

    def _angle(self) -> None:
        self._either(_AUTOLINK, _HALF_AUTOLINK)

    def _bracket(self, char: str) -> None:
        if char == "]":
            self._label_end()
            return
        if char == "!":
            if self._rest() == 1:
                self._wait(self.pos)
            if not self.text.startswith("![", self.pos):
                self.pos += 1
                return
        self.brackets.append((self.pos, len(self.openers)))
        self.pos += 2 if char == "!" else 1

    def _label_end(self) -> None:
        end = self.pos + 1
        self.pos = end
        if not self.brackets:
            return
        start, height = self.brackets.pop()
        after = self.text[end : end + 1]
        if not after:
            self._wait(start)
        elif after == "(":
            self._tail(start, height, end)
        elif after == "[" and _HALF_LABEL.match(self.text, end):
            self._wait(start)

    def _tail(self, start: int, height: int, end: int) -> None:
        if found := _TAIL.match(self.text, end):
            del self.openers[height:]
            self.pos = found.end()
            self.atoms.append((start, self.pos))
        elif len(self.text) - end <= _ADDRESS and _HALF_TAIL.match(self.text, end):
            self._wait(start)
            self.pos = len(self.text)

    def _half_brackets(self) -> None:
        """Hold back what follows a label that has not ended, for as long as labels are."""
        for start, _ in self.brackets:
            if len(self.text) - start <= _LABEL:
                self._wait(start)
                if self.final:
                    self.atoms.append((start, len(self.text)))
                return


def _odd_match(opener: _Opener, closer: int, *, both: bool) -> bool:
    """CommonMark's rule of three: a run that could both open and close is picky about lengths."""
    if not (opener.both or both):
        return False
    return (opener.original + closer) % 3 == 0 and not (opener.original % 3 == 0 and closer % 3 == 0)
