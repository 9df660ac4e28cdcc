"""The page and its files, and the way in where there is a token."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.files import served
from adapters.web.front import CLIENT, form, language
from adapters.web.guard import COOKIE, LASTS
from adapters.web.refusals import TOKEN_SETTING, not_found, too_many
from bot import clock, phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.web.files import File
    from adapters.web.front import Front
    from adapters.web.refusals import Refusal
    from adapters.web.throttle import Throttle

FORM = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/login.css">
</head>
<body>
<main>
<h1>{title}</h1>
<p>{hint}</p>
<form method="post" action="login">
<label for="token">{label}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p role="alert">{problem}</p>
<button>{title}</button>
</form>
</main>
</body>
</html>
"""
AGAIN = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url=./">
<title>…</title>
"""
"""A link on another site brings no cookie along; the same address once more, from here, does."""
HOME = "./"
"""The page, as seen from its neighbours: a proxy may have put all of them into a folder."""
LONGEST = 1_000
"""Characters of a token that are looked at."""


class Pages:
    """The handlers. `tries` counts wrong tokens by client."""

    def __init__(self, front: Front, tries: Throttle) -> None:
        self._front = front
        self._tries = tries
        self._files = served()

    def routes(self) -> Iterable[web.RouteDef]:
        """Return where they stand."""
        return (
            web.get("/", self.index),
            web.get("/static/{name:.+}", self.file),
            web.get("/favicon.ico", self.icon),
            web.get("/login", self.form),
            web.post("/login", self.log_in),
            web.post("/logout", self.log_out),
        )

    async def index(self, request: web.Request) -> web.Response:
        """Show the page."""
        return self._serve(request, self._files.get("index.html"))

    async def file(self, request: web.Request) -> web.Response:
        """Return a file of the page."""
        return self._serve(request, self._files.get(request.match_info["name"]))

    async def icon(self, request: web.Request) -> web.Response:
        """Return the page's sign, or nothing."""
        file = self._files.get("favicon.svg") or self._files.get("favicon.ico")
        return web.Response(status=204) if file is None else self._serve(request, file)

    def _serve(self, request: web.Request, file: File | None) -> web.Response:
        if file is None:
            raise not_found()
        headers = {"ETag": f'"{file.tag}"', "Cache-Control": "no-cache"}
        if f'"{file.tag}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.content, headers={**headers, "Content-Type": file.kind})

    # ------------------------------------------------------------ the token

    async def form(self, request: web.Request) -> web.Response:
        """Ask for the token."""
        if not self._front.door.has_lock:
            raise web.HTTPSeeOther(HOME)
        return self._ask(request, "")

    async def log_in(self, request: web.Request) -> web.Response:
        """Let a browser in that knows the token."""
        name, now = request[CLIENT], clock.ticks()
        # Before the token is looked at: a right guess must not stand out among too many.
        if wait := self._tries.wait(name, now):
            return self._put_off(request, too_many(wait))
        token = (await form(request)).get("token", "").strip()[:LONGEST]
        if not self._front.door.fits(token):
            self._tries.count(name, now)
            spoken = language(request)
            return self._ask(
                request, phrases.say("web_wrong_token", spoken, setting=TOKEN_SETTING), status=401
            )
        entered = web.Response(status=303, headers={"Location": HOME})
        _keep(request, entered, self._front.door.cookie(clock.wall()), LASTS)
        return entered

    def _put_off(self, request: web.Request, refusal: Refusal) -> web.Response:
        """Show somebody at the form that they have to wait; raise the refusal for a program."""
        if "text/html" not in request.headers.get("Accept", ""):
            raise refusal
        problem = refusal.body(language(request))["error"]["message"]
        asked = self._ask(request, problem, status=refusal.status)
        asked.headers.update(refusal.headers)
        return asked

    async def log_out(self, request: web.Request) -> web.Response:
        """Take the cookie back, and let no copy of it prove anything."""
        await self._front.end_session(request.cookies.get(COOKIE, ""))
        left = web.Response(status=303, headers={"Location": HOME})
        _keep(request, left, "", 0)
        return left

    def _ask(self, request: web.Request, problem: str, *, status: int = 200) -> web.Response:
        spoken = language(request)
        words = {
            "title": phrases.say("label_login", spoken),
            "label": phrases.say("label_token", spoken),
            "hint": phrases.say("web_login", spoken, setting=TOKEN_SETTING).replace("`", ""),
            "problem": problem.replace("`", ""),
            "language": spoken,
        }
        text = FORM.format_map({name: html.escape(word) for name, word in words.items()})
        return web.Response(
            text=text, content_type="text/html", status=status, headers={"Cache-Control": "no-store"}
        )


def way_in(request: web.Request) -> web.Response:
    """Return what a browser gets that is not logged in."""
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return web.Response(text=AGAIN, content_type="text/html", headers={"Cache-Control": "no-store"})
    return web.Response(status=303, headers={"Location": "login", "Cache-Control": "no-store"})


def _keep(request: web.Request, response: web.Response, cookie: str, seconds: int) -> None:
    """Let the browser keep a cookie that no script reads and no other site sends."""
    is_secure = request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    response.set_cookie(
        COOKIE, cookie, max_age=seconds, path="/", httponly=True, samesite="Strict", secure=is_secure
    )
