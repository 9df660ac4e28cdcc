"""A loopback server that speaks DashScope's OpenAI-compatible wire: chat completions and the list of models.

What it answers is a script, a sequence of frozen steps; scripts are data, so a test reads as what the
provider does. What it is asked is kept in `requests`, with the moment it came and the moment it was let go.
It refuses what the real one refuses: a wrong key, an unknown model, a temperature of 2, no messages.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.servers.qwen_script import (
    Asked,
    CloseQuietly,
    Cut,
    Done,
    End,
    Fault,
    Pause,
    Raw,
    Say,
    Script,
    Scripted,
    Stall,
    StreamError,
    Think,
    Until,
    Use,
    answer,
    envelope,
    flat,
)
from tests.servers.qwen_stage import Stage, to_response
from tests.servers.qwen_tokens import ContextCache, prompt, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Asked",
    "CloseQuietly",
    "Cut",
    "Done",
    "End",
    "Fault",
    "Pause",
    "QwenServer",
    "Raw",
    "Say",
    "Script",
    "Stall",
    "StreamError",
    "Think",
    "Until",
    "Use",
    "answer",
    "envelope",
    "flat",
]

HELP = " For details, see: https://help.aliyun.com/zh/model-studio/error-code#apikey-error"
MODELS = ("qwen-plus", "qwen-flash", "qwen3.7-plus", "qwen3.8-flash", "qwen3.8-max")
BUDGETS = {"qwen3.8-max": 262_144, "qwen3.8-flash": 262_144, "qwen3.7-plus": 262_144}
"""Tokens a model may be told to think at most."""
EFFORTS = ("low", "medium", "xhigh")
ROOT = "/compatible-mode/v1"


class QwenServer:
    """Use as `async with QwenServer(key="sk-test") as server:`; its address is `server.base`.

    `longest` limits the characters of all messages together, as the context window does. A server that `counts`
    reports the tokens there really are, and how many of them it had cached; then `longest` is in tokens.
    """

    def __init__(
        self,
        *,
        key: str = "sk-test",
        models: Sequence[str] = MODELS,
        longest: int | None = None,
        counts: bool = False,
    ) -> None:
        self.key = key
        self.models = tuple(models)
        self.longest = longest
        self.counts = counts
        self._cache = ContextCache()
        self.requests: list[Asked] = []
        self._default: Scripted = answer("Hello from Qwen.")
        self._queue: deque[Scripted] = deque()
        self._came = asyncio.Condition()
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._port}{ROOT}"

    def reply(self, script: Scripted) -> None:
        """Answer every request with this script, or with what the callable makes of the request."""
        self._default = script

    def queue(self, *scripts: Scripted) -> None:
        """Answer the coming requests with these, one each, before the default is used again."""
        self._queue.extend(scripts)

    async def arrived(self, number: int) -> Asked:
        """Wait for the request of this number, counted from 1."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= number)
        return self.requests[number - 1]

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post(f"{ROOT}/chat/completions", self._complete)
        app.router.add_get(f"{ROOT}/models", self._list)
        # Cancelling a handler whose client left is how the server sees an early close at once.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.05, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        refused = self._identify(request)
        if refused is not None:
            return to_response(refused)
        rows = [{"id": name, "object": "model", "created": 1, "owned_by": "system"} for name in self.models]
        return web.json_response({"object": "list", "data": rows})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError:
            return to_response(_invalid("The request body is not valid JSON."))
        peer = request.transport.get_extra_info("peername") if request.transport else None
        asked = Asked(body if isinstance(body, dict) else {}, dict(request.headers), peer)
        async with self._came:
            self.requests.append(asked)
            self._came.notify_all()
        refused = self._identify(request) or self._examine(asked.body)
        script = (refused,) if refused is not None else self._script(asked)
        return await self._serve(request, asked, script)

    def _script(self, asked: Asked) -> Script:
        scripted = self._queue.popleft() if self._queue else self._default
        script = scripted(asked) if callable(scripted) else scripted
        return self._counted(asked, script) if self.counts else script

    def _counted(self, asked: Asked, script: Script) -> Script:
        """Return the script with what it really uses."""
        sent = prompt(asked.body["messages"])
        cached = self._cache.take(asked.body["model"], sent)
        thoughts = sum(len(tokens(step.text)) for step in script if isinstance(step, Think))
        words = sum(len(tokens(step.text)) for step in script if isinstance(step, Say))
        use = Use(prompt=len(sent), cached=cached, completion=words + thoughts, reasoning=thoughts or None)
        return [use if isinstance(step, Use) else step for step in script]

    async def _serve(self, request: web.Request, asked: Asked, script: Script) -> web.StreamResponse:
        stage = Stage(request, asked)
        try:
            return await stage.play(script)
        except (asyncio.CancelledError, ConnectionError):
            if not stage.cut:
                asked.left = time.monotonic()
            raise
        finally:
            asked.finish()

    def _identify(self, request: web.Request) -> Fault | None:
        given = request.headers.get("Authorization", "")
        if given == f"Bearer {self.key}":
            return None
        message = "Incorrect API key provided." if given else "No API-key provided."
        return Fault(401, envelope("invalid_api_key", message + HELP, "invalid_request_error"))

    def _examine(self, body: dict[str, Any]) -> Fault | None:
        model, messages = body.get("model"), body.get("messages")
        if model not in self.models:
            message = f"The model `{model}` does not exist or you do not have access to it."
            return Fault(404, envelope("model_not_found", message, "invalid_request_error"))
        if not messages:
            return _invalid("<400> InternalError.Algo.InvalidParameter: [] is too short - 'messages'")
        length = len(prompt(messages)) if self.counts else _characters(messages)
        if self.longest is not None and length > self.longest:
            bounds = f"Range of input length should be [1, {self.longest}]"
            return _invalid(f"<400> InternalError.Algo.InvalidParameter: {bounds}")
        return _examine_parameters(body)


def _characters(messages: Sequence[dict[str, Any]]) -> int:
    return sum(len(str(message.get("content", ""))) for message in messages)


def _examine_parameters(body: dict[str, Any]) -> Fault | None:
    """The bounds that differ from OpenAI's: DashScope refuses a temperature of exactly 2."""
    if not 0 <= body.get("temperature", 1) < 2:
        return _invalid("'temperature' must be Float and in [0.0, 2.0)")
    if not 0 < body.get("top_p", 1) <= 1:
        return _invalid("'top_p' must be Float and in (0.0, 1.0]")
    if body.get("max_tokens", 1) < 1:
        return _invalid("Range of max_tokens should be [1, 32768]")
    if "stream_options" in body and not body.get("stream"):
        return _invalid("'stream_options' only set this when you set stream: true")
    if not isinstance(body.get("enable_thinking", False), bool):
        return _invalid("'enable_thinking' must be Bool")
    return _examine_thinking(body)


def _examine_thinking(body: dict[str, Any]) -> Fault | None:
    """What each family takes: the newest an effort, the others a budget, none of them both."""
    budget, effort = body.get("thinking_budget"), body.get("reasoning_effort")
    if budget is not None and effort is not None:
        return _invalid("'thinking_budget' and 'reasoning_effort' cannot be set at the same time")
    most = BUDGETS.get(body["model"], 81_920)
    if budget is not None and not (isinstance(budget, int) and 0 < budget <= most):
        return _invalid(
            f"The thinking_budget parameter must be a positive integer and not greater than {most}"
        )
    if effort is not None and not (body["model"].startswith("qwen3.8") and effort in EFFORTS):
        return _invalid("'reasoning_effort' is not supported by this model")
    return None


def _invalid(message: str) -> Fault:
    return Fault(400, envelope("invalid_parameter_error", message, "invalid_request_error"))
