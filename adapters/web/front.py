"""What every request meets: who asks, in which language, and the way into the core."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from adapters.web import bodies, silences
from adapters.web.refusals import Refusal, cannot_store, no_conversation, restarting
from bot import clock, phrases
from bot.errors import StoreUnavailable
from bot.model import ChatKey, MessageRef, Person, Pressed, Said, Standing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from adapters.web.guard import Door
    from adapters.web.hub import Hub
    from bot.ports import Desk, Inbox

log = logging.getLogger(__name__)

T = TypeVar("T")

PLATFORM, ACCOUNT, OPERATOR = "web", "page", "operator"
CLIENT = web.RequestKey("client", str)
"""Names who asks, for counting how much."""
RECALL_EVERY = 1.0
"""Seconds between two tries to read from a store that is away."""
BODY_SECONDS = 30.0
"""How long a body may take to arrive."""


class Front:
    """Shared by all handlers. `desk` and `inbox` are there while the bot works."""

    def __init__(self, hub: Hub, door: Door) -> None:
        self.hub = hub
        self.door = door
        self._desk: Desk | None = None
        self._inbox: Inbox | None = None
        self._tasks: asyncio.TaskGroup | None = None

    def meet(self, desk: Desk) -> None:
        """Take what is shown."""
        self._desk = desk

    def listen(self, inbox: Inbox, tasks: asyncio.TaskGroup) -> None:
        """Take in what people do from here on."""
        self._inbox, self._tasks = inbox, tasks

    async def recall_sessions(self, inbox: Inbox) -> None:
        """Know again which sessions were ended before a restart. Nobody is let in before that is known."""
        while self.door.has_lock:
            try:
                self.door.recall(await inbox.position(PLATFORM, ACCOUNT))
            except StoreUnavailable:
                await asyncio.sleep(RECALL_EVERY)
            else:
                return

    async def end_session(self, cookie: str) -> None:
        """Let a cookie prove nothing any more, also after a restart."""
        now = clock.wall()
        if not self.door.end(cookie, now) or self._inbox is None:
            return
        try:
            await self._inbox.remember(PLATFORM, ACCOUNT, self.door.ended(now))
        except StoreUnavailable:
            log.warning("a session was ended, but not for longer than the bot runs")

    def leave(self) -> None:
        """Take in nothing any more."""
        self._inbox = self._tasks = None

    @property
    def desk(self) -> Desk:
        """Return the desk. Raises Refusal before there is one."""
        if self._desk is None:
            raise restarting()
        return self._desk

    @property
    def is_listening(self) -> bool:
        """Tell whether what people do is taken in."""
        return self._inbox is not None

    def hear(self, source: AsyncGenerator[T, None], every: float) -> AsyncGenerator[T | None, None]:
        """Yield what a source yields, and None after each `every` seconds of silence. Raises Refusal."""
        if self._tasks is None:
            raise restarting()
        return silences.told(self._tasks, source, every)

    # ------------------------------------------------------------ conversations

    async def chat(self, name: str) -> ChatKey:
        """Return the chat a conversation's name means. Raises Refusal if there is none."""
        if bodies.NAME.fullmatch(name):
            return chat_of(name)
        number = int(name) if name.isdecimal() and len(name) <= 18 else None  # noqa: PLR2004 - what an id may have
        found = await self.desk.chat(number) if number is not None else None
        if found is None:
            raise no_conversation()
        return found

    async def own_chat(self, name: str) -> ChatKey:
        """Return the chat of a conversation that can be written to. Raises Refusal."""
        chat = await self.chat(name)
        if not is_own(chat):
            raise Refusal(409, "conflict", "web_read_only")
        return chat

    # ------------------------------------------------------------ what people do

    async def say(self, request: web.Request, chat: ChatKey, text: str, key: str) -> str:
        """Hand in a message; return the key of its event. Raises Refusal if nothing was stored."""
        name = f"{chat.chat}:{key or secrets.token_hex(8)}"
        said = Said(
            key=name,
            chat=chat,
            person=person(request),
            ref=MessageRef(name),
            text=text,
            sent_at=datetime.now(UTC),
        )
        await self._accept(said)
        self.hub.room(chat.chat).touch()
        return name

    async def press(self, request: web.Request, chat: ChatKey, control: str, value: str) -> str:
        """Hand in a press; return what to tell who pressed."""
        key = f"{chat.chat}:press:{secrets.token_hex(8)}"
        told = await self._accept(
            Pressed(key=key, chat=chat, person=person(request), control=control, value=value)
        )
        self.hub.room(chat.chat).touch()
        return told

    async def _accept(self, event: Said | Pressed) -> str:
        if self._inbox is None or self._tasks is None:
            raise restarting()
        # Who closes the page the moment after must not leave something stored of which nobody was told.
        taking = self._tasks.create_task(_taken(self._inbox, event), name="take in")
        await asyncio.wait([taking])
        if isinstance(told := taking.result(), StoreUnavailable):
            raise cannot_store() from told
        if isinstance(told, Exception):
            raise told
        return told.get(event.key, "")


async def _taken(inbox: Inbox, event: Said | Pressed) -> Mapping[str, str] | Exception:
    """Hand an event in to the end; whatever goes wrong concerns who asked, and nobody else."""
    try:
        return await inbox.accept([event])
    except Exception as error:  # noqa: BLE001 - raised where the request is answered, if it still is
        return error


def chat_of(conversation: str) -> ChatKey:
    """Return the chat of a conversation of the page."""
    return ChatKey(PLATFORM, ACCOUNT, conversation)


def is_own(chat: ChatKey) -> bool:
    """Tell whether a conversation is one of the page."""
    return chat.platform == PLATFORM


def new_name() -> str:
    """Return a name no conversation has."""
    return f"w{secrets.token_hex(8)}"


def tag(request: web.Request) -> str:
    """Return the language tag of who asks; empty if the client does not tell."""
    return request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()[:35]


def language(request: web.Request) -> str:
    """Return the language the bot speaks to who asks."""
    return phrases.language(request.query.get("language", "")[:35] or tag(request))


def person(request: web.Request) -> Person:
    """Return the one person of the page, in the language of the browser."""
    return Person(id=OPERATOR, language=tag(request), standing=Standing.MEMBER)


async def body(request: web.Request) -> bodies.Body:
    """Return the object a request carries. Raises Refusal."""
    if request.content_type != "application/json":
        raise Refusal(415, "unsupported_type", "web_bad_type")
    return bodies.read(await _text(request))


async def form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form. Raises Refusal."""
    try:
        return dict(parse_qsl(await _text(request), max_num_fields=10))
    except ValueError as error:
        raise Refusal(400, "bad_request", "web_bad_json") from error


async def _text(request: web.Request) -> str:
    most = request.client_max_size
    # Who says beforehand that it is too much need not send it to hear so.
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            # Some editors put a mark before the text that names its encoding.
            return (await request.read()).decode("utf-8-sig")
    except (UnicodeDecodeError, web.RequestPayloadError) as error:
        raise Refusal(400, "bad_request", "web_bad_json") from error
    except TimeoutError as error:
        raise Refusal(408, "bad_request", "web_bad_json") from error


def answer(data: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON answer."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        body=text.encode("utf-8", "replace"),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
