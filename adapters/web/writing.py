"""HTML for a page in the browser, written from parsed Markdown, one string for each top-level block.

All text enters through `_text`, which escapes it; what a model writes as HTML is shown as it was written.
Coloured code is sanitised by itself, piece by piece, and put into its place after the block around it was.
"""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import groupby
from typing import TYPE_CHECKING

from markdown_it.token import Token

from adapters.markup.drawing import draw
from adapters.markup.latex import readable
from adapters.markup.links import disguised, mail_address, web_host
from adapters.markup.unseen import visible
from adapters.web.colours import coloured, language_of
from adapters.web.sanitiser import clean
from bot.grammar import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5"}
"""The page's own headings come first; below `h5` an answer's headings look alike."""
_TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}
_PLAIN = {
    "bullet_list_open": '<ul dir="auto">',
    "bullet_list_close": "</ul>",
    "ordered_list_close": "</ol>",
    "list_item_close": "</li>",
    "blockquote_open": '<blockquote dir="auto">',
    "blockquote_close": "</blockquote>",
    "hr": "<hr>",
    "table_open": '<div class="table"><table>',
    "table_close": "</table></div>",
    "thead_open": "<thead>",
    "thead_close": "</thead>",
    "tbody_open": "<tbody>",
    "tbody_close": "</tbody>",
    "tr_open": "<tr>",
    "tr_close": "</tr>",
    "th_close": "</th>",
    "td_close": "</td>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "s_open": "<del>",
    "s_close": "</del>",
    "spoiler_open": '<span class="spoiler">',
    "spoiler_close": "</span>",
    "softbreak": "<br>",
    "hardbreak": "<br>",
}
_SLOT = re.compile("\x01(\\d+)\x01")
"""Where coloured code goes: `visible` lets no control character into any text."""


def written(markdown: str, *, grows: bool) -> tuple[str, ...]:
    """Return the sanitised blocks of some Markdown; `grows` says that its last code is likely to get longer."""
    writer = _Writer(grows=grows)
    return tuple(block for tokens in _top_level(parse(markdown)) if (block := writer.block(tokens)))


def unmarked(markdown: str) -> tuple[str, ...]:
    """Return the text of a page in paragraphs, without any formatting."""
    paragraphs = re.split(r"\n[ \t]*\n", draw(markdown, addresses=True).text)
    lines = ("<br>".join(_with_links(line) for line in paragraph.split("\n")) for paragraph in paragraphs)
    return tuple(clean(f'<p dir="auto">{line}</p>') for line in lines if line.strip())


# Chinese goes on behind an address without a space, and its full stops are no part of one.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9_/.])https?://[^\s<>\"`|\\^{}\u2018-\u201d\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"
)
_ENDS = frozenset(".,;:!?'*_~")


def _top_level(tokens: Sequence[Token]) -> list[list[Token]]:
    found: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            found.append([])
        found[-1].append(token)
        depth += token.nesting
    return found


def _text(text: str) -> str:
    return escape(visible(text))


class _Writer:
    """Writes blocks; what is put into their slots is kept for one block at a time."""

    def __init__(self, *, grows: bool) -> None:
        self._grows = grows
        self._slots: list[str] = []
        self._links: list[tuple[int, str, bool]] = []

    def block(self, tokens: Sequence[Token]) -> str:
        """Return one top-level block; empty if a reader would see nothing of it."""
        self._slots = []
        out: list[str] = []
        for n, token in enumerate(tokens):
            out.append(self._written(token, tokens[n + 1 : n + 3]))
        return _SLOT.sub(lambda found: self._slots[int(found[1])], clean("".join(out)))

    def _written(self, token: Token, following: Sequence[Token]) -> str:
        if token.type in _PLAIN:
            return _PLAIN[token.type]
        if token.type == "list_item_open":
            return '<li class="task" dir="auto">' if _is_task(following) else '<li dir="auto">'
        handle: Callable[[Token], str] | None = getattr(self, f"_on_{token.type}", None)
        return handle(token) if handle is not None else ""

    # ------------------------------------------------------------ blocks

    def _on_paragraph_open(self, token: Token) -> str:
        return "" if token.hidden else '<p dir="auto">'

    def _on_paragraph_close(self, token: Token) -> str:
        return "" if token.hidden else "</p>"

    def _on_heading_open(self, token: Token) -> str:
        return f'<{_HEADINGS.get(token.tag, "h6")} dir="auto">'

    def _on_heading_close(self, token: Token) -> str:
        return f"</{_HEADINGS.get(token.tag, 'h6')}>"

    def _on_fence(self, token: Token) -> str:
        language = language_of(token.info)
        code = visible(token.content).rstrip()
        if not code.strip():
            return ""
        self._slots.append(coloured(code, language, grows=self._grows))
        bar = f'<div class="code-bar"><span class="language">{_text(language)}</span></div>'
        return f'<div class="code">{bar}<pre><code>\x01{len(self._slots) - 1}\x01</code></pre></div>'

    _on_code_block = _on_fence

    def _on_math_block(self, token: Token) -> str:
        lines = "<br>".join(_text(line) for line in readable(token.content).split("\n"))
        return f'<div class="formula" title="{_text(token.content)}">{lines}</div>'

    def _on_ordered_list_open(self, token: Token) -> str:
        start = token.attrGet("start")
        return '<ol dir="auto">' if start is None else f'<ol dir="auto" start="{int(start)}">'

    def _on_th_open(self, token: Token) -> str:
        return f"<{token.tag}{_alignment(token)}>"

    _on_td_open = _on_th_open

    # ------------------------------------------------------------ text

    def _on_inline(self, token: Token) -> str:
        children = list(token.children or [])
        box = ""
        if children and children[0].type == "text" and (sign := _TASKS.get(children[0].content[:4])):
            box = f'<span class="box">{sign}</span> '
            children[0] = children[0].copy(content=children[0].content[4:])
        return box + self._inlines(children)

    def _inlines(self, tokens: Sequence[Token]) -> str:
        out: list[str] = []
        for token in _texts_joined(tokens):
            match token.type:
                case "text":
                    out.append(_text(token.content) if self._links else _with_links(visible(token.content)))
                case "code_inline":
                    out.append(f"<code>{_text(token.content)}</code>")
                case "math":
                    formula = _text(readable(token.content))
                    out.append(f'<span class="formula" title="{_text(token.content)}">{formula}</span>')
                case "link_open":
                    self._links.append(
                        (len(out), str(token.attrGet("href") or ""), token.markup == "autolink")
                    )
                case "link_close":
                    start, href, auto = self._links.pop()
                    out[start:] = [_link("".join(out[start:]), href, auto=auto)]
                case "image":
                    out.append(self._image(token))
                case kind:
                    out.append(_PLAIN.get(kind, ""))
        return "".join(out)

    def _image(self, token: Token) -> str:
        """Link to an image: fetching it would tell a stranger's server what the answer says."""
        label = self._inlines([child for child in token.children or [] if not child.type.startswith("link_")])
        return _link(label, str(token.attrGet("src") or ""), auto=False, kind="picture")


def _texts_joined(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with each run of text as one, so that an address in it is whole."""
    for is_text, run in groupby(tokens, lambda token: token.type in ("text", "text_special")):
        if is_text:
            yield Token("text", "", 0, content="".join(token.content for token in run))
        else:
            yield from run


def _with_links(text: str) -> str:
    """Return escaped text in which web addresses are links; they lead where they say."""
    out, position = [], 0
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found[0])
        if web_host(address):
            out += [
                escape(text[position : found.start()]),
                f'<a href="{escape(address)}">{escape(address)}</a>',
            ]
            position = found.start() + len(address)
    return "".join([*out, escape(text[position:])])


def _trimmed(address: str) -> str:
    """Return an address without what ends the sentence or closes the bracket around it."""
    while address[-1:] in _ENDS or (address.endswith(")") and address.count("(") < address.count(")")):
        address = address[:-1]
    return address


def _is_task(following: Sequence[Token]) -> bool:
    """Tell whether a list item, known by the tokens behind it, begins with a checkbox."""
    return any(token.type == "inline" and token.content[:4] in _TASKS for token in following)


def _alignment(token: Token) -> str:
    align = str(token.attrGet("style") or "").rpartition(":")[2]
    return f' class="{align}" dir="auto"' if align in ("center", "right") else ' dir="auto"'


def _link(label: str, href: str, *, auto: bool, kind: str = "") -> str:
    """Return a link that says where it leads, or its label where it leads nowhere we send people."""
    host, address = web_host(href), mail_address(href)
    seen = unescape(re.sub(r"<[^>]*>", "", label.replace("<br>", "\n")))
    if not host and not address:
        return label if seen.strip() else _text(href)
    label = label if seen.strip() else _text(host or address or "")
    named = f' class="{kind}"' if kind else ""
    link = f'<a{named} href="{_text(href)}">{label}</a>'
    honest = auto or not host or not disguised(seen, host)
    return link if honest else f'{link} <span class="host">({_text(host or "")})</span>'
