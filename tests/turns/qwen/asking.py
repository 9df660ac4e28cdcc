"""A client and its server side by side, with time that only passes when the client waits between calls."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.errors import ModelError
from bot.model import Ask, Message, Secret, Text
from bot.turns.qwen import Qwen
from bot.turns.qwen.wire import Timeouts
from tests.servers.qwen import Fault, QwenServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.model import Delta

KEY = "sk-test-0123456789"
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def question(content: str = "Hi", *, model: str = "qwen-plus") -> Ask:
    return Ask(model=model, messages=(Message("system", "Be kind."), Message("user", content)))


def label(value: object) -> str:
    """Return a short name for a parameter of a test."""
    if isinstance(value, type):
        return value.__name__
    if not isinstance(value, Fault):
        return str(value)
    body = value.body if isinstance(value.body, dict) else {}
    code = body.get("code") or body.get("error", {}).get("code", "") or str(value.body)[:12]
    return " ".join((str(value.status), code, *value.headers.values()))


@dataclass
class Heard:
    """What came of one question."""

    deltas: list[Delta] = field(default_factory=list)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, Text))

    @property
    def outcome(self) -> type[ModelError] | None:
        return None if self.error is None else type(self.error)


@dataclass
class Bench:
    """`server` answers what `qwen` asks; `slept` are the waits between calls, none of which takes time."""

    server: QwenServer
    qwen: Qwen
    time: Hours

    async def ask(self, ask: Ask | None = None) -> Heard:
        heard = Heard()
        try:
            async with aclosing(self.qwen.stream(ask or question())) as stream:
                async for delta in stream:
                    heard.deltas.append(delta)
        except ModelError as error:
            heard.error = error
        return heard


@dataclass
class Hours:
    """Time that passes only when it is slept away or moved by hand."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@asynccontextmanager
async def bench(
    *,
    key: str = KEY,
    base: str | None = None,
    timeouts: Timeouts | None = None,
    patience: float = 90.0,
    server_key: str = KEY,
) -> AsyncIterator[Bench]:
    """Start a server and a client for it."""
    hours = Hours()
    async with QwenServer(key=server_key, longest=1000) as server:
        qwen = Qwen(
            key=Secret(key),
            base=base or server.base,
            timeouts=timeouts or Timeouts(first=5, silence=5, total=10, connect=5),
            patience=patience,
            now=lambda: hours.now,
            sleep=hours.sleep,
            chance=lambda: 0.0,
            wall=lambda: NOW,
        )
        try:
            yield Bench(server, qwen, hours)
        finally:
            await qwen.close()
