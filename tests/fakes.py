"""A platform in memory: it keeps the contracts of `bot.ports` and is scripted as data.

`FakeSurface` keeps what the reader sees: every message with all its versions and the moment of each. It lacks
the optional abilities; `Typing`, `Marking`, `Deleting`, `Finding` and `Guessing` add one each, `AbleSurface` has all
but the last.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import Gone, PlatformError
from bot.model import ChatKey, Controls, Limit, MessageRef, Pace, WriteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.model import Neighbours
    from bot.ports import Body, Dialect, Inbox, Surface

EDIT_EVERY = 1.0
TYPING_EVERY = 4.0


def pace(chat: str = "1", *, every: float = EDIT_EVERY) -> Pace:
    """Return a pace where a chat takes one write, of either kind, in `every` seconds."""
    limits = (Limit(f"chat:{chat}", every),)
    return Pace(post=limits, edit=limits)


# ---------------------------------------------------------------- how it looks


@dataclass(frozen=True, slots=True)
class FakeBody:
    """A page as this platform takes it."""

    text: str
    plain: bool = False


@dataclass(frozen=True, slots=True)
class FakeDialect:
    """Shows Markdown as it is; a page holds `limit` characters."""

    limit: int = 4000

    def render(self, markdown: str) -> FakeBody:
        return FakeBody(markdown)

    def plain(self, markdown: str) -> FakeBody:
        return FakeBody(markdown, plain=True)

    def fits(self, markdown: str) -> bool:
        return len(markdown) <= self.limit


# ---------------------------------------------------------------- what the reader sees


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from a moment on."""

    at: float
    text: str
    controls: Controls
    plain: bool


@dataclass(slots=True)
class Message:
    """One message of ours."""

    ref: MessageRef
    key: str
    versions: list[Version]
    gone: bool = False

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def buttons(self) -> list[str]:
        return [control.name for control in self.versions[-1].controls]


@dataclass(frozen=True, slots=True)
class Write:
    """One attempt to write, whether it came through or not."""

    at: float
    kind: WriteKind
    text: str
    error: Exception | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a write meets: `error`, before the write happened or after it."""

    error: PlatformError
    happened: bool = False


class FakeSurface:
    """One chat that takes text and buttons, and nothing more."""

    def __init__(
        self, *, dialect: Dialect | None = None, limits: Pace | None = None, chat: str = "1"
    ) -> None:
        self.dialect: Dialect = dialect or FakeDialect()
        self.pace = limits or pace(chat)
        self.chat = chat
        self.messages: list[Message] = []
        self.writes: list[Write] = []
        self.troubles: dict[int, Trouble | Exception] = {}
        """By the number of the write, counted from 1: what it meets. An Exception is a mistake of the adapter's."""
        self.formatted_is_rejected: PlatformError | None = None
        """Raised for every body that is not plain."""
        self.before_write: Callable[[str], None] = lambda _: None
        """Called with the text of every write before anything else happens."""
        self.find_troubles: list[PlatformError] = []
        """What the next attempts to find a message meet."""
        self.written = asyncio.Condition()
        self.typed: list[float] = []
        """When the reader saw us type."""
        self.marks: set[MessageRef] = set()
        self.marked: list[MessageRef] = []
        """Every message that was ever marked."""
        self.sign_trouble: PlatformError | None = None
        """What every small sign meets."""

    @property
    def screen(self) -> list[str]:
        """Return the messages that can be read now."""
        return [message.text for message in self.messages if not message.gone]

    @property
    def buttons(self) -> list[list[str]]:
        """Return the buttons under each of them."""
        return [message.buttons for message in self.messages if not message.gone]

    def remove(self, n: int) -> None:
        """Let the reader delete a message."""
        self.messages[n].gone = True

    async def until(self, n: int) -> None:
        """Return as soon as `n` writes have been tried."""
        async with self.written:
            await self.written.wait_for(lambda: len(self.writes) >= n)

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        ref = MessageRef(f"{self.chat}:{len(self.messages) + 1}")

        def happen() -> None:
            self.messages.append(Message(ref, key, [_version(body, controls)]))

        await self._write(WriteKind.POST, body, happen)
        return ref

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        message = next((message for message in self.messages if message.ref == ref), None)

        def happen() -> None:
            if message is None or message.gone:
                raise Gone
            message.versions.append(_version(body, controls))

        await self._write(WriteKind.EDIT, body, happen)

    async def _write(self, kind: WriteKind, body: Body, happen: Callable[[], None]) -> None:
        assert isinstance(body, FakeBody)
        self.before_write(body.text)
        try:
            self._meet(len(self.writes) + 1, body, happen)
        except Exception as error:
            await self._note(kind, body, error)
            raise
        await self._note(kind, body, None)

    def _meet(self, number: int, body: FakeBody, happen: Callable[[], None]) -> None:
        trouble = self.troubles.get(number)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None and not trouble.happened:
            raise trouble.error
        if self.formatted_is_rejected is not None and not body.plain:
            raise self.formatted_is_rejected
        happen()
        if trouble is not None:
            raise trouble.error

    async def _note(self, kind: WriteKind, body: FakeBody, error: Exception | None) -> None:
        self.writes.append(Write(_now(), kind, body.text, error))
        async with self.written:
            self.written.notify_all()


class Typing(FakeSurface):
    """Can show that somebody is typing."""

    typing_every = TYPING_EVERY

    async def typing(self) -> None:
        self.typed.append(_now())
        if self.sign_trouble is not None:
            raise self.sign_trouble


class Marking(FakeSurface):
    """Can mark people's messages."""

    async def mark(self, ref: MessageRef) -> None:
        if self.sign_trouble is not None:
            raise self.sign_trouble
        self.marks.add(ref)
        self.marked.append(ref)

    async def unmark(self, ref: MessageRef) -> None:
        self.marks.discard(ref)


class Deleting(FakeSurface):
    """Can take messages back."""

    async def delete(self, ref: MessageRef) -> None:
        message = next((message for message in self.messages if message.ref == ref), None)
        if message is None or message.gone:
            raise Gone
        message.gone = True


class Finding(FakeSurface):
    """Can look for a message by its key."""

    async def find(self, key: str, body: Body, *, controls: Controls) -> MessageRef | None:
        if self.find_troubles:
            raise self.find_troubles.pop(0)
        found = [message.ref for message in self.messages if message.key == key and not message.gone]
        return found[-1] if found else None


class Guessing(FakeSurface):
    """Can name the messages that may be a lost one: those before it, if any, are other people's."""

    strangers = 0

    def guesses(self, near: Neighbours) -> Sequence[MessageRef]:
        assert near.before
        others = [MessageRef(f"{self.chat}:other{n}") for n in range(self.strangers)]
        return [*others, *(MessageRef(f"{self.chat}:{n}") for n in range(1, 4))]


class AbleSurface(Typing, Marking, Deleting, Finding):
    """Can do everything."""


class FakeAdapter:
    """A platform of chats in memory; `sort` is the kind of surface every chat has."""

    def __init__(
        self, name: str = "fake", *, sort: type[FakeSurface] = FakeSurface, limit: int = 4000
    ) -> None:
        self.name = name
        self.chats: dict[ChatKey, FakeSurface] = {}
        self.routes: list[str] = []
        self.closed = False
        self._sort = sort
        self._limit = limit

    def chat(self, chat: ChatKey) -> FakeSurface:
        """Return the chat as its reader sees it."""
        if chat not in self.chats:
            self.chats[chat] = self._sort(dialect=FakeDialect(self._limit), chat=chat.chat)
        return self.chats[chat]

    async def check(self) -> None:
        return None

    async def run(self, inbox: Inbox) -> None:
        await asyncio.Event().wait()

    def surface(self, chat: ChatKey, route: str) -> Surface:
        self.routes.append(route)
        return self.chat(chat)

    async def close(self) -> None:
        self.closed = True


def _version(body: Body, controls: Controls) -> Version:
    assert isinstance(body, FakeBody)
    return Version(_now(), body.text, controls, body.plain)


def _now() -> float:
    return asyncio.get_running_loop().time()
