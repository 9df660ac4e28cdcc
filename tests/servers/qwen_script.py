"""What the loopback Qwen server is told to do, and what it was asked: values only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Say:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """A piece of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Until:
    """Nothing until the test sets the event."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing any more, with the connection open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The usage chunk; sent only if the request asked for it. None leaves the field out."""

    prompt: int | None = 10
    completion: int | None = 20
    cached: int | None = 0
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The chunk with the reason of the end."""

    reason: str = "stop"


@dataclass(frozen=True, slots=True)
class Done:
    """The `[DONE]` line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A whole response instead of a stream. Only as the first step, pauses aside."""

    status: int
    body: str | bytes | dict[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class StreamError:
    """An error inside the stream: `body` is the envelope or the flat object, as `envelope` and `flat` make."""

    body: dict[str, Any]
    event: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes as they are. Empty bytes only send the headers."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is reset."""


@dataclass(frozen=True, slots=True)
class CloseQuietly:
    """The body ends properly here, whatever is missing."""


Step = Say | Think | Pause | Until | Stall | Use | End | Done | Fault | StreamError | Raw | Cut | CloseQuietly
Script = Sequence[Step]
Scripted = Script | Callable[["Asked"], Script]


def answer(
    text: str, *, chunk: int = 4, pause: float = 0.0, thinking: str = "", usage: Use | None = None
) -> Script:
    """Return the script of a whole answer in pieces of `chunk` characters, `pause` seconds before each."""
    pieces: list[Step] = [Think(piece) for piece in _pieces(thinking, chunk)]
    pieces += [Say(piece) for piece in _pieces(text, chunk)]
    steps = [step for piece in pieces for step in ((Pause(pause), piece) if pause else (piece,))]
    return (*steps, End(), usage or Use(completion=len(pieces)), Done())


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def envelope(code: object, message: str = "", kind: str | None = None) -> dict[str, Any]:
    """Return an error in the shape of OpenAI."""
    error = {"message": message, "type": kind if kind is not None else code, "param": None, "code": code}
    return {"error": error, "request_id": "req-envelope"}


def flat(code: object, message: str = "") -> dict[str, Any]:
    """Return an error in the shape of DashScope's own API."""
    return {"code": code, "message": message, "request_id": "req-flat"}


@dataclass(slots=True, eq=False)
class Asked:
    """One request as it came. Moments are `time.monotonic()`."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    connection: object = None
    """The client's end of the connection; equal for requests that shared one."""
    arrived: float = field(default_factory=time.monotonic)
    ended: float | None = None
    """When the server had finished with it, for whatever reason."""
    left: float | None = None
    """When the client let go before the script was over; None if it stayed."""
    status: int | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when `ended` is."""

    @property
    def streamed(self) -> bool:
        return self.body.get("stream") is True

    @property
    def counted(self) -> bool:
        options = self.body.get("stream_options") or {}
        return bool(options.get("include_usage"))

    def finish(self) -> None:
        self.ended = time.monotonic()
        self.over.set()
