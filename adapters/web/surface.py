"""One conversation of the page, ready to be written to: what is written stands in memory, for whoever watches."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from adapters.web.dialect import WebBody, WebDialect
from bot import clock
from bot.model import Limit, MessageRef, Pace

if TYPE_CHECKING:
    from adapters.web.hub import Live, Room
    from bot.model import ChatKey, Controls, Growth, TurnId
    from bot.ports import Body

WRITE_EVERY = 0.06
"""Seconds between two writes to a conversation: no eye asks for more."""
STATUS_EVERY = 1.0


class WebSurface:
    """Serves one answer. A page of it is named by its key, so a lost one is always found."""

    typing_every = 60.0

    def __init__(self, chat: ChatKey, room: Room) -> None:
        limits = (Limit(f"chat:{chat.chat}", WRITE_EVERY),)
        self.pace = Pace(post=limits, edit=limits, status_every=STATUS_EVERY, cheap=True)
        self.dialect = WebDialect()
        self._room = room
        self._turn: TurnId | None = None

    def follow(self, growth: Growth) -> None:
        self._turn = growth.turn
        live = self._room.live(growth.turn)
        live.text, live.status = growth.text, growth.status
        if growth.over:
            live.over_at = clock.wall()
            self._room.touch()

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        ref = MessageRef(key)
        await self.edit(ref, body, controls=controls)
        return ref

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        live = self._live()
        page = _page(ref)
        if live is None:
            self._room.touch()
        elif page is None:
            live.failure = cast("WebBody", body)
            self._room.touch()
        else:
            live.pages[page] = cast("WebBody", body)
            live.controls = controls
            self._room.change()

    async def delete(self, ref: MessageRef) -> None:
        live, page = self._live(), _page(ref)
        if live is not None and page is not None:
            live.pages.pop(page, None)
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

    def _live(self) -> Live | None:
        return self._room.live(self._turn) if self._turn is not None else None


def _page(ref: MessageRef) -> int | None:
    """Return which page of its answer a message is; None for a sentence beside it."""
    number = ref.rpartition(":")[2]
    return int(number) if number.isdecimal() else None
