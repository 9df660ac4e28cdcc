"""A proxy that puts the page into a folder of its own, as operators do who serve several things under one name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

FOLDER = "/chat"
_OWN = {"host", "connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
"""Headers that each side of a proxy says for itself."""


@asynccontextmanager
async def in_folder(url: str) -> AsyncIterator[str]:
    """Serve what stands under `url` in a folder of another address; yields that."""
    async with aiohttp.ClientSession(base_url=url, auto_decompress=False) as upstream:

        async def pass_on(request: web.Request) -> web.StreamResponse:
            asked = upstream.request(
                request.method,
                request.raw_path.removeprefix(FOLDER),
                headers=_passed(request.headers.items()),
                data=await request.read() or None,
                allow_redirects=False,
            )
            async with asked as answer:
                told = web.StreamResponse(status=answer.status, headers=_passed(answer.headers.items()))
                await told.prepare(request)
                async for piece in answer.content.iter_any():
                    await told.write(piece)
                return told

        app = web.Application()
        app.router.add_route("*", FOLDER + "/{rest:.*}", pass_on)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}{FOLDER}"
        finally:
            await runner.cleanup()


def _passed(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _OWN]
