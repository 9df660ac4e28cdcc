"""One conversation of the page, ready to be written to: what is written stands in memory, for whoever watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from adapters.web.dialect import WebBody, WebDialect
from adapters.web.hub import Live, Shown, page
from adapters.web.shelf import Parcel
from bot import clock
from bot.errors import Gone, Rejected
from bot.model import Limit, MessageRef, Pace

if TYPE_CHECKING:
    from adapters.web.hub import Room
    from adapters.web.shelf import Shelf
    from bot.model import ChatKey, Controls, Growth
    from bot.ports import Body

WRITE_EVERY = 0.06
"""Seconds between two writes to a conversation: no eye asks for more."""
STATUS_EVERY = 1.0


class WebSurface:
    """Serves one answer. A page of it is named by its key, so a lost one is always found."""

    typing_every = 60.0

    def __init__(self, chat: ChatKey, room: Room, shelf: Shelf) -> None:
        limits = (Limit(f"chat:{chat.chat}", WRITE_EVERY),)
        self.pace = Pace(post=limits, edit=limits, status_every=STATUS_EVERY, cheap=True)
        self.dialect = WebDialect()
        self._room = room
        self._shelf = shelf
        self._live = Live()
        self._gone: set[MessageRef] = set()

    def follow(self, growth: Growth) -> None:
        live = self._live
        live.text, live.status = growth.text, growth.status
        self._room.lives[growth.turn] = live
        if growth.over:
            live.over_at = clock.wall()
            self._room.touch()

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        ref = MessageRef(key)
        self._gone.discard(ref)
        await self.edit(ref, body, controls=controls)
        return ref

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        # After a restart nothing stands in memory, and any message may be written to.
        if ref in self._gone:
            raise Gone
        self._live.messages[ref] = Shown(cast("WebBody", body), controls)
        if page(ref) is None:
            self._room.touch()
        else:
            self._room.change()

    async def send_file(self, name: str, content: bytes, *, caption: str, key: str) -> MessageRef:
        """Lay the file ready to be fetched; what is said about it stands beside the answer."""
        if not content:
            raise Rejected
        ref = MessageRef(key)
        self._shelf.put(ref, Parcel(name, content, clock.wall()))
        if caption.strip():
            return await self.post(self.dialect.render(caption), controls=(), key=key)
        self._room.touch()
        return ref

    async def delete(self, ref: MessageRef) -> None:
        self._live.messages.pop(ref, None)
        self._shelf.drop(ref)
        self._gone.add(ref)
        self._room.change()

    async def find(self, key: str, body: Body, *, controls: Controls) -> MessageRef | None:
        return MessageRef(key)

    async def typing(self) -> None:
        """Let the page see that the question was taken up."""
        self._room.touch()

    async def mark(self, ref: MessageRef) -> None:
        """Let the page see that the message waits."""
        self._room.touch()

    async def unmark(self, ref: MessageRef) -> None:
        """Let the page see that the message waits no longer."""
        self._room.touch()
