"""What an adapter must offer, what the core offers it, and what an adapter may know besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.findings import Finding
    from bot.model import ChatKey, Event, Overheard, Said
    from bot.ports.writing import Surface


class Inbox(Protocol):
    """Where an adapter hands in what people did."""

    async def accept(self, events: Sequence[Event]) -> Mapping[str, str]:
        """Store the events in one transaction; acknowledge to the platform only after this returns.

        Returned is what only the person who did something shall read, by the event's key; usually nothing.
        Duplicates change nothing. Raises StoreUnavailable: nothing was stored, do not acknowledge.
        """
        ...

    async def heeds(self, event: Said | Overheard) -> bool:
        """Tell whether anything is done about it: nobody need be looked up who talks to others.

        Raises StoreUnavailable.
        """
        ...

    async def moved(self, old: ChatKey, new: ChatKey) -> None:
        """Let a chat go on under another id, with all that was said and chosen there. Raises StoreUnavailable."""
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
