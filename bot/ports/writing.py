"""What a platform must offer to be written to, and what it may be able to do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Controls, Growth, Limit, MessageRef, Neighbours, Pace, TurnId

Body = object
"""A page in the platform's own form, made by a dialect for its surface; comparable with `==`."""


class Dialect(Protocol):
    """How a platform writes Markdown. Pure: no I/O, no state."""

    def render(self, markdown: str) -> Body:
        """Return the body for a whole page of valid Markdown. Never raises for any text."""
        ...

    def plain(self, markdown: str) -> Body:
        """Return the same page without any formatting, for a platform that rejected `render`'s body."""
        ...

    def fits(self, markdown: str) -> bool:
        """Tell whether the platform takes this page as one message, buttons included."""
        ...


@runtime_checkable
class Quotes(Protocol):
    """A dialect that can show what the model thought, set apart from what it says. Pure."""

    def with_thoughts(self, markdown: str, thoughts: str, *, folded: bool) -> Body:
        """Return the page with the thoughts above it: as much of their end as the page leaves room for.

        The page itself is as `render` makes it. `folded` means that the thoughts are over.
        Never raises for any text.
        """
        ...


class Surface(Protocol):
    """One chat, ready to be written to. Every method raises `PlatformError`s only, and never retries."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def pace(self) -> Pace: ...

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        """Write a new message. `key` names it for `Finds`."""
        ...

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        """Rewrite a message. An equal body counts as success."""
        ...


@runtime_checkable
class Types(Protocol):
    """Can show that an answer is being made. Best effort: raises nothing but `PlatformError`."""

    typing_every: float
    """Seconds after which the sign fades and must be renewed."""

    async def typing(self) -> None: ...


@runtime_checkable
class Rests(Protocol):
    """Whose sign of typing stays until something is posted: an answer that only edits takes it back.

    Best effort: raises nothing but `PlatformError`.
    """

    async def rest(self) -> None: ...


@runtime_checkable
class Marks(Protocol):
    """Can mark a person's message as waiting in line."""

    async def mark(self, ref: MessageRef) -> None: ...
    async def unmark(self, ref: MessageRef) -> None: ...


@runtime_checkable
class Deletes(Protocol):
    """Can take back a message of ours."""

    async def delete(self, ref: MessageRef) -> None: ...


@runtime_checkable
class Files(Protocol):
    """Can send a file."""

    async def send_file(self, name: str, content: bytes, *, caption: str, key: str) -> MessageRef:
        """Send a new message that carries the file; `name` tells people and programs what it is."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A surface that is told what its pages are made from. The same surface serves one answer only."""

    def follow(self, growth: Growth) -> None:
        """Take in how far the answer is: before each write, and once when it is over. Must not wait."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Can look for a message of ours whose ref was lost in a crash."""

    async def find(self, key: str, body: Body, *, controls: Controls) -> MessageRef | None: ...


@runtime_checkable
class Appends(Protocol):
    """Can show an answer as a message that only grows, and is closed once.

    Raises Unfit where the platform does not take it, or has ended it by itself: the message, if there is one,
    can then be edited.
    """

    stream_seconds: float
    """How long a stream may stay open."""

    @property
    def starts(self) -> tuple[Limit, ...]:
        """The limits that opening a stream spends."""
        ...

    @property
    def appends(self) -> tuple[Limit, ...]: ...

    @property
    def stops(self) -> tuple[Limit, ...]: ...

    def settled(self, markdown: str) -> str:
        """Return the text of a page's finished part, without what would close a code block that is open there."""
        ...

    def whole(self, body: Body) -> str:
        """Return the text of a finished page."""
        ...

    async def start(self, text: str, *, status: str) -> MessageRef:
        """Open a stream with its first text, or with a line that says why there is none yet."""
        ...

    async def append(self, ref: MessageRef, text: str, *, status: str, waits: bool) -> None:
        """Add text. A `status` that was shown is shown anew, as over unless the answer still `waits`."""
        ...

    async def stop(self, ref: MessageRef, text: str, *, status: str, controls: Controls, key: str) -> None:
        """Add the last text and close the message; from then on it is a message like any other."""
        ...


@runtime_checkable
class Closes(Protocol):
    """Has streams that an earlier process may have left open. Editing one of them raises StillOpen."""

    @property
    def closes(self) -> tuple[Limit, ...]:
        """The limits that closing a stream spends."""
        ...

    async def close(self, ref: MessageRef) -> None:
        """Close a stream as it is; one that is closed already counts as success."""
        ...


@runtime_checkable
class Previews(Protocol):
    """Can show an answer in the making outside of any message; the platform forgets it by itself.

    Raises Unfit where the platform does not take it.
    """

    preview_seconds: float
    """After this the preview must be shown anew, or it is gone."""

    @property
    def previews(self) -> tuple[Limit, ...]:
        """The limits that showing it spends."""
        ...

    async def preview(self, body: Body, *, turn: TurnId, stoppable: bool) -> None:
        """Show the newest text; a message of ours in the chat takes its place."""
        ...


@runtime_checkable
class Guesses(Protocol):
    """Cannot look for a message of ours whose ref was lost, but can name the few that may be it.

    Editing one of them raises Gone if it is not ours.
    """

    def guesses(self, near: Neighbours) -> Sequence[MessageRef]:
        """Return the messages that may be it, the likeliest first. Pure."""
        ...
