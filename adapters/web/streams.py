"""Server-sent events: what a reader gets line by line, at the pace the reader can take."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from typing import Self

STREAM = web.RequestKey("stream", web.StreamResponse)
"""The answer of a request that has begun already."""
AGAIN = 1000
"""Milliseconds after which a page whose stream broke opens it again."""
KEEPALIVE = 15.0
"""Seconds after which a comment tells proxies that the stream lives."""
PATIENCE = 30.0
"""Seconds a reader may take to make room; one that does not is let go, so that nothing piles up for it."""
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class EventStream:
    """One stream to one reader."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response

    @classmethod
    async def open(cls, request: web.Request) -> Self:
        """Begin the answer."""
        response = web.StreamResponse(headers=HEADERS)
        request[STREAM] = response
        await response.prepare(request)
        return cls(request, response)

    @property
    def response(self) -> web.StreamResponse:
        """Return what the handler returns."""
        return self._response

    async def send(self, data: object, *, event: str = "", name: str = "", again: int = 0) -> None:
        """Send one event; `name` is its id, `again` how soon to come again (in milliseconds) when the stream breaks.

        Raises ConnectionError if the reader is gone or does not read.
        """
        lines = [f"retry: {again}"] if again else []
        lines += [f"id: {name}"] if name else []
        lines += [f"event: {event}"] if event else []
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await self._write("\n".join([*lines, f"data: {text}", "", ""]))

    async def comment(self) -> None:
        """Send what readers ignore."""
        await self._write(":\n\n")

    async def _write(self, text: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._response.write(text.encode("utf-8", "replace"))
        except TimeoutError as error:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise ConnectionResetError("the reader does not read") from error
