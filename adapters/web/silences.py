"""Hearing what comes, and when nothing comes: a reader that is told nothing for long takes the stream for dead."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Over:
    """Nothing more comes; `error` says why, if it is not simply the end."""

    error: Exception | None


async def told(
    tasks: asyncio.TaskGroup, source: AsyncGenerator[T, None], every: float
) -> AsyncGenerator[T | None, None]:
    """Yield what the source yields, and None after each `every` seconds without anything.

    The source is read by a task of its own, because whoever stops waiting for its next word would end it. Leaving
    closes it. Raises what the source raises, and ConnectionResetError where `tasks` end before it.
    """
    heard: asyncio.Queue[T | _Over] = asyncio.Queue()
    reading = tasks.create_task(_read(source, heard), name="hear")
    try:
        while True:
            try:
                async with asyncio.timeout(every):
                    one = await heard.get()
            except TimeoutError:
                yield None
                continue
            if isinstance(one, _Over):
                if one.error is not None:
                    raise one.error
                return
            yield one
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def _read(source: AsyncGenerator[T, None], heard: asyncio.Queue[T | _Over]) -> None:
    over = _Over(ConnectionResetError("the bot is going down"))
    try:
        async with aclosing(source):
            async for one in source:
                heard.put_nowait(one)
        over = _Over(None)
    except Exception as error:  # noqa: BLE001 - raised where the answer is read, and concerns nobody else
        over = _Over(error)
    finally:
        heard.put_nowait(over)
