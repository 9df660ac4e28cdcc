"""From what was said to what the model is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import clock
from bot.lineup import PICKED
from bot.model import Ask
from bot.turns import choosing, continuing
from bot.turns.depth import Depth, reasoning
from bot.turns.memory.recall import Frame
from bot.turns.memory.request import instructions
from bot.turns.tokens import estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.catalog import Card
    from bot.lineup import Lineup
    from bot.model import Message
    from bot.store import Heard, StoredTurn, Turns
    from bot.turns.choosing import Choice
    from bot.turns.manner import Manners
    from bot.turns.memory.recall import Memory, Reminder
    from bot.turns.surroundings import Surroundings

QUIET_MOST, LOOK_AGAIN = 5.0, 0.1
"""Seconds: no piece of a message is waited for longer, and how often is looked whether it came."""
BELIEVED = 30 * 86_400.0
"""Seconds: a message that seems older has a wrong date, or this machine has. No platform delivers one so late."""
RESERVED = 4
"""The part of a model's window that is left for the answer, at most: a quarter."""
AROUND = 2
"""The part of the budget that a question may have with what was said around it: half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How the model is asked; the operator's settings."""

    model: str
    """A choice in the line-up: the name of a model, a grade, or `auto`."""
    lineup: Lineup
    depth: Depth = Depth.AUTO
    fallback: str = ""
    system: str
    context_tokens: int
    within: float | None = None
    """Seconds after which a question is too old to be answered; None: never."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    role: str = ""
    """The key of the role that answers."""


class Inquiry:
    """One turn's question on its way to the model."""

    def __init__(
        self,
        turn: StoredTurn,
        turns: Turns,
        *,
        asking: Asking,
        manners: Manners,
        around: Surroundings,
        memory: Memory,
    ) -> None:
        self._turn = turn
        self._turns = turns
        self._asking = asking
        self._manners = manners
        self._around = around
        self._memory = memory
        self._reminder: Reminder | None = None

    async def whole(self, is_halted: Callable[[], bool]) -> None:
        """Return once all that was said is there: of a long paste, more pieces may be on their way."""
        while not is_halted():
            quiet_at = await self._turns.quiet_at(self._turn)
            left = 0.0 if quiet_at is None else quiet_at - clock.wall()
            # A clock that jumped back must not hold anybody up.
            if not 0 < left < QUIET_MOST:
                return
            await asyncio.sleep(min(left, LOOK_AGAIN))

    def is_late(self, heard: Sequence[Heard]) -> bool:
        """Tell whether all of it was said so long ago that the person has gone on."""
        within = self._asking.within
        if within is None or self._turn.again:
            return False
        age = clock.wall() - max(one.sent_at for one in heard)
        return within < age < max(within, BELIEVED)

    async def ask(self, asked: str, heard: Sequence[Heard], *, before: str = "") -> Ask | None:
        """Store the question, and return the request with as much of the past as has room.

        `before` is what was answered already; the model is asked to go on from there. None: the question alone has
        no room.
        """
        asking = await self._manners.of(self._turn)
        choice = await self._choose(asking, heard)
        budget = room(asking, asking.lineup.card(choice.model))
        frame = Frame(
            system=instructions(asking.system, shared=any(one.shared for one in heard)),
            asked=await self._with_surroundings(asked, heard, budget),
            after=continuing.so_far(before, budget),
            model=choice.model,
            budget=budget,
        )
        self._reminder = await self._memory.recall(self._turn, frame)
        if self._reminder.is_too_long:
            return None
        await self._turns.begin(self._turn, asked, choice.model, asking.role, choice.why)
        return request(asking, choice, self._reminder.messages)

    def shorter(self, ask: Ask, most: int | None) -> Ask | None:
        """Return a request that its model found too long with less of the past; None if only the question is left.

        `most` is how many tokens the model says it takes, if it says so.
        """
        if self._reminder is None:
            return None
        cut = self._memory.shorter(self._reminder, ask.model, most)
        if cut is None:
            return None
        self._reminder = cut
        fallback = replace(ask.fallback, messages=cut.messages) if ask.fallback else None
        return replace(ask, messages=cut.messages, fallback=fallback)

    async def remember(self, answer: str) -> None:
        """Let what this turn has come to be remembered; called when it is over."""
        if self._reminder is not None:
            await self._memory.keep(self._turn, self._reminder, answer)

    async def _with_surroundings(self, asked: str, heard: Sequence[Heard], budget: int) -> str:
        whole = await self._around.before(asked, self._turn, heard)
        return whole if estimate(whole) <= budget // AROUND else asked

    async def _choose(self, asking: Asking, heard: Sequence[Heard]) -> Choice:
        question = choosing.Question(
            text="\n".join(one.text for one in heard),
            quote="\n".join(one.quote for one in heard),
            attachments=tuple(kind for one in heard for kind in one.attachments),
            before=asking.lineup.grade(last[0])
            if (last := await self._turns.last_choice(self._turn))
            else None,
        )
        choice = choosing.choose(asking.lineup, asking.model, asking.depth, question)
        is_picked = self._turn.why == PICKED and self._turn.model == choice.model
        return replace(choice, why=PICKED) if is_picked else choice


def request(asking: Asking, choice: Choice, messages: tuple[Message, ...]) -> Ask:
    """Return the request to the chosen model, and behind it the one to the model that stands in for it."""
    ask = _to(choice.model, asking, choice.depth, messages)
    if not asking.fallback or asking.fallback == choice.model:
        return ask
    return replace(ask, fallback=_to(asking.fallback, asking, choice.depth, messages))


def _to(model: str, asking: Asking, depth: Depth, messages: tuple[Message, ...]) -> Ask:
    card = asking.lineup.card(model)
    return Ask(
        model=model,
        messages=messages,
        temperature=asking.temperature,
        top_p=asking.top_p,
        max_tokens=most_output(asking, card),
        reasoning=reasoning(card, depth),
    )


def most_output(asking: Asking, card: Card | None) -> int | None:
    """Return the longest answer in tokens: a model refuses a request for more than it can write."""
    if asking.max_tokens is None or card is None or card.output is None:
        return asking.max_tokens
    return min(asking.max_tokens, card.output)


def room(asking: Asking, card: Card | None) -> int:
    """Return how many tokens a request may have: what the operator pays for, and never more than the model takes.

    A small window is shared with the answer, so a part of it is left free.
    """
    if card is None or card.context is None:
        return asking.context_tokens
    reserve = min(most_output(asking, card) or card.output or card.context, card.context // RESERVED)
    return min(asking.context_tokens, card.context - reserve)
