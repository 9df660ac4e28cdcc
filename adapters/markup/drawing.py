"""A page as plain text and the spans of it that are set differently.

This is what a reader sees, whatever the platform: line breaks as the model wrote them, lists with bullets,
tables in columns. A dialect turns the spans into what its platform has for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.markup.canvas import Canvas, Drawing, Span
from adapters.markup.latex import readable
from adapters.markup.links import disguised, mail_address, web_host
from adapters.markup.table import columns
from adapters.markup.unseen import visible
from bot.grammar import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

__all__ = ["Drawing", "Span", "draw"]

_BULLETS = ("•", "◦", "▪")
_INDENT = "   "
_RULE = "──────────"
_STYLES = {"strong": "bold", "em": "italic", "s": "strikethrough", "spoiler": "spoiler"}
_TASKS = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def draw(markdown: str, *, addresses: bool = False) -> Drawing:
    """Return the page as text and spans; with `addresses`, the address of every link stands behind its label."""
    source = visible(markdown)
    artist = _Artist(source, addresses=addresses)
    artist.blocks(parse(source))
    return artist.finished()


class _Artist:
    """Walks the tokens of one page."""

    def __init__(self, source: str, *, addresses: bool) -> None:
        self._lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._addresses = addresses
        self._canvas = Canvas()
        self._fresh = True  # nothing stands on this line yet but the marker of a list item
        self._numbers: list[int | None] = []  # per open list: the next number, or None for bullets
        self._indents: list[str] = [""]
        self._quotes = 0
        self._links: list[tuple[int, str, bool]] = []

    def finished(self) -> Drawing:
        return self._canvas.drawing()

    # ------------------------------------------------------------ blocks

    def blocks(self, tokens: Sequence[Token]) -> None:
        n = 0
        while n < len(tokens):
            if tokens[n].type == "table_open":
                end = next(k for k in range(n, len(tokens)) if tokens[k].type == "table_close")
                self._table(tokens[n : end + 1])
                n = end
            else:
                self._block(tokens[n])
            n += 1

    def _block(self, token: Token) -> None:
        handle: Callable[[Token], None] | None = getattr(self, f"_on_{token.type}", None)
        if handle is not None:
            handle(token)

    def _begin(self, token: Token, *, indented: bool = True) -> None:
        """Start a block on a line of its own, with a blank line before it where the model left one."""
        if not self._fresh:
            blank = token.map is not None and self._blank_before(token.map[0])
            self._canvas.write("\n\n" if blank else "\n")
            self._canvas.write(self._indents[-1] if indented else "")
        self._fresh = False

    def _blank_before(self, line: int) -> bool:
        return 0 < line <= len(self._lines) and not self._lines[line - 1].strip(" \t>")

    def _on_paragraph_open(self, token: Token) -> None:
        self._begin(token)

    def _on_heading_open(self, token: Token) -> None:
        self._begin(token)
        self._canvas.open("bold")
        if token.tag in ("h1", "h2"):
            self._canvas.open("underline")

    def _on_heading_close(self, token: Token) -> None:
        if token.tag in ("h1", "h2"):
            self._canvas.close()
        self._canvas.close()

    def _on_hr(self, token: Token) -> None:
        self._begin(token)
        self._canvas.write(_RULE)

    def _on_fence(self, token: Token) -> None:
        content = visible(token.content).rstrip()
        while content.partition("\n")[0].strip() == "" and "\n" in content:
            content = content.partition("\n")[2]
        if content:
            self._begin(token, indented=False)
            self._canvas.solid("pre", content, (token.info.split() or [""])[0])

    _on_code_block = _on_fence

    def _on_math_block(self, token: Token) -> None:
        self._begin(token)
        self._canvas.write(visible(readable(token.content)).replace("\n", "\n" + self._indents[-1]))

    def _on_blockquote_open(self, token: Token) -> None:
        if self._quotes == 0:
            self._begin(token, indented=False)
            self._fresh = True
            self._canvas.open("quote")
        self._indents.append("" if self._quotes == 0 else self._indents[-1])
        self._quotes += 1

    def _on_blockquote_close(self, token: Token) -> None:
        self._quotes -= 1
        self._indents.pop()
        if self._quotes == 0:
            self._canvas.close()
            self._fresh = False

    def _on_bullet_list_open(self, token: Token) -> None:
        self._numbers.append(None)

    def _on_ordered_list_open(self, token: Token) -> None:
        self._numbers.append(int(token.attrGet("start") or 0) if token.attrGet("start") is not None else 1)

    def _on_bullet_list_close(self, token: Token) -> None:
        self._numbers.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        self._begin(token)
        number = self._numbers[-1]
        if number is None:
            self._canvas.write(self._bullet())
        else:
            self._canvas.write(f"{number}{token.markup} ")
            self._numbers[-1] = number + 1
        self._indents.append(self._indents[-1] + _INDENT)
        self._fresh = True

    def _bullet(self) -> str:
        depth = sum(number is None for number in self._numbers) - 1
        return _BULLETS[min(depth, len(_BULLETS) - 1)] + " "

    def _on_list_item_close(self, token: Token) -> None:
        self._indents.pop()
        self._fresh = False

    # ------------------------------------------------------------ tables

    def _table(self, tokens: Sequence[Token]) -> None:
        """Draw columns of equal width; a link's address cannot stand in them, so it follows below."""
        rows: list[list[str]] = []
        notes: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._cell(token, notes))
        aligns = [str(token.attrGet("style") or "") for token in tokens if token.type == "th_open"]
        self._begin(tokens[0], indented=False)
        self._canvas.solid("pre", columns(rows, [style.rpartition(":")[2] for style in aligns]))
        for note in notes:
            self._canvas.write("\n" + note)

    def _cell(self, token: Token, notes: list[str]) -> str:
        cell = _Artist("", addresses=False)
        cell.inline(token.children or [])
        drawing = cell.finished()
        numbered = ""
        for span in drawing.spans:
            if span.kind == "link" and drawing.text[span.start : span.end] != span.value:
                notes.append(f"[{len(notes) + 1}] {span.value}")
                numbered += f" [{len(notes)}]"
        return " ".join(drawing.text.split()) + numbered

    # ------------------------------------------------------------ text

    def _on_inline(self, token: Token) -> None:
        children = token.children or []
        if self._numbers and children and children[0].type == "text" and children[0].content[:4] in _TASKS:
            self._task(children[0].content)
            rest = children[0].copy(content=children[0].content[4:])
            children = [rest, *children[1:]]
        self.inline(children)

    def _task(self, text: str) -> None:
        """Put a checkbox in place of the bullet."""
        if self._numbers[-1] is None:
            self._canvas.unwrite(self._bullet())
        self._canvas.write(_TASKS[text[:4]])

    def inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self._inline(token)

    def _inline(self, token: Token) -> None:
        match token.type:
            case "text" | "text_special":
                self._canvas.write(visible(token.content))
            case "softbreak" | "hardbreak":
                self._canvas.write("\n" + self._indents[-1])
            case "code_inline":
                self._canvas.solid("code", visible(token.content))
            case "math":
                self._canvas.write(visible(readable(token.content)))
            case "link_open":
                self._open_link(str(token.attrGet("href") or ""), auto=token.markup == "autolink")
            case "link_close":
                self._close_link()
            case "image":
                self._image(token)
            case kind:
                self._style(kind)

    def _style(self, kind: str) -> None:
        name, _, verb = kind.rpartition("_")
        if verb == "open":
            self._canvas.open(_STYLES[name])
        else:
            self._canvas.close()

    def _open_link(self, href: str, *, auto: bool = False) -> None:
        self._links.append((self._canvas.length, href, auto))
        if web_host(href):
            self._canvas.open("link", href)

    def _close_link(self) -> None:
        """End the label; where it does not say where the link leads, say it behind."""
        start, href, auto = self._links.pop()
        host = web_host(href)
        label = self._canvas.since(start)
        if not label.strip():
            label = host or visible(href)
            self._canvas.write(label)
        if host:
            self._canvas.close()
        if not auto and (remark := self._remark(label, href, host)):
            self._canvas.write(f" ({remark})")

    def _remark(self, label: str, href: str, host: str | None) -> str:
        if host is None:
            address = mail_address(href) or ""
            return "" if address in label else visible(address)
        if self._addresses:
            return "" if href in label else visible(href)
        return visible(host) if disguised(label, host) else ""

    def _image(self, token: Token) -> None:
        """Link to an image: fetching it would tell a stranger's server what the answer says."""
        self._open_link(str(token.attrGet("src") or ""))
        self.inline([child for child in token.children or [] if not child.type.startswith("link_")])
        self._close_link()
