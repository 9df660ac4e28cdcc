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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.errors import Gone, PlatformError, RateLimited, Rejected, Unavailable, Unreachable
from bot.model import WriteKind
from bot.ports import Deletes, Finds
from bot.reply.pacer import Urgency
from bot.reply.pages import Pages
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
WORTH_CHARACTERS, WORTH_LINES = 200, 3
"""A beginning of this size is shown at once."""
REPLAN = 0.05
"""Seconds before text that was not worth showing is looked at again."""
BACK_OFF, BACK_OFF_MOST = 1.0, 30.0


@dataclass(slots=True)
class _Page:
    """One message of the reply: what stands in it now."""

    ref: MessageRef | None = None
    lost: bool = False
    """A post was begun and nobody knows whether the message exists."""
    source: str = ""
    body: Body = None
    controls: Controls = ()
    plain: bool = False
    """The platform rejected the formatted body of this page."""


@dataclass(frozen=True, slots=True)
class _Write:
    n: int
    source: str
    body: Body
    controls: Controls
    text: str
    """The whole answer this write was made from."""


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
        self._pages = Pages(surface.dialect, turn.boundaries if turn.state is TurnState.ANSWERED else ())
        self._pacer = pacer
        self._store = store
        self._growing = growing
        self._screen = [_Page(ref, lost=ref is None) for ref in turn.pages]
        self._since = _now()
        self._trouble = 0
        self._length = 0
        self.began = bool(turn.pages)
        """Whether text of this answer is on its way to the screen."""

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Return where pages 2..n start."""
        return self._pages.boundaries

    async def run(self) -> None:
        """Return when the answer is finished and all of it stands on the screen.

        Raises Closed or Moved if the chat cannot be written to, StaleLease if another attempt took over.
        """
        while True:
            version = self._answer.version
            write = self._plan()
            if write is not None:
                await self._show(write)
            elif self._answer.finished or self._answer.paused:
                break
            else:
                await self._answer.changed(version)
                await self._ends_within(REPLAN)
        if self._answer.finished:
            await self._take_back(len(self._pages))

    async def _show(self, write: _Write) -> None:
        if not self.began:
            await self._gather()
        kind = self._kind(write)
        await self._pacer.turn(self._surface.pace.limits(kind), self._urgency, self._since)
        newest = self._plan()
        # What is due by now may be a write of the other kind, which has to keep limits of its own.
        if newest is not None and self._kind(newest) is kind:
            self._since = _now()
            await self._write(newest)

    def _kind(self, write: _Write) -> WriteKind:
        return WriteKind.EDIT if self._page(write.n).ref else WriteKind.POST

    def _urgency(self) -> Urgency:
        is_last = self._answer.finished or self._answer.paused
        return Urgency.FIRST_OR_LAST if is_last or not self.began else Urgency.REFRESH

    async def _gather(self) -> None:
        """Hold a short beginning for a moment: more of it is probably on its way."""
        deadline = _now() + FIRST_WAIT
        while not self._worth_showing() and (left := deadline - _now()) > 0:
            version = self._answer.version
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._answer.changed(version)

    def _worth_showing(self) -> bool:
        answer = self._answer
        if answer.finished or answer.paused or answer.status or answer.length >= WORTH_CHARACTERS:
            return True
        return answer.text.count("\n") >= WORTH_LINES

    async def _ends_within(self, seconds: float) -> None:
        """Wait, unless the answer ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self._answer.finished or self._answer.paused):
                    await self._answer.changed(self._answer.version)

    # ------------------------------------------------------------ what should stand on the screen

    def _plan(self) -> _Write | None:
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

    def _gives_away(self, write: _Write, following: _Write) -> bool:
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
        if len(text) < self._length:
            self._pages = Pages(self._surface.dialect)
        self._length = len(text)
        self._pages.grow(text, finished=self._answer.finished, note=self._answer.note)

    def _screen_has_text(self) -> bool:
        return self._answer.floor > 0

    def _wanted(self, n: int, source: str, text: str) -> _Write | None:
        page = self._page(n)
        controls = self._controls(n)
        if page.ref is not None and page.source == source and page.controls == controls:
            return None
        dialect = self._surface.dialect
        body = dialect.plain(source) if page.plain else dialect.render(source)
        if page.ref is not None and page.body == body and page.controls == controls:
            return None
        return _Write(n, source, body, controls, text)

    def _controls(self, n: int) -> Controls:
        if n + 1 < len(self._pages):
            return ()
        return self._answer.controls if self._answer.finished else self._growing

    def _page(self, n: int) -> _Page:
        while len(self._screen) <= n:
            self._screen.append(_Page())
        return self._screen[n]

    # ------------------------------------------------------------ writing it

    async def _write(self, write: _Write) -> None:
        page = self._page(write.n)
        self.began = True
        posting = write.n if page.ref is None else None
        if posting:
            passage("paging")
        await self._store.checkpoint(self._turn, write.text, self.boundaries, posting)
        try:
            await self._put(page, write)
        except RateLimited as limit:
            self._pacer.refused(limit.scope, limit.retry_after)
            log.warning("the platform asks for silence", extra={"seconds": limit.retry_after})
        except (Unavailable, Unreachable) as trouble:
            # Looking for a lost page may fail in its turn; the page is no less lost for it.
            page.lost = page.lost or (page.ref is None and isinstance(trouble, Unavailable))
            await self._back_off(trouble)
        except Gone:
            log.info("a page is gone and is posted anew", extra={"page": write.n})
            page.ref, page.source, page.body = None, "", None
        except Rejected as rejected:
            self._reject(page, write, rejected)
        else:
            self._trouble = 0
            page.source, page.body, page.controls = write.source, write.body, write.controls

    async def _put(self, page: _Page, write: _Write) -> None:
        key = f"{self._turn.id}:{write.n}"
        if page.ref is not None:
            await self._surface.edit(page.ref, write.body, controls=write.controls)
            passage("edited")
            return
        found = await self._find(key, write) if page.lost else None
        if found is None:
            passage("intended")
            page.ref = await self._surface.post(write.body, controls=write.controls, key=key)
            page.lost = False
            passage("posted")
            await self._store.place(self._turn, write.n, page.ref)
            return
        page.ref, page.lost = found, False
        await self._store.place(self._turn, write.n, found)
        await self._surface.edit(found, write.body, controls=write.controls)

    async def _find(self, key: str, write: _Write) -> MessageRef | None:
        """Look for a message that may have been posted; prefer a lost opening over a doubled answer."""
        if not isinstance(self._surface, Finds):
            return None
        return await self._surface.find(key, write.body, controls=write.controls)

    async def _back_off(self, trouble: PlatformError) -> None:
        wait = min(BACK_OFF_MOST, BACK_OFF * 2**self._trouble)
        self._trouble += 1
        log.warning("a write did not get through", extra={"error": type(trouble).__name__, "wait": wait})
        await asyncio.sleep(wait)

    def _reject(self, page: _Page, write: _Write, rejected: Rejected) -> None:
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
                with suppress(PlatformError):
                    await self._surface.delete(ref)
            await self._store.drop(self._turn, n)


def _now() -> float:
    return asyncio.get_running_loop().time()
