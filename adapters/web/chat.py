"""Asking from a program: without memory, or in a conversation whose answer can be taken up again."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web import bodies, shapes
from adapters.web.front import answer, body, chat_of, language, new_name
from adapters.web.outside import OUTSIDE, Outside
from adapters.web.refusals import Refusal, not_found, over_limit
from adapters.web.shapes import plain
from adapters.web.streams import KEEPALIVE, EventStream
from bot import phrases
from bot.errors import StoreUnavailable
from bot.model import Finish, TurnId

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from adapters.web.front import Front
    from adapters.web.hub import Room
    from adapters.web.shapes import Shape
    from bot.model import ChatKey
    from bot.records import Entry

LOOK_AGAIN = 1.0
"""Seconds after which the store is looked at without being told."""
_NAME = re.compile(r"([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,10})(-end)?")
_OVER = frozenset({"answered", "done", "failed"})


class Chat:
    """The handlers."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._outside = Outside(front)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return where they stand."""
        one = "/api/chat/{turn:[0-9]{1,18}}"
        return (web.post("/api/chat", self.ask), web.get(one, self.resume, allow_head=False))

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer a question."""
        given = await body(request)
        choices = await self._front.desk.choices(OUTSIDE, language(request))
        asked = bodies.asked(given, choices.message_characters)
        streams = bodies.streams(given)
        if isinstance(asked, bodies.Question):
            # Many clients go on with a broken stream by sending the same request again: that is no second question.
            if found := _NAME.fullmatch(_newest(request)):
                return await self._take_up(
                    request, TurnId(int(found[1])), asked.conversation, streams=streams
                )
            return await self._in_conversation(request, asked, streams=streams)
        ask = replace(asked, model=asked.model or choices.model)
        return await (self._outside.stream(request, ask) if streams else self._outside.whole(request, ask))

    # ------------------------------------------------------------ in a conversation

    async def _in_conversation(
        self, request: web.Request, asked: bodies.Question, *, streams: bool
    ) -> web.StreamResponse:
        name = asked.conversation or new_name()
        chat = chat_of(name)
        with self._front.hub.watched(name) as room:
            version = room.version
            key = await self._front.say(request, chat, asked.text, asked.key)
            if not await self._front.desk.heard(chat, key):
                raise over_limit()
            stream = await EventStream.open(request) if streams else None
            turn = await self._taken(chat, key, room, version, stream)
            progress = Progress(turn, name)
            if stream is None:
                return await self._answered(request, progress, room)
            await stream.send({"conversation": name, "turn": turn}, name=progress.name)
            return await self._follow(request, progress, room, stream)

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Go on with an answer whose stream broke."""
        return await self._take_up(request, TurnId(int(request.match_info["turn"])), "", streams=True)

    async def _take_up(
        self, request: web.Request, turn: TurnId, conversation: str, *, streams: bool
    ) -> web.StreamResponse:
        """Go on with the answer of a turn, which must be one of `conversation` if that is named."""
        found = await self._front.desk.entry(turn, language(request))
        if found is None or (conversation and found[0] != chat_of(conversation)):
            raise not_found()
        chat, entry = found
        progress = Progress(turn, chat.chat)
        progress.go_on_from(_newest(request))
        if request.method == "GET" and entry.state in _OVER and progress.has_all(entry.answer):
            # The browsers' EventSource comes again for ever, unless it is told in this way that there is no more.
            return web.Response(status=204)
        with self._front.hub.watched(chat.chat) as room:
            if not streams:
                return await self._answered(request, progress, room)
            stream = await EventStream.open(request)
            if progress.is_new:
                await stream.send({"conversation": chat.chat, "turn": turn}, name=progress.name)
            return await self._follow(request, progress, room, stream)

    async def _taken(
        self, chat: ChatKey, key: str, room: Room, version: int, stream: EventStream | None
    ) -> TurnId:
        """Return the turn that takes up a message, once one does: it may have to wait in line."""
        quiet = 0.0
        while (turn := await self._front.desk.taken(chat, key)) is None:
            if room.closed:
                raise ConnectionResetError("the bot is going down")
            await room.changed(version, LOOK_AGAIN)
            quiet = quiet + LOOK_AGAIN if room.version == version else 0.0
            version = room.version
            if stream is not None and quiet >= KEEPALIVE:
                await stream.comment()
                quiet = 0.0
        return turn

    async def _follow(
        self, request: web.Request, progress: Progress, room: Room, stream: EventStream
    ) -> web.StreamResponse:
        """Send what is missing until the answer is over. A bot that goes down breaks the stream off."""
        async for event in self._pieces(request, progress, room):
            if event is None:
                await stream.comment()
            else:
                await stream.send(event, name=progress.name)
        return stream.response

    async def _answered(self, request: web.Request, progress: Progress, room: Room) -> web.Response:
        async for _ in self._pieces(request, progress, room):
            pass
        found = await self._front.desk.entry(progress.turn, language(request))
        if room.closed or found is None:
            raise Refusal(503, "restarting", "web_restarting", retry_after=3)
        _, entry = found
        if entry.finish is Finish.FAILED or (entry.state == "failed" and not entry.answer):
            return answer(_failure(entry, language(request)), status=502)
        told = {"conversation": progress.conversation, "turn": progress.turn, "content": entry.answer}
        return answer({**told, "note": plain(entry.note), **_ending(entry)})

    async def _pieces(
        self, request: web.Request, progress: Progress, room: Room
    ) -> AsyncGenerator[Shape | str | None, None]:
        """Yield the events of an answer that are still to be sent; None where a comment is due."""
        quiet = 0.0
        while not room.closed:
            version = room.version
            live = room.lives.get(progress.turn)
            text = live.text if live is not None and live.over_at is None else None
            entry = None if text is not None else await self._entry(progress.turn, language(request))
            if text is None and entry is not None:
                text = entry.answer
            for event in progress.events(text or ""):
                yield event
                quiet = 0.0
            if entry is not None and entry.state in _OVER:
                *rest, end = _last(entry, language(request))
                for last in rest:
                    yield last
                progress.is_over = True
                yield end
                return
            await room.changed(version, LOOK_AGAIN)
            quiet += LOOK_AGAIN
            if quiet >= KEEPALIVE:
                yield None
                quiet = 0.0

    async def _entry(self, turn: TurnId, spoken: str) -> Entry | None:
        """Return the turn as it is stored; None if the store cannot tell just now."""
        try:
            found = await self._front.desk.entry(turn, spoken)
        except StoreUnavailable:
            return None
        return None if found is None else found[1]


@dataclass(slots=True)
class Progress:
    """How much of an answer a reader has: so many characters, known by their checksum."""

    turn: TurnId
    conversation: str
    sent: int = 0
    check: int = 0
    is_new: bool = True
    is_over: bool = False
    """Nothing follows."""

    @property
    def name(self) -> str:
        """Return the id of the last event; with it a reader takes the stream up again."""
        return f"{self.turn}-{self.sent}-{self.check}{'-end' if self.is_over else ''}"

    def go_on_from(self, name: str) -> None:
        """Take up where an event of this name was the last that arrived; any other name is the start."""
        found = _NAME.fullmatch(name)
        if found and int(found[1]) == self.turn:
            self.sent, self.check, self.is_new = int(found[2]), int(found[3]), False
            self.is_over = found[4] is not None

    def has_all(self, text: str) -> bool:
        """Tell whether the reader has seen the end of this very text."""
        return self.is_over and (self.sent, self.check) == (len(text), _checksum(text))

    def events(self, text: str) -> Iterable[Shape]:
        """Yield what brings the reader to this text; `name` is true of each after it was yielded."""
        self.is_over = False
        if self.sent and (len(text) < self.sent or _checksum(text[: self.sent]) != self.check):
            if not text:
                return  # what is made anew has not begun yet
            self.sent = self.check = 0
            yield {"reset": True}
        if len(text) > self.sent:
            more = text[self.sent :]
            self.sent, self.check = len(text), _checksum(text)
            yield {"content": more}


def _newest(request: web.Request) -> str:
    """Return the name of the last event that arrived at who asks."""
    return request.headers.get("Last-Event-ID", "").strip()


def _checksum(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


def _last(entry: Entry, spoken: str) -> Iterable[Shape | str]:
    """Yield the events at the end of an answer."""
    if entry.finish is Finish.FAILED or (entry.state == "failed" and not entry.answer):
        yield _failure(entry, spoken)
        return
    if entry.note:
        yield {"note": plain(entry.note)}
    yield _ending(entry)
    yield "[DONE]"


def _failure(entry: Entry, spoken: str) -> Shape:
    message = plain(entry.note or phrases.say("page_failed", spoken))
    return {"error": {"code": "failed", "message": message}}


def _ending(entry: Entry) -> Shape:
    finish = entry.finish.value if entry.finish else None
    return shapes.ending(entry.usage, finish, entry.model, entry.cost)
