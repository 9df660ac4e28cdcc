"""Conversations, for the page: listing, reading, asking, pressing, choosing, rating."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from adapters.web import bodies, shapes
from adapters.web.front import answer, body, is_own, language, new_name
from adapters.web.refusals import Refusal, bad_value, not_found, over_limit
from adapters.web.watch import Watch
from bot import clock
from bot.model import TurnId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.web.front import Front
    from bot.model import ChatKey
    from bot.records import Talk

MOST_LISTED = 200
LOOKS = 10
"""Parts of the history that one request looks through for conversations."""
_CURSOR = re.compile(r"[0-9]{1,18}")
_PLATFORM = re.compile(r"[a-z]{0,20}")
_QUERY = 200
"""Characters of a search."""


class Talks:
    """The handlers."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> Iterable[web.RouteDef]:
        """Return where they stand."""
        one = "/api/conversations/{id}"
        return (
            web.get("/api/conversations", self.look),
            web.post("/api/conversations", self.begin),
            web.get(one, self.read),
            web.delete(one, self.erase),
            web.post(f"{one}/messages", self.say),
            web.post(f"{one}/press", self.press),
            web.put(f"{one}/settings", self.choose),
            web.post(f"{one}/rating", self.rate),
            web.get("/api/files/{turn:[0-9]{1,18}}", self.fetch),
        )

    async def look(self, request: web.Request) -> web.Response:
        """List conversations of all platforms, the newest first."""
        query = request.query
        most = _within(query.get("limit", "50"), MOST_LISTED, "limit")
        platform = query.get("platform", "")
        before = query.get("before") or None
        if not _PLATFORM.fullmatch(platform):
            raise bad_value("platform", "web, telegram, slack")
        if before is not None and not _CURSOR.fullmatch(before):
            raise bad_value("before", "next")
        cursor = None if before is None else int(before)
        found, following = await self._found(query.get("query", "")[:_QUERY].strip(), platform, cursor, most)
        listed = [shapes.talk(one, name_of(one), writable=is_own(one.chat)) for one in found]
        return answer({"conversations": listed, "next": None if following is None else str(following)})

    async def _found(
        self, query: str, platform: str, before: int | None, most: int
    ) -> tuple[list[Talk], int | None]:
        found: list[Talk] = []
        for _ in range(LOOKS):
            more, before = await self._front.desk.talks(
                query=query, platform=platform, before=before, most=most - len(found)
            )
            found += more
            if before is None or len(found) >= most:
                break
        return found, before

    async def begin(self, request: web.Request) -> web.Response:
        """Name a conversation nobody has yet."""
        return answer({"id": new_name()}, status=201)

    async def read(self, request: web.Request) -> web.Response:
        """Return all that stands in a conversation."""
        name = request.match_info["id"]
        chat = await self._front.chat(name)
        with self._front.hub.watched(chat.chat) as room:
            watch = Watch(self._front, chat, name, room, language(request))
            return answer(await watch.snapshot())

    async def erase(self, request: web.Request) -> web.Response:
        """Erase a conversation, of whatever platform."""
        chat = await self._front.chat(request.match_info["id"])
        if not await self._front.desk.erase(chat):
            raise Refusal(409, "conflict", "web_answering")
        self._front.hub.shelf.clear()
        self._front.hub.room(chat.chat).touch()
        return web.Response(status=204)

    async def fetch(self, request: web.Request) -> web.Response:
        """Hand out the file that was made in a turn."""
        turn = TurnId(int(request.match_info["turn"]))
        found = await self._front.desk.entry(turn, language(request))
        file = self._front.hub.shelf.find(turn, found[1].at, clock.wall()) if found else None
        if file is None:
            raise Refusal(404, "not_found", "web_no_file")
        # In percent signs a name is itself, whatever it is, and cannot become another header.
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
        return web.Response(
            body=file.content,
            headers={**headers, "Content-Type": file.kind, "Cache-Control": "no-store"},
        )

    async def say(self, request: web.Request) -> web.Response:
        """Take a message in."""
        chat = await self._chat(request)
        given = await body(request)
        choices = await self._front.desk.choices(chat, language(request))
        text = bodies.said(given, "text", choices.message_characters)
        name = await self._front.say(request, chat, text, bodies.key(given))
        if not await self._front.desk.heard(chat, name):
            raise over_limit()
        return answer({"key": name.partition(":")[2]}, status=202)

    async def press(self, request: web.Request) -> web.Response:
        """Take a press in."""
        chat = await self._chat(request)
        given = await body(request)
        control = bodies.matching(given, "control", bodies.PRESSED, "stop, again, …")
        value = bodies.matching(given, "value", bodies.VALUE, "17, 17.…")
        return answer({"message": await self._front.press(request, chat, control, value)}, status=202)

    async def choose(self, request: web.Request) -> web.Response:
        """Let choices hold for the conversation; if one of them is none, none holds."""
        chat = await self._chat(request)
        chosen = bodies.chosen(await body(request))
        desk = self._front.desk
        before = await desk.chosen(chat)
        for n, (name, value) in enumerate(chosen.items()):
            if not await desk.choose(chat, name, value):
                for other in list(chosen)[:n]:
                    await desk.choose(chat, other, before.get(other, ""))
                raise bad_value(name, await self._allowed(chat, name, language(request)))
        self._front.hub.room(chat.chat).touch()
        return answer({"settings": shapes.settings(await desk.chosen(chat))})

    async def _allowed(self, chat: ChatKey, name: str, spoken: str) -> str:
        choices = await self._front.desk.choices(chat, spoken)
        names = {
            "role": [one.name for one in choices.roles],
            "model": [one.name for one in choices.models],
            "think": list(choices.think),
            "temperature": [f"≥ 0, < {bodies.HOTTEST}"],
            "top_p": ["> 0, ≤ 1"],
            "max_tokens": [f"1–{bodies.MOST_TOKENS}"],
        }
        return ", ".join(names[name])

    async def rate(self, request: web.Request) -> web.Response:
        """Keep what the operator thinks of an answer."""
        chat = await self._front.chat(request.match_info["id"])
        given = await body(request)
        turn = bodies.whole(given, "turn", 2**53)
        if turn is None:
            raise bad_value("turn", "17")
        rating = bodies.rating(given)
        if not await self._front.desk.rate(chat, TurnId(turn), rating, bodies.remark(given)):
            raise not_found()
        self._front.hub.room(chat.chat).touch()
        return answer({"rating": rating})

    async def _chat(self, request: web.Request) -> ChatKey:
        return await self._front.own_chat(request.match_info["id"])


def name_of(talk: Talk) -> str:
    """Return the name of a conversation: its own for those of the page, else a number."""
    return talk.chat.chat if is_own(talk.chat) else str(talk.number)


def _within(text: str, most: int, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
        raise bad_value(name, f"1–{most}")
    return int(text)
