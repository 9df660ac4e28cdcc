"""One Socket Mode connection, from its ticket to its end.

The SDK's client replaces connections by itself, and loses time and messages over it: it closes the old one before
it asks for another, tries a ticket again that Slack takes only once, and does not notice a connection that answers
pings and carries nothing else. So it is kept from it; a line only says that it is over, and `Listener` opens the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from adapters.slack.calls import proxy_for
from bot import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import WSMessage
    from slack_bolt.app.async_app import AsyncApp
    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest
    from slack_sdk.web.async_client import AsyncWebClient

    from adapters.slack.timing import Timing
    from bot.model import Secret

log = logging.getLogger(__name__)

PLANNED = {"warning", "refresh_requested"}
"""Reasons for which Slack wants a connection replaced while it goes on serving the old one for some seconds."""


class End(Enum):
    """Why a line is over."""

    REPLACED = auto()
    """Slack asked for another one, and still serves this one."""
    CLOSED = auto()
    """It ended, or never worked."""
    SILENT = auto()
    """It carried nothing for so long that it may be dead."""


class _Client(SocketModeClient):
    """The SDK's client without reconnecting."""

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Leave it to `Listener`."""

    async def is_ping_pong_failing(self) -> bool:
        """Leave it to aiohttp, which ends a session that answers no pings: this would ask a clock that can jump."""
        return False


class Line:
    """One connection. `greeted` is called when Slack says hello, before anything else on it is read."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: Secret,
        web: AsyncWebClient,
        url: str,
        *,
        timing: Timing,
        greeted: Callable[[], None],
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._web = web
        self._url = url
        self._timing = timing
        self._greeted = greeted
        self._heard_at = clock.ticks()
        self._hello = asyncio.Event()
        self._told = asyncio.Event()
        self._over = asyncio.Event()
        self._relieved = asyncio.Event()
        self._end = End.CLOSED

    async def run(self, idle: asyncio.Event) -> None:
        """Carry what Slack sends until the line is over; `idle` is set while nothing is being stored."""
        client = self._client()
        try:
            if await self._open(client):
                self._end = await self._watch(client)
                self._over.set()
            if self._end is End.REPLACED:
                await self._wait_for_relief(client)
        finally:
            self._over.set()
            await self._close(client, idle)

    async def works(self) -> bool:
        """Return whether it came to work, as soon as that is known."""
        while not (self._hello.is_set() or self._over.is_set()):
            await _within(self._timing.look, self._hello)
        return self._hello.is_set()

    async def end(self) -> End:
        """Return why the line is over, as soon as it is."""
        await self._over.wait()
        return self._end

    def relieve(self) -> None:
        """Let a line that was to be replaced go: the next one works."""
        self._relieved.set()

    def _client(self) -> _Client:
        client = _Client(
            self._app_token,
            logger=_quiet_logger(),
            web_client=self._web,
            auto_reconnect_enabled=False,
            ping_interval=self._timing.ping,
        )
        client.proxy = proxy_for(self._url)
        client.wss_uri = self._url
        client.on_message_listeners.append(self._hear)
        client.socket_mode_request_listeners.append(self._hand_over)
        return client

    async def _hand_over(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Give an envelope to the bolt app, and send what it answers."""
        began = clock.wall()
        response = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, response, began)

    async def _hear(self, frame: WSMessage) -> None:
        self._heard_at = clock.ticks()
        if not self._hello.is_set():
            self._hello.set()
            self._greeted()
        if reason := _parting(str(frame.data)):
            log.info("Slack wants the connection replaced", extra={"reason": reason})
            self._end = End.REPLACED if reason in PLANNED else End.CLOSED
            self._told.set()

    async def _open(self, client: _Client) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timing.patience):
                await client.connect()  # type: ignore[no-untyped-call]
                # A session that has not said hello is not yet a connection, whatever its socket says.
                while not self._hello.is_set() and await client.is_connected():
                    await _within(self._timing.look, self._hello)
        return self._hello.is_set()

    async def _watch(self, client: _Client) -> End:
        while not self._told.is_set():
            if not await client.is_connected():
                log.warning("the connection to Slack is gone, opening another one")
                return End.CLOSED
            if clock.ticks() - self._heard_at > self._timing.silence:
                log.info("the connection to Slack is silent, opening another one")
                return End.SILENT
            await _within(self._timing.look, self._told)
        return self._end

    async def _wait_for_relief(self, client: _Client) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timing.patience):
                while not self._relieved.is_set() and await client.is_connected():
                    await _within(self._timing.look, self._relieved)

    async def _close(self, client: _Client, idle: asyncio.Event) -> None:
        """Let what is being stored be acknowledged, then close, and leave no task of the SDK behind."""
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.farewell):
                    await idle.wait()
                    await client.disconnect()  # type: ignore[no-untyped-call]
        finally:
            await client.close()  # type: ignore[no-untyped-call]
            tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
            if running := [task for task in tasks if task is not None]:
                await asyncio.wait(running, timeout=self._timing.farewell)


async def _within(seconds: float, event: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _parting(frame: str) -> str:
    """Return for which reason Slack parts, or an empty string where the frame is something else."""
    if '"disconnect"' not in frame:
        return ""
    try:
        body = json.loads(frame)
    except ValueError:
        return ""
    return str(body.get("reason") or "unknown") if body.get("type") == "disconnect" else ""


_ADDRESS = re.compile(r"wss?://\S+")


class _WithoutTickets(logging.Filter):
    """Takes out what opens a connection: the SDK logs the address when a handshake fails."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        record.msg = _ADDRESS.sub("wss://…", record.getMessage()) + (f" ({kind})" if kind else "")
        record.args, record.exc_info, record.exc_text = None, None, None
        return True


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("slack_sdk.socket_mode.connection")
    if not logger.filters:
        logger.addFilter(_WithoutTickets())
    return logger
