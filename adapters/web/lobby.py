"""Connections on which nothing was asked yet. Pure: time is an argument.

Whoever reaches the port may open them, and there are only so many: each is a file of the process, and a process without
files reaches neither its database nor a platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

PATIENCE = 20.0
"""Seconds in which a request must have begun: all its headers, on the worst of telephones."""
LOOK_EVERY = 5.0

Line = TypeVar("Line")


class Lobby(Generic[Line]):
    """Remembers since when a connection has been there, as far as it was looked at; moments are on one clock."""

    def __init__(self) -> None:
        self._since: dict[Line, float] = {}
        self._served: set[Line] = set()

    def serve(self, line: Line) -> None:
        """Note that something was asked on a connection; how long it rests from then on is the server's to say."""
        self._served.add(line)

    def overdue(self, lines: Collection[Line], now: float) -> Sequence[Line]:
        """Return those of the open connections on which nothing was asked for too long."""
        self._served.intersection_update(lines)
        self._since = {line: self._since.get(line, now) for line in lines if line not in self._served}
        return [line for line, since in self._since.items() if now - since >= PATIENCE]
