"""Rich messages: Telegram sets headings, tables, lists and formulas itself, from Markdown.

Its Markdown knows more than a model's text should be able to do: it loads images, draws buttons and maps, takes
HTML. So a page is sent as it is only if it holds nothing that Telegram reads differently from us; every other page
is sent as text with entities, and so is every page once a server has refused a rich one.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from adapters.markup.links import disguised, web_host
from adapters.markup.unseen import visible
from bot.grammar import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

log = logging.getLogger(__name__)

COLUMNS, LEVELS, BLOCKS = 20, 12, 400
"""Telegram takes 20 columns, 16 levels, 500 blocks."""

PLAIN = {
    *("paragraph_open", "paragraph_close", "heading_open", "heading_close", "inline", "fence", "code_block"),
    *("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close", "hr"),
    *("list_item_open", "list_item_close", "blockquote_open", "blockquote_close"),
    *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
    *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
}
INLINE = {
    *("text", "strong_open", "strong_close", "em_open", "em_close", "s_open", "s_close", "code_inline"),
    *("link_open", "link_close", "hardbreak"),
}
# HTML, entities, marks of Telegram's own (==marked==, ||hidden||, [^note], $formula$), addresses only it knows.
MORE = re.compile(r"[<&$]|==|\|\||\[\^|tg://|\\")
HASHTAG = re.compile(r"^[ \t>]*#+[^#\s]", re.MULTILINE)


class Rich:
    """Whether the server takes rich messages; `off` is for good."""

    def __init__(self) -> None:
        self.on = True

    def off(self, reason: str) -> None:
        """Send no more of them until the next start."""
        log.warning("rich messages are refused, pages are sent as text", extra={"reason": reason})
        self.on = False


@lru_cache(maxsize=16)
def sendable_markdown(markdown: str) -> str:
    """Return the page if Telegram reads it as we do and people see all of it, else an empty string."""
    if visible(markdown) != markdown:
        return ""
    tokens = parse(markdown)
    fits = len(tokens) < BLOCKS and all(token.level < LEVELS for token in tokens)
    plain = all(token.type in PLAIN and not token.meta.get("verbatim") for token in tokens)
    inlines = [token for token in tokens if token.type == "inline"]
    return markdown if fits and plain and _narrow(tokens) and all(map(_is_plain, inlines)) else ""


def _narrow(tokens: Iterable[Token]) -> bool:
    columns = 0
    for token in tokens:
        columns = 0 if token.type == "tr_open" else columns + (token.type in {"th_open", "td_open"})
        if columns > COLUMNS:
            return False
    return True


def _is_plain(inline: Token) -> bool:
    """Tell whether a line of text means the same to Telegram. Line breaks do not: it would join the lines."""
    children = inline.children or []
    if any(child.type not in INLINE for child in children):
        return False
    text = "\n".join(child.content for child in children if child.type == "text")
    return not (MORE.search(text) or HASHTAG.search(text)) and _links_are_honest(children)


def _links_are_honest(children: list[Token]) -> bool:
    for n, child in enumerate(children):
        if child.type == "link_open":
            end = next(k for k in range(n, len(children)) if children[k].type == "link_close")
            label = "".join(inner.content for inner in children[n:end])
            host = web_host(str(child.attrGet("href") or ""))
            if not host or disguised(label, host) or not label.strip():
                return False
    return True
