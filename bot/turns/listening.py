"""Listening to a model: its words go into the growing answer, its ending becomes a sentence for the person."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot import clock, phrases
from bot.errors import ModelBusy, ModelError, NoAccess, PromptTooLong, StoreError
from bot.log import reference
from bot.model import BUTTON_BYTES, Ask, Control, Finish, Finished, Text, Thought, Usage, Waiting
from bot.store import TurnKind
from bot.turns.joining import Joint
from bot.turns.till import Reading

if TYPE_CHECKING:
    from bot.limits import Reached
    from bot.lineup import Lineup
    from bot.model import Controls
    from bot.ports import Model
    from bot.reply.answer import Answer
    from bot.store import Bill, StoredTurn
    from bot.turns.thinking import Thinking
    from bot.turns.till import Till

log = logging.getLogger(__name__)

BUSY_TOLD_AFTER = 4.0
"""Seconds of waiting for a busy model that a person is spared from reading about."""
NOTES = {Finish.LENGTH: "length", Finish.FILTERED: "filtered"}


class Say(Protocol):
    """Phrases in the language of the turn."""

    def __call__(self, key: str, /, **values: object) -> str: ...


class Shorter(Protocol):
    """Returns a request with less in it, for a model that found it too long; None if there is nothing to leave out.

    `most` is how many tokens the model says it takes, if it says so.
    """

    def __call__(self, ask: Ask, most: int | None) -> Ask | None: ...


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
        shorter: Shorter,
    ) -> None:
        self._turn = turn
        self._answer = answer
        self._model = model
        self._till = till
        self._asker = f"{turn.chat.source}:{turn.person}"
        self._thinking = thinking
        self._say = say
        self._lineup = lineup
        self._shorter = shorter
        self._waited = 0.0
        self._bill: Bill | None = None
        self._refused = False
        self._too_long: PromptTooLong | None = None
        self._unavailable: list[str] = []
        self._before = 0
        self._joint = Joint("")

    async def listen(self, ask: Ask) -> Ending:
        """Ask, and listen to the end. Where a model refuses for load or access, its fallback is asked.

        What the answer holds already the model goes on from.
        """
        ask, ending = await self._ask_fitting(ask)
        if ask.fallback is None or not self._refused:
            return ending
        log.info("another model stands in", extra={"model": ask.fallback.model})
        _, ending = await self._ask_fitting(ask.fallback)
        if ending.finish is Finish.FAILED or ending.kind is TurnKind.NOTICE:
            return ending
        return _noted(ending, self._say("stood_in", model=ask.fallback.model))

    def signed(self, ending: Ending) -> Ending:
        """Return the ending of an answer with what it cost under it, if people are to see that."""
        is_answer = ending.kind is TurnKind.ANSWER and ending.finish is not Finish.FAILED
        return _noted(ending, *self._till.footing(self._bill, self._say)) if is_answer else ending

    async def _ask_fitting(self, ask: Ask) -> tuple[Ask, Ending]:
        """Ask one model, with less of the past as long as it finds the request too long."""
        while True:
            ending = await self._ask(ask)
            cut = self._shorter(ask, self._too_long.most) if self._too_long else None
            if cut is None:
                return ask, ending
            ask = cut

    async def _ask(self, ask: Ask) -> Ending:
        """Ask one model; what it cost is stored however it ends."""
        self._refused, self._too_long = False, None
        reading = Reading()
        self._before, self._joint = self._answer.length, Joint(self._answer.text)
        self._thinking.restart()
        try:
            return await self._listen(ask, reading)
        except ModelError as error:
            return self._broken(error, ask.model)
        except StoreError:
            # Nothing the model did: the turn waits for the database, or has another owner.
            raise
        except Exception:
            name = reference()
            log.exception("listening to the model failed unexpectedly", extra={"reference": name})
            return self.failure("failed", again=True, reference=name)
        finally:
            self._thinking.end()
            self._join(self._joint.rest())
            await self._settle(ask, reading)

    async def _listen(self, ask: Ask, reading: Reading) -> Ending:
        ending: Ending | None = None
        if (reached := await self._till.hold(self._turn, ask)) is not None:
            return self._over(reached)
        async with aclosing(self._model.stream(replace(ask, asker=self._asker))) as stream:
            async for delta in stream:
                reading.take(delta)
                match delta:
                    case Text(text):
                        self._thinking.end()
                        self._join(self._joint.add(text))
                    case Thought(text):
                        self._thinking.add(text)
                    case Waiting():
                        self._wait(delta)
                    case Usage():
                        pass
                    case Finished():
                        ending = self._finished(delta)
        return ending or self._unended()

    def _unended(self) -> Ending:
        """Return the ending of an answer whose stream just ceased, before or after its first text."""
        key = "interrupted" if self._said().strip() or self._before else "empty_answer"
        return self.failure(key, again=True)

    def _join(self, text: str) -> None:
        if text:
            self._answer.add(text)

    def _said(self) -> str:
        """Return what this model said so far."""
        self._join(self._joint.rest())
        return self._answer.text[self._before :]

    def _wait(self, waiting: Waiting) -> None:
        """Tell about a wait that is long, or that adds up; about a place in line as long as it is held."""
        # A place is told again and again, for what is left of the wait; those seconds do not add up.
        self._waited = max(self._waited, waiting.seconds) if waiting.place else self._waited + waiting.seconds
        if self._waited < BUSY_TOLD_AFTER:
            return
        seconds = max(1, round(waiting.seconds))
        key = "in_line" if waiting.place else "busy_waiting"
        self._answer.tell(self._say(key, seconds=seconds, place=waiting.place))

    def _finished(self, ended: Finished) -> Ending:
        finish = ended.finish
        if not self._said().strip() and not self._before:
            is_filtered = finish is Finish.FILTERED
            return self.failure("refused" if is_filtered else "empty_answer", again=not is_filtered)
        keys = (NOTES.get(finish), ended.note)
        return Ending(finish, note="\n\n".join(self._say(key) for key in keys if key))

    def _broken(self, error: ModelError, model: str) -> Ending:
        name = reference()
        facts = {"error": type(error).__name__, "reason": str(error), "reference": name}
        log.warning("the model failed", extra=facts)
        if not self._said().strip():
            self._refused = isinstance(error, ModelBusy | NoAccess)
            self._too_long = error if isinstance(error, PromptTooLong) else None
            if isinstance(error, NoAccess):
                return self._closed(model)
            return self.failure(error.phrase, again=error.again, reference=name)
        key = "interrupted" if error.again else "filtered"
        return Ending(Finish.BROKEN, note=self._say(key), again=error.again)

    def _closed(self, model: str) -> Ending:
        """Say which model is not available, and offer the nearest one that may be."""
        self._unavailable.append(model)
        first = self._unavailable[0]
        other = self._lineup.instead(first, self._unavailable)
        if other is None or len(other.encode()) > BUTTON_BYTES:
            return self.failure("no_access", again=False, model=first)
        button = Control("again", f"{self._turn.id}.{other}", self._say("label_ask", model=other))
        key = "no_access_once" if self._turn.shared else "no_access_other"
        ending = self.failure(key, again=False, model=first, other=other)
        return replace(ending, controls=(button,))

    def failure(self, key: str, *, again: bool, **values: object) -> Ending:
        """Return the ending of an answer that failed, before or after its first text."""
        finish = Finish.BROKEN if self._answer.text.strip() else Finish.FAILED
        return Ending(finish, note=self._say(key, **values), again=again)

    def _over(self, reached: Reached) -> Ending:
        """Say that a budget does not allow the request, beside what stands there already."""
        sentence = phrases.limit(reached, self._turn.language, clock.wall())
        if self._answer.text.strip():
            return Ending(Finish.BROKEN, note=sentence)
        self._answer.add(sentence)
        return Ending(Finish.STOP, kind=TurnKind.NOTICE)

    async def _settle(self, ask: Ask, reading: Reading) -> None:
        bill = await self._till.settle(self._turn, ask, reading)
        if bill is not None:
            told = self._bill.nearing if self._bill else None
            self._bill = replace(bill, nearing=bill.nearing or told)


def _noted(ending: Ending, *notes: str) -> Ending:
    """Return the ending with further notes under it, each a paragraph of its own."""
    return replace(ending, note="\n\n".join(note for note in (ending.note, *notes) if note))
