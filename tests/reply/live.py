"""Chats in memory that stream or preview, with the rules that count here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import Gone, PlatformError, Unfit
from bot.model import Control, Limit, MessageRef
from tests.fakes import FakeBody, FakeDialect, FakeSurface, Message, Version

if TYPE_CHECKING:
    from bot.model import Controls, TurnId
    from bot.ports import Body

STARTS, APPENDS, STOPS = Limit("starts", 3.0), Limit("appends", 0.5), Limit("stops", 3.0)
LIFE = 300.0


@dataclass(frozen=True, slots=True)
class Append:
    """What was done to a stream, and when."""

    verb: str
    at: float
    text: str
    status: str


class Streaming(FakeSurface):
    """Ends a stream after five minutes, and takes no edit of one that is open."""

    stream_seconds = 240.0
    starts, appends, stops = (STARTS,), (APPENDS,), (STOPS,)

    def __init__(self) -> None:
        super().__init__(dialect=FakeDialect(20_000))
        self.done: list[Append] = []
        self.open: dict[MessageRef, float] = {}
        self.refusals: dict[str, list[PlatformError]] = {}
        """By verb: what the next calls meet, after they were carried out if it is Unavailable."""

    def settled(self, markdown: str) -> str:
        return markdown.rstrip("\n")

    def whole(self, body: Body) -> str:
        assert isinstance(body, FakeBody)
        return body.text

    async def start(self, text: str, *, status: str) -> MessageRef:
        self._refuse("start")
        ref = MessageRef(f"{self.chat}:{len(self.messages) + 1}")
        self.messages.append(Message(ref, "", [Version(_now(), "", (), plain=False)]))
        self.open[ref] = _now()
        self._grow("start", ref, text, status)
        return ref

    async def append(self, ref: MessageRef, text: str, *, status: str, waits: bool) -> None:
        self._refuse("append")
        self._grow("append", ref, text, status)

    async def stop(self, ref: MessageRef, text: str, *, status: str, controls: Controls, key: str) -> None:
        self._refuse("stop")
        self._grow("stop", ref, text, status, controls)
        del self.open[ref]

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        assert not self._alive(ref), "an open stream cannot be edited"
        await super().edit(ref, body, controls=controls)

    def end(self, ref: MessageRef) -> None:
        """Let the platform end a stream."""
        del self.open[ref]

    def _alive(self, ref: MessageRef) -> bool:
        return ref in self.open and _now() - self.open[ref] < LIFE

    def _refuse(self, verb: str) -> None:
        if self.refusals.get(verb):
            raise self.refusals[verb].pop(0)

    def _grow(self, verb: str, ref: MessageRef, text: str, status: str, controls: Controls = ()) -> None:
        if not self._alive(ref):
            raise Unfit
        message = next((one for one in self.messages if one.ref == ref and not one.gone), None)
        if message is None:
            raise Gone
        self.done.append(Append(verb, _now(), text, status))
        message.versions.append(Version(_now(), message.text + text, controls, plain=False))


@dataclass(frozen=True, slots=True)
class Preview:
    """What was previewed from a moment on."""

    at: float
    text: str
    stoppable: bool


class Previewing(FakeSurface):
    """Shows previews."""

    preview_seconds = 20.0
    previews = (Limit("draft", 0.6),)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Preview] = []
        self.refusals: list[PlatformError] = []

    async def preview(self, body: Body, *, turn: TurnId, stoppable: bool) -> None:
        assert isinstance(body, FakeBody)
        if self.refusals:
            raise self.refusals.pop(0)
        self.shown.append(Preview(_now(), body.text, stoppable))


AGAIN_BUTTON = (Control("again", "1", "Again"),)


def _now() -> float:
    return asyncio.get_running_loop().time()
