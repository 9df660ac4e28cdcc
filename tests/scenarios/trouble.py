"""Faults of every kind for every call, drawn from a seed: what platforms, networks and models really do on a bad day.

The n-th call of a method always meets the same fate, whatever else is called meanwhile. Left out is what no bot can
know (an `ok` of a platform that has done nothing) and what no trying again helps against (a refused key).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from tests.servers.qwen import (
    CloseQuietly,
    Cut,
    Done,
    End,
    Pause,
    Say,
    Stall,
    StreamError,
    envelope,
    flat,
)
from tests.servers.qwen import Fault as Refusal
from tests.servers.qwen import Raw as Bytes
from tests.servers.slack import Dropped, Failing, Hanging, Limited, Page, Refused
from tests.servers.slack import Lost as LostInSlack
from tests.servers.slack import Slow as SlowSlack
from tests.servers.telegram import (
    BAD_GATEWAY,
    GARBAGE,
    RESTART,
    Drop,
    Hang,
    Lost,
    Raw,
    Slow,
    too_many,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.scenarios.stage import Stage
    from tests.servers.qwen import Script
    from tests.servers.qwen_script import Step
    from tests.servers.slack import Fault as SlackFault
    from tests.servers.slack import SlackServer
    from tests.servers.telegram_wire import Fault as TelegramFault

T = TypeVar("T")

SHARE = 0.05
"""Share of the calls that meet a fault."""
LIMITS = {"FIRST_TOKEN_TIMEOUT": "4", "IDLE_TIMEOUT": "3"}
"""Settings with which a model that stalls costs seconds and not minutes."""
CALM, WILD = 1.0, 9.0
"""Seconds between two troubles with Slack's connection, at least and at most."""
FROZEN = 6.0
"""Seconds until Slack notices that a connection is dead."""

IN_TELEGRAM: dict[str, tuple[TelegramFault, ...]] = {
    "429": (too_many(1), too_many(2), too_many(4)),
    "500": (RESTART, Raw(500, "<h1>Internal Server Error</h1>")),
    "502": (BAD_GATEWAY,),
    "unreadable": (GARBAGE, Raw(200, '{"ok":tr', "application/json"), Raw(200, "[]", "application/json")),
    "dropped": (Drop(),),
    "lost": (Lost(),),
    # A call that hangs costs the bot twenty seconds and a poll nearly a minute: the rarest of the slow.
    "slow": (*(Slow(seconds) for seconds in (0.5, 1.0, 2.0, 3.0, 6.0)), Hang()),
}
IN_SLACK: dict[str, tuple[SlackFault, ...]] = {
    "429": (Limited(1.0), Limited(2.0), Limited(4.0)),
    "500": (Failing(500), Failing(503), Refused("internal_error"), Refused("service_unavailable")),
    "502": (Page(502),),
    "unreadable": (
        Page(200),
        Page(200, b'{"ok":tr', "application/json"),
        Page(200, b"[]", "application/json"),
    ),
    "dropped": (Dropped(),),
    "lost": (LostInSlack(),),
    "slow": (*(SlowSlack(seconds) for seconds in (0.5, 1.0, 2.0, 3.0)), Hanging(), Hanging(applied=True)),
}
OF_THE_MODEL: dict[str, tuple[Script, ...]] = {
    "429": (
        (Refusal(429, envelope("limit_requests", "You exceeded your current requests list.")),),
        (Refusal(429, envelope("limit_requests", "Slow down."), {"Retry-After": "2"}),),
    ),
    "500": (
        (Refusal(500, envelope("internal_error", "Internal server error!")),),
        (Refusal(503, envelope("ModelServingError", "Too many requests in the service.")),),
        (Refusal(502, "<html><title>502 Bad Gateway</title></html>"),),
    ),
    "unreadable": ((Refusal(200, "<html>captive portal</html>"),), (Bytes(b"data: {not json\n\n"),)),
    "filtered": (
        (Refusal(400, envelope("data_inspection_failed", "Input data may contain inappropriate content.")),),
        (End("content_filter"), Done()),
    ),
    "dropped": ((Cut(),),),
    "error": (
        (StreamError(envelope("internal_error", "Internal server error!")),),
        (StreamError(flat("InternalError.Algo", "The model failed."), event="error"),),
    ),
    "quiet": ((CloseQuietly(),), (Done(),)),
    "stall": ((Stall(),),),
    "slow": ((Pause(2.0),),),
}
"""How an answer ends, before its first word or amid it; what is slow goes on afterwards."""
ON_THE_SOCKET = ("refresh", "warning", "too many", "abort", "hang up", "freeze", "dumb", "spoilt")


class Trouble:
    """Decides what befalls each call. `met` counts the faults that were dealt out, by where and kind."""

    def __init__(self, seed: int, share: float = SHARE) -> None:
        self._seed = seed
        self._share = share
        self._chances: dict[str, random.Random] = {}
        self.met: Counter[str] = Counter()

    def begin(self, stage: Stage) -> None:
        """From now on let the platforms' calls fail; the model's answers have to be handed to `spoil`."""
        stage.telegram.luck = lambda method: self._draw("telegram", method, IN_TELEGRAM)
        stage.slack.web.luck = lambda method: self._draw("slack", method, IN_SLACK)

    def spoil(self, script: Script) -> Script:
        """Return what becomes of a model's answer."""
        ending = self._draw("model", "", OF_THE_MODEL)
        if ending is None:
            return script
        if isinstance(ending[0], Pause):
            return (*ending, *script)
        chance = self._chance("model:where")
        if isinstance(ending[0], Refusal) or chance.random() < 1 / 3:
            return ending
        return (*_begun(script, chance.random()), *ending)

    async def shake(self, slack: SlackServer) -> None:
        """Let Slack's connections meet everything that befalls connections, until cancelled."""
        chance = self._chance("socket")
        while True:
            await asyncio.sleep(chance.uniform(CALM, WILD))
            how = chance.choice(ON_THE_SOCKET)
            self.met[f"socket {how}"] += 1
            await _shake(slack, how)

    def _draw(self, where: str, method: str, kinds: dict[str, tuple[T, ...]]) -> T | None:
        chance = self._chance(f"{where}:{method}")
        if chance.random() >= self._share:
            return None
        kind = chance.choice(sorted(kinds))
        self.met[f"{where} {kind}"] += 1
        return chance.choice(kinds[kind])

    def _chance(self, name: str) -> random.Random:
        return self._chances.setdefault(name, random.Random(f"{self._seed}:{name}"))  # noqa: S311


def _begun(script: Script, part: float) -> Sequence[Step]:
    """Return the beginning of an answer, at least its first piece."""
    said = [n for n, step in enumerate(script) if isinstance(step, Say)]
    return script[: said[int(part * (len(said) - 1))] + 1]


async def _shake(slack: SlackServer, how: str) -> None:
    match how:
        case "refresh":
            await slack.disconnect("refresh_requested")
        case "warning":
            await slack.disconnect("warning")
        case "too many":
            await slack.disconnect("too_many_websockets")
        case "abort":
            slack.abort()
        case "hang up":
            await slack.hang_up()
        case "freeze":
            await _freeze(slack)
        case "dumb":
            slack.silence(pongs=False)
        case _:
            slack.sockets.spoil_tickets(1)
            slack.abort()


async def _freeze(slack: SlackServer) -> None:
    """Stop reading from the connections, and let go of them after some seconds, as Slack does of dead ones."""
    frozen = list(slack.sockets.links)
    slack.freeze()
    await asyncio.sleep(FROZEN)
    for link in frozen:
        link.ready = False
        link.transport.abort()
