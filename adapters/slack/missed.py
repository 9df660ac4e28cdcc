"""What people wrote while nobody listened: Slack gives up delivering after some minutes, its history does not.

Asked for are the conversations people were heard in lately, the newest first, from the last moment at which the
connection surely worked. What is found goes to the inbox as the same events under the same keys as if it had
been delivered, so whatever was heard after all, or is delivered as well, changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from adapters.slack.calls import door
from adapters.slack.events import PLATFORM, UNREADABLE, read
from bot import clock
from bot.errors import Closed, PlatformError, StoreUnavailable, Unavailable, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from adapters.slack.listen import Timing
    from bot.model import Event
    from bot.ports import Inbox

    Hear = Callable[[Event], Awaitable[Event]]
    """Returns the event with what is known about its person."""

log = logging.getLogger(__name__)

Row = dict[str, Any]
Place = tuple[str, str]
"""A channel and a thread in it; without a thread, what stands in the channel itself."""

MARGIN = 30.0
"""Seconds before the last moment at which the connection seemed to work: a dead one is noticed late."""
DAYS = 7
CONVERSATIONS = 50
PAGE, PAGES = 200, 5
"""Messages asked for at once, and how often per conversation."""


class Missed:
    """Looks for what was missed, beside the listening; `run` until cancelled."""

    def __init__(self, calls: Calls, *, me: Me, inbox: Inbox, hear: Hear, timing: Timing) -> None:
        self._calls = calls
        self._me = me
        self._inbox = inbox
        self._hear = hear
        self._timing = timing
        self._gap = asyncio.Event()
        self._worked: float | None = None
        self._asked = 0

    def connected(self) -> None:
        """Hear that the connection works now."""
        now = clock.wall()
        if self._worked is None or now - self._worked > self._timing.gap:
            self._gap.set()
        self._worked = now

    async def run(self) -> None:
        """Look once after each gap; what could not be asked for is asked for again later."""
        since = await self._position()
        while True:
            if not await self._ready():
                since = await self._note(since)
            elif not await self._look(since):
                await asyncio.sleep(self._timing.remember)

    async def _note(self, since: float) -> float:
        """Store that the connection works; return from when on it would have to be asked."""
        if self._worked is None:
            return since
        since = self._worked - MARGIN
        with suppress(StoreUnavailable):
            await self._inbox.remember(PLATFORM, self._me.team, f"{since:.6f}")
        return since

    async def _position(self) -> float:
        while True:
            try:
                position = await self._inbox.position(PLATFORM, self._me.team)
            except StoreUnavailable:
                await asyncio.sleep(self._timing.remember)
                continue
            return float(position) if position else 0.0

    async def _ready(self) -> bool:
        """Wait for a gap, or until it is time to store that there is none; return whether there was one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.remember):
                await self._gap.wait()
        return self._gap.is_set()

    async def _look(self, since: float) -> bool:
        """Ask for all that was written since; return False if it has to be done again."""
        since = max(since, clock.wall() - DAYS * 86_400)
        self._gap.clear()
        found = 0
        try:
            for place in await self._places():
                found += await self._hand_in(place, since)
        except (Unavailable, Unreachable, StoreUnavailable) as error:
            log.info("what was missed cannot be asked for yet", extra={"reason": str(error)})
            self._gap.set()
            return False
        except (PlatformError, *UNREADABLE) as error:
            log.warning("Slack does not say what was missed", extra={"reason": str(error)})
            return True
        log.info("looked for what was missed", extra={"messages": found, "since": round(since)})
        return True

    async def _places(self) -> list[Place]:
        """Return where to look: conversations, and for new ones the channels they are in."""
        begun = clock.wall() - DAYS * 86_400
        known = await self._inbox.recent(PLATFORM, self._me.team, begun, CONVERSATIONS)
        threads = [(chat.chat, chat.thread) for chat in known]
        return list(dict.fromkeys([*threads, *((channel, "") for channel, _ in threads)]))

    async def _hand_in(self, place: Place, since: float) -> int:
        rows = sorted(await self._rows(place, since), key=lambda row: str(row["ts"]))
        events = [event for row in rows if (event := await self._event(place[0], row)) is not None]
        if events:
            await self._inbox.accept([await self._hear(event) for event in events])
        return len(events)

    async def _rows(self, place: Place, since: float) -> list[Row]:
        """Return what people and others wrote there, in no order; nothing if the place is closed to us."""
        rows: list[Row] = []
        cursor = ""
        for _ in range(PAGES):
            try:
                page = await self._page(place, since, cursor)
            except Closed as error:
                if str(error) == "missing_scope":
                    raise
                return []
            rows += [row for row in page["messages"] if float(row["ts"]) > since]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return rows

    async def _page(self, place: Place, since: float, cursor: str) -> Row:
        if self._asked:
            await asyncio.sleep(self._timing.question)
        self._asked += 1
        channel, thread = place
        window: dict[str, Any] = {"channel": channel, "oldest": f"{since:.6f}", "limit": PAGE}
        window |= {"cursor": cursor} if cursor else {}
        with door("conversations.history"):
            if thread:
                answer = await self._calls.web.conversations_replies(ts=thread, **window)
            else:
                answer = await self._calls.web.conversations_history(**window)
        return answer.data if isinstance(answer.data, dict) else {}

    async def _event(self, channel: str, row: Row) -> Event | None:
        try:
            return read(delivered(channel, row, self._me), self._me)
        except UNREADABLE:
            await self._inbox.set_aside(
                PLATFORM, self._me.team, f"{channel}:{row['ts']}", json.dumps(row, sort_keys=True)
            )
            return None


def delivered(channel: str, row: Row, me: Me) -> Row:
    """Return a message of the history as it would have been delivered.

    Under a message that was answered meanwhile stands a thread of its own name; when it was written there was none.
    """
    event = {**row, "type": "message", "channel": channel}
    if row.get("thread_ts") == row.get("ts"):
        event.pop("thread_ts", None)
    return {"type": "event_callback", "team_id": me.team, "api_app_id": "", "event": event}
