"""The bot as a process of its own, between three loopback servers that enforce the real rules."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.ledger import is_settled
from tests.servers.qwen import QwenServer
from tests.servers.slack import SlackServer
from tests.servers.telegram import TelegramServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("BOT_PYTHON", sys.executable)
"""Which interpreter runs the bot: to measure it with nothing but its own packages, name one that has no tools."""
CANARIES = {"OPENAI_API_KEY": "sk-canary0123456789"}
PATIENCE = 40.0
"""Seconds a scenario waits before it calls something lost. A wait that is over sooner costs nothing, and on a busy
machine the process alone takes five of them to start."""
LOOK_EVERY = 0.02


class Stage:
    """`async with Stage(folder) as stage:` serves Telegram, Slack and Qwen; `start` runs the bot among them."""

    def __init__(self, folder: Path, *, flood: bool = True, **settings: str) -> None:
        self.folder = folder
        self.telegram = TelegramServer(flood=flood)
        self.slack = SlackServer(tiers=flood, redeliver=1.0)
        self.qwen = QwenServer(key=CANARIES["OPENAI_API_KEY"])
        self.settings = settings
        self.process: asyncio.subprocess.Process | None = None
        self.starts = 0
        self.crashes = 0
        """How often the process was killed, by us or by itself."""
        self._stack = AsyncExitStack()

    @property
    def database(self) -> Path:
        return self.folder / "bot.db"

    @property
    def log(self) -> str:
        """Everything the bot wrote to its streams so far, over all its starts."""
        path = self.folder / "bot.log"
        return path.read_text("utf-8") if path.exists() else ""

    async def __aenter__(self) -> Self:
        for server in (self.telegram, self.slack, self.qwen):
            await self._stack.enter_async_context(server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.put_down()
        await self._stack.aclose()

    async def put_down(self) -> None:
        """Let the process be over, if it is not: what it leaves behind is looked at next."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def environment(self) -> dict[str, str]:
        """Nothing but what the bot needs: the machine's own settings must not leak in."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **keep,
            **CANARIES,
            "PYTHONPATH": str(ROOT),
            "OPENAI_API_BASE": self.qwen.base,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_BASE": self.telegram.url,
            "TELEGRAM_ALLOWED_USERS": "*",
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_BASE": self.slack.api_base,
            "DATABASE_URL": f"sqlite:///{self.database}",
            **self.settings,
        }

    async def start(self) -> None:
        """Start the bot and wait until both platforms are connected."""
        polls = len([call for call in self.telegram.calls if call.method.lower() == "getupdates"])
        opened = self.slack.count("apps.connections.open")
        await self.spawn()
        await self.until(
            lambda: (
                len([c for c in self.telegram.calls if c.method.lower() == "getupdates"]) > polls
                and self.slack.count("apps.connections.open") > opened
                and any(link.ready for link in self.slack.sockets.links)
            )
        )

    async def spawn(self) -> asyncio.subprocess.Process:
        """Start the bot without waiting for anything."""
        self.starts += 1
        with (self.folder / "bot.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                PYTHON, "-m", "bot", cwd=self.folder, env=self.environment(), stdout=log, stderr=log
            )
        return self.process

    async def kill(self) -> None:
        """As a power cut does it to a process."""
        assert self.process is not None
        self.crashes += 1
        self.process.kill()
        await self.process.wait()

    async def crashed(self, within: float = PATIENCE) -> None:
        """Wait until the process has killed itself; see `bot.crash`."""
        assert self.process is not None
        async with asyncio.timeout(within):
            code = await self.process.wait()
        assert code == -signal.SIGKILL, f"ended with {code}\n{self.log[-4000:]}"
        self.crashes += 1

    async def settled(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing waits and nothing is being answered."""
        await self.until(lambda: not self.telegram.updates.waiting and is_settled(self.database), seconds)

    async def terminate(self, within: float = PATIENCE) -> tuple[int, float]:
        """Ask the bot to stop; return its exit code and how many seconds it took."""
        assert self.process is not None
        began = asyncio.get_running_loop().time()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within):
            code = await self.process.wait()
        return code, asyncio.get_running_loop().time() - began

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to become true; a bot that ended early is reported at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    assert self.process is None or self.process.returncode is None, self.log
                    await asyncio.sleep(LOOK_EVERY)
        assert condition(), f"waited {seconds} s in vain\n{self.log[-4000:]}"
