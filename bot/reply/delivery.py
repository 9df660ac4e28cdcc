"""The one loop that shows a growing answer.

Wait until the answer changed, wait until the budget allows, take the newest text, checkpoint, write. Nothing
is queued: each pass shows what is true now. Reading the model never waits for this loop.

The rules it keeps:
- Checkpoint before write: after a crash the screen must not know more than the database.
- The last write is owed: it waits as long as the platform demands, and is never dropped.
- A post whose outcome is unknown is looked for before it is posted again; an edit may simply be repeated.
- A page that gives text away to the next page is trimmed after that page stands, so nothing ever disappears.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock
from bot.crash import passage
from bot.errors import (
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    StillOpen,
    Unavailable,
    Unfit,
    Unreachable,
)
from bot.model import Growth, Limit
from bot.ports import Deletes, Follows
from bot.reply.gathering import gather
from bot.reply.looks import Rest
from bot.reply.pacer import Urgency
from bot.reply.peril import WAIT, Peril
from bot.reply.plan import Plan
from bot.reply.sinks import Page, Step, Write
from bot.reply.stopwatch import Stopwatch

if TYPE_CHECKING:
    from bot.model import Controls, MessageRef
    from bot.ports import Surface
    from bot.reply.answer import Answer
    from bot.reply.pacer import Pacer
    from bot.store import StoredTurn, Turns

log = logging.getLogger(__name__)

REPLAN = 0.05
"""Seconds before text that was not worth showing is looked at again."""
STREAM_PATIENCE = 2.5
"""Seconds an answer waits for the platform to let a stream begin."""
BACK_OFF, BACK_OFF_MOST = 1.0, 30.0


class Delivery:
    """Shows one answer in one chat, page by page."""

    def __init__(
        self,
        *,
        turn: StoredTurn,
        answer: Answer,
        surface: Surface,
        pacer: Pacer,
        store: Turns,
        growing: Controls,
    ) -> None:
        self._turn = turn
        self._answer = answer
        self._surface = surface
        self._pacer = pacer
        self._store = store
        self._plan = Plan(turn, answer=answer, surface=surface, store=store, growing=growing)
        self._since = clock.ticks()
        self._trouble = 0
        self.began = bool(turn.pages)
        """Whether anything of this answer is on its way to the screen."""
        self._spoke = self.began
        """Whether text of it is, and not only a line about the waiting."""
        self._stopwatch = Stopwatch(turn)
        self._peril = Peril(turn, store)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Return where pages 2..n start."""
        return self._plan.boundaries

    async def run(self) -> None:
        """Return when the answer is finished and all of it stands on the screen.

        Raises Closed or Moved if the chat cannot be written to, StaleLease if another attempt took over.
        """
        with self._pacer.sharing(self._surface.pace.post):
            await self._run()
        if self._answer.finished:
            await self._take_back()
            self._follow(self._answer.text, over=True)
            self._stopwatch.shown()

    async def _run(self) -> None:
        rested = True
        while True:
            version = self._answer.version
            write = await self._next()
            if write is not None:
                rested = True
                await self._show(write)
            elif self._answer.finished or self._answer.paused:
                break
            else:
                # News is looked at at once; only if it was not worth showing, the next look waits a little.
                if not rested:
                    await self._ends_within(REPLAN)
                rested = False
                await self._changed(version)

    async def _show(self, write: Write) -> None:
        if not self._spoke and not write.waits and self._plan.sink.gathers:
            await gather(self._answer, crowd=self._pacer.crowd(self._surface.pace.post))
        limits = self._limits(write)
        if self._is_crowded_out(write, limits):
            self._plan.edit_from_here("too many streams are about to start")
            limits = self._limits(write)
        if self._pacer.delay(limits) > WAIT:
            await self._survive()
        await self._pacer.turn(limits, self._urgency, self._since)
        newest = await self._next()
        # What is due by now may be a write of another kind, which has to keep limits of its own.
        if newest is not None and self._limits(newest) == limits:
            self._since = clock.ticks()
            await self._write(newest)

    async def _next(self) -> Write | None:
        while True:
            try:
                return self._plan.next()
            except Rest:
                await asyncio.sleep(0)

    def _is_crowded_out(self, write: Write, limits: tuple[Limit, ...]) -> bool:
        """Tell whether a stream would begin so late that posting the answer is the quicker way."""
        starts = self._plan.sink.appends and self._plan.page(write.n).ref is None
        return starts and self._pacer.delay(limits) > STREAM_PATIENCE

    def _limits(self, write: Write) -> tuple[Limit, ...]:
        return self._plan.sink.limits(self._plan.page(write.n), write)

    def _urgency(self) -> Urgency:
        if self._turn.redraws:
            return Urgency.REFRESH
        is_last = self._answer.finished or self._answer.paused
        if is_last or not self.began or (self._answer.length and not self._spoke):
            return Urgency.FIRST_OR_LAST
        # A line that only says how long it takes must not keep anybody's text waiting.
        return Urgency.REFRESH if self._answer.length else Urgency.SIGN

    async def _changed(self, version: int) -> None:
        """Wait until the answer changed, or a page must be written to all the same."""
        due = self._plan.due()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._answer.changed(version)

    async def _ends_within(self, seconds: float) -> None:
        """Wait, unless the answer ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self._answer.finished or self._answer.paused):
                    await self._answer.changed(self._answer.version)

    # ------------------------------------------------------------ writing it

    async def _write(self, write: Write) -> None:
        page = self._plan.page(write.n)
        self.began = True
        self._spoke = self._spoke or not write.waits
        step = self._plan.sink.step(page, write)
        if step is not Step.GLIMPSE:
            await self._checkpoint(write, posting=step is Step.POST)
        self._follow(write.text, status=write.source if write.waits else "")
        try:
            await self._plan.sink.show(page, write)
        except RateLimited as limit:
            self._pacer.refused(limit.scope, limit.retry_after)
            log.warning("the platform asks for silence", extra={"seconds": limit.retry_after})
        except (Unavailable, Unreachable) as trouble:
            # Looking for a lost page may fail in its turn; the page is no less lost for it.
            page.lost = page.lost or (step is Step.POST and isinstance(trouble, Unavailable))
            await self._back_off(trouble)
        except Gone:
            self._lose(page, write)
        except StillOpen:
            page.left_open = True
        except Unfit as reason:
            self._fall_back(page, reason)
        except Rejected as rejected:
            self._reject(page, write, rejected)
        else:
            self._trouble = 0
            page.show(write)
            self._stopwatch.wrote(step.name.lower(), text=not write.waits)

    def _follow(self, text: str, *, status: str = "", over: bool = False) -> None:
        """Tell a surface that wants to know what its pages are made from."""
        if isinstance(self._surface, Follows):
            self._surface.follow(Growth(turn=self._turn.id, text=text, status=status, over=over))

    async def _checkpoint(self, write: Write, *, posting: bool) -> None:
        if posting and write.n:
            passage("paging")
        await self._store.checkpoint(
            self._turn,
            write.text,
            self.boundaries,
            write.n if posting else None,
            thoughts=self._answer.aside,
            tries=self._peril.begin() if self._answer.finished else 0,
        )

    async def _survive(self) -> None:
        """Note that the process does not die of this; an answer in the making is told by its progress instead."""
        if self._answer.finished:
            await self._peril.survive()

    def _lose(self, page: Page, write: Write) -> None:
        if self._turn.redraws:
            # Nobody asked for the answer once more, only for its buttons.
            page.show(write)
            return
        log.info("a page is gone and is posted anew", extra={"page": write.n})
        self._plan.lose(page)

    def _fall_back(self, page: Page, reason: Unfit) -> None:
        self._plan.edit_from_here(str(reason))
        page.sent, page.body = None, None

    async def _back_off(self, trouble: PlatformError) -> None:
        wait = min(BACK_OFF_MOST, BACK_OFF * 2**self._trouble)
        self._trouble += 1
        log.warning("a write did not get through", extra={"error": type(trouble).__name__, "wait": wait})
        await self._survive()
        await asyncio.sleep(wait)

    def _reject(self, page: Page, write: Write, rejected: Rejected) -> None:
        """Once as plain text, then as another message; what is refused even so cannot be shown."""
        log.warning(
            "the platform rejects a page",
            extra={"page": write.n, "plain": page.plain, "reason": str(rejected)},
        )
        if page.plain and (page.ref is None or self._turn.redraws):
            raise rejected
        if page.plain:
            self._plan.lose(page)
        page.plain = True

    async def _take_back(self) -> None:
        """Remove messages that the finished answer, made anew after a restart, no longer reaches or has left behind."""
        screen = self._plan.screen
        for left in self._plan.left_behind:
            if isinstance(self._surface, Deletes):
                await self._delete(self._surface, left)
        for n in range(len(screen) - 1, max(len(self._plan), 1) - 1, -1):
            ref = screen[n].ref
            if ref is not None and isinstance(self._surface, Deletes):
                await self._delete(self._surface, ref)
            await self._store.drop(self._turn, n)

    async def _delete(self, surface: Deletes, ref: MessageRef) -> None:
        """Remove a message at the pace of the platform; best effort, but for a silence that is asked for."""
        limits = self._surface.pace.erase
        while True:
            await self._pacer.turn(limits, Urgency.REFRESH, clock.ticks())
            try:
                return await surface.delete(ref)
            except RateLimited as limit:
                self._pacer.refused(limit.scope, limit.retry_after)
                limits = (*self._surface.pace.erase, Limit(limit.scope, 0.0))
            except PlatformError:
                return None
