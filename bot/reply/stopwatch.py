"""How long the reader of one answer waits, told to the meters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock, meters
from bot.store import TurnKind

if TYPE_CHECKING:
    from bot.store import StoredTurn


class Stopwatch:
    """Runs from its making on. An answer that began in an earlier process is not timed, only its writes are counted."""

    def __init__(self, turn: StoredTurn) -> None:
        self._platform = turn.chat.platform
        self._began = clock.ticks()
        is_command = bool(turn.heard) and turn.heard[0].command is not None
        self._times = turn.attempt == 1 and turn.kind is TurnKind.ANSWER and not is_command
        self._spoke = False

    def wrote(self, kind: str, *, text: bool) -> None:
        """Count a write that got through; `text`: it showed a part of the answer."""
        meters.wrote(self._platform, kind)
        if text and self._times and not self._spoke:
            self._spoke = True
            meters.began(self._platform, clock.ticks() - self._began)

    def shown(self) -> None:
        """Note that the whole answer stands on the screen."""
        if self._times:
            meters.shown(self._platform, clock.ticks() - self._began)
