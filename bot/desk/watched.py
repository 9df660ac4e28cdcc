"""A model whose successes and failures are remembered: whether it can be reached is known as last seen."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from bot import meters
from bot.errors import BadRequest, ModelError, PromptTooLong, Refused
from bot.model import Finished, Text, Thought, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.model import Ask, Delta
    from bot.ports import Model


class Watched:
    """Meets `ports.Model`, and changes nothing of what the model says."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.trouble = ""
        """What hindered it last, in a word; empty if it answered since, or was not asked yet."""

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Yield what the model says."""
        try:
            async with aclosing(self._model.stream(ask)) as stream:
                async for delta in stream:
                    self._hear(ask, delta)
                    yield delta
        except ModelError as error:
            self._fail(error)
            raise

    def _hear(self, ask: Ask, delta: Delta) -> None:
        match delta:
            case Text() | Thought() | Finished():
                self.trouble = ""
            case Usage():
                meters.used(ask.model, delta)
            case _:
                pass

    def _fail(self, error: ModelError) -> None:
        meters.failed(error)
        # What is wrong with one question says nothing about the next.
        if not isinstance(error, Refused | PromptTooLong | BadRequest):
            self.trouble = type(error).__name__
