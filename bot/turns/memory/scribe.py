"""Asks a model for a summary; what it costs is held and counted like any other request."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.errors import BadRequest, Interrupted, NoAccess, OverLimit, Refused
from bot.model import Ask, Finish, Finished, Text
from bot.store import MEMORY
from bot.turns.depth import Depth, reasoning
from bot.turns.memory import summary as summaries
from bot.turns.till import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.catalog import Card
    from bot.model import Message
    from bot.ports import Model
    from bot.store import Past, StoredTurn
    from bot.turns.memory.recall import Frame
    from bot.turns.till import Till

log = logging.getLogger(__name__)

LONGEST = 0.4
"""Share of the budget that one text may have in a request; of longer ones the middle is left out."""

ASKER = "memory"
"""Who stands in line for a model where people must: all summaries together as one person."""


class Scribe:
    """Writes summaries with the model `cheap`; where that is not to be had, with the chat's own."""

    def __init__(self, *, model: Model, till: Till, cheap: str, card: Callable[[str], Card | None]) -> None:
        self._model = model
        self._till = till
        self._cheap = cheap
        self._card = card

    async def write(self, turn: StoredTurn, frame: Frame, summary: str, past: Sequence[Past]) -> str:
        """Return a summary of the summary and what was said after it, on the turn's account. Raises ModelError."""
        most, longest = summaries.room(frame.budget), round(LONGEST * frame.budget)
        task = summaries.task(summary, past, most=most, longest=longest)
        try:
            text, is_whole = await self._ask(turn, self._cheap or frame.model, task, most)
        # Not every provider says in the same way that it does not know a model.
        except (NoAccess, BadRequest):
            if self._cheap in {"", frame.model}:
                raise
            log.warning("summaries are made by the model of each chat", extra={"model": self._cheap})
            self._cheap = ""
            text, is_whole = await self._ask(turn, frame.model, task, most)
        return summaries.settled(text, most, is_whole=is_whole)

    async def _ask(
        self, turn: StoredTurn, model: str, task: tuple[Message, ...], most: int
    ) -> tuple[str, bool]:
        """Return what the model wrote, and whether that is all it wanted to."""
        calm = reasoning(self._card(model), Depth.OFF)
        ask = Ask(model=model, messages=task, max_tokens=most, reasoning=calm, asker=ASKER)
        if (reached := await self._till.hold(turn, ask, MEMORY)) is not None:
            raise OverLimit(reached.most, reached.until)
        said, finish, reading = list[str](), list[Finish](), Reading()
        try:
            async with aclosing(self._model.stream(ask)) as stream:
                async for delta in stream:
                    reading.take(delta)
                    if isinstance(delta, Text):
                        said.append(delta.text)
                    elif isinstance(delta, Finished):
                        finish.append(delta.finish)
        finally:
            await self._till.settle(turn, ask, reading, MEMORY)
        return _ended("".join(said), finish)


def _ended(text: str, finish: list[Finish]) -> tuple[str, bool]:
    """Return the text and whether it is whole; raises what a text that is none comes to."""
    if Finish.FILTERED in finish:
        raise Refused
    if not finish or not text.strip():
        raise Interrupted
    return text, finish[-1] is Finish.STOP
