"""The page in a browser as a platform: one person, any number of conversations."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web import entrance, lobby
from adapters.web.entrance import Entrance
from adapters.web.front import PLATFORM, Front
from adapters.web.guard import Door
from adapters.web.hub import Hub
from adapters.web.server import Server
from adapters.web.surface import WebSurface
from bot import clock
from bot.errors import Misconfigured
from bot.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import ChatKey
    from bot.ports import Desk, Inbox

log = logging.getLogger(__name__)

LEAVE_SECONDS = 1.0
"""How long a reader may take to get the last of what was written when the bot goes down."""
REST_SECONDS = 75.0
"""How long a connection may rest between two requests: longer than a proxy keeps it, or one would be lost between."""
BACKLOG = 128
UNSENT = 2**17
"""Bytes the system keeps for a reader that does not read; its own figure may be many times that."""
_PROBLEMS = {
    errno.EADDRINUSE: (
        "WEB_PORT: something else on this machine listens on port {port}. Stop it, or set WEB_PORT to another one."
    ),
    errno.EACCES: "WEB_PORT: the system does not let the bot listen on port {port}. Set one from 1024 on.",
    errno.EADDRNOTAVAIL: "WEB_HOST: this machine has no address {host}. Set 127.0.0.1, or 0.0.0.0 for all it has.",
}


class _Unread(logging.Filter):
    """Makes one quiet line of what the server library says about requests that are none.

    Its own lines hold what was sent, with a traceback, and anybody who reaches the port could fill the log.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        log.debug("a request could not be read")
        return False


_wire = logging.getLogger(f"{__name__}.wire")
_wire.addFilter(_Unread())


class Web:
    """Serves the page. What it listens on is taken by `open`, before anything is listened to."""

    name = PLATFORM

    def __init__(self, *, host: str, port: int, token: str) -> None:
        self._host = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._hub = Hub()
        self._door = Door(token)
        self._front = Front(self._hub, self._door)
        self._server = Server(self._front)
        self._socket: socket.socket | None = None
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def check(self) -> None:
        """Return at once: there is nobody to ask."""

    async def open(self) -> None:
        """Take the port. Raises Misconfigured."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
        try:
            listening.bind((self._host, self._port))
            listening.listen(BACKLOG)
        except OSError as error:
            listening.close()
            problem = _PROBLEMS.get(
                error.errno or 0, "WEB_HOST: {host} cannot be listened on. Set 127.0.0.1."
            )
            raise Misconfigured([problem.format(host=self._host, port=self._port)]) from error
        self._socket = listening
        self._port = listening.getsockname()[1]

    def meet(self, desk: Desk) -> None:
        self._front.meet(desk)

    async def run(self, inbox: Inbox) -> None:
        """Serve until cancelled. From then on nothing is taken in; who watches sees the end of what is written."""
        if self._socket is None:
            await self.open()
        await self._front.recall_sessions(inbox)
        if self._runner is None and self._socket is not None:
            self._runner = web.AppRunner(
                self._server.app,
                keepalive_timeout=REST_SECONDS,
                access_log=None,
                handler_cancellation=True,
                logger=_wire,
                shutdown_timeout=LEAVE_SECONDS,
            )
            await self._runner.setup()
            if (server := self._runner.server) is not None:
                doorway = Entrance(server, entrance.most())
                loop = asyncio.get_running_loop()
                self._listening = await loop.create_server(doorway, sock=self._socket, backlog=BACKLOG)
            self._tell()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._front.listen(inbox, tasks)
                await self._watch_the_door()
        finally:
            self._front.leave()

    async def _watch_the_door(self) -> None:
        """Close connections on which nothing is asked, and clear away what nobody fetches, until cancelled."""
        while True:
            await asyncio.sleep(lobby.LOOK_EVERY)
            self._hub.shelf.tidy(clock.wall())
            served = self._runner.server if self._runner is not None else None
            lines = served.connections if served is not None else []
            overdue = set(self._server.lobby.overdue(lines, clock.ticks()))
            for line in lines:
                if line in overdue:
                    line.force_close()

    def surface(self, chat: ChatKey, route: str) -> WebSurface:
        return WebSurface(chat, self._hub.room(chat.chat), self._hub.shelf)

    async def examine(self) -> Sequence[Finding]:
        """Return what is to say about who can reach the page."""
        if not self._door.has_lock:
            return [
                Finding(
                    Severity.NOTE, PLATFORM, "open to whoever uses this machine", "Set WEB_TOKEN to lock it."
                )
            ]
        return [Finding(Severity.FINE, PLATFORM, "opens with WEB_TOKEN")]

    async def close(self) -> None:
        self._hub.close()
        if self._listening is not None:
            self._listening.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()

    @property
    def address(self) -> str:
        """Return where the page is, as it is typed into a browser on this machine."""
        near = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host)  # noqa: S104 - compared, not listened on
        host = near or (f"[{self._host}]" if ":" in self._host else self._host)
        return f"http://{host}:{self._port}"

    def _tell(self) -> None:
        log.info("the page is served", extra={"host": self._host, "port": self._port})
        # Nobody may be reading; the log says it too.
        with suppress(OSError, ValueError):
            sys.stdout.write(f"Open {self.address} in your browser. Ctrl-C stops the bot.\n")
            sys.stdout.flush()
