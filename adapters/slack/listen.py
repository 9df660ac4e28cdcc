"""How events come in: Socket Mode, every envelope acknowledged only after the inbox has stored what it carries.

bolt acknowledges an event before its listener runs, and drops it if its own auth.test fails; so here the first
middleware does the whole work, ahead of both: bolt sends the acknowledgement if it returns 200, and none
otherwise, which makes Slack deliver the event again. No listener exists, so none can be registered twice.

Slack wants a connection replaced every few hours. The old one carries on until the next one works; after any other
end it is not known what Slack tried to deliver meanwhile, so `Missed` asks for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from adapters.slack.events import PLATFORM, UNREADABLE, read
from adapters.slack.line import End, Line
from adapters.slack.missed import Missed
from adapters.slack.timing import Backoff
from adapters.slack.whispers import Whispers
from bot import clock
from bot.errors import PlatformError, StoreUnavailable
from bot.model import Overheard, Said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from adapters.slack.people import People
    from adapters.slack.timing import Timing
    from bot.model import ChatKey, Event, Secret
    from bot.ports import Inbox

log = logging.getLogger(__name__)

CONNECTING = "connecting"


class _First(AsyncMiddleware):
    """Hands over what an envelope carries as it came: for a plain function bolt would first read what it may lack."""

    def __init__(self, take: Callable[[dict[str, Any]], Awaitable[BoltResponse]]) -> None:
        self._take = take

    async def async_process(
        self,
        *,
        req: Any,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - bolt names what it gives
    ) -> BoltResponse:
        return await self._take(req.body)


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
        self._lanes: WeakValueDictionary[ChatKey, asyncio.Lock] = WeakValueDictionary()
        self._storing = 0
        self._idle = asyncio.Event()
        self._idle.set()

        self._replaced_at: float | None = None
        self._trouble = ""
        self.trouble = CONNECTING
        """What is wrong with the connection, in a word; empty if nothing is."""

    async def run(self) -> None:
        """Keep a working connection until cancelled, and beside it look for what was missed without one."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._missed.run(), name="look for what Slack was not heard saying")
            tasks.create_task(self._whispers.run(), name="say what only one person reads")
            await self._connect(tasks)

    # ------------------------------------------------------------ connections

    async def _connect(self, tasks: asyncio.TaskGroup) -> None:
        backoff = Backoff(self._timing.longest_wait)
        old: Line | None = None
        while True:
            line = self._line(await self._ticket(backoff))
            tasks.create_task(line.run(self._idle), name="carry what Slack sends")
            began = clock.ticks()
            if await line.works():
                self.trouble = ""
                if old is not None:
                    old.relieve()
                is_replaced = await line.end() is End.REPLACED
                self.trouble = "" if is_replaced else CONNECTING
                old = line if is_replaced else None
                self._replaced_at = clock.ticks() if is_replaced else None
            if old is not None or clock.ticks() - began > self._timing.patience:
                backoff.failures = 0
            else:
                # It never worked, or not for long: Slack is not to be asked without a pause.
                await backoff.wait()

    async def _ticket(self, backoff: Backoff) -> str:
        """Return the address of one connection, asking until Slack gives one."""
        while True:
            try:
                with self._calls.asking("apps.connections.open"):
                    answer = await self._calls.web.apps_connections_open(app_token=self._app_token)
                return str(answer["url"])
            except PlatformError as error:
                self._tell(type(error).__name__, str(error))
                await backoff.wait(error)

    def _tell(self, kind: str, reason: str) -> None:
        """Let the log hear once of each kind of trouble: it may last for hours."""
        if kind != self._trouble:
            log.warning("Slack does not open a connection, trying again", extra={"reason": reason})
        self._trouble = kind

    def _line(self, url: str) -> Line:
        return Line(
            self._app,
            self._app_token,
            self._calls.web,
            url,
            timing=self._timing,
            greeted=self._greeted,
        )

    def _greeted(self) -> None:
        """Something may have been missed, unless the line before this one served until now."""
        self._trouble = ""
        replaced_at = self._replaced_at
        if replaced_at is None or clock.ticks() - replaced_at > self._timing.gap:
            self._missed.gap()

    # ------------------------------------------------------------ events

    def _bolt(self) -> AsyncApp:
        # The token is given, not our client: with a client bolt warns about a token in the environment.
        return AsyncApp(
            name="slack",
            logger=logging.getLogger("slack_bolt"),
            token=self._calls.web.token,
            before_authorize=_First(self._take),
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
            # It does so for some minutes only.
            self._missed.gap()
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
            await self._hand_in(event)
        self._missed.heard(body)

    async def _hand_in(self, event: Event) -> None:
        if isinstance(event, Said):
            event = await self._missed.before(event)
        if isinstance(event, Said) and event.addressed:
            async with self._lane(event.chat):
                await self._accept(event)
        elif await self._is_heeded(event):
            await self._accept(event)

    async def _accept(self, event: Event) -> None:
        told = await self._inbox.accept([await self._vouched(event)])
        self._whispers.say(event, told.get(event.key, ""))

    async def _is_heeded(self, event: Event) -> bool:
        """Tell whether anything is done about an event: whose words nobody keeps is not looked up."""
        if isinstance(event, Said):
            # The bot may take part in a thread only from a message on that is still on its way in.
            async with self._lane(event.chat):
                return await self._inbox.heeds(event)
        return not isinstance(event, Overheard) or await self._inbox.heeds(event)

    def _lane(self, chat: ChatKey) -> asyncio.Lock:
        """Return what lets in one after the other, in the order in which they came, what is said to the bot."""
        return self._lanes.setdefault(chat, asyncio.Lock())

    async def _vouched(self, event: Event) -> Event:
        return replace(event, person=await self._people.vouch(event.person, self._me))

    async def _set_aside(self, body: dict[str, Any], error: Exception) -> None:
        log.warning("an event could not be read", extra={"error": type(error).__name__})
        raw = json.dumps({name: value for name, value in body.items() if name != "token"}, sort_keys=True)
        key = str(body.get("event_id") or body.get("trigger_id") or sha256(raw.encode()).hexdigest()[:16])
        await self._inbox.set_aside(PLATFORM, self._me.team, key, raw)
