"""How the loopback Qwen server plays a script to one request, in the exact chunk shapes of DashScope."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from typing import Any

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
    Stall,
    StreamError,
    Think,
    Until,
    Use,
)

OPENING = '{"content":"","role":"assistant"}'
OPENING_THOUGHT = '{"content":null,"role":"assistant","reasoning_content":""}'


def to_response(fault: Fault) -> web.Response:
    if isinstance(fault.body, dict):
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
    body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    return web.Response(status=fault.status, body=body, headers=fault.headers)


class Stage:
    """Plays one script to one request."""

    def __init__(self, request: web.Request, asked: Asked) -> None:
        self._request = request
        self._asked = asked
        self._response: web.StreamResponse | None = None
        self.cut = False
        """The script itself ended the connection."""
        self._role = True
        self._thought = False
        # The frame around a delta is the same for the whole answer; only the delta is encoded per chunk.
        model, moment = json.dumps(asked.body.get("model")), int(time.time())
        self._tail = (
            f'"object":"chat.completion.chunk","usage":null,"created":{moment},"system_fingerprint":null,'
            f'"model":{model},"id":"chatcmpl-{id(asked):x}"}}\n\n'
        )

    async def play(self, script: Script) -> web.StreamResponse:
        if not self._asked.streamed:
            return await self._whole(script)
        for step in script:
            match step:
                case Fault():
                    self._asked.status = step.status
                    return to_response(step)
                case CloseQuietly():
                    break
                case Pause() | Until() | Stall():
                    await _wait(step)
                case Cut():
                    await self._reset()
                case _:
                    await self._write(self._bytes(step))
        response = await self._open()
        await response.write_eof()
        return response

    async def _open(self) -> web.StreamResponse:
        if self._response is None:
            headers = {"Content-Type": "text/event-stream;charset=UTF-8", "Cache-Control": "no-cache"}
            headers["x-request-id"] = f"req-{id(self._asked):x}"
            self._response = web.StreamResponse(headers=headers)
            self._asked.status = 200
            await self._response.prepare(self._request)
        return self._response

    async def _write(self, data: bytes) -> None:
        response = await self._open()
        if data:
            await response.write(data)

    async def _reset(self) -> None:
        transport = self._request.transport
        assert transport is not None
        sock = transport.get_extra_info("socket")
        # Lingering for zero seconds turns the close into a RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cut = True
        transport.abort()
        # The lost connection cancels this handler.
        await asyncio.Event().wait()

    def _bytes(self, step: Say | Think | Use | End | Done | StreamError | Raw) -> bytes:
        match step:
            case Say() | Think():
                return self._piece(step)
            case End(reason):
                empty = '{"content":"","reasoning_content":null}' if self._thought else '{"content":""}'
                return self._frame(empty, json.dumps(reason))
            case Use():
                return self._usage(step)
            case Done():
                return b"data: [DONE]\n\n"
            case StreamError(body, event):
                name = f"event:{event}\n" if event else ""
                return f"{name}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
            case Raw(data):
                return data

    def _piece(self, step: Say | Think) -> bytes:
        text = json.dumps(step.text, ensure_ascii=False)
        first = b""
        if self._role:
            self._role = False
            self._thought = isinstance(step, Think)
            first = self._frame(OPENING_THOUGHT if self._thought else OPENING)
        if isinstance(step, Think):
            return first + self._frame(f'{{"content":null,"reasoning_content":{text}}}')
        rest = ',"reasoning_content":null' if self._thought else ""
        return first + self._frame(f'{{"content":{text}{rest}}}')

    def _frame(self, delta: str, reason: str = "null") -> bytes:
        choice = f'{{"delta":{delta},"index":0,"logprobs":null,"finish_reason":{reason}}}'
        return f'data: {{"choices":[{choice}],{self._tail}'.encode()

    def _usage(self, step: Use) -> bytes:
        if not self._asked.counted:
            return b""
        usage = json.dumps(_usage(step))
        return f'data: {{"choices":[],{self._tail}'.replace('"usage":null', f'"usage":{usage}').encode()

    async def _whole(self, script: Script) -> web.Response:
        """Answer a request without `stream`: one JSON completion, pauses kept."""
        text, thought, reason, usage = "", "", "stop", _usage(Use())
        for step in script:
            match step:
                case Fault():
                    self._asked.status = step.status
                    return to_response(step)
                case Pause() | Until() | Stall():
                    await _wait(step)
                case Cut():
                    await self._reset()
                case Say():
                    text += step.text
                case Think():
                    thought += step.text
                case End():
                    reason = step.reason
                case Use():
                    usage = _usage(step)
                case _:
                    pass
        self._asked.status = 200
        message = {"role": "assistant", "content": text, "reasoning_content": thought}
        choice = {"message": message, "index": 0, "logprobs": None, "finish_reason": reason}
        whole = {"choices": [choice], "object": "chat.completion", "usage": usage, "id": "chatcmpl-whole"}
        return web.json_response(whole | {"created": 1, "model": self._asked.body.get("model")})


async def _wait(step: Pause | Until | Stall) -> None:
    match step:
        case Pause(seconds):
            await asyncio.sleep(seconds)
        case Until(event):
            await event.wait()
        case Stall():
            await asyncio.Event().wait()


def _usage(step: Use) -> dict[str, Any]:
    usage: dict[str, Any] = {}
    if step.prompt is not None:
        usage["prompt_tokens"] = step.prompt
    if step.completion is not None:
        usage["completion_tokens"] = step.completion
    usage["total_tokens"] = (step.prompt or 0) + (step.completion or 0)
    if step.cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": step.cached}
    if step.reasoning is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": step.reasoning}
    return usage
