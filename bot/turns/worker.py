"""Who works: claims turns while there are any, wakes them up when something happens, brings them to rest."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock
from bot import log as logs
from bot.crash import passage
from bot.errors import StoreError, StoreUnavailable
from bot.store import TurnState
from bot.turns.turn import Attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import ChatKey, TurnId
    from bot.store import StoredTurn
    from bot.turns.tools import Tools

log = logging.getLogger(__name__)

MOST_TURNS = 500
"""Answers made at once; more chats wait in the database, longest first."""
STORE_RETRY = 1.0
PATIENCE = 3.0
"""Seconds a process lives before it takes on what may have killed those before it: where every process is killed that
young, it is not the turn that kills."""
LOOK_AGAIN = 0.02
"""Seconds added to the moment a waiting message becomes quiet: sleeping is not exact."""


class Worker:
    """Implements `intake.inbox.Hands`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._platforms = sorted(tools.adapters)
        self._attempts: dict[TurnId, Attempt] = {}
        self._tasks: dict[TurnId, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._closing = False
        self._begun = math.inf

    def arrived(self, chats: Sequence[ChatKey]) -> None:
        """Look for work, and let running answers in these chats know."""
        for attempt in self._attempts.values():
            if attempt.turn.chat in chats:
                attempt.hear()
        self._wake.set()

    def stop(self, turns: Sequence[TurnId]) -> None:
        """Stop these answers now."""
        for turn_id in turns:
            if turn_id in self._attempts:
                self._attempts[turn_id].stop()

    async def run(self) -> None:
        """Work until `shut_down`."""
        self._begun = clock.ticks()
        await self._tools.turns.adopt()
        async with asyncio.TaskGroup() as tasks:
            while not self._closing:
                self._wake.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(await self._claim_all(tasks)):
                        await self._wake.wait()

    async def shut_down(self, seconds: float) -> None:
        """Take no new turns, bring the running ones to a shown and stored state, at most `seconds` long."""
        self._closing = True
        self._wake.set()
        for attempt in self._attempts.values():
            attempt.pause()
        if self._tasks:
            rested, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
            log.info("answers brought to rest", extra={"turns": len(rested), "late": len(late)})
            for task in late:
                task.cancel()

    async def _claim_all(self, tasks: asyncio.TaskGroup) -> float | None:
        """Start all there is to do; return the seconds after which to look again, None if only news bring work."""
        try:
            while len(self._attempts) < MOST_TURNS and not self._closing:
                young = self._begun + PATIENCE - clock.ticks()
                turn = await self._tools.turns.claim(self._platforms, clock.wall(), suspects=young <= 0)
                if turn is None:
                    return await self._until_ready(young)
                passage("claimed")
                self._begin(turn, tasks)
        except StoreUnavailable:
            return STORE_RETRY
        return None

    async def _until_ready(self, young: float) -> float | None:
        waits = [young] if young > 0 else []
        if (ready := await self._tools.turns.next_ready(self._platforms)) is not None:
            waits.append(min(max(ready - clock.wall(), 0.0), 2.0))
        return min(waits) + LOOK_AGAIN if waits else None

    def _begin(self, turn: StoredTurn, tasks: asyncio.TaskGroup) -> None:
        """Start an attempt; it is known before anything is awaited, so that no stop can miss it."""
        try:
            attempt = Attempt(turn, self._tools)
        except Exception:
            log.exception("a turn cannot be begun and is given up", extra={"turn": str(turn.id)})
            tasks.create_task(self._give_up(turn), name=f"give up {turn.id}")
            return
        self._attempts[turn.id] = attempt
        if self._closing:
            attempt.pause()
        self._tasks[turn.id] = tasks.create_task(self._work(attempt), name=f"turn {turn.id}")

    async def _give_up(self, turn: StoredTurn) -> None:
        with suppress(StoreError):
            await self._tools.turns.end(turn, TurnState.FAILED, turn.boundaries, clock.wall())
        self._wake.set()

    async def _work(self, attempt: Attempt) -> None:
        turn = attempt.turn
        try:
            with logs.bind(chat=f"{turn.chat.platform}:{turn.chat_id}", turn=str(turn.id)):
                await attempt.run()
        finally:
            del self._attempts[turn.id]
            del self._tasks[turn.id]
            self._wake.set()
