"""Text that grows, and the spans of it that are set differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` is one of bold, italic, underline, strikethrough, spoiler, code, pre, link, quote.

    Spans nest or stand apart; nothing stands within code and pre; quotes do not nest. `value` is a
    link's address or the language of a `pre`. Positions count characters of the text.
    """

    kind: str
    start: int
    end: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a reader sees. The spans are sorted, outer ones first, and none begins or ends in white space."""

    text: str
    spans: tuple[Span, ...]


class Canvas:
    """Text that grows, with the spans that are open at its end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.length = 0
        self._open: list[Span] = []
        self.spans: list[Span] = []

    def write(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)

    def unwrite(self, text: str) -> None:
        """Take back what was written last."""
        self._parts = [self.text().removesuffix(text)]
        self.length = len(self._parts[0])

    def since(self, start: int) -> str:
        return self.text()[start:]

    def text(self) -> str:
        self._parts = ["".join(self._parts)]
        return self._parts[0]

    def open(self, kind: str, value: str = "") -> None:
        self._open.append(Span(kind, self.length, self.length, value))

    def close(self) -> Span:
        span = self._open.pop()
        self._keep(span)
        return span

    def _keep(self, span: Span) -> None:
        # The same style within itself adds nothing but an entity.
        if not any(outer.kind == span.kind for outer in self._open) and span.start < self.length:
            self.spans.append(Span(span.kind, span.start, self.length, span.value))

    def solid(self, kind: str, text: str, value: str = "") -> None:
        """Write code: the styles around it are interrupted, for nothing may stand in or around it but a quote."""
        if any(span.kind in ("link", "pre") for span in self._open):
            self.write(text)
            return
        around, self._open = self._open, []
        self._open = [span for span in around if span.kind == "quote"]
        for n, span in enumerate(around):
            if span.kind != "quote" and all(outer.kind != span.kind for outer in around[:n]):
                self._keep(span)
        start = self.length
        self.write(text)
        self.spans.append(Span(kind, start, self.length, value))
        self._open = [
            span if span.kind == "quote" else Span(span.kind, self.length, self.length, span.value)
            for span in around
        ]

    def drawing(self) -> Drawing:
        text = self.text()
        spans = sorted(_trimmed(self.spans, text), key=_order)
        begin = len(text) - len(text.lstrip())
        if spans:
            begin = min(begin, spans[0].start)
        end = max(len(text.rstrip()), max((span.end for span in spans), default=0))
        moved = tuple(Span(s.kind, s.start - begin, s.end - begin, s.value) for s in spans)
        return Drawing(text[begin:end], moved)


def _order(span: Span) -> tuple[int, int, bool]:
    return span.start, -span.end, span.kind in ("code", "pre")


def _trimmed(spans: Sequence[Span], text: str) -> list[Span]:
    """Return the spans without white space at their ends, and without those that hold nothing else."""
    kept = []
    for span in spans:
        inner = text[span.start : span.end]
        end = span.start + len(inner.rstrip())
        start = span.start if span.kind == "pre" else span.end - len(inner.lstrip())
        if start < end:
            kept.append(Span(span.kind, start, end, span.value))
    return kept
