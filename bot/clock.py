"""The two clocks: one that says what time it is, and one that never jumps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


def wall() -> float:
    """Return the seconds since 1970: for what is stored or told. It may jump."""
    return datetime.now(UTC).timestamp()


def written(at: float) -> str:
    """Return a moment, in seconds since 1970, as people read it: in UTC, to the minute."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def ticks() -> float:
    """Return the event loop's seconds: for waiting and measuring. They mean nothing outside of this process."""
    return asyncio.get_running_loop().time()
