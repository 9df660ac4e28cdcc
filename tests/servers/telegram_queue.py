"""The updates waiting for a bot, as Telegram keeps them: confirmed by a higher offset and by nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.servers.telegram_wire import Refusal

LONG_POLL_LIMIT = 50
FUTURE = 10
"""An offset further ahead than this is not believed: delivery starts from the head."""
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when listed."""


class Updates:
    """One bot's queue."""

    def __init__(self, first_id: int = 100_000) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.confirmed: list[dict[str, Any]] = []
        self.webhook = ""
        self.allowed: list[str] = []
        self.next_id = first_id
        self._poller: asyncio.Future[None] | None = None

    @property
    def polled(self) -> bool:
        """Whether a long poll is being held now."""
        return self._poller is not None

    def push(self, update: dict[str, Any]) -> int:
        """Queue an update under its own id or the next one; a kind that is not asked for is dropped."""
        number = update.get("update_id", self.next_id)
        if isinstance(number, int):
            self.next_id = max(self.next_id, number + 1)
        if self._is_wanted(update):
            self.waiting.append({"update_id": number} | update)
        self.wake()
        return int(number) if isinstance(number, int) else 0

    def wake(self) -> None:
        """Let the poll that is being held look again."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    async def get(self, offset: int, limit: int, hold: float) -> list[dict[str, Any]]:
        """Confirm what lies below the offset, then return what waits, after at most `hold` seconds."""
        if self.webhook:
            raise Refusal(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                status=409,
                blame=False,
            )
        self._confirm(offset)
        self._displace()
        if not self.waiting and hold > 0:
            await self._hold(min(hold, LONG_POLL_LIMIT))
        return self.waiting[: limit or 100]

    def forget(self) -> None:
        """Drop everything that waits."""
        self.waiting.clear()

    async def _hold(self, seconds: float) -> None:
        mine = self._poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await mine
        except TimeoutError:
            pass
        finally:
            if self._poller is mine:
                self._poller = None

    def _displace(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(
                Refusal(
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                    status=409,
                )
            )
            self._poller = None

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self._id(self.waiting[offset:][0]) if self.waiting else 0
        if not 0 < offset <= self.next_id + FUTURE:
            return
        below = [update for update in self.waiting if self._id(update) < offset]
        self.confirmed += below
        self.waiting = [update for update in self.waiting if self._id(update) >= offset]

    def _id(self, update: dict[str, Any]) -> int:
        # An update without a proper id goes with the ones around it.
        number = update["update_id"]
        return number if isinstance(number, int) else 0

    def _is_wanted(self, update: dict[str, Any]) -> bool:
        kinds = set(update) - {"update_id"}
        return bool(kinds & set(self.allowed)) if self.allowed else not kinds <= UNASKED or not kinds
