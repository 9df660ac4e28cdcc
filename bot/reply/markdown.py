"""Two views of Markdown that is still being written.

`repaired` is for places that are rewritten: valid, closed Markdown in which nothing is shown that the
next character would turn into something else. `committed` is for places that can only be appended to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.grammar import blocks, verbatim
from bot.reply.inline import read, read_final

if TYPE_CHECKING:
    from markdown_it.token import Token

_CONTAINERS = re.compile(r"(?:[ \t]|>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|\Z))*")
# What an unfinished line may be before it shows what it is: a mark without its text, an underline, a
# rule, a fence, a table's delimiters, a checkbox.
_FRAGMENT = re.compile(
    r"(?:#{1,6}|[-=_*+~`:| \t]*|\d{1,9}[.)]?|\[[ xX]?\]?|\\|`{3,}[^`]*|~{3,}.*|\$\$?)[ \t]*\Z"
)
_HALF_FLAG = re.compile("\U0001f3f4?[\U000e0020-\U000e007e]+\\Z")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+\\Z")
_UNFINISHED = "\u200d\ud800-\udbff"
_BLANK = " \t\n"
_PATIENCE = 20  # steps back over what cannot be judged; an honest text needs a handful
# Characters for which a displayed formula is held back; then it is none, or too long a wait.
_FORMULA = 600


def repaired(markdown: str) -> str:
    """Return what can be shown of a growing text, as complete Markdown. Empty if nothing can be."""
    whole = _whole_characters(lined(markdown))
    settled = _settled_before(whole)
    before, text = whole[:settled], whole[settled:]
    for _ in range(_PATIENCE):
        shown, closing = _step(text)
        if shown == text:
            return (before + shown).rstrip(_BLANK) + (closing if shown.strip() else "")
        text = shown
    return closed(before + text)


def closed(markdown: str) -> str:
    """Return a text that was broken off, with everything open closed, so that something may follow it."""
    text = lined(markdown).rstrip(_BLANK)
    leaf = _leaf(blocks(text))
    if leaf is None:
        return text
    if leaf.type == "fence":
        return text + _fence_end(text, leaf)
    if leaf.type != "inline":
        return text
    reading = read_final(leaf.content)
    dangling = len(leaf.content.rstrip("*_~`"))
    if not reading.open and dangling < len(leaf.content) and text.endswith(leaf.content[dangling:]):
        return text[: len(text) - (len(leaf.content) - dangling)].rstrip(_BLANK)
    return text + reading.closing


def committed(markdown: str) -> int:
    """Return the length of the prefix whose meaning no continuation can change. It never decreases.

    A link definition that comes later does change links before it; nobody could commit anything
    if that counted.
    """
    markdown = lined(markdown)
    start = _settled_before(markdown)
    tail = markdown[start : markdown.rfind("\n") + 1]  # a line that goes on may yet be anything
    top = [token for token in blocks(tail) if token.level == 0 and token.map]
    if not top or top[0].meta.get("verbatim"):
        return start
    formula = _open_formula(tail)
    end = _finished_before(tail, top[-1])
    return start + (end if formula is None else min(end, formula))


def _finished_before(tail: str, last: Token) -> int:
    """Return where the last top-level block begins, or how far it is finished itself."""
    lines = _line_starts(tail)
    begin, end = last.map or [0, 0]
    after = lines[end] if end < len(lines) else len(tail)
    if last.type == "fence":
        # Whole lines of code are code whatever follows.
        return after if fence_closed(tail, last) else len(tail)
    if last.type in ("hr", "math_block") or (last.type == "heading_open"):
        return after
    blank = not tail[after:].strip() and tail.endswith("\n\n")
    return (
        after if blank and last.type in ("paragraph_open", "table_open", "blockquote_open") else lines[begin]
    )


def lined(text: str) -> str:
    """Return the text with line feeds for line ends, no character moved."""
    return text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text


# ---------------------------------------------------------------- one step of repair


def _step(text: str) -> tuple[str, str]:
    """Return a shorter text if its end must be held back, else the text and what closes it."""
    formula = _open_formula(text)
    tokens = blocks(text)
    leaf = _leaf(tokens)
    if leaf is not None and leaf.type == "fence" and _reaches_end(text, leaf):
        return _fence_step(text, leaf)
    if formula is not None and len(text) - formula <= _FORMULA:
        return text[:formula], ""
    line = text.rfind("\n") + 1
    rest = text[_CONTAINERS.match(text, line).end() :]  # type: ignore[union-attr]
    if line < len(text) and _FRAGMENT.match(rest):
        return text[:line], ""
    if leaf is None or leaf.type != "inline":
        return text, ""
    return _text_step(text, tokens, leaf)


def _text_step(text: str, tokens: list[Token], leaf: Token) -> tuple[str, str]:
    if leaf.meta.get("verbatim") or verbatim(leaf.content):
        return text, ""
    line = text.rfind("\n") + 1
    in_table = any(token.type == "table_close" for token in _trailing(tokens))
    if in_table:
        partial = line < len(text) and leaf.map is not None and leaf.map[1] > text.count("\n")
        return (text[:line], "") if partial else (text, "")
    if not _open_text(text, tokens, leaf):
        return text, ""
    if (row := _first_row(text)) is not None:
        return text[:row], ""
    reading = read(leaf.content)
    if reading.hold < len(leaf.content):
        return text[: _offset(text, leaf, reading.hold)].rstrip(" \t"), ""
    return text, reading.closing


def _open_text(text: str, tokens: list[Token], leaf: Token) -> bool:
    """Tell whether the last leaf is a paragraph or heading that the next character may belong to."""
    if tokens[-1].type == "heading_close" or any(t.type == "heading_close" for t in _trailing(tokens)):
        return not text.endswith("\n") and leaf.map is not None
    return _reaches_end(text, leaf)


def _first_row(text: str) -> int | None:
    """Return where a line begins that may turn out to be the first row of a table."""
    body = text.rstrip(_BLANK)
    if "\n" in text[len(body) :].partition("\n")[2]:
        return None
    line = body.rfind("\n") + 1
    inner = _CONTAINERS.match(body, line)
    return (
        line
        if inner and body.startswith("|", inner.end()) and not body.startswith("||", inner.end())
        else None
    )


def _fence_step(text: str, fence: Token) -> tuple[str, str]:
    if fence_closed(text, fence):
        return text, ""
    begin = _line_starts(text)[(fence.map or [0])[0]]
    if "\n" not in text[begin:] or not fence.content.strip():
        return text[:begin], ""
    line = text.rfind("\n") + 1
    last = text[line:].strip(" \t>")
    if last and not last.strip(fence.markup[0]) and len(last) < len(fence.markup):
        return text[:line], ""
    return text, _fence_end(text.rstrip(_BLANK), fence)


def _open_formula(text: str) -> int | None:
    """Return where a displayed formula begins that has not ended; a blank line gives it up."""
    begin = max(text.rfind("\n\n") + 2, 0) if "\n\n" in text else 0
    found = None
    close = ""
    for line in text[begin:].split("\n"):
        bare = line[_CONTAINERS.match(line).end() :].rstrip()  # type: ignore[union-attr]
        if found is None and bare[:2] in ("$$", "\\["):
            close = "$$" if bare[:2] == "$$" else "\\]"
            found = None if close in bare[2:] else begin
        elif found is not None and close in bare:
            found = None
        begin += len(line) + 1
    return found


# ---------------------------------------------------------------- blocks


def _trailing(tokens: list[Token]) -> list[Token]:
    """Return the tokens that close what reaches to the end."""
    n = len(tokens)
    while n and tokens[n - 1].nesting == -1:
        n -= 1
    return tokens[n:]


def _leaf(tokens: list[Token]) -> Token | None:
    return next((token for token in reversed(tokens) if token.nesting == 0), None)


def _reaches_end(text: str, leaf: Token) -> bool:
    """Tell whether no line follows the leaf's last one."""
    count = text.count("\n") + (not text.endswith("\n"))
    return leaf.map is not None and leaf.map[1] >= count


def fence_closed(text: str, fence: Token) -> bool:
    """Tell whether the fence's last line closes it."""
    begin, end = fence.map or [0, 0]
    lines = text.split("\n")[begin:end]
    last = lines[-1].strip(" \t>") if len(lines) > 1 else ""
    inside = fence.content.count("\n")
    return len(last) >= len(fence.markup) and not last.strip(fence.markup[0]) and inside == end - begin - 2


def _fence_end(text: str, fence: Token) -> str:
    """Return the line that closes the fence, within its quotes and list items; nothing if it is closed."""
    if fence_closed(text, fence):
        return ""
    line = text.split("\n")[(fence.map or [0])[0]]
    before = line[
        : line.rfind(fence.markup + fence.info.rstrip()) if fence.info.strip() else line.rfind(fence.markup)
    ]
    return "\n" + re.sub(r"[^>\t]", " ", before) + fence.markup


def _offset(text: str, leaf: Token, position: int) -> int:
    """Return where in the text a position in the leaf's content stands."""
    before = leaf.content[:position]
    number = (leaf.map or [0])[0] + before.count("\n")
    inner = leaf.content.split("\n")[before.count("\n")]
    starts = _line_starts(text)
    line = text[starts[number] :].partition("\n")[0]
    return starts[number] + max(line.rfind(inner), 0) + len(before) - (before.rfind("\n") + 1)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts[:-1]


def _whole_characters(text: str) -> str:
    """Return the text without the half of a character at its end."""
    text = re.sub(f"[{_UNFINISHED}]+\\Z", "", text)
    text = _HALF_FLAG.sub("", text)
    regional = _REGIONAL.search(text)
    return text[:-1] if regional and len(regional[0]) % 2 else text


# ---------------------------------------------------------------- committing

_FENCE = re.compile(r"([ \t>]*)(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})")


def _settled_before(text: str) -> int:
    """Return the start of a top-level block before which nothing is open; cheap, and not always the last one."""
    fence, indent = "", 0
    settled = position = 0
    blank = True
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and _ends_fence(line, found, fence, indent):
                fence = ""
        elif found:
            fence, indent = found[2], len(found[1])
        elif blank and line[:1].isalpha():
            settled = position
        blank = not line.strip()
        position += len(line) + 1
    return settled


def _ends_fence(line: str, found: re.Match[str], fence: str, indent: int) -> bool:
    return found[2].startswith(fence) and len(found[1]) <= indent + 3 and not line.strip(" \t>" + fence[0])
