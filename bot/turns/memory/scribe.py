"""Asks a model for a summary; what it costs is stored like any other request."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import Interrupted, Refused
from bot.model import Ask, Finish, Finished, Text, Thought, Usage
from bot.turns import tokens
from bot.turns.memory import summary as summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.model import Reasoning
    from bot.ports import Model
    from bot.store import Past, StoredTurn, Turns
    from bot.turns.memory.recall import Subject

LONGEST = 0.4
"""Share of the budget that one text may have in a request; of longer ones the middle is left out."""


class Scribe:
    """Writes summaries. `cheap` is the model for it, else the chat's; `calm` is how a model is told not to think."""

    def __init__(
        self, *, model: Model, turns: Turns, cheap: str, calm: Callable[[str], Reasoning | None]
    ) -> None:
        self._model = model
        self._turns = turns
        self._cheap = cheap
        self._calm = calm

    async def write(self, turn: StoredTurn, subject: Subject, summary: str, past: Sequence[Past]) -> str:
        """Return a summary of the summary and what was said after it, on the turn's account. Raises ModelError."""
        most, longest = summaries.room(subject.budget), round(LONGEST * subject.budget)
        model = self._cheap or subject.model
        ask = Ask(
            model=model,
            messages=summaries.task(summary, past, most=most, longest=longest),
            max_tokens=most,
            reasoning=self._calm(model),
        )
        text, is_whole = await self._listen(turn, ask)
        return summaries.settled(text, most, is_whole=is_whole)

    async def _listen(self, turn: StoredTurn, ask: Ask) -> tuple[str, bool]:
        said, usage, finish = list[str](), list[Usage](), list[Finish]()
        began = False
        await self._turns.reserve(turn, ask.model, _size(ask), clock.wall())
        try:
            async with aclosing(self._model.stream(ask)) as stream:
                async for delta in stream:
                    began = began or isinstance(delta, Text | Thought)
                    match delta:
                        case Text(text):
                            said.append(text)
                        case Usage():
                            usage.append(delta)
                        case Finished(how):
                            finish.append(how)
                        case _:
                            pass
        finally:
            await self._account(turn, ask, usage, "".join(said) if began else None)
        return _ended("".join(said), finish)

    async def _account(self, turn: StoredTurn, ask: Ask, usage: list[Usage], said: str | None) -> None:
        """Store the cost; where the provider did not say, a cautious estimate. What never began cost nothing."""
        if not usage and said is None:
            await self._turns.unreserve(turn)
            return
        guess = Usage(prompt=_size(ask), completion=tokens.estimate(said or ""), estimated=True)
        await self._turns.used(turn, ask.model, [guess, *usage][-1], clock.wall())


def _ended(text: str, finish: list[Finish]) -> tuple[str, bool]:
    """Return the text and whether it is whole; raises what a text that is none comes to."""
    if Finish.FILTERED in finish:
        raise Refused
    if not finish or not text.strip():
        raise Interrupted
    return text, finish[-1] is Finish.STOP


def _size(ask: Ask) -> int:
    return sum(map(tokens.estimate_message, ask.messages))
