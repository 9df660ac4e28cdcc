"""Paying for what the model is asked: held before a request is made, settled however it ends."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import clock, prices
from bot.limits import Limits
from bot.model import Text, Thought, Usage
from bot.store import ANSWER
from bot.turns.tokens import estimate, estimate_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.catalog import Card
    from bot.limits import Reached
    from bot.model import Ask, Delta
    from bot.store import Bill, StoredTurn, Turns
    from bot.turns.listening import Say

log = logging.getLogger(__name__)

NO_LIMITS = Limits()


@dataclass(slots=True)
class Reading:
    """What one request has brought so far."""

    _texts: list[str] = field(default_factory=list[str])
    _thoughts: list[str] = field(default_factory=list[str])
    _reported: Usage | None = None

    @property
    def begun(self) -> bool:
        """Tell whether the model has said or thought anything."""
        return bool(self._texts or self._thoughts)

    @property
    def thought(self) -> bool:
        """Tell whether the model was seen to think."""
        return bool(self._thoughts)

    def take(self, delta: Delta) -> None:
        """Note what came."""
        match delta:
            case Text(text):
                self._texts.append(text)
            case Thought(text):
                self._thoughts.append(text)
            case Usage():
                self._reported = delta
            case _:
                pass

    def used(self, prompt: int) -> Usage | None:
        """Return what it used: as the provider says, else as cautiously guessed; None: nothing, as it never began.

        `prompt` is our own count of the tokens that were sent. What failed before its first word is not billed.
        """
        if self._reported is not None or not self.begun:
            return self._reported
        thoughts = estimate("".join(self._thoughts)) if self._thoughts else 0
        completion = estimate("".join(self._texts)) + thoughts
        return Usage(prompt=prompt, completion=completion, reasoning=thoughts, estimated=True)


class Till:
    """Knows the prices and who may spend what. `limits` tells what the person of a turn may use."""

    def __init__(
        self,
        turns: Turns,
        *,
        card: Callable[[str], Card | None],
        limits: Callable[[StoredTurn], Limits],
        shows_cost: bool = False,
    ) -> None:
        self._turns = turns
        self._card = card
        self._limits = limits
        self._shows_cost = shows_cost

    async def hold(self, turn: StoredTurn, ask: Ask, purpose: str = ANSWER) -> Reached | None:
        """Hold what a request will likely cost; or return why it must not be made, and hold nothing.

        A turn that was begun before a restart goes on whatever it costs: its reader has seen a part of it.
        """
        card, prompt = self._card(ask.model), size(ask)
        expected = prices.expected(card, ask, prompt)
        cost = prices.cost(card, expected, thought=prices.will_think(card, ask))
        limits = self._limits(turn) if turn.attempt == 1 else NO_LIMITS
        reached = await self._turns.reserve(
            turn, ask.model, prompt, clock.wall(), cost=cost, limits=limits, purpose=purpose
        )
        if reached is not None:
            log.warning("a budget does not pay for a request", extra={"limit": reached.limit.value})
        return reached

    async def settle(
        self, turn: StoredTurn, ask: Ask, reading: Reading, purpose: str = ANSWER
    ) -> Bill | None:
        """Count what a request cost in place of what was held; return the turn's bill, None if it cost nothing."""
        usage = reading.used(size(ask))
        if usage is None:
            await self._turns.unreserve(turn)
            return None
        cost = prices.cost(self._card(ask.model), usage, thought=reading.thought)
        bill = await self._turns.used(
            turn, ask.model, usage, clock.wall(), cost=cost, limits=self._limits(turn), purpose=purpose
        )
        if bill.nearing is not None:
            facts = {"limit": bill.nearing.limit.value, "percent": bill.nearing.percent}
            log.warning("a budget is nearly used up", extra=facts)
        return bill

    def footing(self, bill: Bill | None, say: Say) -> tuple[str, ...]:
        """Return the quiet lines under an answer."""
        return () if bill is None else footing(bill, say, shows_cost=self._shows_cost)


def size(ask: Ask) -> int:
    """Return our own count of the tokens of a request."""
    return sum(map(estimate_message, ask.messages))


def footing(bill: Bill, say: Say, *, shows_cost: bool) -> tuple[str, ...]:
    """Return the quiet lines under an answer: that a budget nears its end, and what the answer cost. Pure."""
    near = bill.nearing
    lines = []
    if near is not None:
        most = prices.Money(near.most, near.currency)
        lines.append(say(f"near_{near.limit}", percent=near.percent, most=most))
    if shows_cost and (line := _cost(bill, say)):
        lines.append(line)
    return tuple(lines)


def _cost(bill: Bill, say: Say) -> str:
    if bill.prompt is None or bill.completion is None:
        return ""
    cost = say("label_unpriced") if bill.cost is None else str(bill.cost)
    about = "≈ " if bill.estimated else ""
    return say(
        "cost_line", about=about, prompt=f"{bill.prompt:,}", completion=f"{bill.completion:,}", cost=cost
    )
