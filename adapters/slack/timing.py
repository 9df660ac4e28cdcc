"""How patient the listening is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import RateLimited

if TYPE_CHECKING:
    from bot.errors import PlatformError


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How connections are watched and gaps are filled, in seconds."""

    ping: float = 2.8
    """Between pings; one without an answer for half as long ends the connection, within five seconds of its death."""
    look: float = 0.5
    """Between looks at the connection's health."""
    patience: float = 10.0
    """For a connection to work: to be open, and to have said hello. So long an old one waits for its successor."""
    silence: float = 600.0
    """Without any message, after which a connection is replaced: quiet and dead look the same."""
    farewell: float = 2.0
    """For what is being stored to be acknowledged, and for the connection to close."""
    longest_wait: float = 30.0
    """Between two attempts to connect."""
    gap: float = 5.0
    """Without a connection, after which is asked for what was missed even if Slack wanted it replaced."""
    question: float = 2.0
    """Between two questions for what was missed: the methods allow about fifty a minute, and others need them."""
    urgent: int = 5
    """Questions asked at once where somebody writes whose earlier words may have been missed."""
    hold: float = 1.0
    """For which a message waits for what was missed before it; its acknowledgement is due within three."""
    remember: float = 30.0
    """Between two notes of how far was heard, and before a question that failed is asked again."""


class Backoff:
    """Waits longer after each failure in a row, from a fifth of a second up to `longest`.

    Six failures cost little more than three seconds: what is over so soon must hardly be felt.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self.failures = 0

    async def wait(self, error: PlatformError | None = None) -> None:
        """Wait as long as the platform asked for, or as the failures so far suggest."""
        self.failures += 1
        seconds = min(self._longest, 0.2 * 1.4 ** min(self.failures - 1, 16))
        await asyncio.sleep(max(seconds, error.retry_after) if isinstance(error, RateLimited) else seconds)
