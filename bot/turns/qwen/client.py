"""Qwen through the OpenAI-compatible API: from an `Ask` to deltas.

The only place that calls the model and the only one that retries it, so the SDK's own retries are off. The
SDK makes the request and keeps the connections; the event stream is read here, because the SDK's own reader
ends silently on most faults, raises exceptions of other libraries on the rest, and costs ten times as much.

Redirects are not followed: the SDK would send the whole conversation to wherever they point.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

import openai

from bot.errors import BadRequest, Interrupted, ModelBusy, ModelError, ModelUnreachable, PromptTooLong
from bot.model import Waiting
from bot.turns.qwen.backoff import Backoff
from bot.turns.qwen.circuit import Circuit
from bot.turns.qwen.refusals import FAILING, WRONG, Reach, Refusal, Retry, from_response
from bot.turns.qwen.wire import STALLED, Failed, Timeouts, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping

    from bot.model import Ask, Delta, Reasoning

log = logging.getLogger(__name__)

ERROR_BYTES = 64 * 1024
"""How much of a response that is no answer is read; error bodies have a few hundred bytes."""

TRANSPORT = "aiohttp."
"""Whose own errors the SDK lets through where a server does not even speak HTTP."""

DEFAULT_TIMEOUTS = Timeouts()

TOLD = 1.0
"""Waits from this many seconds on are worth telling the person."""


class Qwen:
    """A model behind an OpenAI-compatible address; meets `ports.Model`. Close it after use.

    `base` is the address up to `/v1`. `patience` is how long, in seconds, it goes on waiting and retrying
    before the first text. `now` and `sleep` are for the waits between calls, `wall` tells the date that a
    provider's `Retry-After` may name, `chance` spreads the waits.
    """

    def __init__(
        self,
        *,
        key: str,
        base: str,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        patience: float = 90.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._timeouts = timeouts
        self._patience = patience
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._circuit = Circuit[type[ModelError]]()
        self._unthinkable: set[tuple[str, Reasoning | None]] = set()
        self._client = _client(key, base, timeouts, wall)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.close()

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it grows; see `ports.Model`. `Usage`, if known, comes just before `Finished`.

        Closing the generator, or cancelling the task that reads it, closes the connection, so that the
        provider stops. Leave no generator half read: use `contextlib.aclosing`.
        """
        backoff = Backoff(until=self._now() + self._patience, chance=self._chance)
        while True:
            ask = self._plain(ask)
            self._admit(ask)
            try:
                async with self._call(ask) as wire:
                    while deltas := await wire.read():
                        self._answered(ask, wire)
                        for delta in deltas:
                            yield delta
                    return
            except Failed as failed:
                refusal, begun = failed.refusal, failed.begun
            # Outside the handler: the SDK's exception, which knows the key, must not hang on ours.
            if not begun and self._is_otherwise(ask, refusal):
                continue
            wait = self._next(ask, refusal, backoff, begun=begun)
            until = self._now() + wait
            if wait >= TOLD:
                yield Waiting(wait, throttled=refusal.meaning.retry in {Retry.PATIENT, Retry.SLOW})
            # Who was told may have let time pass.
            await self._sleep(max(0.0, until - self._now()))

    def _plain(self, ask: Ask) -> Ask:
        """Return the request without what its model refuses to be told about thinking."""
        return replace(ask, reasoning=None) if (ask.model, ask.reasoning) in self._unthinkable else ask

    def _is_otherwise(self, ask: Ask, refusal: Refusal) -> bool:
        """Tell whether the request may go out again without what it says about thinking; it does from then on."""
        # What models take is known from documents that contradict each other; an answer matters more than its depth.
        if refusal.meaning.retry is not Retry.OTHERWISE or ask.reasoning is None:
            return False
        log.warning("the model does not take what it is told about thinking", extra=_facts(ask, refusal))
        self._unthinkable.add((ask.model, ask.reasoning))
        return True

    def _next(self, ask: Ask, refusal: Refusal, backoff: Backoff, *, begun: bool) -> float:
        """Return the wait before the next try; raises the ModelError if there must be none."""
        self._remember(ask, refusal)
        wait = None if begun else backoff.wait(refusal, self._now())
        facts = _facts(ask, refusal) | {"begun": begun, "wait": wait}
        if wait is None:
            log.warning("the model did not answer", extra=facts)
            raise _error(refusal, begun=begun)
        log.info("the model is asked again", extra=facts)
        return wait

    def _admit(self, ask: Ask) -> None:
        now = self._now()
        for scope in (_ACCOUNT, ask.model):
            error = self._circuit.refusal(scope, now)
            if error is not None:
                raise error

    def _remember(self, ask: Ask, refusal: Refusal) -> None:
        if refusal.meaning.reach is Reach.CALL:
            return
        scope = _ACCOUNT if refusal.meaning.reach is Reach.ACCOUNT else ask.model
        if self._circuit.refused(scope, refusal.meaning.error, self._now()):
            log.error("the model is not asked for a while", extra=_facts(ask, refusal))

    def _left(self, ask: Ask) -> None:
        for scope in (_ACCOUNT, ask.model):
            self._circuit.left(scope, self._now())

    def _answered(self, ask: Ask, wire: Wire) -> None:
        if not wire.begun:
            return
        for scope in (_ACCOUNT, ask.model):
            if self._circuit.answered(scope):
                log.info("the model answers again", extra={"model": ask.model})

    @asynccontextmanager
    async def _call(self, ask: Ask) -> AsyncIterator[Wire]:
        """Make one request; leaving closes its connection, if its body was not read to the end.

        Raises Failed. The time until the response counts towards the first text.
        """
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            stack.callback(self._left, ask)
            started = loop.time()
            try:
                async with asyncio.timeout(self._timeouts.first):
                    response = await stack.enter_async_context(_request(self._client, ask))
                    pieces = _pieces(response.http_response)
            except Exception as error:  # noqa: BLE001  (nothing but ModelError may leave)
                raise Failed(_refusal(error)) from None
            await stack.enter_async_context(aclosing(pieces))
            yield Wire(pieces, timeouts=self._timeouts, started=started)


# A scope of the circuit that no model's name can equal.
_ACCOUNT = None

_GENERAL = (BadRequest, ModelBusy, ModelUnreachable)


def _error(refusal: Refusal, *, begun: bool) -> ModelError:
    error = refusal.meaning.error
    if error is PromptTooLong:
        return PromptTooLong(most=refusal.most)
    # An answer that had begun is interrupted, unless the cause is one the person should know.
    return Interrupted() if begun and issubclass(error, _GENERAL) else error()


def _facts(ask: Ask, refusal: Refusal) -> dict[str, object]:
    return {
        "model": ask.model,
        "error": refusal.meaning.error.__name__,
        "status": refusal.status,
        "code": refusal.code,
        "request": refusal.request,
    }


def _refusal(error: Exception) -> Refusal:
    """Return what an exception while opening a call means."""
    match error:
        case Failed(refusal=refusal):
            return refusal
        case TimeoutError():
            return STALLED
        case openai.APIConnectionError():
            return Refusal(meaning=FAILING, code=type(error.__cause__ or error).__name__)
        case _ if type(error).__module__.startswith(TRANSPORT):
            return Refusal(meaning=FAILING, code=type(error).__name__)
        case _:
            log.error("a request to the model could not be made", exc_info=error)
            return Refusal(meaning=WRONG, code=type(error).__name__)


# ---------------------------------------------------------------- the request


class _Response(Protocol):
    """What we use of the SDK's HTTP response."""

    @property
    def is_success(self) -> bool: ...
    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def aiter_raw(self) -> AsyncGenerator[bytes, None]: ...
    def aiter_bytes(self) -> AsyncGenerator[bytes, None]: ...


def _client(key: str, base: str, timeouts: Timeouts, wall: Callable[[], datetime]) -> openai.AsyncOpenAI:
    async def refuse(response: _Response) -> None:
        """Read a refusal here, because the SDK would read its body without bound."""
        if not response.is_success:
            body = await _head(response)
            raise Failed(from_response(response.status_code, body, response.headers, wall()))

    # Reading and waiting have limits of their own here; only the connection's is the client's.
    timeout = openai.Timeout(None, connect=timeouts.connect)
    # Over aiohttp: a chunk that comes alone costs half the CPU it does over the SDK's usual transport.
    http = openai.DefaultAioHttpClient(
        follow_redirects=False, timeout=timeout, event_hooks={"response": [refuse]}
    )
    return openai.AsyncOpenAI(
        api_key=str(key), base_url=base, max_retries=0, timeout=timeout, http_client=http
    )


def _pieces(response: _Response) -> AsyncGenerator[bytes, None]:
    """Return the body as it comes in, unpacked where a proxy has compressed it unasked."""
    is_packed = response.headers.get("content-encoding", "identity").lower() != "identity"
    return response.aiter_bytes() if is_packed else response.aiter_raw()


async def _head(response: _Response) -> bytes:
    """Return the beginning of a body that is no answer."""
    body = bytearray()
    async with aclosing(_pieces(response)) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) >= ERROR_BYTES:
                break
    return bytes(body[:ERROR_BYTES])


def _request(client: openai.AsyncOpenAI, ask: Ask) -> Any:
    """Return the SDK's context manager of a streaming response to this question."""
    messages = [{"role": message.role, "content": _sound(message.content)} for message in ask.messages]
    return client.chat.completions.with_streaming_response.create(
        model=ask.model,
        messages=cast("Any", messages),
        stream=True,
        stream_options={"include_usage": True},
        temperature=_given(ask.temperature),
        top_p=_given(ask.top_p),
        max_tokens=_given(ask.max_tokens),
        reasoning_effort=_given(_effort(ask.reasoning)),
        extra_body=_switches(ask.reasoning),
        # A compressed stream is delivered in lumps, and what it unpacks to has no bound.
        extra_headers={"Accept-Encoding": "identity"},
    )


def _effort(reasoning: Reasoning | None) -> str | None:
    return (reasoning.effort or None) if reasoning else None


def _switches(reasoning: Reasoning | None) -> dict[str, object] | None:
    """Return what is said about thinking in the provider's own parameters."""
    if reasoning is None:
        return None
    said = {"enable_thinking": reasoning.enabled, "thinking_budget": reasoning.budget}
    return {name: value for name, value in said.items() if value is not None} or None


def _given(value: Any) -> Any:
    return openai.omit if value is None else value


def _sound(text: str) -> str:
    """Return the text without halves of surrogate pairs, which JSON in UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()
