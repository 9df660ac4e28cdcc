"""The ways to show an answer, behind one verb. The loop in `delivery` decides what and when, a sink decides how.

- `Edits`: a message is posted, then rewritten. Every surface can do this. The other two are in `live`.
- `Stream`: a message only grows. It is given text that no continuation can change; when it is closed, or where
  the platform ends it, it is a message that can be edited.
- `Drafts`: a preview that the platform forgets by itself; what is to stay is posted.

A message that stands already is edited, whoever wrote it: after a restart, and when an answer is made anew.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from bot.crash import passage
from bot.errors import Closed, Gone, Rejected, Unavailable
from bot.model import WriteKind
from bot.ports import Closes, Finds, Guesses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model import Controls, Limit, MessageRef
    from bot.ports import Body, Surface
    from bot.store import StoredTurn, Turns


@dataclass(slots=True)
class Page:
    """One message of the reply: what stands in it now."""

    ref: MessageRef | None = None
    lost: bool = False
    """A post was begun and nobody knows whether the message exists."""
    guesses: list[MessageRef] | None = None
    """Where the lost message may still be; None: nobody has thought about it yet."""
    source: str = ""
    aside: str = ""
    body: Body = None
    controls: Controls = ()
    whole: bool = False
    """What it shows was the last of it when it was written."""
    plain: bool = False
    """The platform rejected the formatted body of this page."""
    left_open: bool = False
    """It is a stream that another process opened, or that could not be closed."""
    sent: str | None = None
    """What was appended to the stream that is open in this message; None: there is none."""
    status: str = ""
    """The line that a stream began with because there was no text yet."""
    since: float = 0.0
    """When the stream was opened, or the preview shown."""

    def show(self, write: Write) -> None:
        """Note that this stands in the message."""
        self.source, self.aside, self.body = write.source, write.aside, write.body
        self.controls, self.whole = write.controls, write.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What a page should show."""

    n: int
    source: str
    aside: str
    """The thoughts to be seen above the page."""
    body: Body
    controls: Controls
    text: str
    """The whole answer this write was made from."""
    settled: str
    """The part of the source, as Markdown, that no continuation can change; empty unless the sink `appends`."""
    waits: bool
    """The source is not of the answer: it says why there is none yet."""
    whole: bool
    """Nothing more will be added to the page by this process."""


class Step(Enum):
    """What a write does."""

    POST = auto()
    """A new message."""
    EDIT = auto()
    """A change of one that stands."""
    GLIMPSE = auto()
    """Something that leaves nothing behind."""


class Sink(Protocol):
    """A way to show pages."""

    appends: bool
    """Needs to know what is settled."""
    gathers: bool
    """A short beginning is better held back for a moment, because correcting it costs a write."""

    def step(self, page: Page, write: Write) -> Step:
        """Return what `show` would do."""
        ...

    def limits(self, page: Page, write: Write) -> tuple[Limit, ...]:
        """Return the limits that `show` would spend."""
        ...

    def buttons(self, page: Page) -> bool:
        """Tell whether the page can carry buttons while it grows."""
        ...

    def news(self, page: Page, write: Write) -> bool:
        """Tell whether the page does not show this yet."""
        ...

    def due(self, page: Page) -> float | None:
        """Return when the page must be written to although nothing changed, None for never."""
        ...

    async def show(self, page: Page, write: Write) -> None:
        """Bring the page to what it should show. Raises PlatformError."""
        ...


class Edits:
    """Posts, then rewrites."""

    appends = False

    def __init__(self, surface: Surface, turn: StoredTurn, store: Turns) -> None:
        self.gathers = not surface.pace.cheap
        self.turn = turn
        self._surface = surface
        self._store = store

    def step(self, page: Page, write: Write) -> Step:  # noqa: ARG002 - the protocol's
        return Step.EDIT if page.ref else Step.POST

    def limits(self, page: Page, write: Write) -> tuple[Limit, ...]:  # noqa: ARG002 - the protocol's
        pace = self._surface.pace
        if page.lost and page.ref is None and isinstance(self._surface, Finds):
            # It is looked for, then edited or else posted.
            return (*pace.find, *pace.edit, *pace.post)
        if page.left_open and isinstance(self._surface, Closes):
            return (*self._surface.closes, *pace.edit)
        return pace.limits(WriteKind.EDIT if page.ref else WriteKind.POST)

    def buttons(self, page: Page) -> bool:  # noqa: ARG002 - the protocol's
        return True

    def news(self, page: Page, write: Write) -> bool:
        return page.ref is None or page.body != write.body or page.controls != write.controls

    def due(self, page: Page) -> float | None:  # noqa: ARG002 - the protocol's
        return None

    async def show(self, page: Page, write: Write) -> None:
        if page.ref is not None:
            if page.left_open and isinstance(self._surface, Closes):
                await self._surface.close(page.ref)
                page.left_open = False
            await self._surface.edit(page.ref, write.body, controls=write.controls)
            passage("edited")
            return
        key = self.key(write)
        found = await self._find(key, write) if page.lost else None
        if found is not None:
            await self.place(page, write, found)
            await self._surface.edit(found, write.body, controls=write.controls)
            return
        guess = await self._guess(page) if page.lost else None
        if guess is not None:
            await self._try(page, write, guess)
            await self.place(page, write, guess)
            return
        passage("intended")
        try:
            posted = await self._surface.post(write.body, controls=write.controls, key=key)
        except Unavailable:
            # Whatever was tried before this post says nothing about where it is.
            page.guesses = None
            raise
        passage("posted")
        await self.place(page, write, posted)

    def key(self, write: Write) -> str:
        """Return the name under which a page's message can be found again."""
        return f"{self.turn.id}:{write.n}"

    async def place(self, page: Page, write: Write, ref: MessageRef) -> None:
        """Note which message shows a page."""
        page.ref, page.lost = ref, False
        await self._store.place(self.turn, write.n, ref)

    async def _find(self, key: str, write: Write) -> MessageRef | None:
        """Look for a message that may have been posted; prefer a lost opening over a doubled answer."""
        if not isinstance(self._surface, Finds):
            return None
        # Where the app may not look, it may still write; where it may do neither, the post will say so.
        with suppress(Closed, Rejected):
            return await self._surface.find(key, write.body, controls=write.controls)
        return None

    async def _guess(self, page: Page) -> MessageRef | None:
        """Return the next message that may be the lost one, where they cannot be looked for."""
        if not isinstance(self._surface, Guesses):
            return None
        if page.guesses is None:
            near = await self._store.neighbours(self.turn)
            page.guesses = list(self._surface.guesses(near)) if near is not None else []
        return page.guesses[0] if page.guesses else None

    async def _try(self, page: Page, write: Write, guess: MessageRef) -> None:
        """Edit what may be the lost message. Raises Gone if it is another one, and the next one is tried at its time."""
        try:
            await self._surface.edit(guess, write.body, controls=write.controls)
        except Gone:
            # Only now: an edit that did not get through says nothing about the message.
            page.guesses = [other for other in page.guesses or () if other != guess]
            raise


def first_due(sink: Sink, pages: Iterable[Page]) -> float | None:
    """Return the moment when one of the pages must be written to although nothing changed."""
    moments = [due for page in pages if (due := sink.due(page)) is not None]
    return min(moments, default=None)
