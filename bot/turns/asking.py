"""From what was said to what the model is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import clock
from bot.model import Ask
from bot.turns import history

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.store import Heard, StoredTurn, Turns
    from bot.turns.manner import Manners

QUIET_MOST, LOOK_AGAIN = 5.0, 0.1
"""Seconds: no piece of a message is waited for longer, and how often is looked whether it came."""
PAST_MOST = 200
"""Earlier turns looked at for the history; the token budget decides how many of them are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the model is asked; the operator's settings."""

    model: str
    fallback: str = ""
    system: str
    context_tokens: int
    within: float | None = None
    """Seconds after which a question is too old to be answered; None: never."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    role: str = ""
    """The key of the role that answers."""


class Inquiry:
    """One turn's question on its way to the model."""

    def __init__(self, turn: StoredTurn, turns: Turns, asking: Asking, manners: Manners) -> None:
        self._turn = turn
        self._turns = turns
        self._asking = asking
        self._manners = manners

    async def whole(self, is_halted: Callable[[], bool]) -> None:
        """Return once all that was said is there: of a long paste, more pieces may be on their way."""
        while not is_halted():
            quiet_at = await self._turns.quiet_at(self._turn)
            left = 0.0 if quiet_at is None else quiet_at - clock.wall()
            # A clock that jumped back must not hold anybody up.
            if not 0 < left < QUIET_MOST:
                return
            await asyncio.sleep(min(left, LOOK_AGAIN))

    def is_late(self, heard: Sequence[Heard]) -> bool:
        """Tell whether all of it was said so long ago that the person has gone on."""
        within = self._asking.within
        if within is None or self._turn.again:
            return False
        return max(one.sent_at for one in heard) < clock.wall() - within

    async def ask(self, asked: str, *, shared: bool) -> Ask:
        """Store the question, and return the request with as much of the past as has room."""
        asking = await self._manners.of(self._turn)
        await self._turns.begin(self._turn, asked, asking.model, asking.role)
        past = await self._turns.past(self._turn, PAST_MOST)
        return Ask(
            model=asking.model,
            messages=history.messages(
                system=asking.system, past=past, asked=asked, shared=shared, budget=asking.context_tokens
            ),
            temperature=asking.temperature,
            top_p=asking.top_p,
            max_tokens=asking.max_tokens,
            fallback=asking.fallback,
        )
