"""How Telegram writes Markdown: text, and entities that say how parts of it look.

Ours and not `telegramify-markdown`'s: that one decorates headings with pins and takes several times as long.
Entities rather than a parse mode: whatever the text holds, they cannot be broken by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from telegram import MessageEntity

from adapters.markup.drawing import draw
from adapters.markup.tail import tail
from adapters.markup.unseen import NOTHING, is_blank
from adapters.telegram.rich import sendable_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.markup.drawing import Span

_LONGEST = 4096  # UTF-16 units, after parsing
_MOST_ENTITIES = 100  # more are ignored without a word
_GROWING = 700  # units of thoughts while there is no answer: about a screen, its end in sight
_HOPELESS = 40_000  # characters of source that cannot become one message, so are not parsed to find out
_TYPES = {
    "bold": MessageEntity.BOLD,
    "italic": MessageEntity.ITALIC,
    "underline": MessageEntity.UNDERLINE,
    "strikethrough": MessageEntity.STRIKETHROUGH,
    "spoiler": MessageEntity.SPOILER,
    "code": MessageEntity.CODE,
    "pre": MessageEntity.PRE,
    "link": MessageEntity.TEXT_LINK,
    "quote": MessageEntity.BLOCKQUOTE,
}


@dataclass(frozen=True, slots=True, eq=False)
class TelegramBody:
    """A message's text and entities; offsets count UTF-16 units."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    rich: str = ""
    """The page as Markdown for a rich message; empty where it must be sent as text."""

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, TelegramBody) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        # MessageEntity's own equality knows neither address nor language.
        return (
            self.text,
            self.rich,
            tuple((e.type, e.offset, e.length, e.url, e.language) for e in self.entities),
        )


class TelegramDialect:
    """Pure; see `bot.ports.Dialect`. With `rich`, bodies can also be sent as rich messages."""

    def __init__(self, *, rich: bool = False) -> None:
        self._rich = rich

    def render(self, markdown: str) -> TelegramBody:
        body = _body(markdown)
        rich = sendable_markdown(markdown) if self._rich else ""
        return replace(body, rich=rich) if rich else body

    def with_thoughts(self, markdown: str, thoughts: str, *, folded: bool) -> TelegramBody:
        """Return the page under a quote of the thoughts, which can be unfolded once they are over."""
        page = _body(markdown)
        room = _LONGEST - units(page.text) - 1
        text = tail(_drawn(thoughts), room if folded else min(room, _GROWING), units)
        if not text or len(page.entities) >= _MOST_ENTITIES:
            return page
        kind = MessageEntity.EXPANDABLE_BLOCKQUOTE if folded else MessageEntity.BLOCKQUOTE
        quote = MessageEntity(kind, 0, units(text))
        moved = MessageEntity.shift_entities(units(text) + 1, page.entities)
        return TelegramBody(f"{text}\n{page.text}", (quote, *moved))

    def plain(self, markdown: str) -> TelegramBody:
        """Return the page with the address of every link in the text, where there is room for it."""
        text = draw(markdown, addresses=True).text
        fits = units(text) <= _LONGEST and not is_blank(text)
        return TelegramBody(text if fits else _body(markdown).text)

    def fits(self, markdown: str) -> bool:
        if len(markdown) > _HOPELESS:
            return False
        body = _body(markdown)
        return units(body.text) <= _LONGEST and len(body.entities) <= _MOST_ENTITIES


@lru_cache(maxsize=16)
def _body(markdown: str) -> TelegramBody:
    """Kept for the moment: whether a page fits is asked right before it is rendered."""
    drawing = draw(markdown)
    if is_blank(drawing.text):
        return TelegramBody(NOTHING)
    return TelegramBody(drawing.text, _entities(drawing.text, drawing.spans))


@lru_cache(maxsize=4)
def _drawn(thoughts: str) -> str:
    return draw(thoughts[-2 * _LONGEST :]).text.strip()


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _entities(text: str, spans: Sequence[Span]) -> tuple[MessageEntity, ...]:
    at = range(len(text) + 1) if text.isascii() else [0, *accumulate(2 if c > "\uffff" else 1 for c in text)]
    return tuple(_entity(span, at[span.start], at[span.end]) for span in spans)


def _entity(span: Span, start: int, end: int) -> MessageEntity:
    return MessageEntity(
        type=_TYPES[span.kind],
        offset=start,
        length=end - start,
        url=span.value if span.kind == "link" else None,
        language=_language(span.value) if span.kind == "pre" else None,
    )


def _language(info: str) -> str | None:
    """Return the name of a language, as far as it looks like one."""
    found = re.match(r"[\w+#.-]{1,32}", info, re.ASCII)
    return found[0].lower() if found else None
