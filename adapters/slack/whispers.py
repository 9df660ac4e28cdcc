"""What only one person reads: why a press of theirs did nothing.

Slack forgets such a message by itself, and the event it answers is acknowledged without waiting for it. So this is
best effort: what cannot be said is not said again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from adapters.markup.drawing import draw
from adapters.slack.calls import door
from adapters.slack.dialect import escaped
from bot.errors import PlatformError, RateLimited

if TYPE_CHECKING:
    from adapters.slack.calls import Calls
    from bot.model import Event

log = logging.getLogger(__name__)

EVERY = 0.65
"""Seconds between two of them: chat.postEphemeral takes 100 a minute."""
WAITING = 20
"""More than this many are not kept: nobody remembers after a quarter of a minute what was pressed."""


class Whispers:
    """Says what it is given, one after the other; `run` until cancelled."""

    def __init__(self, calls: Calls, *, every: float = EVERY) -> None:
        self._calls = calls
        self._every = every
        self._waiting: asyncio.Queue[tuple[Event, str]] = asyncio.Queue(WAITING)

    def say(self, event: Event, text: str) -> None:
        """Tell the person who did this, where they did it. An empty text is nothing to tell."""
        if text and not self._waiting.full():
            self._waiting.put_nowait((event, text))

    async def run(self) -> None:
        """Say what waits, and whatever comes."""
        while True:
            event, text = await self._waiting.get()
            try:
                await self._post(event, text)
            except RateLimited as error:
                await asyncio.sleep(error.retry_after)
            except PlatformError as error:
                log.debug("a person was not told", extra={"reason": str(error)})
            await asyncio.sleep(self._every)

    async def _post(self, event: Event, text: str) -> None:
        with door("chat.postEphemeral"):
            await self._calls.web.chat_postEphemeral(
                channel=event.chat.chat,
                user=event.person.id,
                thread_ts=event.chat.thread or None,
                text=escaped(draw(text).text),
            )
