"""Requests outside of any conversation: the model is asked, and what it cost is stored."""

from __future__ import annotations

from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import OverLimit, StoreUnavailable
from bot.limits import day_of
from bot.model import Text, Thought, Usage
from bot.turns import choosing
from bot.turns.asking import request
from bot.turns.choosing import Choice, Question
from bot.turns.tokens import estimate, estimate_message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.limits import Limits
    from bot.model import Ask, ChatKey, Delta
    from bot.ports import Model
    from bot.store import Archive
    from bot.turns.asking import Asking


class Asks:
    """Asks for an administrator, whom only the limit of all together binds."""

    def __init__(self, archive: Archive, model: Model, asking: Asking, limits: Limits) -> None:
        self._archive = archive
        self._model = model
        self._asking = asking
        self._most = limits.of_admin().tokens_per_day

    async def ask(self, ask: Ask, chat: ChatKey, person: str) -> AsyncGenerator[Delta, None]:
        """Yield what the model says; see `ports.Desk`."""
        ask = self._filled(ask)
        await self._check()
        prompt = sum(estimate_message(message) for message in ask.messages)
        number = await self._archive.reserve(chat, person, ask.model, prompt, clock.wall())
        heard = _Heard(prompt)
        try:
            async with aclosing(self._model.stream(ask)) as stream:
                async for delta in stream:
                    heard.add(delta)
                    yield delta
        finally:
            # What was asked is paid for, also where nobody waits for the answer any more.
            with suppress(StoreUnavailable):
                await self._archive.settle(number, ask.model, heard.usage)

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

    async def _check(self) -> None:
        now = clock.wall()
        if self._most is not None and await self._archive.tokens_today(now) >= self._most:
            raise OverLimit(self._most, day_of(now)[1])


class _Heard:
    """What a request has cost so far: as billed, or estimated if the provider did not get to say."""

    def __init__(self, prompt: int) -> None:
        self._prompt = prompt
        self._said = ""
        self._billed: Usage | None = None

    def add(self, delta: Delta) -> None:
        match delta:
            case Text(text) | Thought(text):
                self._said += text
            case Usage():
                self._billed = delta
            case _:
                pass

    @property
    def usage(self) -> Usage | None:
        """None: it failed before its first word, which is not billed."""
        if self._billed is not None or not self._said:
            return self._billed
        return Usage(prompt=self._prompt, completion=estimate(self._said), estimated=True)
