"""Holding a short beginning for a moment: more of it is probably on its way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import clock

if TYPE_CHECKING:
    from bot.reply.answer import Answer

FIRST_WAIT = 1.0
"""Seconds a short beginning is held: an answer of two lines should cost one write, not three."""
CROWDED_WAIT = 0.2
"""Seconds it is held where a round of writes to all who share the limit takes longer than `FIRST_WAIT`."""
WORTH_CHARACTERS, WORTH_LINES = 200, 3
"""A beginning of this size is shown at once."""


async def gather(answer: Answer, crowd: float) -> None:
    """Return when the beginning is worth showing, or was held long enough.

    `crowd` is how long a round of writes takes, in seconds: where it is long, the moments until then must not go
    unused.
    """
    deadline = clock.ticks() + (CROWDED_WAIT if crowd > FIRST_WAIT else FIRST_WAIT)
    while not worth_showing(answer) and (left := deadline - clock.ticks()) > 0:
        version = answer.version
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await answer.changed(version)


def worth_showing(answer: Answer) -> bool:
    """Tell whether there is so much that a reader gains by seeing it."""
    if answer.finished or answer.paused or answer.status or answer.length >= WORTH_CHARACTERS:
        return True
    return sum(bool(line.strip()) for line in answer.text.split("\n")[:-1]) >= WORTH_LINES
