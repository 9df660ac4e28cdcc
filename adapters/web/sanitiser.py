"""The last gate before the browser: only what is listed here passes.

The dialect builds its HTML from parsed Markdown and escapes all text, so nothing hostile should arrive here.
This gate knows nothing of that: it parses the HTML as a browser does and keeps a short list of elements.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from pygments.token import STANDARD_TYPES

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link may lead. Addresses without a scheme would lead into the bot's own page."""

_DIRECTED = {"blockquote", "h3", "h4", "h5", "h6", "li", "ol", "p", "td", "th", "ul"}
_TAGS = _DIRECTED | {
    *("a", "br", "code", "del", "div", "em", "hr", "pre", "span", "strong"),
    *("table", "tbody", "thead", "tr"),
}
_CELL = {"center", "right"}
_CLASSES = {
    "a": {"picture"},
    "div": {"code", "code-bar", "formula", "table"},
    "li": {"task"},
    "span": {"box", "formula", "host", "language", "spoiler"},
    "td": _CELL,
    "th": _CELL,
}
_COLOURS = {"span": {name for name in STANDARD_TYPES.values() if name}}


@lru_cache(maxsize=1)
def _prose() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "span": {"title"}, "div": {"title"}},
        tag_attribute_values={tag: {"dir": {"auto"}} for tag in _DIRECTED},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        allowed_classes=_CLASSES,
        link_rel="noopener noreferrer nofollow",
        url_schemes=set(SCHEMES),
        url_relative="deny",
        clean_content_tags={"script", "style"},
    )


@lru_cache(maxsize=1)
def _code() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={"span"}, attributes={}, allowed_classes=_COLOURS, link_rel=None, clean_content_tags=set()
    )


def clean(html: str) -> str:
    """Return a fragment of an answer with nothing in it but what is allowed."""
    return _prose().clean(html)


def clean_code(html: str) -> str:
    """Return the inside of a `code` element with nothing in it but text and coloured spans."""
    return _code().clean(html)
