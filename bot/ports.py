"""What an adapter and a model must offer, and what the core offers them.

A port holds what the core calls and nothing else. Every further ability is a protocol of its own;
a surface that lacks the ability lacks the method: no stubs, no `NotImplementedError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from bot.findings import Finding
    from bot.model import (
        Ask,
        ChatKey,
        Controls,
        Delta,
        Event,
        Growth,
        Limit,
        MessageRef,
        Neighbours,
        Pace,
        TurnId,
    )
    from bot.records import Choices, Cost, Entry, Health, Spending, Talk

Body = object
"""A page in the platform's own form, made by a dialect for its surface; comparable with `==`."""


class Inbox(Protocol):
    """Where an adapter hands in what people did."""

    async def accept(self, events: Sequence[Event]) -> Mapping[str, str]:
        """Store the events in one transaction; acknowledge to the platform only after this returns.

        Returned is what only the person who did something shall read, by the event's key; usually nothing.
        Duplicates change nothing. Raises StoreUnavailable: nothing was stored, do not acknowledge.
        """
        ...

    async def set_aside(self, platform: str, account: str, key: str, raw: str) -> None:
        """Keep what an event that could not be read is made of, so that the ones around it can go on.

        `raw` is its JSON; no word of it is kept. `key` names it, and must not be made of words either.
        """
        ...

    async def position(self, platform: str, account: str) -> str:
        """Return what `remember` stored last, or an empty string."""
        ...

    async def remember(self, platform: str, account: str, position: str) -> None:
        """Store how far the adapter has read its platform's events."""
        ...

    async def recent(self, platform: str, account: str, since: float, most: int) -> Sequence[ChatKey]:
        """Return the chats people were heard in since a moment (seconds since 1970), the newest first."""
        ...


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


class Adapter(Protocol):
    """One platform."""

    name: str

    async def check(self) -> None:
        """Try the credentials once.

        Raises Misconfigured if the platform refuses them, Unreachable if it cannot be asked now.
        """
        ...

    async def run(self, inbox: Inbox) -> None:
        """Listen until cancelled: events go to `inbox.accept`, and are acknowledged after it returns."""
        ...

    def surface(self, chat: ChatKey, route: str) -> Surface:
        """Return the chat, ready to be written to. No I/O."""
        ...

    async def close(self) -> None:
        """Let go of connections. Called after `run` ended and the last surface was written to."""
        ...


@runtime_checkable
class Connects(Protocol):
    """An adapter that knows whether its platform hears it."""

    @property
    def trouble(self) -> str:
        """Return what is wrong with the connection, in a word; empty if nothing is."""
        ...


@runtime_checkable
class Opens(Protocol):
    """An adapter that needs something only one process can have, such as a port."""

    async def open(self) -> None:
        """Take it, before any platform is listened to. Raises Misconfigured with the remedy."""
        ...


@runtime_checkable
class Examines(Protocol):
    """An adapter that can look for what its operator may want to change, without writing to any chat."""

    async def examine(self) -> Sequence[Finding]:
        """Return what was found; called after `check`. Raises PlatformError."""
        ...


@runtime_checkable
class Ranks(Protocol):
    """An adapter that knows who governs a shared chat."""

    async def governs(self, chat: ChatKey, person: str) -> bool:
        """Tell whether the platform lets this person administer the chat. Raises PlatformError."""
        ...


class Desk(Protocol):
    """What the operator sees and decides, for an adapter that shows it. Raises StoreUnavailable."""

    async def talks(
        self, *, query: str, platform: str, before: int | None, most: int
    ) -> tuple[Sequence[Talk], int | None]:
        """Return conversations, the newest first, and what to give as `before` for those that follow.

        `query` are words that must stand in a question or answer; empty texts mean: all.
        """
        ...

    async def chat(self, number: int) -> ChatKey | None:
        """Return the chat of a conversation of any platform."""
        ...

    async def entries(self, chat: ChatKey, most: int, language: str) -> Sequence[Entry]:
        """Return the newest entries of a chat, oldest first, then what waits; controls in that language."""
        ...

    async def entry(self, turn: TurnId, language: str) -> tuple[ChatKey, Entry] | None:
        """Return one turn and where it is."""
        ...

    async def heard(self, chat: ChatKey, key: str) -> bool:
        """Tell whether an event was stored; what broke a limit is not."""
        ...

    async def taken(self, chat: ChatKey, key: str) -> TurnId | None:
        """Return the turn that has taken an event; None while it waits, or if it is not known."""
        ...

    async def title(self, chat: ChatKey) -> str:
        """Return the first words of a conversation; empty before anything was said."""
        ...

    async def cost(self, chat: ChatKey) -> Cost:
        """Return what a conversation has used, as its list tells it: also for answers that were made again."""
        ...

    async def chosen(self, chat: ChatKey) -> Mapping[str, str]:
        """Return what was chosen for a chat, by name."""
        ...

    async def choose(self, chat: ChatKey, name: str, value: str) -> bool:
        """Let a choice hold for a chat from the next question on; empty: the default. False: there is no such."""
        ...

    async def choices(self, chat: ChatKey, language: str) -> Choices:
        """Return what can be chosen in a chat."""
        ...

    async def rate(self, chat: ChatKey, turn: TurnId, rating: int | None, remark: str | None) -> bool:
        """Store what the operator thinks of an answer; None as `remark` leaves it. False: there is no such."""
        ...

    async def erase(self, chat: ChatKey) -> bool:
        """Erase a conversation. False: something in it is being answered."""
        ...

    async def spending(self, days: int) -> Spending:
        """Return what was used in the last days of UTC, today included."""
        ...

    async def health(self) -> Health: ...

    async def metrics(self) -> tuple[bytes, str]:
        """Return the meters as text, and its content type."""
        ...

    def ask(self, ask: Ask, chat: ChatKey, person: str) -> AsyncGenerator[Delta, None]:
        """Ask the model outside of any conversation; only what it cost is stored, under that chat and person.

        An empty `model` is the usual one. Raises ModelError, and OverLimit before the model is asked.
        """
        ...


@runtime_checkable
class Meets(Protocol):
    """An adapter that shows what the operator sees."""

    def meet(self, desk: Desk) -> None:
        """Take the desk; called once, before `run`."""
        ...


class Model(Protocol):
    """A model that answers."""

    def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it grows; `Finished` comes once, `Usage` at most once, at the end.

        Waits and retries by itself before the first `Text` or `Thought`, never after.
        Raises ModelError.
        """
        ...
