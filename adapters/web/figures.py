"""What is chosen from, what was used, and how the bot is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web import shapes
from adapters.web.front import answer, chat_of, language
from adapters.web.refusals import KEY_SETTING, bad_value
from bot import phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from adapters.web.front import Front

MOST_DAYS = 366
_PREFIXES = ("page_", "label_", "menu_")


class Figures:
    """The handlers. `admitted` tells whether a request may see more than that the bot lives."""

    def __init__(self, front: Front, admitted: Callable[[web.Request], bool]) -> None:
        self._front = front
        self._admitted = admitted

    def routes(self) -> Iterable[web.RouteDef]:
        """Return where they stand."""
        return (
            web.get("/api/settings", self.settings),
            web.get("/api/usage", self.usage),
            web.get("/healthz", self.health),
            web.get("/healthz/live", self.lives),
            web.get("/metrics", self.metrics),
        )

    async def settings(self, request: web.Request) -> web.Response:
        """Return what can be chosen, and the words of the page."""
        spoken = language(request)
        name = request.query.get("conversation", "")
        chat = await self._front.chat(name) if name else chat_of("")
        choices = await self._front.desk.choices(chat, spoken)
        defaults = {
            "role": choices.role,
            "model": choices.model,
            "temperature": choices.temperature,
            "top_p": choices.top_p,
            "max_tokens": choices.max_tokens,
            "think": "auto",
        }
        return answer(
            {
                "demo": choices.is_demo,
                "language": spoken,
                "login": self._front.door.has_lock,
                "models": [shapes.model(one) for one in choices.models],
                "roles": [shapes.role(one) for one in choices.roles],
                "think": list(choices.think),
                "defaults": defaults,
                "limits": {
                    "message_characters": choices.message_characters,
                    "max_tokens": choices.most_tokens,
                },
                "strings": strings(spoken),
            }
        )

    async def usage(self, request: web.Request) -> web.Response:
        """Return what was used, by day, model and person."""
        days = request.query.get("days", "30")
        if not re.fullmatch(r"[0-9]{1,3}", days) or not 1 <= int(days) <= MOST_DAYS:
            raise bad_value("days", f"1–{MOST_DAYS}")
        found = await self._front.desk.spending(int(days))
        return answer(
            {
                "days": [shapes.spent(one, "day") for one in found.days],
                "models": [shapes.spent(one, "model") for one in found.models],
                "people": [shapes.spent(one, "person") for one in found.people],
                "currency": found.currency,
            }
        )

    async def health(self, request: web.Request) -> web.Response:
        """Tell whether the bot works; why not, only to whom it may concern."""
        found = await self._front.desk.health()
        is_ready = found.is_ready and self._front.is_listening
        told: shapes.Shape = {"live": True, "ready": is_ready}
        if self._admitted(request):
            told |= {
                "store": found.store or "ok",
                "platforms": {name: trouble or "connected" for name, trouble in found.platforms.items()},
                "model": found.model or "ok",
                "waiting": found.waiting,
                "running": found.running,
            }
        return answer(told, status=200 if is_ready else 503)

    async def lives(self, request: web.Request) -> web.Response:
        """Tell that the process works: for whoever restarts one that does not. A restart mends nothing else."""
        return answer({"live": True})

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the meters."""
        content, kind = await self._front.desk.metrics()
        return web.Response(body=content, headers={"Content-Type": kind, "Cache-Control": "no-store"})


def strings(spoken: str) -> dict[str, str]:
    """Return the sentences the page needs."""
    found = phrases.beginning(_PREFIXES, spoken)
    return found | {"page_demo": phrases.say("page_demo", spoken, setting=KEY_SETTING)}
