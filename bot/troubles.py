"""The last warnings and errors, for an administrator who asks: constant sentences, how often, and when."""

from __future__ import annotations

import logging
from dataclasses import dataclass

MOST = 12


@dataclass(frozen=True, slots=True)
class Trouble:
    """One sentence of the log. `last` is when it was said last, in seconds since 1970."""

    sentence: str
    level: str
    count: int
    last: float


class Troubles(logging.Handler):
    """Keeps them. What a record says beside its sentence (fields, tracebacks) is left to the log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: dict[str, Trouble] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record by its sentence, before anything is filled in."""
        # Only our own sentences are constant; a library's may hold what people said.
        if not record.name.startswith(("bot", "adapters")):
            return
        sentence = str(record.msg)
        before = self._kept.pop(sentence, None)
        count = 1 + (before.count if before else 0)
        self._kept[sentence] = Trouble(sentence, record.levelname, count, record.created)
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)))

    def last(self) -> list[Trouble]:
        """Return what is kept, the newest first."""
        return list(reversed(self._kept.values()))
