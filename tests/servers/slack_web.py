"""The HTTP side of the loopback Slack: reads a call as the SDK sends it, and answers it, a limit or a fault."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers.slack_events import APP
from tests.servers.slack_rules import scope
from tests.servers.slack_values import (
    Bare,
    Call,
    Dropped,
    Failing,
    Fault,
    Hanging,
    Limited,
    Lost,
    Page,
    Refused,
    SlackError,
    Slow,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.slack_rules import Tiers
    from tests.servers.slack_socket import Sockets
    from tests.servers.slack_values import JSON
    from tests.servers.slack_world import World

HTML = "<!doctype html><title>Slack</title><p>Something went wrong"


class WebApi:
    """Answers /api/<method>; `link` is where tickets lead, `closing` ends the calls that hang."""

    def __init__(
        self,
        world: World,
        sockets: Sockets,
        *,
        bot_token: str,
        app_token: str,
        tiers: Tiers,
        changed: Callable[[], None],
    ) -> None:
        self.calls: list[Call] = []
        self.closing = asyncio.Event()
        self.link = ""
        self._world, self._sockets, self._tiers = world, sockets, tiers
        self._bot_token, self._app_token = bot_token, app_token
        self._changed = changed
        self._faults: list[tuple[str, Fault, list[int]]] = []
        self.luck: Callable[[str], Fault | None] = lambda _method: None
        """What befalls a call, by its method, that no scripted fault is meant for."""

    def fail(self, method: str, fault: Fault, times: int, after: int) -> None:
        self._faults.append((method, fault, [after, times]))

    def limit(self, tiers: Tiers) -> None:
        self._tiers = tiers

    def forgive(self) -> None:
        """The app is another process now: hold no silence against it that it cannot know of."""
        self._tiers.forget()

    def recover(self, method: str) -> None:
        self._faults = [fault for fault in self._faults if fault[0] != method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await self._args(request)
        answer = self._limits(method, args)
        if answer is None:
            answer = await self._faulty(request, method, args)
        self.calls.append(Call(method, args, self._world.now(), answer.status, _error_in(answer)))
        self._changed()
        return answer

    @staticmethod
    async def _args(request: web.Request) -> JSON:
        """Read arguments as the SDK really sends them: JSON, a form, or a query string."""
        args: JSON = dict(request.query)
        if request.content_type == "application/json":
            return args | dict(await request.json())
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        for name in ("blocks", "metadata", "attachments"):
            if isinstance(form.get(name), str):
                form[name] = json.loads(form[name])
        return args | form

    def _next_fault(self, method: str) -> Fault | None:
        for known, fault, left in self._faults:
            if known != method or left[1] <= 0:
                continue
            if left[0] > 0:
                left[0] -= 1
                return None
            left[1] -= 1
            return fault
        return None

    def _limits(self, method: str, args: JSON) -> web.Response | None:
        now = self._world.now()
        if ignored := self._tiers.ignored(method, args, now):
            if self._tiers.knowingly(method, args, now):
                self._world.violations.append(f"{scope(method, args)} did not wait as a 429 had asked")
            return _limited(ignored)
        if wait := self._tiers.wait(method, args, now):
            self._tiers.named(method, args, wait, now)
            return _limited(wait)
        return None

    async def _faulty(self, request: web.Request, method: str, args: JSON) -> web.Response:
        """Answer with the fault that is due, or well."""
        fault = self._next_fault(method) or self.luck(method)
        if fault is None:
            return self._answer(request, method, args)
        if isinstance(fault, Lost) or (isinstance(fault, Hanging) and fault.applied):
            self._answer(request, method, args)
        if isinstance(fault, Hanging):
            await self.closing.wait()
        if isinstance(fault, Slow):
            return await self._answer_late(fault, request, method, args)
        if isinstance(fault, Lost | Dropped | Hanging):
            return _drop(request)
        if isinstance(fault, Limited):
            self._tiers.named(method, args, fault.retry_after, self._world.now())
        return _refusal(fault)

    async def _answer_late(self, slow: Slow, request: web.Request, method: str, args: JSON) -> web.Response:
        answer = self._answer(request, method, args)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(slow.seconds):
                await self.closing.wait()
        return answer

    def _answer(self, request: web.Request, method: str, args: JSON) -> web.Response:
        scopes = {"X-OAuth-Scopes": ",".join(sorted(self._world.scopes))}
        try:
            body = self._called(request.headers.get("Authorization", ""), method, args)
        except SlackError as refused:
            return _body({"ok": False, "error": refused.error} | refused.extra, scopes)
        return _body({"ok": True} | body, scopes)

    def _called(self, authorization: str, method: str, args: JSON) -> JSON:
        token = authorization.removeprefix("Bearer ")
        if method == "apps.connections.open":
            return self._open(token)
        if token != self._bot_token:
            raise SlackError("not_allowed_token_type" if token.startswith("xapp-") else "invalid_auth")
        return self._world.call(method, args)

    def _open(self, token: str) -> JSON:
        if token != self._app_token:
            raise SlackError("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
        ticket = self._sockets.ticket()
        return {"url": f"{self.link}?ticket={ticket}&app_id={APP}"}


def _error_in(answer: web.Response) -> str:
    """Return the error an answer names; none if it is not of Slack's own."""
    try:
        body = json.loads(answer.body) if isinstance(answer.body, bytes) else None
    except ValueError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def _body(body: JSON, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, headers=headers)


def _limited(seconds: float) -> web.Response:
    value = str(int(seconds)) if seconds == int(seconds) else f"{seconds:.3f}"
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": value}
    )


def _drop(request: web.Request) -> web.Response:
    # A client that gave up meanwhile has taken its connection along.
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response(status=499)


def _refusal(fault: Limited | Failing | Page | Refused | Bare) -> web.Response:
    match fault:
        case Bare(fields):
            return _body({"ok": True} | fields)
        case Limited(seconds):
            return _limited(seconds)
        case Failing(status):
            return web.Response(status=status, text="upstream trouble")
        case Page(status, content, kind):
            return web.Response(status=status, body=content or HTML.encode(), content_type=kind)
        case Refused(error, needed):
            return _body({"ok": False, "error": error} | ({"needed": needed} if needed else {}))
