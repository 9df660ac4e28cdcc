"""The ways to show an answer that only some chats take: streams that grow, and previews that are gone in the end.

Both fall back to `Edits`, page by page where that is enough, and with `Unfit` for the rest of the answer.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import Unavailable, Unfit
from bot.ports import Appends, Previews
from bot.reply.sinks import Edits, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model import Limit, MessageRef
    from bot.ports import Surface
    from bot.reply.sinks import Page, Sink, Write
    from bot.store import StoredTurn, Turns

BEHIND = 1_000
"""Characters by which a stream may lag: a list or a long paragraph may be appended only when it is over."""


def sink(surface: Surface, turn: StoredTurn, store: Turns) -> Sink:
    """Return the best way to show an answer that this chat offers."""
    edits = Edits(surface, turn, store)
    if isinstance(surface, Appends):
        return Stream(surface, edits)
    if isinstance(surface, Previews):
        return Drafts(surface, edits)
    return edits


class Stream:
    """Lets a message grow by appending what is settled; the rest comes when the page is whole.

    Only an open stream is different from `Edits`. What must be taken back later (thoughts) or is whole from the
    start is posted and edited.
    """

    appends = True
    gathers = True

    def __init__(self, surface: Appends, edits: Edits) -> None:
        self._surface = surface
        self._edits = edits

    def step(self, page: Page, write: Write) -> Step:  # noqa: ARG002 - the protocol's
        return Step.EDIT if page.ref else Step.POST

    def limits(self, page: Page, write: Write) -> tuple[Limit, ...]:
        if self._edited(page, write):
            return self._edits.limits(page, write)
        if page.sent is None:
            return self._surface.starts
        return self._surface.stops if self._closes(page, write) else self._surface.appends

    def buttons(self, page: Page) -> bool:
        return page.ref is not None and page.sent is None

    def news(self, page: Page, write: Write) -> bool:
        if self._edited(page, write):
            return self._edits.news(page, write)
        if self._closes(page, write):
            return True
        if write.waits:
            return page.status != write.source
        return self._settled(write) != (page.sent or "")

    def due(self, page: Page) -> float | None:
        return None if page.sent is None else page.since + self._surface.stream_seconds

    async def show(self, page: Page, write: Write) -> None:
        if self._edited(page, write):
            await self._edits.show(page, write)
        elif page.ref is None:
            await self._start(page, write)
        elif self._closes(page, write):
            await self._stop(page, page.ref, write)
        else:
            await self._append(page, page.ref, write)

    def _edited(self, page: Page, write: Write) -> bool:
        """Tell whether the page is no stream: it stands already, may stand, or has nothing to grow by."""
        settled = page.ref is not None or page.lost or write.whole or bool(write.aside)
        return page.sent is None and (settled or _is_behind(write))

    def _closes(self, page: Page, write: Write) -> bool:
        due = self.due(page)
        over = write.whole or page.plain or _is_behind(write) or (due is not None and due <= clock.ticks())
        return page.sent is not None and over

    async def _start(self, page: Page, write: Write) -> None:
        status = write.source if write.waits else ""
        text = self._settled(write)
        ref = await self._surface.start(text, status=status)
        page.sent, page.status, page.since = text, status, clock.ticks()
        await self._edits.place(page, write, ref)

    async def _append(self, page: Page, ref: MessageRef, write: Write) -> None:
        status = write.source if write.waits else page.status
        text = self._settled(write) or page.sent or ""
        more = self._more(page, text)
        with _once():
            await self._surface.append(ref, more, status=status, waits=write.waits)
        page.sent, page.status = text, status if write.waits else ""

    async def _stop(self, page: Page, ref: MessageRef, write: Write) -> None:
        """Close the stream. Raises Unfit if the page has to be edited to show what it should."""
        text = self._surface.whole(write.body) if write.whole and not page.plain else page.sent or ""
        fits = write.whole and text.startswith(page.sent or "") and not (write.aside or page.plain)
        with _once():
            await self._surface.stop(
                ref,
                text[len(page.sent or "") :] if fits else "",
                status=page.status,
                controls=write.controls if fits else (),
                key=self._edits.key(write),
            )
        page.sent = None
        if not fits:
            raise Unfit("the stream is over, the answer is not")

    def _settled(self, write: Write) -> str:
        return self._surface.settled(write.settled)

    def _more(self, page: Page, text: str) -> str:
        """Return what is to be appended. Raises Unfit if the text is not what was appended before, and more."""
        sent = page.sent or ""
        if not text.startswith(sent):
            raise Unfit("text that was final has changed")
        return text[len(sent) :]


def _is_behind(write: Write) -> bool:
    """Tell whether more is written than may be appended yet, so that an edit shows the reader far more."""
    return not write.waits and not write.whole and len(write.source) - len(write.settled) > BEHIND


class Drafts:
    """Shows the open page as a preview, and posts a page once it is whole."""

    appends = False
    gathers = False

    def __init__(self, surface: Previews, edits: Edits) -> None:
        self._surface = surface
        self._edits = edits

    def step(self, page: Page, write: Write) -> Step:
        return self._edits.step(page, write) if self._edited(page, write) else Step.GLIMPSE

    def limits(self, page: Page, write: Write) -> tuple[Limit, ...]:
        return self._edits.limits(page, write) if self._edited(page, write) else self._surface.previews

    def buttons(self, page: Page) -> bool:  # noqa: ARG002 - the protocol's
        return True

    def news(self, page: Page, write: Write) -> bool:
        if self._edited(page, write):
            return self._edits.news(page, write)
        due = self.due(page)
        return page.body != write.body or due is None or due <= clock.ticks()

    def due(self, page: Page) -> float | None:
        return page.since + self._surface.preview_seconds if page.ref is None and page.since else None

    async def show(self, page: Page, write: Write) -> None:
        if self._edited(page, write):
            await self._edits.show(page, write)
            return
        turn = self._edits.turn
        await self._surface.preview(write.body, turn=turn.id, stoppable=bool(write.controls))
        page.since = clock.ticks()

    def _edited(self, page: Page, write: Write) -> bool:
        return page.ref is not None or page.lost or write.whole


@contextmanager
def _once() -> Iterator[None]:
    """Go over to edits where an append may have happened: it must not happen twice."""
    try:
        yield
    except Unavailable as trouble:
        raise Unfit("nobody knows how far the stream is") from trouble
