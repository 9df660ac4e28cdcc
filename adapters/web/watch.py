"""A conversation as one reader sees it: all of it once, then what changes, always what is true now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web import shapes
from adapters.web.front import is_own, language
from adapters.web.streams import AGAIN, KEEPALIVE, EventStream
from bot import clock
from bot.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.web.front import Front
    from adapters.web.hub import Room
    from adapters.web.shapes import Shape
    from bot.model import ChatKey
    from bot.records import Entry

MOST = 200
"""Entries that are shown, the newest."""
LOOK_BUSY, LOOK_ELSEWHERE = 2.0, 3.0
"""Seconds after which the store is looked at without being told: while something goes on, and on other platforms."""
_BUSY = frozenset({"waiting", "running", "answered"})


class Watch:
    """One reader's view of one conversation."""

    def __init__(self, front: Front, chat: ChatKey, name: str, room: Room, spoken: str) -> None:
        self._desk = front.desk
        self._chat = chat
        self._name = name
        self._room = room
        self._language = spoken
        self._easel = shapes.Easel(spoken, front.hub.shelf)
        self._stored: Sequence[Entry] = ()
        self._head: Shape = {}
        self._shown: list[Shape] = []
        self._read_at = (-1, 0.0)

    async def snapshot(self) -> Shape:
        """Return all of it."""
        await self._read()
        self._shown = self._draw()
        return {
            "id": self._name,
            "platform": self._chat.platform,
            "writable": is_own(self._chat),
            **self._head,
            "entries": self._shown,
        }

    async def news(self) -> list[tuple[str, Shape]]:
        """Return the events that bring the reader from what was shown to what is true now."""
        head = self._head
        if self._is_due():
            await self._read()
        before, self._shown = self._shown, self._draw()
        found = list(shapes.changes(before, self._shown))
        if self._head != head and not any(kind == "entries" for kind, _ in found):
            found.append(("entries", {"from": len(self._shown), "entries": []}))
        return [(kind, {**data, **self._head} if kind == "entries" else data) for kind, data in found]

    @property
    def patience(self) -> float:
        """Return the seconds after which to look without being told."""
        if not is_own(self._chat):
            return LOOK_ELSEWHERE
        is_busy = any(entry.state in _BUSY for entry in self._stored)
        return LOOK_BUSY if is_busy else KEEPALIVE

    def _is_due(self) -> bool:
        stale, moment = self._read_at
        return stale != self._room.stale or clock.ticks() - moment >= self.patience

    async def _read(self) -> None:
        # What changes while the store is read is read again.
        self._read_at = (self._room.stale, clock.ticks())
        self._stored = await self._desk.entries(self._chat, MOST, self._language)
        self._head = {
            "title": await self._desk.title(self._chat),
            "settings": shapes.settings(await self._desk.chosen(self._chat)),
            "totals": shapes.totals(await self._desk.cost(self._chat)),
        }
        over = [one.turn for one in self._stored if one.turn is not None and one.state in {"done", "failed"}]
        for turn in over:
            live = self._room.lives.get(turn)
            if live is not None and not live.beside:
                del self._room.lives[turn]

    def _draw(self) -> list[Shape]:
        lives = self._room.lives
        return [
            self._easel.entry(one, lives.get(one.turn) if one.turn is not None else None)
            for one in self._stored
        ]


class Watches:
    """The handler."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> Iterable[web.RouteDef]:
        """Return where it stands."""
        return (web.get("/api/conversations/{id}/events", self.watch, allow_head=False),)

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """Show a conversation until the reader leaves."""
        name = request.match_info["id"]
        chat = await self._front.chat(name)
        with self._front.hub.watched(chat.chat) as room:
            watch = Watch(self._front, chat, name, room, language(request))
            version = room.version
            first = await watch.snapshot()
            stream = await EventStream.open(request)
            await stream.send(first, event="snapshot", again=AGAIN)
            await self._follow(watch, room, stream, version)
            return stream.response

    async def _follow(self, watch: Watch, room: Room, stream: EventStream, version: int) -> None:
        told = clock.ticks()
        while not room.closed:
            await room.changed(version, min(watch.patience, KEEPALIVE))
            version = room.version
            try:
                found = await watch.news()
            except StoreUnavailable:
                continue  # it is looked at again after a moment
            for event, data in found:
                await stream.send(data, event=event)
            if found or clock.ticks() - told >= KEEPALIVE:
                told = clock.ticks()
                if not found:
                    await stream.comment()
