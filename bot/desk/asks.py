"""Requests outside of any conversation: the model is asked, and what it cost is stored."""

from __future__ import annotations

from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import clock, phrases, prices
from bot.errors import OverLimit, StoreUnavailable
from bot.limits import Reached
from bot.records import Charge, Cost
from bot.turns import choosing
from bot.turns.asking import request
from bot.turns.choosing import Choice, Question
from bot.turns.till import Reading, size

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.limits import Limits
    from bot.model import Ask, ChatKey, Delta, Usage
    from bot.ports import Model
    from bot.prices import Money
    from bot.store import Asks as Store
    from bot.turns.asking import Asking


class Asks:
    """Asks for an administrator, whom only the limits of all together bind."""

    def __init__(self, store: Store, model: Model, asking: Asking, limits: Limits) -> None:
        self._store = store
        self._model = model
        self._asking = asking
        self._limits = limits.of_admin()

    async def ask(self, ask: Ask, chat: ChatKey, person: str) -> AsyncGenerator[Delta | Charge, None]:
        """Yield what the model says; see `ports.Desk`."""
        ask = self._filled(ask)
        number = await self._hold(ask, chat, person)
        reading = Reading()
        try:
            async with aclosing(self._model.stream(ask)) as stream:
                async for delta in stream:
                    reading.take(delta)
                    yield delta
        finally:
            # What was asked is paid for, also where nobody waits for the answer any more.
            with suppress(StoreUnavailable):
                await self._settle(number, ask, reading)
        _, cost = self._paid(ask, reading)
        yield Charge(model=ask.model, cost=_told(cost))

    def _filled(self, ask: Ask) -> Ask:
        """Return the request with the operator's settings where it says nothing."""
        usual = self._asking
        asking = replace(
            usual,
            temperature=usual.temperature if ask.temperature is None else ask.temperature,
            top_p=usual.top_p if ask.top_p is None else ask.top_p,
            max_tokens=usual.max_tokens if ask.max_tokens is None else ask.max_tokens,
        )
        return replace(request(asking, self._choose(ask), ask.messages), fallback=None)

    def _choose(self, ask: Ask) -> Choice:
        """Return who answers: what the line-up knows, or any model by its name."""
        lineup = self._asking.lineup
        chosen = lineup.choice(ask.model) if ask.model else lineup.usual
        if chosen is None:
            return Choice(model=ask.model)
        question = Question(text=ask.messages[-1].content)
        return choosing.choose(lineup, chosen, self._asking.depth, question)

    async def _hold(self, ask: Ask, chat: ChatKey, person: str) -> int:
        card, prompt, now = self._asking.lineup.card(ask.model), size(ask), clock.wall()
        expected = prices.expected(card, ask, prompt)
        cost = prices.cost(card, expected, thought=prices.will_think(card, ask))
        held = await self._store.reserve(chat, person, ask.model, prompt, now, cost=cost, limits=self._limits)
        if isinstance(held, Reached):
            reached = held
            raise OverLimit(
                reached.most, reached.until, lambda language: phrases.limit(reached, language, now)
            )
        return held

    async def _settle(self, number: int, ask: Ask, reading: Reading) -> None:
        usage, cost = self._paid(ask, reading)
        await self._store.settle(number, ask.model, usage, clock.wall(), cost=cost)

    def _paid(self, ask: Ask, reading: Reading) -> tuple[Usage | None, Money | None]:
        """Return what a request used and what that costs, as far as they are known."""
        usage = reading.used(size(ask))
        card = self._asking.lineup.card(ask.model)
        return usage, None if usage is None else prices.cost(card, usage, thought=reading.thought)


def _told(cost: Money | None) -> Cost:
    return Cost() if cost is None else Cost(money=cost.amount / prices.MILLION, currency=cost.currency)
