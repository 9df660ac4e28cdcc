"""Server-sent events, cut out of a byte stream; no I/O.

Only `data` matters to us. Comments, names, ids and unknown fields are read over, as the standard says
(HTML Living Standard, 9.2.6), and so is an event that the stream's end leaves without its blank line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 2**20
"""Bytes one line or one event may have. An answer's chunk has some hundred; the rest is an attack or a fault."""

_MARK = b"\xef\xbb\xbf"


class Overlong(ValueError):
    """A line or an event is longer than any chunk can be."""


class Events:
    """Takes the stream in pieces cut anywhere, and gives the data of each event as it is complete.

    Lines end with LF, CR or CRLF. It never holds more than about `longest` bytes beside the piece given.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._line: list[bytes] = []
        self._line_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._after_cr = False
        self._first = True

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the data of the events this piece completes; read it to its end, or feed no more.

        Raises Overlong, after the events that came before.
        """
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
            self._after_cr = False
        if not piece:
            return
        self._after_cr = piece.endswith(b"\r")
        lines = piece.splitlines()
        rest = b"" if piece.endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._line:
            lines[0] = self._whole(lines[0])
        for line in lines:
            if data := self._end_line(line):
                yield data
        if rest:
            self._keep(rest)

    def _whole(self, end: bytes) -> bytes:
        line = b"".join((*self._line, end))
        self._line.clear()
        self._line_size = 0
        return line

    def _keep(self, part: bytes) -> None:
        """Hold the part of a line whose end has not come. Parts are joined once, however many they are."""
        self._line.append(part)
        self._line_size += len(part)
        if self._line_size > self._longest:
            raise Overlong

    def _end_line(self, line: bytes) -> bytes | None:
        """Take one whole line; return the event's data if the line ends one that has any."""
        if self._first:
            self._first = False
            line = line.removeprefix(_MARK)
        if not line:
            return self._end_event()
        if line.startswith(b"data:"):
            self._add(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line == b"data":
            self._add(b"")
        return None

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        # The line break that joins values counts too: endless empty data lines must meet the limit.
        self._data_size += len(value) + 1
        if self._data_size > self._longest:
            raise Overlong

    def _end_event(self) -> bytes | None:
        if not self._data:
            return None
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._data_size = 0
        return data
