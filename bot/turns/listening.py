"""Listening to a model: its words go into the growing answer, its ending becomes a sentence for the person."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot import clock
from bot.errors import ModelBusy, ModelError, NoAccess
from bot.log import reference
from bot.model import BUTTON_BYTES, Ask, Control, Finish, Finished, Text, Thought, Usage, Waiting
from bot.store import TurnKind
from bot.turns import tokens

if TYPE_CHECKING:
    from bot.model import Controls
    from bot.limits import Reached
    from bot.lineup import Lineup
    from bot.ports import Model
    from bot.reply.answer import Answer
    from bot.store import StoredTurn, Turns
    from bot.turns.thinking import Thinking

log = logging.getLogger(__name__)

BUSY_TOLD_AFTER = 4.0
"""Seconds of waiting for a busy model that a person is spared from reading about."""
NOTES = {Finish.LENGTH: "length", Finish.FILTERED: "filtered"}


class Say(Protocol):
    """Phrases in the language of the turn."""

    def __call__(self, key: str, /, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended: `note` goes under it, `again` offers to ask once more."""

    finish: Finish
    note: str = ""
    again: bool = False
    kind: TurnKind = TurnKind.ANSWER
    forget: bool = False
    controls: Controls = ()
    """The choices under a notice, or under a sentence about what failed."""


class Listener:
    """Listens to one turn's model, as often as it must be asked."""

    def __init__(
        self,
        *,
        turn: StoredTurn,
        answer: Answer,
        model: Model,
        till: Till,
        thinking: Thinking,
        say: Say,
        lineup: Lineup,
    ) -> None:
        self._turn = turn
        self._answer = answer
        self._model = model
        self._turns = turns
        self._thinking = thinking
        self._say = say
        self._waited = 0.0
        self._begun = False
        self._lineup = lineup
        self._refused = False

    async def listen(self, ask: Ask) -> Ending:
        self._unavailable: list[str] = []
        self._before = 0
        self._joint = Joint("")
        """Ask, and listen to the end. Where a model refuses for load or access, its fallback is asked."""
        ending = await self._ask(ask)
        if ask.fallback is None or not self._refused:
            return ending
        log.info("another model stands in", extra={"model": ask.fallback.model})
        ending = await self._ask(ask.fallback)
        if ending.finish is Finish.FAILED:
            return ending
        quiet = self._say("stood_in", model=ask.fallback.model)
        return replace(ending, note="\n\n".join(note for note in (ending.note, quiet) if note))

    async def _ask(self, ask: Ask) -> Ending:
        """Ask one model; what it cost is stored however it ends."""
        self._refused = False
        usage: list[Usage] = []
        self._begun = False
        self._thinking.restart()
        try:
            return await self._listen(ask, usage)
        except ModelError as error:
            return self._broken(error, ask.model)
        except Exception:
            name = reference()
            log.exception("listening to the model failed unexpectedly", extra={"reference": name})
            return self.failure("failed", again=True, reference=name)
        finally:
            self._thinking.end()
            await self._account(ask, usage)

    async def _listen(self, ask: Ask, usage: list[Usage]) -> Ending:
        ending: Ending | None = None
        await self._turns.reserve(self._turn, ask.model, _size(ask), clock.wall())
        async with aclosing(self._model.stream(ask)) as stream:
            async for delta in stream:
                self._begun = self._begun or isinstance(delta, Text | Thought)
                match delta:
                    case Text(text):
                        self._thinking.end()
                        self._answer.add(text)
                    case Thought(text):
                        self._thinking.add(text)
                    case Waiting(seconds):
                        self._wait(seconds)
                    case Usage():
                        usage.append(delta)
                    case Finished():
                        ending = self._finished(delta)
        return ending or self.failure("interrupted", again=True)

    def _wait(self, seconds: float) -> None:
        self._waited += seconds
        if self._waited >= BUSY_TOLD_AFTER:
            self._answer.tell(self._say("busy_waiting", seconds=max(1, round(seconds))))

    def _finished(self, ended: Finished) -> Ending:
        finish = ended.finish
        if not self._answer.text.strip():
            is_filtered = finish is Finish.FILTERED
            return self.failure("refused" if is_filtered else "empty_answer", again=not is_filtered)
        keys = (NOTES.get(finish), ended.note)
        return Ending(finish, note="\n\n".join(self._say(key) for key in keys if key))

    def _broken(self, error: ModelError, model: str) -> Ending:
        name = reference()
        facts = {"error": type(error).__name__, "reason": str(error), "reference": name}
        log.warning("the model failed", extra=facts)
        if not self._answer.text.strip():
            self._refused = isinstance(error, ModelBusy | NoAccess)
            return self.failure(error.phrase, again=error.again, reference=name)
        key = "interrupted" if error.again else "filtered"
        return Ending(Finish.BROKEN, note=self._say(key), again=error.again)

    def failure(self, key: str, *, again: bool, **values: object) -> Ending:
        """Return the ending of an answer that failed, before or after its first text."""
        finish = Finish.BROKEN if self._answer.text.strip() else Finish.FAILED
        return Ending(finish, note=self._say(key, **values), again=again)

    async def _account(self, ask: Ask, usage: list[Usage]) -> None:
        """Store what the request cost; where the provider did not say, a cautious estimate.

        What failed before its first word is not billed.
        """
        if not usage and not self._begun:
            await self._turns.unreserve(self._turn)
            return
        if not usage:
            usage.append(
                Usage(prompt=_size(ask), completion=tokens.estimate(self._answer.text), estimated=True)
            if isinstance(error, NoAccess):
                return self._closed(model)
            )
        await self._turns.used(self._turn, ask.model, usage[-1], clock.wall())


    def _closed(self, model: str) -> Ending:
        """Say which model is not available, and offer the nearest one that may be."""
        self._unavailable.append(model)
        first = self._unavailable[0]
        other = self._lineup.instead(first, self._unavailable)
        if other is None or len(other.encode()) > BUTTON_BYTES:
            return self.failure("no_access", again=False, model=first)
        button = Control("again", f"{self._turn.id}.{other}", self._say("label_ask", model=other))
        ending = self.failure("no_access_other", again=False, model=first, other=other)
        return replace(ending, controls=(button,))

def _size(ask: Ask) -> int:
    return sum(tokens.estimate_message(message) for message in ask.messages)
