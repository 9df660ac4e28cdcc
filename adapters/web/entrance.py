"""How many connections there may be at once: each is a file of the process, and the database needs some too."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from aiohttp.web import Server

MOST = 512
"""Connections: a page in the browser has up to six."""
FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\nConnection: close\r\nServer: bot\r\n\r\n"


class Entrance:
    """Makes what serves a connection; beyond `most` of them, what says that there is no room."""

    def __init__(self, server: Server, most: int) -> None:
        self._server = server
        self._most = most

    def __call__(self) -> asyncio.Protocol:
        has_room = len(self._server.connections) < self._most
        return self._server() if has_room else _NoRoom()


class _NoRoom(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        leaving = cast("asyncio.Transport", transport)
        leaving.write(FULL)
        leaving.close()


def most() -> int:
    """Return how many connections there may be: no more than half of the files that the process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)
