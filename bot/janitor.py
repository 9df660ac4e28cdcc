"""Takes away what need not be kept, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import StoreUnavailable

if TYPE_CHECKING:
    from bot.store import Privacy

log = logging.getLogger(__name__)

EVERY = 3600.0
BREATH = 0.25
"""Seconds between two slices: whoever speaks meanwhile goes first."""
DAY = 86_400.0


class Janitor:
    """Works while the bot runs. Without `keep_days` only what is of no use to anybody goes."""

    def __init__(self, privacy: Privacy, keep_days: int | None) -> None:
        self._privacy = privacy
        self._keep_days = keep_days

    async def run(self) -> None:
        """Clean up now and every hour, until cancelled."""
        while True:
            try:
                await self.clean(clock.wall())
            except StoreUnavailable:
                log.warning("nothing could be cleaned up, trying again later")
            await asyncio.sleep(EVERY)

    async def clean(self, now: float) -> None:
        """Clean up once. `now` is seconds since 1970."""
        await self._privacy.tidy(now)
        if self._keep_days is None:
            return
        deleted = 0
        while found := await self._privacy.expire(now - self._keep_days * DAY, now):
            deleted += found
            await asyncio.sleep(BREATH)
        if deleted:
            await self._privacy.scrub()
            log.info("old conversations deleted", extra={"rows": deleted, "days": self._keep_days})
