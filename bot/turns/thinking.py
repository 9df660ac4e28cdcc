"""What the reader sees while a model thinks: that it does, for how long, and its thoughts if they may be seen.

A person who waits must not sit before an empty screen. The line gives way to the answer, in the same message.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from bot import clock

if TYPE_CHECKING:
    from bot.reply.answer import Answer
    from bot.turns.listening import Say

TOLD_AFTER = 2.0
"""Seconds of thought that a person is spared from reading about."""
KEPT = 20_000
"""Characters of thoughts that are kept, the last ones: more than any message has room for."""
LOOKS = 4
"""How often thoughts are brought up to date between two refreshes of the line."""


class ShowThinking(StrEnum):
    """Who gets to see the thoughts; that the model thinks is shown in any case."""

    OFF = "off"
    LIVE = "live"
    """They grow, and give way to the answer."""
    FOLDED = "folded"
    """They stay above the answer."""


class Thinking:
    """Tells about one turn's thoughts. `every` is how many seconds lie between two refreshes of the line.

    `before` is what was thought for the part of the answer that stands already.
    """

    def __init__(
        self, *, answer: Answer, show: ShowThinking, every: float, say: Say, before: str = ""
    ) -> None:
        self._answer = answer
        self._show = show
        self._every = every
        self._say = say
        self._before = f"{before}\n\n" if before and show is ShowThinking.FOLDED else ""
        self._thoughts = self._before
        answer.thoughts = self._before.rstrip("\n")
        self._since: float | None = None
        self._shown_at = 0.0
        self._began = asyncio.Event()
        answer.keeps_thoughts = show is ShowThinking.FOLDED

    def add(self, text: str) -> None:
        """Take the next piece of what the model thinks."""
        now = clock.ticks()
        if self._since is None:
            self._since = self._shown_at = now
            self._began.set()
        if self._show is not ShowThinking.OFF:
            self._thoughts = (self._thoughts + text)[-KEPT:]
            if now - self._shown_at >= self._every / LOOKS:
                self._publish()

    def restart(self) -> None:
        """Forget the thoughts: the model is asked again."""
        self._thoughts, self._since = self._before, None
        self._began.clear()

    def forget(self) -> None:
        """Forget what was thought before: it belongs to another question."""
        self._before = ""

    def end(self) -> None:
        """Bring the thoughts up to date: the model speaks, or is done."""
        if self._since is not None:
            self._since = None
            self._began.clear()
            self._publish()

    async def run(self) -> None:
        """Keep the line fresh until cancelled."""
        while True:
            await self._began.wait()
            await asyncio.sleep(max(0.0, (self._since or 0.0) + TOLD_AFTER - clock.ticks()))
            while self._since is not None and clock.ticks() - self._since >= TOLD_AFTER:
                self._publish()
                self._answer.tell(self._say("thinking_for", seconds=int(clock.ticks() - self._since)))
                await asyncio.sleep(self._every)

    def _publish(self) -> None:
        if self._thoughts and self._thoughts != self._answer.thoughts:
            self._shown_at = clock.ticks()
            self._answer.think(self._thoughts)
