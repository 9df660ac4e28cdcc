"""Asking without memory: a program brings all that was said, and nothing of it is stored but what the answer cost."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING

from adapters.web import shapes
from adapters.web.front import ACCOUNT, OPERATOR, PLATFORM, answer, language
from adapters.web.refusals import busy, of_model
from adapters.web.shapes import plain
from adapters.web.streams import KEEPALIVE, EventStream
from bot import clock, phrases
from bot.errors import ModelBusy, ModelError
from bot.log import reference
from bot.model import ChatKey, Finish, Finished, Text, Thought, Usage, Waiting
from bot.records import Charge

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from aiohttp import web

    from adapters.web.front import Front
    from adapters.web.refusals import Refusal
    from adapters.web.shapes import Shape
    from bot.model import Ask, Delta

    Said = Delta | Charge | None

log = logging.getLogger(__name__)

OUTSIDE = ChatKey(PLATFORM, ACCOUNT, "")
"""Under which the cost of what is asked without memory is stored."""
PATIENCE = KEEPALIVE
"""Seconds for which a model that is too busy is asked again: from then on the program knows best what to do."""


class Outside:
    """Answers what is asked without memory."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def stream(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """Answer in pieces. What fails before the stream has begun is an error with its status.

        It begins with the first word or thought, or when the model has been silent for long: so a failure that comes
        soon has its status, and no proxy takes a model that thinks for one that is gone.
        """
        spoken, telling = language(request), Telling()
        stream: EventStream | None = None
        try:
            async with aclosing(self._heard(ask)) as deltas:
                async for delta in deltas:
                    if isinstance(delta, Waiting):
                        continue  # who refused may do so again
                    stream = stream or await EventStream.open(request)
                    if delta is None:
                        await stream.comment()
                    for event in telling.events(delta, spoken):
                        await stream.send(event)
        except ModelError as error:
            refusal = _refused(error, ask)
            if stream is None:
                raise refusal from error
            await stream.send(refusal.body(spoken))
            return stream.response
        stream = stream or await EventStream.open(request)
        await stream.send(telling.ending())
        await stream.send("[DONE]")
        return stream.response

    async def whole(self, request: web.Request, ask: Ask) -> web.Response:
        """Answer with one object, when all of it is there."""
        spoken, telling = language(request), Telling()
        content, note = "", ""
        try:
            async with aclosing(self._heard(ask)) as deltas:
                async for delta in deltas:
                    for event in telling.events(delta, spoken):
                        content += event.get("content", "")
                        note = event.get("note", note)
        except ModelError as error:
            raise _refused(error, ask) from error
        return answer({"content": content, "note": note, **telling.ending()})

    async def _heard(self, ask: Ask) -> AsyncGenerator[Said, None]:
        """Yield what the model says, and None where it was silent for long. Raises ModelError."""
        began = clock.ticks()
        asked = self._front.desk.ask(ask, OUTSIDE, OPERATOR)
        async with aclosing(self._front.hear(asked, KEEPALIVE)) as heard:
            async for delta in heard:
                match delta:
                    case Waiting(wait, throttled=True) if clock.ticks() - began + wait > PATIENCE:
                        raise _TooBusy(wait)
                    case _:
                        yield delta


class _TooBusy(ModelBusy):
    """The provider asks for more patience than a program is asked for."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__()


class Telling:
    """Turns what a model says into events."""

    def __init__(self) -> None:
        self._usage: Usage | None = None
        self._finish: Finish | None = None
        self._charge = Charge()

    def events(self, said: Said, spoken: str) -> Iterable[Shape]:
        """Yield what it tells a program."""
        match said:
            case Text(text):
                yield {"content": text}
            case Usage():
                self._usage = said
            case Charge():
                self._charge = said
            case Finished():
                self._finish = said.finish
                if said.note:
                    yield {"note": plain(phrases.say(said.note, spoken))}
            case Thought() | Waiting() | None:
                pass

    def ending(self) -> Shape:
        """Return what was used, why the answer ended, who gave it and what it cost."""
        finish = self._finish.value if self._finish else None
        return shapes.ending(self._usage, finish, self._charge.model, self._charge.cost)


def _refused(error: ModelError, ask: Ask) -> Refusal:
    name = reference()
    log.warning("a program's question failed", extra={"error": type(error).__name__, "reference": name})
    return busy(error.wait) if isinstance(error, _TooBusy) else of_model(error, ask.model, name)
