"""Markdown for Slack, written from parsed Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.markup.latex import readable
from adapters.markup.links import disguised, mail_address, web_host
from adapters.markup.unseen import visible
from bot.grammar import parse, punctuation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

# Slack reads these wherever they stand. Code knows no escapes, so there the sign is parted from its word by a
# space of no width; outside of code it is written as an entity.
_PINGS = re.compile(r"<(?=!(?:channel|here|everyone|subteam|date|group)\b|[@#][A-Z0-9])", re.IGNORECASE)
_DEFINITION = re.compile(r"\A\[(?=[^\]]*\]:)")
_STYLES = {"strong_open", "strong_close", "em_open", "em_close", "s_open", "s_close"}
_HAIR = "\u200a"
"""The thinnest space: a mark beside it can be told to open or close."""
_MARKS = re.compile(r"([*_~`\[\]|\\])")


def rewritten(markdown: str) -> str:
    """Return the page as Slack may have it."""
    source = visible(markdown)
    writer = _Writer(source)
    writer.blocks(parse(source))
    return writer.finished()


def disarmed(text: str) -> str:
    """Return text outside of code in which nothing is a mention, a link or an entity."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;")


def disarmed_text(text: str) -> str:
    """Return literal text; brackets that made no link in the source must not make one here."""
    return disarmed(text).replace("](", "\\](")


def literal(text: str) -> str:
    """Return disarmed text in which nothing is a mark either."""
    return _MARKS.sub(r"\\\1", disarmed(text))


def code(text: str) -> str:
    """Return code in which nothing pings."""
    return _PINGS.sub("<\u200b", visible(text))


class _Writer:
    """Walks the tokens of one page and writes them line by line."""

    def __init__(self, source: str) -> None:
        self._source = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._lines: list[str] = []
        self._first: list[str] = []  # per open container: how its next line begins
        self._rest: list[str] = []  # per open container: how its later lines begin
        self._numbers: list[int | None] = []
        self._heading = False
        self._table = False

    def finished(self) -> str:
        return "\n".join(self._lines).strip("\n")

    # ------------------------------------------------------------ blocks

    def blocks(self, tokens: Sequence[Token]) -> None:
        for n, token in enumerate(tokens):
            if token.type == "inline" and self._table:
                self._lines[-1] += self._inlines(token.children or []).replace("|", "\\|") + " | "
            else:
                self._block(token, tokens[n - 1] if n else None)

    def _block(self, token: Token, before: Token | None) -> None:
        handle: Callable[[Token], None] | None = getattr(self, f"_on_{token.type}", None)
        if token.block and token.nesting >= 0 and token.map and token.type != "inline":
            self._gap(token, before)
        if handle is not None:
            handle(token)

    def _gap(self, token: Token, before: Token | None) -> None:
        """Leave a blank line where the model did, and where two blocks would run into each other."""
        if before is None or before.nesting == 1 or token.type in ("thead_open", "tbody_open", "tr_open"):
            return
        line = token.map[0] if token.map else 0
        blank = line > 0 and line <= len(self._source) and not self._source[line - 1].strip(" \t>")
        apart = token.type in ("hr", "table_open", "paragraph_open") or before.type in (
            "table_close",
            "blockquote_close",
        )
        if blank or (apart and not token.hidden):
            self._lines.append("".join(self._rest).rstrip())

    def _emit(self, text: str) -> None:
        for line in text.split("\n"):
            self._lines.append(
                ("".join(self._first) + line).rstrip(" ") if not line else "".join(self._first) + line
            )
            self._first = list(self._rest)

    def _on_inline(self, token: Token) -> None:
        text = _DEFINITION.sub(r"\\[", self._inlines(token.children or []))
        if self._heading:
            self._lines[-1] += " ".join(text.split("\n"))
        else:
            self._emit(text)

    def _on_heading_open(self, token: Token) -> None:
        self._emit("#" * int(token.tag[1]) + " ")
        self._heading = True

    def _on_heading_close(self, token: Token) -> None:
        self._heading = False

    def _on_hr(self, token: Token) -> None:
        self._emit("---")

    def _on_fence(self, token: Token) -> None:
        content = code(token.content).rstrip("\n")
        longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
        fence = "`" * max(3, longest + 1)
        language = re.match(r"[\w+#.-]{0,32}", token.info.strip(), re.ASCII)
        self._emit(f"{fence}{language[0] if language else ''}\n{content}\n{fence}")

    _on_code_block = _on_fence

    def _on_math_block(self, token: Token) -> None:
        self._emit(literal(readable(token.content)))

    def _on_blockquote_open(self, token: Token) -> None:
        self._first.append("> ")
        self._rest.append("> ")

    def _on_blockquote_close(self, token: Token) -> None:
        self._first.pop()
        self._rest.pop()

    def _on_bullet_list_open(self, token: Token) -> None:
        self._numbers.append(None)

    def _on_ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._numbers.append(1 if start is None else int(start))

    def _on_bullet_list_close(self, token: Token) -> None:
        self._numbers.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        number = self._numbers[-1]
        if number is not None:
            self._numbers[-1] = number + 1
        marker = f"{token.markup} " if number is None else f"{number}{token.markup} "
        self._first.append(marker)
        self._rest.append(" " * len(marker))

    def _on_list_item_close(self, token: Token) -> None:
        if self._first[-1] != self._rest[-1]:
            self._emit("")
        self._first.pop()
        self._rest.pop()

    # ------------------------------------------------------------ tables

    def _on_table_open(self, token: Token) -> None:
        self._aligns: list[str] = []
        self._table = True

    def _on_table_close(self, token: Token) -> None:
        self._table = False

    def _on_tr_open(self, token: Token) -> None:
        self._emit("| ")

    def _on_tr_close(self, token: Token) -> None:
        self._lines[-1] = self._lines[-1].rstrip(" ")

    def _on_th_open(self, token: Token) -> None:
        align = str(token.attrGet("style") or "").rpartition(":")[2]
        self._aligns.append({"left": ":--", "right": "--:", "center": ":-:"}.get(align, "---"))

    def _on_thead_close(self, token: Token) -> None:
        self._emit("| " + " | ".join(self._aligns) + " |")

    # ------------------------------------------------------------ text

    def _inlines(self, tokens: Sequence[Token]) -> str:
        return _Line().written(tokens)


class _Line:
    """The inline part of one block."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._seen = ""
        self._links: list[tuple[int, int, str, str]] = []

    def written(self, tokens: Sequence[Token]) -> str:
        for n, token in enumerate(tokens):
            self._seen += _seen(token)
            if token.type in _STYLES:
                self._style(token, tokens[n + 1 : n + 2])
            else:
                self._inline(token)
        return "".join(self._out)

    def _style(self, token: Token, following: Sequence[Token]) -> None:
        """Write a mark so that a parser sees it which knows nothing of languages without spaces."""
        before = "".join(self._out[-1:])[-1:] or " "
        after = "".join(next_one.content for next_one in following)[:1] or " "
        if token.nesting > 0:
            self._out.append(_HAIR + token.markup if _glued(before, after) else token.markup)
        else:
            self._out.append(token.markup + _HAIR if _glued(after, before) else token.markup)

    def _inline(self, token: Token) -> None:
        match token.type:
            case "text":
                self._out.append(disarmed_text(token.content))
            case "text_special":
                self._out.append(_special(token))
            case "softbreak" | "hardbreak":
                self._out.append("\n" if token.type == "softbreak" else "  \n")
            case "code_inline":
                self._out.append(_code_span(code(token.content)))
            case "math":
                self._out.append(literal(readable(token.content)))
            case "link_open":
                href = str(token.attrGet("href") or "")
                self._links.append((len(self._out), len(self._seen), href, token.markup))
            case "link_close":
                self._close_link()
            case "image":
                self._image(token)
            case _:  # a spoiler: Slack has none
                pass

    def _close_link(self) -> None:
        start, began, href, markup = self._links.pop()
        label = "".join(self._out[start:])
        self._out[start:] = [_link(label, self._seen[began:], href, auto=markup == "autolink")]

    def _image(self, token: Token) -> None:
        """Link to an image: fetching it would tell a stranger's server what the answer says."""
        alt = [child for child in token.children or [] if not child.type.startswith("link_")]
        href = str(token.attrGet("src") or "")
        self._out.append(_link(_Line().written(alt), _seen(token), href, auto=False))


def _seen(token: Token) -> str:
    """Return what a reader sees of a token, without the marks and escapes it is written with."""
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    return token.content if token.type != "image" else "".join(map(_seen, token.children or []))


def _glued(outer: str, inner: str) -> bool:
    """Tell whether CommonMark would miss a mark between these two: punctuation inside, a letter outside."""
    return punctuation(inner) and not (outer.isspace() or punctuation(outer))


def _special(token: Token) -> str:
    """Return what was escaped in the source so that it stays escaped."""
    if token.content in ("<", "&", ">"):
        return {"<": "&lt;", "&": "&amp;", ">": "&gt;"}[token.content]
    return token.markup if token.markup.startswith("\\") else literal(token.content)


def _code_span(text: str) -> str:
    runs = {len(run) for run in re.findall(r"`+", text)}
    mark = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    pad = (
        " " if text[:1] == "`" or text[-1:] == "`" or (text[:1] == text[-1:] == " " and text.strip()) else ""
    )
    return f"{mark}{pad}{text}{pad}{mark}"


def _link(label: str, seen: str, href: str, *, auto: bool) -> str:
    """Return a link that says where it leads, or its label where it leads nowhere we send people.

    `seen` is the label as a reader sees it.
    """
    host, address = web_host(href), mail_address(href)
    if not host and not address:
        return label if label.strip() else disarmed(href)
    label = label if label.strip() else literal(host or address or "")
    if auto:
        return label if "|" in label or not host else f"<{visible(href)}>"
    target = visible(href).replace("(", "%28").replace(")", "%29")
    honest = not host or not disguised(seen, host)
    return f"[{label}]({target})" + ("" if honest else f" ({literal(host or '')})")
