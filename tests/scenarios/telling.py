"""An answer that goes on only when it is let: what is shown in the meantime hangs on no clock and no busy machine."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tests.servers.qwen import Done, End, Say, Until, Use

if TYPE_CHECKING:
    from tests.servers.qwen import Script
    from tests.servers.qwen_script import Step


class Telling:
    """Says the first piece at once, and each further one after one more `go_on`; behind the last it is over.

    Let it go on once what was said stands on the screen, and every piece is seen to grow.
    """

    def __init__(self, *pieces: str) -> None:
        first, *rest = pieces
        gates = [asyncio.Event() for _ in rest]
        steps: list[Step] = [Say(first)]
        for gate, piece in zip(gates, rest, strict=True):
            steps += [Until(gate), Say(piece)]
        self.script: Script = (*steps, End(), Use(), Done())
        self._gates = deque(gates)

    def go_on(self) -> None:
        """Let the next piece be said."""
        self._gates.popleft().set()

    def end(self) -> None:
        """Let all the rest be said."""
        while self._gates:
            self.go_on()
