"""What should stand on the screen by now, and the next write that brings it there."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from bot import clock
from bot.ports import Quotes
from bot.reply.live import sink
from bot.reply.looks import Looks
from bot.reply.markdown import closed, repaired
from bot.reply.pages import Pages
from bot.reply.sinks import Edits, Page, Write, first_due
from bot.store import TurnState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.model import Controls, MessageRef
    from bot.ports import Body, Surface
    from bot.reply.answer import Answer
    from bot.store import StoredTurn, Turns

log = logging.getLogger(__name__)


class Plan:
    """Holds one answer against the pages that show it. It writes nothing itself.

    `screen` is what is known to stand there, page by page; whoever writes keeps it true.
    """

    def __init__(
        self, turn: StoredTurn, *, answer: Answer, surface: Surface, store: Turns, growing: Controls
    ) -> None:
        self._turn = turn
        self._answer = answer
        self._surface = surface
        self._store = store
        self._growing = growing
        self._looks = Looks(surface.dialect)
        self._pages = Pages(self._looks, _decided(turn))
        self._begun: Callable[[], None] | None = None
        self._restarts = 0
        self._standing = _standing(turn)
        self.sink = sink(surface, turn, store)
        self.screen = [Page(ref, lost=ref is None) for ref in turn.pages]
        self.left_behind: list[MessageRef] = []
        """Messages in whose place others were posted."""

    def __len__(self) -> int:
        """Return how many pages the answer fills."""
        return len(self._pages)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Return where pages 2..n start."""
        return self._pages.boundaries

    def due(self) -> float | None:
        """Return when a page must be written to though nothing changed, in the loop's seconds."""
        return first_due(self.sink, self.screen)

    def edit_from_here(self, reason: str) -> None:
        """Show the rest of this answer by edits: every chat takes them."""
        log.info("the answer is shown by edits from here on", extra={"reason": reason})
        self.sink = Edits(self._surface, self._turn, self._store)

    def lose(self, page: Page) -> None:
        """Note that a page's message is gone, or takes no more edits: another one is posted in its place.

        From here on each page is written once, when it is whole. Where messages are taken away, or none may be
        edited, each refresh would be one message more.
        """
        if page.ref is not None:
            self.left_behind.append(page.ref)
        page.ref, page.source, page.body, page.sent = None, "", None, None

    def next(self) -> Write | None:
        """Return the next write that brings the screen to what is true now.

        Raises Rest if that takes longer than others should wait; ask again then.
        """
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
        page, after = self.page(write.n), self.page(following.n)
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
        newest = partial(self._pages.grow, text, finished=self._answer.finished, note=self._answer.note)
        if self._begun is None:
            self._begun = newest
            self._look()
            return
        # What a rest broke off comes first: an answer that grows meanwhile would have it begin anew each time.
        self._look()
        # Little came since then. With another rest, an answer that grows would be shown only when it is over.
        self._looks.begin(rests=False)
        newest()
        self._looks.end()

    def _look(self) -> None:
        """Lay out what is begun. Raises Rest."""
        self._looks.begin()
        if self._begun is not None:
            self._begun()
        self._looks.end()
        self._begun = None

    def _begin_anew(self) -> None:
        """Rewrite what stands there: another text takes its place, and nothing can be appended to."""
        self._restarts, self._standing = self._answer.restarts, 0
        self._pages, self._begun = Pages(self._looks), None
        self._looks.end()
        if any(page.sent is not None for page in self.screen):
            self.edit_from_here("another text takes the place of the first")
            for page in self.screen:
                page.sent, page.body = None, None

    def _screen_has_text(self) -> bool:
        return self._answer.floor > 0

    def _wanted(self, n: int, source: str, text: str) -> Write | None:
        page, answer = self.page(n), self._answer
        waits = not text and not answer.finished
        ends = answer.finished or answer.paused
        wish = (source, answer.aside if n == 0 else "", self._controls(n))
        whole = not waits and (ends or n + 1 < len(self._pages))
        if self.left_behind and (not whole or answer.paused):
            return None
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
            settled="" if waits or whole or not self.sink.appends else self._pages.settled(),
            waits=waits,
            whole=whole,
        )
        return write if self.sink.news(page, write) else None

    def _shows(self, page: Page, wish: tuple[str, str, Controls], *, whole: bool) -> bool:
        due = self.sink.due(page)
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
        return self._growing if self.sink.buttons(self.page(n)) else ()

    def page(self, n: int) -> Page:
        while len(self.screen) <= n:
            self.screen.append(Page())
        return self.screen[n]


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
