"""Drawing the buttons under an answer anew that is over."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.errors import PlatformError, StoreError

if TYPE_CHECKING:
    from bot.reply.delivery import Delivery
    from bot.store import StoredTurn, Turns

log = logging.getLogger(__name__)


async def redraw(turn: StoredTurn, turns: Turns, delivery: Delivery, news: asyncio.Event) -> None:
    """Show what the buttons say by now, unless somebody speaks in the chat: nobody waits for an answer behind them.

    `news` is set when something arrives. Raises StoreError, and nothing else: whatever hinders the drawing, the
    answer is over as it was.
    """
    if await turns.quiet_at(turn) is not None:
        return
    try:
        await _draw(delivery, news)
    except* PlatformError as troubles:
        log.info("buttons stay as they are", extra={"reason": str(troubles.exceptions[0])})
    except* StoreError:
        raise
    except* Exception:
        log.exception("buttons cannot be drawn anew")


async def _draw(delivery: Delivery, news: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        drawing = tasks.create_task(delivery.run(), name="draw buttons")
        speaking = tasks.create_task(news.wait(), name="hear whether somebody speaks")
        await asyncio.wait([drawing, speaking], return_when=asyncio.FIRST_COMPLETED)
        drawing.cancel()
        speaking.cancel()
