"""The web server: who is let in, how mistakes are answered, and what stands in every answer."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.chat import Chat
from adapters.web.figures import Figures
from adapters.web.front import CLIENT, answer, language
from adapters.web.guard import COOKIE, bearer, client, is_foreign, is_local, is_passed_on
from adapters.web.lobby import Lobby
from adapters.web.pages import Pages, way_in
from adapters.web.refusals import TOKEN_SETTING, Refusal, cannot_store, not_found, too_many, wrong_method
from adapters.web.streams import STREAM
from adapters.web.talks import Talks
from adapters.web.throttle import Throttle
from adapters.web.watch import Watches
from bot import clock
from bot.errors import StoreUnavailable
from bot.log import reference

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from adapters.web.front import Front

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)

BODY_MOST = 2**20
"""Bytes of one request."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types blocks"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
"""In every answer: the page runs its own scripts only, is shown in no frame, and tells no other site where it is."""
PAGES = frozenset({"/", "/login"})
OPEN = frozenset({"/login", "/healthz", "/healthz/live", "/favicon.ico"})
STATIC = "/static/"
ASKING = frozenset({"/api/chat"})
PASSED_ON = ("X-Forwarded-For", "X-Real-IP")


class Server:
    """The application. Throttles count by client, in seconds."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.lobby: Lobby[object] = Lobby()
        self._calls = Throttle(every=0.05, burst=240)
        self._asks = Throttle(every=1.0, burst=60)
        self._tries = Throttle(every=10.0, burst=5)
        self.app = web.Application(client_max_size=BODY_MOST, middlewares=[self._explain, self._guard])
        self.app.on_response_prepare.append(_dress)
        for part in (
            Pages(front, self._tries),
            Talks(front),
            Watches(front),
            Chat(front),
            Figures(front, self._is_admitted),
        ):
            self.app.add_routes(part.routes())

    # ------------------------------------------------------------ who is let in

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers, path = _joined(request), request.path
        request[CLIENT] = name = client(request.remote or "", headers)
        is_here = is_local(headers.get("Host", "")) and not is_passed_on(headers)
        if not (self._front.door.has_lock or is_here):
            raise Refusal(403, "forbidden", "web_foreign_name", setting=TOKEN_SETTING)
        if is_foreign(request.method, headers, is_page=path in PAGES):
            raise Refusal(403, "forbidden", "web_forbidden")
        # A page that is refused one of its files is broken, and they cost next to nothing.
        if not path.startswith(STATIC) and (wait := self._calls.take(name, clock.ticks())):
            raise too_many(wait)
        if not (path in OPEN or path.startswith(STATIC) or self._is_let_in(request, name)):
            if path == "/":
                return way_in(request)
            raise Refusal(401, "login_required", "web_login_required")
        if _asks(request) and (wait := self._asks.take(name, clock.ticks())):
            raise too_many(wait)
        return await handler(request)

    def _is_let_in(self, request: web.Request, name: str) -> bool:
        """Tell whether a request may pass; wrong tokens are counted, and too many of them are not looked at."""
        door, token = self._front.door, bearer(request.headers)
        if token is None or not door.has_lock:
            return self._is_admitted(request)
        now = clock.ticks()
        if wait := self._tries.wait(name, now):
            raise too_many(wait)
        if door.fits(token):
            return True
        self._tries.count(name, now)
        return False

    def _is_admitted(self, request: web.Request) -> bool:
        door = self._front.door
        if not door.has_lock or door.knows(request.cookies.get(COOKIE, ""), clock.wall()):
            return True
        token = bearer(request.headers)
        wait = self._tries.wait(request[CLIENT], clock.ticks())
        return token is not None and not wait and door.fits(token)

    # ------------------------------------------------------------ mistakes

    @web.middleware
    async def _explain(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer what cannot be done with a sentence."""
        self.lobby.serve(request.protocol)
        try:
            return await handler(request)
        except Refusal as refusal:
            return _told(request, refusal)
        except web.HTTPSeeOther:
            raise
        except web.HTTPMethodNotAllowed as error:
            return _other_method(request, error.allowed_methods)
        except web.HTTPException as error:
            return _told(request, _refusal(error.status))
        except StoreUnavailable:
            return _told(request, cannot_store())
        except ConnectionError:
            # Whoever asked is gone; nobody hears an answer.
            raise
        except Exception:
            name = reference()
            log.exception("a request failed unexpectedly", extra={"reference": name})
            return _told(request, Refusal(500, "internal", "web_failed", reference=name))


def _told(request: web.Request, refusal: Refusal) -> web.StreamResponse:
    begun: web.StreamResponse | None = request.get(STREAM)
    if begun is not None:
        # Another answer cannot follow; that the stream breaks off tells its reader to come again.
        if request.transport is not None:
            request.transport.close()
        return begun
    return answer(refusal.body(language(request)), status=refusal.status, headers=refusal.headers)


def _refusal(status: int) -> Refusal:
    """Return what is said where the server itself cannot take a request."""
    if status == HTTPStatus.NOT_FOUND:
        return not_found()
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Refusal(413, "too_large", "web_too_large")
    return Refusal(status, "bad_request", "web_bad_json")


def _other_method(request: web.Request, allowed: Iterable[str]) -> web.StreamResponse:
    """Say which methods an address takes: to whoever asks just that, and to whoever used another one."""
    named = {"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))}
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=named)
    told = _told(request, wrong_method(request.method[:16], named["Allow"]))
    told.headers.update(named)
    return told


def _joined(request: web.Request) -> Mapping[str, str]:
    """Return the headers, each that proxies add to as one: some add a line of their own below a visitor's."""
    headers = request.headers.copy()
    for name in PASSED_ON:
        if name in headers:
            headers[name] = ", ".join(headers.getall(name))
    return headers


def _asks(request: web.Request) -> bool:
    return request.method == "POST" and (request.path in ASKING or request.path.endswith("/messages"))


async def _dress(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # What a server is made of is nobody's business.
    response.headers["Server"] = "bot"
