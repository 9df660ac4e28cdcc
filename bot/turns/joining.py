"""Joining what a model goes on with to what it had written before it was cut.

A model that is asked to go on begins a message of its own: it leaves out the space its last word needs, opens the
code block anew, or says the last sentence again. So it is asked to begin with its last words, and what it says twice
is left out here. Pure; the text comes in pieces, and only what may still be said twice is held back.
"""

from __future__ import annotations

import re
import unicodedata

from bot.reply.markdown import lined
from bot.reply.seams import Seam, resumed, seam

LOOKED_AT = 600
"""Characters at the end of the old text in which the new text may begin."""
ANCHOR = 30
"""Characters of the last words a model is asked to begin with, about."""
WORTH = 4
"""Fewer equal characters than this may be chance, unless they are all that was asked for."""
FENCE_MOST = 40
"""Characters within which a line that opens a code block again has ended."""

_FENCE_LINE = re.compile(r"[ \t]*(?:`{3,12}|~{3,12})([^`\n]{0,24})\n")


def last_words(text: str) -> str:
    """Return the end of the last line, from the beginning of a word: what a model is asked to begin with."""
    line = text.rstrip().rpartition("\n")[2].strip()
    if len(line) <= ANCHOR:
        return line
    end = line[-ANCHOR:]
    _, space, words = end.partition(" ")
    return words if space and len(words) >= WORTH else end


class Joint:
    """The place where a model goes on; an empty `before` joins nothing and holds nothing back."""

    def __init__(self, before: str) -> None:
        self._before = before
        self._end = before.rstrip()[-LOOKED_AT:]
        self._gap = before[len(before.rstrip()) :]
        self._in_code = bool(before) and seam(resumed(Seam(), lined(before))).fence
        self._asked = len(last_words(before))
        self._held = ""
        self._open = bool(before)

    def add(self, piece: str) -> str:
        """Return what may be appended to the old text, now that this piece has come."""
        if not self._open:
            return piece
        self._held += piece
        return "" if self._may_change() else self.rest()

    def rest(self) -> str:
        """Return what is left to append: nothing more comes, or what comes cannot change it."""
        if not self._open:
            return ""
        held, self._held, self._open = self._held, "", False
        return self._joined(held)

    def _may_change(self) -> bool:
        """Tell whether more text may show that all of this was said before."""
        said = self._without_fence(self._held)
        if said is None:
            return True
        # White space behind what was said before is judged together with what follows it.
        said = said.strip()
        return any(self._end.startswith(said, start) for start in range(len(self._end) - len(said) + 1))

    def _without_fence(self, held: str) -> str | None:
        """Return the text behind a line that may open the code block again; None while that line grows."""
        lead = held.lstrip()
        if not self._in_code or lead[:1] not in {"", "`", "~"}:
            return held
        found = _FENCE_LINE.match(lead)
        if found:
            return lead[found.end() :]
        return None if "\n" not in lead and len(lead) < FENCE_MOST else held

    def _joined(self, held: str) -> str:
        fence = _FENCE_LINE.match(held.lstrip()) if self._in_code else None
        said = held.lstrip()[fence.end() :] if fence else held
        repeated = self._repeated(said.lstrip())
        if repeated:
            return self._behind(said.lstrip()[repeated:])
        # A line that names a language opens a block; one that does not may as well close the block that is open.
        if fence and fence[1].strip():
            return self._behind(said)
        return self._spaced(held)

    def _repeated(self, said: str) -> int:
        """Return how many characters at its beginning stand at the end of the old text already."""
        for length in range(min(len(said), len(self._end)), 0, -1):
            if self._end.endswith(said[:length]):
                return length if self._is_meant(length) else 0
        return 0

    def _is_meant(self, length: int) -> bool:
        if length >= min(self._asked, ANCHOR):
            return True
        before = self._end[-length - 1 : -length]
        return length >= WORTH and not (_is_word(before) and _is_word(self._end[-length]))

    def _behind(self, said: str) -> str:
        """Leave out the white space that stands at the end of the old text already."""
        if not self._gap:
            return said
        return said[len(self._gap) :] if said.startswith(self._gap) else said.lstrip(" ")

    def _spaced(self, said: str) -> str:
        """Part two words where nothing else does: a message never begins with the space before its first word."""
        parts = not self._in_code and _is_word(self._before[-1:]) and _is_word(said[:1])
        return f" {said}" if parts else said


def _is_word(character: str) -> bool:
    """Tell whether words of this script are parted by spaces, and the character is of one."""
    return character.isalnum() and unicodedata.east_asian_width(character) not in {"W", "F"}
