"""Serving the Bot API over HTTP: tokens, parameters, scripted faults, flood limits, and the record of all calls."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.servers.telegram_flood import Flood
from tests.servers.telegram_methods import Methods, table
from tests.servers.telegram_queue import Updates
from tests.servers.telegram_wire import (
    Answer,
    Drop,
    Fault,
    Hang,
    Lost,
    Params,
    Raw,
    Refusal,
    Script,
    Slow,
    answer_body,
    read_params,
)
from tests.servers.telegram_world import World

if TYPE_CHECKING:
    from collections.abc import Callable

WRITES = frozenset(
    {"sendMessage", "sendRichMessage", "sendDocument", "editMessageText", "editMessageReplyMarkup"}
)
"""The methods that spend from the flood limits."""


@dataclass(slots=True)
class Call:
    """One call of the bot: when it came (monotonic seconds) and what it got; `answer` is None while it waits."""

    method: str
    params: dict[str, Any]
    at: float
    status: int = 0
    answer: Any = None
    notes: list[str] = field(default_factory=list)


class BotApi:
    """The server without the people. See `tests.servers.telegram`."""

    def __init__(self, token: str, bot: dict[str, Any], *, flood: bool, flood_penalty: int) -> None:
        self.token = token
        self.bot = bot
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.world = World(bot)
        self.updates = Updates()
        self._methods = Methods(self.world, self.updates, self.violations.append)
        self._table = table(self._methods)
        self._flood = Flood(limits=flood, penalty=flood_penalty)
        self._script = Script()
        self.luck: Callable[[str], Fault | None] = lambda _method: None
        """What befalls a call, by its method, that no scripted fault is meant for."""
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0

    # ------------------------------------------------------------ life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a `stop` on the same port, with everything still known."""
        self._closing.clear()
        app = web.Application(client_max_size=60 * 1024**2)
        app.router.add_route("*", "/{bot:bot[^/]*}/{method}", self._serve)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Be unreachable."""
        self._closing.set()
        self.updates.wake()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # ------------------------------------------------------------ the record

    def calls_to(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method.lower() == method.lower()]

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Return as soon as the condition holds after a call was answered or came in; raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    # ------------------------------------------------------------ what goes wrong

    def fail(self, method: str, fault: Fault, times: float = 1, after: int = 0) -> None:
        """Let so many calls of a method (`*`: of any) meet a fault, once `after` calls have passed."""
        self._script.add(method, fault, times, after)

    def forgive(self) -> None:
        """The bot is another process now: hold no silence against it that it cannot know of."""
        self._flood.forget()

    def mend(self, method: str) -> None:
        """Forget the faults that still wait for a method."""
        self._script.clear(method)

    # ------------------------------------------------------------ serving

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        proper, _ = self._table.get(
            request.match_info["method"].lower(), (request.match_info["method"], None)
        )
        call = Call(proper, {}, time.monotonic())
        if proper.lower() == "getupdates":
            call.method = "getUpdates"
        if call.method != request.match_info["method"]:
            # Telegram itself reads names in any case; other servers of its API do not.
            self.violations.append(f"{call.method}: called as {request.match_info['method']}")
        self.calls.append(call)
        try:
            call.params = await read_params(request)
            await self._tell()
            self._check_silence(call)
            return await self._meet(self._script.take(call.method) or self.luck(call.method), call, request)
        except Refusal as refusal:
            return await self._refused(call, refusal)

    async def _meet(self, fault: Fault | None, call: Call, request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = web.Response(status=503)
        match fault:
            case Answer():
                response = await self._answered(call, fault.status, answer_body(self._rested(fault, call)))
            case Raw():
                await self._note(call, fault.status, fault.body)
                response = web.Response(status=fault.status, text=fault.body, content_type=fault.content_type)
            case Hang():
                await self._closing.wait()
            case Drop():
                self._cut(request)
            case Lost():
                await self._carried_out(call, request)
                self._cut(request)
            case Slow():
                response = await self._carried_out(call, request)
                await self._pause(fault.seconds)
            case None:
                response = await self._carried_out(call, request)
        return response

    async def _carried_out(self, call: Call, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["bot"])
            self._check_pace(call)
            return await self._answered(call, 200, {"ok": True, "result": await self._result(call)})
        except Refusal as refusal:
            return await self._refused(call, refusal)

    async def _result(self, call: Call) -> object:
        params = Params(call.params)
        if call.method == "getUpdates":
            return await self._poll(params)
        if call.method.lower() not in self._table:
            raise Refusal("Not Found: method not found", status=404)
        return self._table[call.method.lower()][1](params)

    async def _poll(self, params: Params) -> object:
        if (allowed := params.structure("allowed_updates")) is not None:
            self.updates.allowed = list(allowed)
        hold = 0.0 if self._closing.is_set() else float(params.number("timeout"))
        return await self.updates.get(params.number("offset"), params.number("limit"), hold)

    def _check_token(self, given: str) -> None:
        token = given.removeprefix("bot")
        if token == self.token:
            return
        number, colon, rest = token.partition(":")
        if number.isdigit() and colon and rest:
            raise Refusal("Unauthorized", status=401)
        raise Refusal("Not Found", status=404)

    def _check_silence(self, call: Call) -> None:
        left, knowingly = self._flood.resting(_scope(call), call.at)
        if left > 0:
            raise self._flooded(left, blame=knowingly)

    def _check_pace(self, call: Call) -> None:
        chat_id = Params(call.params).number("chat_id")
        if call.method == "sendMessageDraft":
            broken = self._flood.drafted(chat_id, call.at)
        elif call.method in WRITES:
            broken = self._flood.exceeded(chat_id, call.at)
        else:
            return
        if broken:
            self._flood.rest(_scope(call), call.at, self._flood.penalty)
            call.notes.append(broken)
            raise self._flooded(self._flood.penalty, blame=True)

    @staticmethod
    def _flooded(seconds: float, *, blame: bool) -> Refusal:
        whole = max(1, round(seconds + 0.499))
        text = f"Too Many Requests: retry after {whole}"
        return Refusal(text, status=429, blame=blame, parameters={"retry_after": whole})

    def _rested(self, fault: Answer, call: Call) -> Answer:
        if fault.status == 429 and fault.parameters:
            self._flood.rest(_scope(call), time.monotonic(), fault.parameters["retry_after"])
        return fault

    async def _refused(self, call: Call, refusal: Refusal) -> web.StreamResponse:
        if refusal.blame:
            notes = f" ({', '.join(call.notes)})" if call.notes else ""
            self.violations.append(f"{call.method}: {refusal.description}{notes}")
        answer = Answer(refusal.status, refusal.description, refusal.parameters)
        return await self._answered(call, refusal.status, answer_body(answer))

    async def _answered(self, call: Call, status: int, body: dict[str, Any]) -> web.StreamResponse:
        await self._note(call, status, body)
        retry = (body.get("parameters") or {}).get("retry_after")
        headers = {"Retry-After": str(retry)} if retry else None
        return web.json_response(body, status=status, headers=headers)

    async def _note(self, call: Call, status: int, answer: object) -> None:
        call.status, call.answer = status, answer
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    @staticmethod
    def _cut(request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()


def _scope(call: Call) -> str:
    if call.method in WRITES or call.method == "sendMessageDraft":
        return f"chat:{call.params.get('chat_id')}"
    # A sign is refused where it was to be seen, and nowhere else.
    where = call.params.get("chat_id") or call.params.get("callback_query_id")
    return f"{call.method}:{where}" if where else call.method
