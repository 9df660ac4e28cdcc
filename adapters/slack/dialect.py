"""How Slack writes Markdown: a `markdown` block, and plain text for notifications.

The page is parsed and written anew rather than passed on: what is in the block is then only what we put
there, and nothing in the model's text can ping people, hide where a link leads or load an image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from adapters.markup.drawing import draw
from adapters.markup.tail import tail
from adapters.markup.unseen import NOTHING, is_blank
from adapters.slack.writing import literal, rewritten
from bot.graphemes import clusters

_LONGEST = 11_500  # characters; Slack takes 12,000 in all markdown blocks of a message
_TEXT_BYTES = 3_800  # chat.update takes 4,000 in `text`; in bytes, to be safe however Slack counts
_HALF_ESCAPE = re.compile(r"&[a-z]{0,3}\Z")
_FOLDED, _GROWING = 1_500, 700  # characters of thoughts above an answer, and while there is none
_HOPELESS = 60_000  # characters of source that cannot become one message, so are not parsed to find out


@dataclass(frozen=True, slots=True)
class SlackBody:
    """`markdown` for a markdown block (empty: none), `text` for notifications and where blocks are not shown."""

    markdown: str
    text: str


class SlackDialect:
    """Pure; see `bot.ports.Dialect`."""

    def render(self, markdown: str) -> SlackBody:
        return _body(markdown)

    def plain(self, markdown: str) -> SlackBody:
        """Return the page as text alone, clipped to what `chat.update` takes."""
        text = draw(markdown, addresses=True).text
        return SlackBody("", NOTHING if is_blank(text) else clipped(escaped(text)))

    def with_thoughts(self, markdown: str, thoughts: str, *, folded: bool) -> SlackBody:
        """Return the page under a quote of the thoughts; Slack has no way to fold one, so it is kept short."""
        page = _body(markdown)
        room = min(_FOLDED if folded else _GROWING, _LONGEST - len(page.markdown) - 2)
        text = tail(_drawn(thoughts), room, lambda piece: len(_quoted(piece)))
        if not text:
            return page
        return SlackBody(f"{_quoted(text)}\n\n{page.markdown}".rstrip(), page.text)

    def fits(self, markdown: str) -> bool:
        return len(markdown) <= _HOPELESS and len(_body(markdown).markdown) <= _LONGEST


@lru_cache(maxsize=16)
def _body(markdown: str) -> SlackBody:
    """Kept for the moment: whether a page fits is asked right before it is rendered."""
    text = draw(markdown).text
    if is_blank(text):
        return SlackBody(NOTHING, NOTHING)
    return SlackBody(rewritten(markdown), clipped(escaped(text)))


@lru_cache(maxsize=4)
def _drawn(thoughts: str) -> str:
    return draw(thoughts[-2 * _FOLDED :]).text.strip()


def _quoted(text: str) -> str:
    return "\n".join(f"> {literal(line)}".rstrip() for line in text.split("\n"))


def escaped(text: str) -> str:
    """Return the text so that none of it can be a mention, a link or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clipped(text: str) -> str:
    """Return escaped text cut between characters, with an ellipsis, to what fits."""
    if len(text.encode()) <= _TEXT_BYTES:
        return text
    room = _TEXT_BYTES - len("…".encode())
    end = 0
    for cluster in clusters(text):
        room -= len(cluster.encode())
        if room < 0:
            break
        end += len(cluster)
    return _HALF_ESCAPE.sub("", text[:end]).rstrip() + "…"
