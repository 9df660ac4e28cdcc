"""The answer in the making: one task writes it, one shows it, and neither waits for the other."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model import Controls


class Answer:
    """The Markdown the model wrote so far, and whether it is finished.

    `floor` is how many characters the reader saw before a restart: until the new text is longer, or
    finished, the screen keeps the old one.
    """

    def __init__(self, text: str = "", floor: int = 0) -> None:
        self._parts = [text] if text else []
        self.length = len(text)
        self.floor = floor
        self.status = ""
        """The bot's own sentence, shown only while there is no text."""
        self.note = ""
        """The bot's own sentence under the text."""
        self.thoughts = ""
        """The end of what the model thought, as far as it is to be shown; never part of the text."""
        self.keeps_thoughts = False
        """The thoughts stay once there is text."""
        self.controls: Controls = ()
        self.finished = False
        self.paused = False
        """The process is going down: what is there is shown once more, and the turn goes on later."""
        self.version = 0
        """Grows with every change."""
        self.restarts = 0
        """How often the text was forgotten: where its pages end is decided anew then."""
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """Return the whole text; joining is paid once per look, not once per piece."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def aside(self) -> str:
        """Return the thoughts that are to be seen now."""
        return self.thoughts if self.keeps_thoughts or not (self.length or self.finished) else ""

    def add(self, text: str) -> None:
        """Append what the model wrote."""
        self._parts.append(text)
        self.length += len(text)
        self.status = ""
        self._change()

    def hold(self) -> None:
        """Keep the screen as it is until the text is whole: it comes at once, and half of it with other buttons helps nobody."""
        self.floor = sys.maxsize

    def tell(self, status: str) -> None:
        """Say why there is no text yet."""
        self.status = status
        self._change()

    def think(self, thoughts: str) -> None:
        """Show these thoughts beside the text."""
        self.thoughts = thoughts
        self._change()

    def restart(self) -> None:
        """Forget the text: the model is asked again."""
        self._parts, self.length, self.status, self.thoughts = [], 0, "", ""
        self.restarts += 1
        self._change()

    def finish(self, note: str = "", controls: Controls = ()) -> None:
        """Declare the text whole; `note` goes under it, `controls` replace those of a growing answer."""
        self.note, self.controls, self.finished = note, controls, True
        self._change()

    def pause(self, note: str) -> None:
        """Let the screen say what is there now, with `note` under it; nothing more comes in this process."""
        self.note, self.paused = note, True
        self._change()

    async def changed(self, version: int) -> None:
        """Wait until something differs from what it was at `version`."""
        while self.version == version:
            self._changed.clear()
            await self._changed.wait()

    def _change(self) -> None:
        self.version += 1
        self._changed.set()
