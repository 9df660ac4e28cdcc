"""Writing beside the answers: a sentence or a file of the bot's own goes out at the platform's pace, too."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot import clock
from bot.errors import RateLimited
from bot.model import WriteKind
from bot.reply.pacer import Urgency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.ports import Surface
    from bot.reply.pacer import Pacer


@asynccontextmanager
async def paced(surface: Surface, pacer: Pacer) -> AsyncIterator[None]:
    """Wait until a message may be posted, for the block to post it. The silence a refusal asks for is kept.

    Raises what the block raises, RateLimited among it.
    """
    await pacer.turn(surface.pace.limits(WriteKind.POST), Urgency.FIRST_OR_LAST, clock.ticks())
    try:
        yield
    except RateLimited as limit:
        pacer.refused(limit.scope, limit.retry_after)
        raise
