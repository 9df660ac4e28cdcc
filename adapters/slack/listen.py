"""How events come in: Socket Mode, every envelope acknowledged only after the inbox has stored what it carries.

bolt acknowledges an event before its listener runs, and drops it if its own auth.test fails; so here the first
middleware does the whole work, ahead of both: bolt sends the acknowledgement if it returns 200, and none
otherwise, which makes Slack deliver the event again. No listener exists, so none can be registered twice.

The SDK's client reconnects by itself, with two gaps that `Listener` closes: it goes on trying a ticket Slack
takes only once, and it does not notice a connection that answers pings and carries nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from adapters.slack.calls import door, proxy_for
from adapters.slack.events import PLATFORM, UNREADABLE, read
from adapters.slack.missed import Missed
from adapters.slack.whispers import Whispers
from bot import clock
from bot.errors import PlatformError, RateLimited, StoreUnavailable

if TYPE_CHECKING:
    from slack_sdk.socket_mode.aiohttp import SocketModeClient

    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from adapters.slack.people import People
    from bot.model import Event, Secret
    from bot.ports import Inbox

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How the connection is watched, in seconds."""

    ping: float = 2.0
    """Between pings; four without an answer end the connection."""
    look: float = 0.5
    """Between looks at the connection's health."""
    patience: float = 10.0
    """For a connection to work: to be open, and to have said hello."""
    silence: float = 600.0
    """Without any message, after which a connection is replaced: quiet and dead look the same."""
    farewell: float = 2.0
    """For what is being stored to be acknowledged, and for the connection to close."""
    longest_wait: float = 30.0
    """Between two attempts to connect."""
    gap: float = 5.0
    """Without a connection, after which is asked for what was missed; Slack delivers again what it could not."""
    question: float = 1.3
    """Between two questions for what was missed; the methods allow about fifty a minute."""
    remember: float = 30.0
    """Between two notes that the connection works."""


class Backoff:
    """Waits longer after each failure in a row, from a quarter of a second up."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self.failures = 0

    async def wait(self, error: PlatformError | None = None) -> None:
        """Wait as long as the platform asked for, or as the failures so far suggest."""
        self.failures += 1
        seconds = min(self._longest, 0.25 * 2 ** min(self.failures - 1, 16))
        await asyncio.sleep(max(seconds, error.retry_after) if isinstance(error, RateLimited) else seconds)


@dataclass(slots=True)
class Pulse:
    """When a connection was last heard, and which one it was."""

    at: float
    session: object = None


class Listener:
    """Listens for one bot until cancelled; all connections share one bolt app."""

    def __init__(
        self, calls: Calls, app_token: Secret, *, me: Me, people: People, inbox: Inbox, timing: Timing
    ) -> None:
        self._calls = calls
        self._app_token = app_token
        self._me = me
        self._people = people
        self._inbox = inbox
        self._timing = timing
        self._app = self._bolt()
        self._missed = Missed(
            calls,
            me=me,
            inbox=inbox,
            hear=self._vouched,
            timing=timing,
        )
        self._whispers = Whispers(calls)
        self._storing = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Keep a working connection until cancelled, and beside it look for what was missed without one."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._missed.run(), name="look for what Slack was not heard saying")
            tasks.create_task(self._whispers.run(), name="say what only one person reads")
            await self._connect()

    async def _connect(self) -> None:
        backoff = Backoff(self._timing.longest_wait)
        while True:
            try:
                with door("apps.connections.open"):
                    answer = await self._calls.web.apps_connections_open(app_token=self._app_token)
            except PlatformError as error:
                log.warning("Slack does not open a connection", extra={"reason": str(error)})
                await backoff.wait(error)
                continue
            if await self._connection(answer["url"]):
                backoff.failures = 0
            else:
                await backoff.wait()

    # ------------------------------------------------------------ events

    def _bolt(self) -> AsyncApp:
        # The token is given, not our client: with a client bolt warns about a token in the environment.
        return AsyncApp(
            name="slack",
            logger=logging.getLogger("slack_bolt"),
            token=self._calls.web.token,
            before_authorize=self._take,
            request_verification_enabled=False,  # Socket Mode has no signatures
            ignoring_self_events_enabled=False,  # `events.read` knows who we are without asking
            ssl_check_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
        )

    async def _take(self, body: dict[str, Any]) -> BoltResponse:
        """Store what an envelope carries; 200 acknowledges it, also when there was nothing to store."""
        self._storing += 1
        self._idle.clear()
        try:
            await self._store(body)
        except StoreUnavailable:
            log.warning("an event could not be stored, Slack will deliver it again")
            return BoltResponse(status=503)
        finally:
            self._storing -= 1
            if not self._storing:
                self._idle.set()
        return BoltResponse(status=200)

    async def _store(self, body: dict[str, Any]) -> None:
        try:
            event = read(body, self._me)
        except UNREADABLE as error:
            await self._set_aside(body, error)
            return
        if event is not None:
            told = await self._inbox.accept([await self._vouched(event)])
            self._whispers.say(event, told.get(event.key, ""))

    async def _vouched(self, event: Event) -> Event:
        return replace(event, person=await self._people.vouch(event.person, self._me))

    async def _set_aside(self, body: dict[str, Any], error: Exception) -> None:
        log.warning("an event could not be read", extra={"error": type(error).__name__})
        raw = json.dumps({name: value for name, value in body.items() if name != "token"}, sort_keys=True)
        key = str(body.get("event_id") or body.get("trigger_id") or raw)
        await self._inbox.set_aside(PLATFORM, self._me.team, key, raw)

    # ------------------------------------------------------------ the connection

    async def _connection(self, url: str) -> bool:
        """Open a connection and watch it until it no longer works; return whether it ever did."""
        handler = AsyncSocketModeHandler(
            self._app,
            self._app_token,
            logger=_quiet_logger(),
            web_client=self._calls.web,
            ping_interval=self._timing.ping,
        )
        client = handler.client
        client.proxy = proxy_for(url)
        client.wss_uri = url
        pulse = self._pulse_of(client)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.patience):
                    await handler.connect_async()  # type: ignore[no-untyped-call]
                await self._watch(client, pulse)
        finally:
            await self._farewell(handler)
        return pulse.session is not None

    @staticmethod
    def _pulse_of(client: SocketModeClient) -> Pulse:
        pulse = Pulse(clock.ticks())

        async def hear(_frame: object) -> None:
            pulse.at = clock.ticks()
            pulse.session = client.current_session

        client.on_message_listeners.append(hear)
        return pulse

    async def _watch(self, client: SocketModeClient, pulse: Pulse) -> None:
        """Return when the connection stopped working and did not come back, or said nothing for long."""
        loop = asyncio.get_running_loop()
        worked = loop.time()
        while True:
            await asyncio.sleep(self._timing.look)
            now = loop.time()
            # A session that has not said hello is not yet a connection, whatever its socket says.
            if await client.is_connected() and pulse.session is client.current_session:
                worked = now
                self._missed.connected()
            if now - worked > self._timing.patience:
                log.warning("the connection to Slack did not come back, opening another one")
                return
            if now - pulse.at > self._timing.silence:
                log.info("the connection to Slack is silent, opening another one")
                return

    async def _farewell(self, handler: AsyncSocketModeHandler) -> None:
        """Let what is being stored be acknowledged, then close, and leave no task of the SDK behind."""
        client = handler.client
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timing.farewell):
                await self._idle.wait()
                await handler.disconnect_async()  # type: ignore[no-untyped-call]
        await handler.close_async()  # type: ignore[no-untyped-call]
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        if running := [task for task in tasks if task is not None]:
            await asyncio.wait(running, timeout=self._timing.farewell)


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
