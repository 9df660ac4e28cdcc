"""What is open where a page ends, and how the next page goes on with it.

A page is a document of its own. At a cut inside a list, quote, table, fence or paragraph the old page
closes what is open and the new one opens it again: quotes and fences as they were, a table with its
header, a list with its numbering; what stood inside a list item goes on without a second bullet.
Everything here follows from the text before the cut alone, so it is the same after a restart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.grammar import blocks
from bot.reply.inline import read_final
from bot.reply.markdown import fence_closed

if TYPE_CHECKING:
    from markdown_it.token import Token

_QUOTE_MARK = re.compile(r" {0,3}>[ ]?")
_ITEM_MARK = re.compile(r"( *)(?:[-+*]|(\d{1,9})([.)]))( +|$)")
_LEAD = re.compile(r"\A(?:[ \t>]|(?:[-+*]|\d{1,9}[.)])[ \t]+)*")
_NUMBER = re.compile(r"( {0,3})(\d{1,9})([.)])(?=[ \t]|$)")
# What ends a paragraph without a blank line, and what would be taken for more than text at the start of a page.
_INTERRUPTS = re.compile(
    r" {0,3}(?:#{1,6}(?:[ \t]|$)|>|[-+*][ \t]+\S|0{0,8}1[.)][ \t]+\S|`{3,}[^`]*$|~{3,}|([-*_])[ \t]*(?:\1[ \t]*){2,}$)"
)
_BLOCK_START = re.compile(
    r"(?:(?P<number>\d{1,9})(?=[.)](?:[ \t]|$))|"
    r"(?=#{1,6}(?:[ \t]|$)|>|[-+*](?:[ \t]|$)|`{3,}[^`]*$|~{3,}|([-*_])[ \t]*(?:\2[ \t]*){2,}$|\[[^\]]+\]:))"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """An open quote."""


@dataclass(frozen=True, slots=True)
class Item:
    """An open list item: `indent` columns belong to it; a sibling would have this number and delimiter."""

    indent: int
    number: int | None = None
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Seam:
    """What is open at the end of a page."""

    containers: tuple[Quote | Item, ...] = ()
    closing: str = ""
    """Ends the page."""
    lines: tuple[str, ...] = ()
    """Lines that open a fence or table again."""
    heading: str = ""
    """The mark of the heading that goes on."""
    marks: str = ""
    """Inline marks that go on in the next page."""
    fence: bool = False
    text: bool = False
    """The cut may stand inside a paragraph."""
    midline: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The document of a page."""

    lines: tuple[str, ...]
    """One entry for each line of the text, ending as that does; an entry may hold lines put before it."""
    containers: tuple[Quote | Item, ...] = ()
    """What was open where the page began and still is at its end."""

    @property
    def document(self) -> str:
        """The page as Markdown; what is open at its end is not closed."""
        return "\n".join(self.lines)


def seam(sheet: Sheet) -> Seam:
    """Return what is open at the end of a page."""
    document = sheet.document
    tokens = blocks(document)
    lines = document.split("\n")
    blank = not lines[-1].strip() and (len(lines) < 2 or not lines[-2].strip())  # noqa: PLR2004
    inner = _containers(tokens, lines, blank=blank)
    found = _end(document, tokens, inner, blank=blank)
    return replace(found, containers=_within(sheet.containers, inner))


def _within(outer: tuple[Quote | Item, ...], inner: tuple[Quote | Item, ...]) -> tuple[Quote | Item, ...]:
    """Put the containers of a page into those it goes on in: of these, the page itself shows the quotes only."""
    rest = list(inner)
    for n, container in enumerate(outer):
        if isinstance(container, Quote) and not (rest and isinstance(rest.pop(0), Quote)):
            return outer[:n]
    return (*outer, *rest)


def _end(document: str, tokens: list[Token], containers: tuple[Quote | Item, ...], *, blank: bool) -> Seam:
    """Return what is open at the end but for the containers."""
    lines = document.split("\n")
    leaf = next((token for token in reversed(tokens) if token.nesting == 0), None)
    if leaf is None:
        return Seam()
    midline = bool(lines[-1].strip())
    if leaf.type == "fence":
        return _fence_seam(leaf, document, containers)
    if blank or leaf.type != "inline":
        return Seam(midline=midline)
    if _closes(tokens, "table_close"):
        return _table_seam(tokens, lines, midline=midline)
    if _closes(tokens, "heading_close") and not midline:
        return Seam()
    reading = read_final(leaf.content)
    heading = _heading(tokens)
    return Seam((), reading.closing, (), heading, reading.opening, text=True, midline=midline)


def _fence_seam(fence: Token, document: str, containers: tuple[Quote | Item, ...]) -> Seam:
    if fence_closed(document, fence):
        return Seam()
    prefix = "".join("> " if isinstance(c, Quote) else " " * c.indent for c in containers)
    opening = fence.markup + fence.info.rstrip()
    return Seam((), f"\n{prefix}{fence.markup}", (opening,), fence=True, midline=not document.endswith("\n"))


def _table_seam(tokens: list[Token], lines: list[str], *, midline: bool) -> Seam:
    start = next(token.map for token in reversed(tokens) if token.type == "table_open")
    head = lines[start[0] : start[0] + 2] if start else []
    return Seam(lines=tuple(_LEAD.sub("", line).strip() for line in head), midline=midline)


def _heading(tokens: list[Token]) -> str:
    """Return the mark of the heading that reaches to the end, if one does."""
    if not _closes(tokens, "heading_close"):
        return ""
    opening = next(token for token in reversed(tokens) if token.type == "heading_open")
    return "#" * int(opening.tag[1]) + " "


def _closes(tokens: list[Token], kind: str) -> bool:
    """Tell whether a block of this kind reaches to the end."""
    for token in reversed(tokens):
        if token.nesting != -1:
            return False
        if token.type == kind:
            return True
    return False


# ---------------------------------------------------------------- containers


def _containers(tokens: list[Token], lines: list[str], *, blank: bool) -> tuple[Quote | Item, ...]:
    """Return the quotes and list items that are open at the end, the outer ones first."""
    found: list[Quote | Item] = []
    marked, rest = -1, ""
    for index in _open_at_end(tokens):
        token = tokens[index]
        line = (token.map or [0, 0])[0]
        rest = rest if line == marked else _stripped(lines[line], found)[0]
        marked = line
        if token.type == "blockquote_open":
            if blank:
                break
            found.append(Quote())
            mark = _QUOTE_MARK.match(rest)
            rest = rest[mark.end() :] if mark else rest
        else:
            rest = _add_item(found, rest, _next_number(tokens, index))
    return tuple(found)


def _add_item(found: list[Quote | Item], rest: str, number: int | None) -> str:
    """Add the item whose marker begins `rest`; return what follows the marker."""
    rest = _spaced(rest)
    mark = _ITEM_MARK.match(rest)
    if mark is None:
        found.append(Item(2))
        return rest
    wide = len(mark[4])
    indent = mark.end() if 1 <= wide <= 4 and mark.end() < len(rest) else mark.end() - wide + 1  # noqa: PLR2004
    found.append(Item(indent, number, mark[3] or ""))
    return rest[indent:]


def _open_at_end(tokens: list[Token]) -> list[int]:
    """Return the positions of the opening tokens of containers that reach to the end, outer ones first."""
    closing = 0
    while closing < len(tokens) and tokens[-1 - closing].nesting == -1:
        closing += 1
    levels = {tokens[-1 - n].level for n in range(closing)}
    opened: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.nesting == 1 and token.level in levels:
            opened[token.level] = index
    kinds = ("blockquote_open", "list_item_open")
    return [index for _, index in sorted(opened.items()) if tokens[index].type in kinds]


def _next_number(tokens: list[Token], item: int) -> int | None:
    """Return the number that the next item of this item's list has, None for bullets."""
    level = tokens[item].level
    count = 0
    for index in range(item, -1, -1):
        token = tokens[index]
        if token.nesting == 1 and token.level == level:
            count += token.type == "list_item_open"
        if token.nesting == 1 and token.level == level - 1:
            start = token.attrGet("start")
            return None if token.type == "bullet_list_open" else (1 if start is None else int(start)) + count
    return None


def _stripped(line: str, containers: list[Quote | Item] | tuple[Quote | Item, ...]) -> tuple[str, int]:
    """Return the line without what its containers put before it, and how many of them it stands in."""
    rest = line
    for depth, container in enumerate(containers):
        if isinstance(container, Quote):
            mark = _QUOTE_MARK.match(rest)
            if mark is None:
                return rest, depth
            rest = rest[mark.end() :]
        elif rest.strip():
            rest = _spaced(rest)
            if len(rest) - len(rest.lstrip(" ")) < container.indent:
                return rest, depth
            rest = rest[container.indent :]
    return rest, len(containers)


def _spaced(line: str) -> str:
    """Return the line with the tabs before its text as spaces."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


# ---------------------------------------------------------------- going on


def resumed(before: Seam, text: str) -> Sheet:
    """Return the page whose text goes on after the seam."""
    lines = text.split("\n")
    containers = before.containers
    out: list[str] = []
    for n, line in enumerate(lines):
        if n == 0 and before.midline:
            out.append(_prefix(containers) + line)
        elif not line and n == len(lines) - 1:
            out.append(line)  # no line, but the end of the last one
        elif containers:
            rewritten, depth = _carried(line, before, len(containers), first=n == 0)
            prefix = _prefix(containers[:depth])
            # Here the item would end a list's text, there it may not: only an item numbered 1 ends a paragraph.
            apart = depth < len(containers) and n > 0 and _NUMBER.match(rewritten, len(prefix))
            out.append(f"{prefix.rstrip()}\n{rewritten}" if apart else rewritten)
            containers = containers[:depth]
        else:
            out += lines[n:]
            break
    return Sheet(tuple(_reopened(before, lines[0], out)), containers)


def _carried(line: str, before: Seam, count: int, *, first: bool) -> tuple[str, int]:
    """Return the line as it stands on the new page, and how many containers are still open after it."""
    containers = before.containers[:count]
    rest, depth = _stripped(line, containers)
    if depth == count:
        return _prefix(containers) + rest, depth
    if before.text and isinstance(containers[depth], Quote) and _goes_on(rest, inside=False):
        return _prefix(
            containers
        ) + rest, count  # a lazy line: the quote's paragraph goes on without its mark
    inner = () if first else before.containers[depth + 1 :]
    return _prefix(containers[:depth]) + _renumbered(rest, before.containers[depth], inner), depth


def _renumbered(line: str, item: Quote | Item, inner: tuple[Quote | Item, ...]) -> str:
    """Give the sibling of the item that was left its number, however the source counts.

    The lists within that item went on at the level of the sibling here; if one looks alike, another delimiter
    keeps them apart.
    """
    mark = _NUMBER.match(line)
    if mark is None or isinstance(item, Quote) or item.number is None or mark[3] != item.delimiter:
        return line
    alike = any(isinstance(each, Item) and each.number and each.delimiter == mark[3] for each in inner)
    delimiter = {".": ")", ")": "."}[mark[3]] if alike else mark[3]
    return f"{mark[1]}{item.number}{delimiter}{line[mark.end() :]}"


def _prefix(containers: tuple[Quote | Item, ...]) -> str:
    return "> " * sum(isinstance(container, Quote) for container in containers)


def _reopened(before: Seam, first: str, out: list[str]) -> list[str]:
    """Put before the lines what opens the leaf again, if it goes on at all."""
    rest, depth = (first, len(before.containers)) if before.midline else _stripped(first, before.containers)
    prefix = _prefix(before.containers[:depth])
    inside = depth == len(before.containers)
    if before.lines and inside and (before.fence or _goes_on(rest, inside=True)):
        out[0] = "\n".join([*(prefix + line for line in before.lines), out[0]])
    elif before.text and rest.strip() and (before.midline or _goes_on(rest, inside=inside)):
        whole = _prefix(before.containers)
        lead = whole if out[0].startswith(whole) else ""
        out[0] = lead + before.heading + _begun(before.marks, out[0][len(lead) :].lstrip())
    return out


def _goes_on(line: str, *, inside: bool) -> bool:
    """Tell whether a line belongs to the paragraph before; one outside of its list item may be the next item."""
    if not line.strip() or _INTERRUPTS.match(line):
        return False
    return inside or not _ITEM_MARK.match(line)


def _begun(marks: str, text: str) -> str:
    """Return the rest of a paragraph so that it begins as text."""
    mark = None if marks else _BLOCK_START.match(text)
    if mark is None:
        return marks + text
    end = mark.end("number") if mark["number"] else 0
    return text[:end] + "\\" + text[end:]
