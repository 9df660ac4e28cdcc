"""What people wrote while nobody listened: Slack gives up delivering after some minutes, its history does not.

Asked for are the conversations people were heard in lately, the newest first, from the last message that was surely
heard. What is found goes to the inbox as the same events under the same keys as if it had been delivered, so
whatever was heard after all, or is delivered as well, changes nothing.

Order is kept: what arrives in a conversation about which nobody has asked yet waits a moment for what was missed
before it. Moments are Slack's own, because the clock of this machine may be wrong.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adapters.slack.calls import history_of
from adapters.slack.events import PLATFORM, UNREADABLE, read, ref_of
from adapters.slack.gap import Gap, Rhythm
from bot import clock
from bot.errors import (
    Closed,
    PlatformError,
    RateLimited,
    Rejected,
    StoreUnavailable,
    Unavailable,
    Unreachable,
    Unsupported,
)
from bot.model import Overheard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from adapters.slack.gap import Place
    from adapters.slack.timing import Timing
    from bot.model import Event, Said
    from bot.ports import Inbox

    Hear = Callable[[Event], Awaitable[Event]]
    """Returns the event with what is known about its person."""

log = logging.getLogger(__name__)

Row = dict[str, Any]

MARGIN = 30.0
"""Seconds before the newest message that was heard: those of different channels overtake each other."""
DAYS = 7
CONVERSATIONS = 50
PAGE, PAGES = 200, 5
"""Messages asked for at once, and how often per conversation."""
HELD = 4.0
"""Seconds for which a message is left in line whose conversation could not be asked about in time."""

_MOMENT = re.compile(r"\d{10}\.\d{6}")


class Missed:
    """Looks for what was missed, beside the listening; `run` until cancelled."""

    def __init__(self, calls: Calls, *, me: Me, inbox: Inbox, hear: Hear, timing: Timing) -> None:
        self._calls = calls
        self._me = me
        self._inbox = inbox
        self._hear = hear
        self._timing = timing
        self._rhythm = Rhythm(timing.question, timing.urgent)
        self._locks: dict[Place, asyncio.Lock] = {}
        self._gap: Gap | None = None
        self._newest: float | None = None
        self._noted: float | None = None
        self._recalled = asyncio.Event()
        self._news = asyncio.Event()

    def gap(self) -> None:
        """Hear that something may have been missed since the last message that was heard."""
        since = self._since() if self._recalled.is_set() else None
        self._gap = Gap(since) if self._gap is None else self._gap.again(since)
        self._news.set()

    def heard(self, body: Row) -> None:
        """Hear what was delivered and stored."""
        moment = moment_of(body)
        if moment is not None and (self._newest is None or moment > self._newest):
            self._newest = moment
            if self._noted is None:
                self._news.set()

    async def before(self, said: Said) -> Said:
        """Take in what was missed of a message's conversation; return the message, to be taken in after that.

        Where nothing can be read or stored the message goes on to the inbox all the same: it tells people.
        """
        place = (said.chat.chat, said.chat.thread)
        gap = self._gap
        if gap is None or gap.troubled or said.ref == ref_of(*place):
            return said
        try:
            async with asyncio.timeout(self._timing.hold):
                await self._recalled.wait()
                if await self._is_filled(said, place):
                    return said
        except (Closed, Rejected):
            # A verdict: what Slack does not tell is not waited for.
            return said
        except (TimeoutError, PlatformError, StoreUnavailable, *UNREADABLE) as error:
            self._rest(error)
        log.info("a message arrives before what was missed is found")
        return replace(said, quiet=max(said.quiet, HELD))

    async def run(self) -> None:
        """Fill each gap; what could not be asked for is asked for again later."""
        await self._recall()
        while True:
            self._news.clear()
            if self._gap is None:
                await self._note()
                await self._rest_for(self._timing.remember)
            elif not await self._look(self._gap):
                await asyncio.sleep(self._timing.remember)

    # ------------------------------------------------------------ how far was heard

    async def _recall(self) -> None:
        """Learn how far an earlier process heard; what this one heard meanwhile changes nothing about it."""
        position = await self._position()
        self._noted = float(position) if position else None
        if self._gap is not None:
            self._gap.since = self._noted
        if self._noted is not None:
            self._newest = max(self._newest or 0.0, self._noted + MARGIN)
        self._recalled.set()

    async def _position(self) -> str:
        while True:
            try:
                return await self._inbox.position(PLATFORM, self._me.team)
            except StoreUnavailable:
                await asyncio.sleep(self._timing.remember)

    async def _note(self) -> None:
        """Store how far was heard. While there is a gap it must be looked for again after a crash."""
        since = self._since()
        if since is None or since == self._noted:
            return
        with suppress(StoreUnavailable):
            await self._inbox.remember(PLATFORM, self._me.team, f"{since:.6f}")
            self._noted = since

    def _since(self) -> float | None:
        return None if self._newest is None else self._newest - MARGIN

    async def _rest_for(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    # ------------------------------------------------------------ one gap

    async def _look(self, gap: Gap) -> bool:
        """Ask about all places of a gap; return False if it has to be gone on with later."""
        try:
            await self._list(gap)
            while gap.places and self._gap is gap:
                await self._next(gap)
        except (Unavailable, Unreachable, StoreUnavailable) as error:
            gap.troubled = True
            log.info("what was missed cannot be asked for yet", extra={"reason": str(error)})
            return False
        except PlatformError as error:
            log.warning("Slack does not say what was missed", extra={"reason": str(error)})
            self._gap = None
            return True
        if self._gap is gap:
            self._gap = None
            log.info("looked for what was missed", extra={"messages": gap.found})
        return True

    async def _next(self, gap: Gap) -> None:
        """Ask about one place, at its time. Raises PlatformError if the others cannot be asked about either."""
        await asyncio.sleep(self._rhythm.delay(clock.ticks()))
        # Another place may have become the next one meanwhile, or none is left.
        for place in gap.places[:1]:
            try:
                await self._fill(gap, place)
            except RateLimited as limit:
                log.warning("Slack wants to be asked later what was missed")
                self._rest(limit)
            except (Unavailable, Unreachable):
                gap.postpone(place)
                raise
            except Unsupported:
                raise
            except (Rejected, *UNREADABLE) as error:
                log.warning("Slack does not say what was missed in a place", extra={"reason": str(error)})
                gap.fill(place)

    async def _list(self, gap: Gap) -> None:
        """Let the gap know where to look: conversations, and for new ones the channels they are in."""
        if gap.listed or gap.since is None:
            return
        begun = clock.wall() - DAYS * 86_400
        known = await self._inbox.recent(PLATFORM, self._me.team, begun, CONVERSATIONS)
        threads = [(chat.chat, chat.thread) for chat in known]
        gap.add(*threads, *((channel, "") for channel, _ in threads))
        gap.listed = True

    async def _is_filled(self, said: Said, place: Place) -> bool:
        """Ask about the place of a message that has just come, if that can be now. Raises PlatformError."""
        gap = self._gap
        if gap is None or gap.since is None:
            return True
        await self._list(gap)
        if place in gap.filled or not self._concerns(gap, said, place):
            return True
        gap.prefer(place)
        if self._rhythm.delay(clock.ticks(), urgent=True) > 0:
            return False
        await self._fill(gap, place)
        return True

    @staticmethod
    def _concerns(gap: Gap, said: Said, place: Place) -> bool:
        """Tell whether the bot may take part there; whoever writes elsewhere need not be asked about."""
        born = _MOMENT.fullmatch(place[1]) is not None and float(place[1]) > (gap.since or 0.0)
        return said.addressed or place in gap.places or born

    async def _fill(self, gap: Gap, place: Place) -> None:
        """Take in what was missed in a place. Raises PlatformError or StoreUnavailable."""
        lock = self._locks.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                if place not in gap.filled:
                    gap.found += await self._hand_in(gap, place)
                    gap.fill(place)
                    gap.troubled = False
        finally:
            if not lock.locked():
                self._locks.pop(place, None)

    def _rest(self, error: Exception) -> None:
        if isinstance(error, RateLimited):
            self._rhythm.rest(clock.ticks(), error.retry_after)

    # ------------------------------------------------------------ one place

    async def _hand_in(self, gap: Gap, place: Place) -> int:
        since = max(gap.since or 0.0, clock.wall() - DAYS * 86_400)
        rows = sorted(await self._rows(place, since), key=lambda row: str(row["ts"]))
        found = [(row, event) for row in rows if (event := await self._event(place[0], row)) is not None]
        heard = await self._heeded([event for _, event in found])
        if heard:
            await self._inbox.accept([await self._hear(event) for event in heard])
        # A conversation that began meanwhile may have gone on meanwhile.
        born = [row["ts"] for row, _ in found if row.get("thread_ts") == row["ts"]]
        gap.add(*((place[0], ts) for ts in born if not place[1]))
        return len(found)

    async def _heeded(self, events: list[Event]) -> list[Event]:
        """Return the events of one place without what is kept nowhere, so that nobody is looked up for it."""
        aside = next((event for event in events if isinstance(event, Overheard)), None)
        if aside is None or await self._inbox.heeds(aside):
            return events
        return [event for event in events if not isinstance(event, Overheard)]

    async def _rows(self, place: Place, since: float) -> list[Row]:
        """Return what people and others wrote there, in no order; nothing if the place is closed to us."""
        rows: list[Row] = []
        cursor = ""
        for n in range(PAGES):
            if n:
                await asyncio.sleep(self._rhythm.delay(clock.ticks()))
            try:
                page = await self._page(place, since, cursor)
            except Closed as error:
                if str(error) == "missing_scope":
                    raise
                return []
            rows += [row for row in page.get("messages") or () if float(row["ts"]) > since]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return rows

    async def _page(self, place: Place, since: float, cursor: str) -> Row:
        self._rhythm.spent(clock.ticks())
        channel, thread = place
        window: dict[str, Any] = {"channel": channel, "oldest": f"{since:.6f}", "limit": PAGE}
        window |= {"cursor": cursor} if cursor else {}
        with self._calls.asking(history_of(thread)):
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


def moment_of(body: Row) -> float | None:
    """Return when an event happened, by Slack's clock; None for what carries no such moment."""
    event = body.get("event")
    moment = event.get("event_ts") or event.get("ts") if isinstance(event, dict) else None
    return float(moment) if isinstance(moment, str) and _MOMENT.fullmatch(moment) else None
