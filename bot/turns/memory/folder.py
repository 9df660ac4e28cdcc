"""Summaries are made in the background: of each chat one at a time, of all chats a few, and nobody waits for them.

It is no durable work. What a killed process had not finished is begun anew when somebody speaks in the chat again,
and until a summary is there, requests are kept within their budget by leaving out what is oldest.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import clock
from bot import log as logs
from bot.errors import ModelError, PromptTooLong, Refused, StoreError
from bot.store import Summary
from bot.turns.memory import folding, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.limits import Limits
    from bot.store import Memories, Outlook, Past, Spending, StoredTurn
    from bot.turns.memory.recall import Frame
    from bot.turns.memory.scribe import Scribe

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Chats whose past is summarised at the same time."""
REST = 600.0
"""Seconds after which a chat is tried again where it failed."""
CALLS_MOST = 12
"""Requests for one chat, in which what cannot be summarised is looked for by halving."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A chat whose past is to be summarised, and the turn on whose account."""

    turn: StoredTurn
    frame: Frame


class _GaveUp(Exception):
    """Not now; the chat rests for a while."""


class Folder:
    """Folds what is old into summaries. `limits` tells what the person of a turn may use."""

    def __init__(
        self,
        *,
        memories: Memories,
        scribe: Scribe,
        spending: Spending,
        limits: Callable[[StoredTurn], Limits],
    ) -> None:
        self._memories = memories
        self._scribe = scribe
        self._spending = spending
        self._limits = limits
        self._due: dict[int, _Due] = {}
        self._busy: set[int] = set()
        self._resting: dict[int, float] = {}
        self._wake = asyncio.Event()

    def due(self, turn: StoredTurn, frame: Frame) -> None:
        """Summarise what is old in the turn's chat, soon. `frame` tells for which model, and with what budget."""
        now = clock.ticks()
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}
        if turn.chat_id not in self._resting:
            self._due[turn.chat_id] = _Due(turn, replace(frame, asked="", after=()))
            self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                while (due := self._next()) is not None:
                    self._busy.add(due.turn.chat_id)
                    tasks.create_task(self._work(due), name=f"summarise {due.turn.chat_id}")
                await self._wake.wait()

    def _next(self) -> _Due | None:
        free = [chat for chat in self._due if chat not in self._busy]
        return self._due.pop(free[0]) if free and len(self._busy) < AT_ONCE else None

    async def _work(self, due: _Due) -> None:
        """Summarise one chat; raises nothing."""
        turn = due.turn
        try:
            with logs.bind(chat=f"{turn.chat.platform}:{turn.chat_id}", turn=str(turn.id)):
                await self._try(due)
        finally:
            self._busy.discard(turn.chat_id)
            self._wake.set()

    async def _try(self, due: _Due) -> None:
        try:
            await self._fold(due)
        except (_GaveUp, ModelError, StoreError) as error:
            log.info("the past is not summarised now", extra={"reason": type(error).__name__})
        except Exception:
            log.exception("summarising the past failed unexpectedly")
        else:
            return
        self._resting[due.turn.chat_id] = clock.ticks() + REST

    async def _fold(self, due: _Due) -> None:
        turn, frame = due.turn, due.frame
        seen = await self._memories.look(turn.chat_id, frame.model, 2 * window.MOST)
        plan = folding.plan(seen, frame.system, frame.budget)
        if plan is None:
            return
        summary = "" if seen.is_outdated else seen.kept.summary
        if not plan.portions:
            await self._store(turn, seen, summary, plan.folded_to, ())
        for _ in range(CALLS_MOST):
            if not plan.portions:
                return
            portion = plan.portions[0]
            made = await self._summarise(due, summary, plan)
            if made is not None:
                seen = await self._store(turn, seen, made, plan.reaches, portion)
                summary = made
                plan.portions.popleft()
        if plan.portions:
            raise _GaveUp

    async def _summarise(self, due: _Due, summary: str, plan: folding.Plan) -> str | None:
        """Return the summary with the first portion in it; None if the portion was made smaller instead.

        A turn that cannot be summarised at all is left out: the model will not be asked for it for ever.
        """
        if await self._spending.is_used_up(due.turn, self._limits(due.turn), clock.wall()):
            raise _GaveUp
        try:
            return await self._scribe.write(due.turn, due.frame, summary, plan.portions[0])
        except (PromptTooLong, Refused):
            if plan.halve():
                return None
            log.info("a turn cannot be summarised and is left out")
            return summary

    async def _store(
        self, turn: StoredTurn, seen: Outlook, summary: str, folded_to: int, portion: tuple[Past, ...]
    ) -> Outlook:
        """Store a summary; return how the chat stands with it. Raises _GaveUp if people were quicker."""
        read = tuple(one.id for one in portion)
        made = Summary(text=summary, folded_to=folded_to, newest=seen.newest, read=read)
        if not await self._memories.fold(turn.chat_id, seen.kept, made):
            raise _GaveUp
        log.info("the past is summarised", extra={"turns": len(read)})
        kept = replace(seen.kept, folded_to=folded_to, window_from=max(folded_to, seen.kept.window_from))
        return replace(seen, kept=kept)
