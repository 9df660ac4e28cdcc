"""A line in front of a model, for an account that may only ask so much of it in a minute.

What the provider says is passed on; what it refuses is asked again by the client behind the gate, which lets the
gate know: everybody waits for as long, and a request that goes out again takes its turn again.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from bot import clock
from bot.model import Usage, Waiting
from bot.turns.qwen.line import Line, Ticket

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.model import Ask, Delta
    from bot.ports import Model

TOLD = 1.0
"""Waits from this many seconds on are worth telling the person."""
TOLD_AGAIN = 5.0
"""Seconds after which a place in line is told anew."""
SHORTEST = 0.001
"""Seconds; timers are not more exact than that."""


class Gate:
    """Meets `ports.Model`. `tokens_of` returns what a request will likely take, question and answer together."""

    def __init__(
        self,
        model: Model,
        *,
        requests_per_minute: int | None,
        tokens_per_minute: int | None,
        tokens_of: Callable[[Ask], int],
    ) -> None:
        self._model = model
        self._limits = (requests_per_minute, tokens_per_minute)
        self._tokens_of = tokens_of
        self._lines: dict[str, Line] = {}
        self._turns: dict[Ticket, asyncio.Event] = {}

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Wait in line, then yield what the model says. Leaving gives up the place."""
        line = self._lines.setdefault(ask.model, Line(*self._limits))
        ticket = Ticket(ask.asker, self._tokens_of(ask))
        line.enter(ticket)
        async with aclosing(self._pass(line, ticket)) as waits:
            async for waiting in waits:
                yield waiting
        async with aclosing(self._model.stream(ask)) as stream:
            async for delta in stream:
                yield delta
                match delta:
                    case Waiting():
                        await self._again(line, ticket, delta)
                    case Usage(prompt=int(prompt), completion=int(completion)):
                        ticket.took(prompt + completion)
                        self._call(line)
                    case _:
                        pass

    async def _again(self, line: Line, ticket: Ticket, waiting: Waiting) -> None:
        """Let a request that goes out again take its turn again; nobody is told of it twice."""
        now = clock.ticks()
        if waiting.throttled:
            line.refused(waiting.seconds, now)
        line.come_back(ticket)
        async with aclosing(self._pass(line, ticket)) as waits:
            async for _ in waits:
                pass

    async def _pass(self, line: Line, ticket: Ticket) -> AsyncGenerator[Waiting, None]:
        """Return when the ticket may ask; yields how long that will take, if it is long."""
        turn = self._turns[ticket] = asyncio.Event()
        try:
            while not line.take(ticket, now := clock.ticks()):
                if (wait := line.wait(ticket, now)) >= TOLD:
                    yield Waiting(wait, place=line.place(ticket))
                turn.clear()
                is_next = ticket is line.head
                now = clock.ticks()
                seconds = line.ready_at(now) - now if is_next else TOLD_AGAIN
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(max(seconds, SHORTEST), TOLD_AGAIN)):
                        await turn.wait()
        finally:
            del self._turns[ticket]
            line.leave(ticket)
            self._call(line)

    def _call(self, line: Line) -> None:
        """Let who is next look whether it may ask: the one before it is gone, or there is more room."""
        head = line.head
        if head is not None and head in self._turns:
            self._turns[head].set()
