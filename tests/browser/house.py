"""The bot as a process with nothing but its page and the loopback model."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiohttp

from tests.servers.qwen import QwenServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-canary0123456789"
PATIENCE = 40.0
"""Seconds a test waits before it calls something lost."""


PORTS = range(15_000, 32_000)
"""Below those that systems give to whoever asks for any: a port is free for as long as nobody chose it by its number,
also between two starts of the bot."""


def free_port() -> int:
    """Return a port nobody listens on; the same one is used again after a restart, as in life."""
    while True:
        # Tests begin with the same seed in every worker; what is chosen by it would be chosen twice.
        with socket.socket() as taken, suppress(OSError):
            port = secrets.choice(PORTS)
            taken.bind(("127.0.0.1", port))
            return port


class House:
    """`async with House(folder) as house:` serves the model and runs the bot. `demo` sets no key."""

    def __init__(self, folder: Path, *, demo: bool = False, **settings: str) -> None:
        self.folder = folder
        self.qwen = QwenServer(key=KEY)
        self.settings = settings
        self.process: asyncio.subprocess.Process | None = None
        self._demo = demo
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        path = self.folder / "bot.log"
        return path.read_text("utf-8") if path.exists() else ""

    async def __aenter__(self) -> Self:
        await self.qwen.__aenter__()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()
        await self.qwen.__aexit__(kind, error, trace)

    def environment(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        model = {} if self._demo else {"OPENAI_API_KEY": KEY, "OPENAI_API_BASE": self.qwen.base}
        return {
            **keep,
            **model,
            "PYTHONPATH": str(ROOT),
            "WEB_PORT": str(self._port),
            "DATABASE_URL": f"sqlite:///{self.folder / 'bot.db'}",
            "LOG_LEVEL": "DEBUG",
            **self.settings,
        }

    async def start(self) -> None:
        """Start the bot and wait until it is ready."""
        with (self.folder / "bot.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", cwd=self.folder, env=self.environment(), stdout=log, stderr=log
            )
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as client:
            while not await self._is_ready(client):
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.05)

    async def _is_ready(self, client: aiohttp.ClientSession) -> bool:
        with suppress(aiohttp.ClientError):
            async with client.get(f"{self.url}/healthz") as response:
                return response.status == 200
        return False

    async def kill(self) -> None:
        """As a power cut does it."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to become true of the servers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110 - the servers have no event for everything
                    await asyncio.sleep(0.02)
        assert condition(), f"waited {seconds} s in vain\n{self.log[-4000:]}"
