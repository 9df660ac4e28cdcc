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
from bot.ports import Deletes, Follows, Quotes
from bot.reply.live import sink
from bot.reply.markdown import closed, repaired
from bot.reply.pacer import Urgency
from bot.reply.pages import Pages
from bot.reply.peril import WAIT, Peril
from bot.reply.sinks import Edits, Page, Step, Write, first_due
from bot.reply.stopwatch import Stopwatch
from bot.store import TurnState

if TYPE_CHECKING:
    from bot.model import Controls, MessageRef
    from bot.ports import Body, Surface
    from bot.reply.answer import Answer
    from bot.reply.pacer import Pacer
    from bot.store import StoredTurn, Turns

log = logging.getLogger(__name__)

FIRST_WAIT = 1.0
"""Seconds a short beginning is held: an answer of two lines should cost one write, not three."""
CROWDED_WAIT = 0.2
"""Seconds it is held where a round of writes to all who share the limit takes longer than `FIRST_WAIT`."""
WORTH_CHARACTERS, WORTH_LINES = 200, 3
"""A beginning of this size is shown at once."""
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
        self._pages = Pages(surface.dialect, _decided(turn))
        self._pacer = pacer
        self._store = store
        self._growing = growing
        self._sink = sink(surface, turn, store)
        self._screen = [Page(ref, lost=ref is None) for ref in turn.pages]
        self._since = clock.ticks()
        self._trouble = 0
        self._restarts = 0
        self._standing = _standing(turn)
        self.began = bool(turn.pages)
        """Whether anything of this answer is on its way to the screen."""
        self._spoke = self.began
        """Whether text of it is, and not only a line about the waiting."""
        self._stopwatch = Stopwatch(turn)
        self._peril = Peril(turn, store)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Return where pages 2..n start."""
        return self._pages.boundaries

    async def run(self) -> None:
        """Return when the answer is finished and all of it stands on the screen.

        Raises Closed or Moved if the chat cannot be written to, StaleLease if another attempt took over.
        """
        with self._pacer.sharing(self._surface.pace.post):
            await self._run()
        if self._answer.finished:
            await self._take_back(len(self._pages))
            self._follow(self._answer.text, over=True)
            self._stopwatch.shown()

    async def _run(self) -> None:
        rested = True
        while True:
            version = self._answer.version
            write = self._plan()
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
        if not self._spoke and not write.waits and self._sink.gathers:
            await self._gather()
        limits = self._limits(write)
        if self._is_crowded_out(write, limits):
            self._edit_from_here("too many streams are about to start")
            limits = self._limits(write)
        if self._pacer.delay(limits) > WAIT:
            await self._survive()
        await self._pacer.turn(limits, self._urgency, self._since)
        newest = self._plan()
        # What is due by now may be a write of another kind, which has to keep limits of its own.
        if newest is not None and self._limits(newest) == limits:
            self._since = clock.ticks()
            await self._write(newest)

    def _is_crowded_out(self, write: Write, limits: tuple[Limit, ...]) -> bool:
        """Tell whether a stream would begin so late that posting the answer is the quicker way."""
        starts = self._sink.appends and self._page(write.n).ref is None
        return starts and self._pacer.delay(limits) > STREAM_PATIENCE

    def _limits(self, write: Write) -> tuple[Limit, ...]:
        return self._sink.limits(self._page(write.n), write)

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
        due = first_due(self._sink, self._screen)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._answer.changed(version)

    async def _gather(self) -> None:
        """Hold a short beginning for a moment: more of it is probably on its way.

        In a crowd, where a round of writes takes longer than that, the moments until then must not go unused.
        """
        crowded = self._pacer.crowd(self._surface.pace.post) > FIRST_WAIT
        deadline = clock.ticks() + (CROWDED_WAIT if crowded else FIRST_WAIT)
        while not self._worth_showing() and (left := deadline - clock.ticks()) > 0:
            version = self._answer.version
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._answer.changed(version)

    def _worth_showing(self) -> bool:
        answer = self._answer
        if answer.finished or answer.paused or answer.status or answer.length >= WORTH_CHARACTERS:
            return True
        return sum(bool(line.strip()) for line in answer.text.split("\n")[:-1]) >= WORTH_LINES

    async def _ends_within(self, seconds: float) -> None:
        """Wait, unless the answer ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self._answer.finished or self._answer.paused):
                    await self._answer.changed(self._answer.version)

    # ------------------------------------------------------------ what should stand on the screen

    def _plan(self) -> Write | None:
        """Return the next write that brings the screen to what is true now."""
        text = self._answer.text
        wanted = [self._wanted(n, source, text) for n, source in self._sources(text)]
        dirty = [write for write in wanted if write is not None]
        if not dirty:
            return None
        first = dirty[0]
        if len(dirty) > 1 and self._gives_away(first, dirty[1]):
            return dirty[1]
        return first

    def _gives_away(self, write: Write, following: Write) -> bool:
        """Tell whether a page would only lose text that the page after it does not show yet."""
        page, after = self._page(write.n), self._page(following.n)
        only_loses = page.ref is not None and len(write.source) <= len(page.source)
        return only_loses and following.n == write.n + 1 and after.ref is None

    def _sources(self, text: str) -> list[tuple[int, str]]:
        answer = self._answer
        if not answer.finished and answer.length < answer.floor:
            return []
        if not text and not answer.finished:
            return [(0, answer.status)] if answer.status and not self._screen_has_text() else []
        self._lay_out(text)
        return [(n, source) for n in range(len(self._pages)) if (source := self._pages.source(n))]

    def _lay_out(self, text: str) -> None:
        if self._restarts != self._answer.restarts:
            self._begin_anew()
        self._pages.grow(text, finished=self._answer.finished, note=self._answer.note)

    def _begin_anew(self) -> None:
        """Rewrite what stands there: another text takes its place, and nothing can be appended to."""
        self._restarts, self._standing = self._answer.restarts, 0
        self._pages = Pages(self._surface.dialect)
        if any(page.sent is not None for page in self._screen):
            self._edit_from_here("another text takes the place of the first")
            for page in self._screen:
                page.sent, page.body = None, None

    def _screen_has_text(self) -> bool:
        return self._answer.floor > 0

    def _wanted(self, n: int, source: str, text: str) -> Write | None:
        page, answer = self._page(n), self._answer
        waits = not text and not answer.finished
        ends = answer.finished or answer.paused
        wish = (source, answer.aside if n == 0 else "", self._controls(n))
        whole = not waits and (ends or n + 1 < len(self._pages))
        if n < self._standing and page.ref is not None and page.body is None:
            # An earlier turn wrote it, and it is as it should be.
            page.source, page.aside, page.controls = wish
            page.body, page.whole = self._body(page, source, wish[1]), whole
        if self._shows(page, wish, whole=whole):
            return None
        write = Write(
            n=n,
            source=source,
            aside=wish[1],
            body=self._body(page, source, wish[1]),
            controls=wish[2],
            text=text,
            settled="" if waits or whole or not self._sink.appends else self._pages.settled(),
            waits=waits,
            whole=whole,
        )
        return write if self._sink.news(page, write) else None

    def _shows(self, page: Page, wish: tuple[str, str, Controls], *, whole: bool) -> bool:
        due = self._sink.due(page)
        shown = page.body is not None and (page.ref is not None or due is not None)
        if not shown or (due is not None and due <= clock.ticks()):
            return False
        return (page.source, page.aside, page.controls) == wish and page.whole == whole

    def _body(self, page: Page, source: str, aside: str) -> Body:
        dialect = self._surface.dialect
        if page.plain:
            return dialect.plain(source)
        if aside and isinstance(dialect, Quotes):
            over = self._answer.length > 0
            return dialect.with_thoughts(source, closed(aside) if over else repaired(aside), folded=over)
        return dialect.render(source)

    def _controls(self, n: int) -> Controls:
        if n + 1 < len(self._pages):
            return ()
        if self._answer.finished:
            return self._answer.controls
        return self._growing if self._sink.buttons(self._page(n)) else ()

    def _page(self, n: int) -> Page:
        while len(self._screen) <= n:
            self._screen.append(Page())
        return self._screen[n]

    # ------------------------------------------------------------ writing it

    async def _write(self, write: Write) -> None:
        page = self._page(write.n)
        self.began = True
        self._spoke = self._spoke or not write.waits
        step = self._sink.step(page, write)
        if step is not Step.GLIMPSE:
            await self._checkpoint(write, posting=step is Step.POST)
        self._follow(write.text, status=write.source if write.waits else "")
        try:
            await self._sink.show(page, write)
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
        page.ref, page.source, page.body = None, "", None

    def _fall_back(self, page: Page, reason: Unfit) -> None:
        self._edit_from_here(str(reason))
        page.sent, page.body = None, None

    def _edit_from_here(self, reason: str) -> None:
        """Show the rest of this answer by edits: every chat takes them."""
        log.info("the answer is shown by edits from here on", extra={"reason": reason})
        self._sink = Edits(self._surface, self._turn, self._store)

    async def _back_off(self, trouble: PlatformError) -> None:
        wait = min(BACK_OFF_MOST, BACK_OFF * 2**self._trouble)
        self._trouble += 1
        log.warning("a write did not get through", extra={"error": type(trouble).__name__, "wait": wait})
        await self._survive()
        await asyncio.sleep(wait)

    def _reject(self, page: Page, write: Write, rejected: Rejected) -> None:
        """Once as plain text; a page that is refused even so is left as it stands."""
        log.warning(
            "the platform rejects a page",
            extra={"page": write.n, "plain": page.plain, "reason": str(rejected)},
        )
        if page.plain:
            raise rejected
        page.plain = True

    async def _take_back(self, pages: int) -> None:
        """Remove messages that the finished answer, made anew after a restart, no longer reaches."""
        for n in range(len(self._screen) - 1, max(pages, 1) - 1, -1):
            ref = self._screen[n].ref
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


def _decided(turn: StoredTurn) -> tuple[int, ...]:
    """Return where pages end of which the text is settled: of a whole answer, or of what an earlier turn wrote."""
    if turn.state is TurnState.ANSWERED:
        return turn.boundaries
    return tuple(end for end in turn.boundaries if end <= turn.kept) if turn.kept else ()


def _standing(turn: StoredTurn) -> int:
    """Return how many pages stand as they should: only the last one changes of an answer that goes on."""
    if turn.redraws:
        return len(turn.boundaries)
    return len(_decided(turn)) if turn.kept and turn.state is TurnState.RUNNING else 0
