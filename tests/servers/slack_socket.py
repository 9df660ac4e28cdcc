"""The Socket Mode side of the loopback Slack: tickets, connections, envelopes and their acknowledgement."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.slack_values import JSON

RETRIES = 3
"""Slack delivers an event again three times, then gives up."""


@dataclass(slots=True, kw_only=True)
class Envelope:
    """One delivery: when it was sent and, once it was, acknowledged (seconds since the server began)."""

    id: str
    type: str
    payload: JSON
    sent: list[float] = field(default_factory=list[float])
    acked: float | None = None
    given_up: bool = False
    reason: str = ""
    timer: asyncio.TimerHandle | None = None
    link: Link | None = None

    def wire(self) -> str:
        attempt = len(self.sent)
        body: JSON = {"envelope_id": self.id, "type": self.type, "payload": self.payload}
        body["accepts_response_payload"] = self.type != "events_api"
        if self.type == "events_api":
            body |= {"retry_attempt": attempt, "retry_reason": self.reason if attempt else ""}
        return json.dumps(body)


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """One WebSocket connection of the app."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])
    ready: bool = False
    pongs: bool = True
    deaf: bool = False
    """Open and answering pings, but no event reaches it any more: a zombie."""


class Sockets:
    """Hands each envelope to one connection, and again while nobody acknowledges it."""

    def __init__(self, *, redeliver: float, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self.envelopes: list[Envelope] = []
        self.links: list[Link] = []
        self.opened = 0
        self.refused_tickets = 0
        self.pongs_seen = 0
        self.acks: dict[str, float] = {}
        self._redeliver = redeliver
        self._now = now
        self._changed = changed
        self._tickets: set[str] = set()
        self._spoiled = 0
        self._queue: list[Envelope] = []
        self._unacked: dict[str, Envelope] = {}
        self._turn = itertools.count()

    def ticket(self) -> str:
        """Return a ticket that opens one connection, once."""
        ticket = uuid.uuid4().hex
        if self._spoiled:
            self._spoiled -= 1
        else:
            self._tickets.add(ticket)
        return ticket

    def spoil_tickets(self, times: int) -> None:
        """Let the next tickets be refused, as one is that came too late."""
        self._spoiled = times

    def deliver(self, kind: str, payload: JSON) -> Envelope:
        envelope = Envelope(id=str(uuid.uuid4()), type=kind, payload=payload)
        self.envelopes.append(envelope)
        self._unacked[envelope.id] = envelope
        self._queue.append(envelope)
        self._pump()
        return envelope

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self.refused_tickets += 1
            raise web.HTTPForbidden(text="ticket")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        link = Link(socket=socket, transport=request.transport)
        self.links.append(link)
        self.opened += 1
        try:
            await self._greet(link)
            sender = asyncio.create_task(self._write(link))
            try:
                await self._listen(link)
            finally:
                sender.cancel()
        finally:
            self._forget(link)
        return socket

    async def _greet(self, link: Link) -> None:
        count = len(self.links)
        debug = {"host": "applink-loopback", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": count, "debug_info": debug}
        await link.socket.send_str(json.dumps(hello | {"connection_info": {"app_id": "A1"}}))
        await link.socket.ping(b"loopback")
        link.ready = True
        self._pump()
        self._changed()

    async def _listen(self, link: Link) -> None:
        async for frame in link.socket:
            if frame.type is WSMsgType.PING and link.pongs:
                await link.socket.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                self.pongs_seen += 1
                self._changed()
            elif frame.type is WSMsgType.TEXT:
                self._ack(json.loads(frame.data))

    def _ack(self, body: JSON) -> None:
        envelope = self._unacked.pop(str(body.get("envelope_id")), None)
        if envelope is not None:
            envelope.acked = self._now()
            self.acks[envelope.id] = envelope.acked - envelope.sent[0]
            _cancel(envelope)
        self._changed()

    def _pump(self) -> None:
        """Send what waits, if there is a connection to send it to."""
        while self._queue and (ready := [link for link in self.links if link.ready]):
            envelope = self._queue.pop(0)
            self._send(envelope, ready[next(self._turn) % len(ready)])

    def _send(self, envelope: Envelope, link: Link) -> None:
        wire = envelope.wire()
        envelope.sent.append(self._now())
        envelope.link = link
        loop = asyncio.get_running_loop()
        envelope.timer = loop.call_later(self._redeliver, self._again, envelope, "timeout")
        if not link.deaf:
            link.outbox.put_nowait(wire)
        self._changed()

    @staticmethod
    async def _write(link: Link) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await link.socket.send_str(await link.outbox.get())

    def _again(self, envelope: Envelope, reason: str) -> None:
        """Deliver once more what nobody acknowledged, or give up."""
        _cancel(envelope)
        if len(envelope.sent) > RETRIES:
            envelope.given_up = True
            self._unacked.pop(envelope.id, None)
            self._changed()
            return
        envelope.reason = reason
        self._queue.append(envelope)
        self._pump()

    def _forget(self, link: Link) -> None:
        self.links.remove(link)
        open_ones = [e for e in self._unacked.values() if e.link is link and e.timer]
        for envelope in open_ones:
            self._again(envelope, "connection_failed")
        self._changed()

    # ------------------------------------------------------------ what a test can do to a connection

    async def disconnect(self, reason: str) -> None:
        """Ask every connection to come back by another one, as Slack does every few hours."""
        for link in list(self.links):
            with contextlib.suppress(ConnectionError):
                await link.socket.send_str(json.dumps({"type": "disconnect", "reason": reason}))

    def freeze(self) -> None:
        """Stop reading what the app sends, also its wish to close."""
        for link in self.links:
            link.transport.pause_reading()

    def abort(self) -> None:
        """Cut every connection without a word."""
        for link in self.links:
            link.ready = False
            link.transport.abort()

    async def hang_up(self) -> None:
        """Close every connection properly, from this side."""
        for link in list(self.links):
            link.ready = False
            await link.socket.close()

    def close(self) -> None:
        for envelope in self.envelopes:
            _cancel(envelope)
        self._queue.clear()
        self.abort()


def _cancel(envelope: Envelope) -> None:
    if envelope.timer is not None:
        envelope.timer.cancel()
        envelope.timer = None
