"""What one question is sent with."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import StoreUnavailable
from bot.model import Message
from bot.turns.memory import request, window
from bot.turns.memory.gauge import HIGHEST, ratio
from bot.turns.tokens import estimate, estimate_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Memories, Past, StoredTurn
    from bot.store.memory import Recollection
    from bot.turns.memory.folder import Folder

log = logging.getLogger(__name__)

CUTS_MOST = 3
"""How often a request that is too long for its model is made shorter."""
MARGIN = 0.95
"""Share of a limit that the model named which may be used: what we know of its counting is never exact."""

LEAST = 4000
"""Tokens that every model takes: what refuses fewer, and names no limit, finds something else too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a request holds beside the past."""

    system: str
    asked: str
    after: tuple[Message, ...] = ()
    """What follows the question: an answer to be gone on with."""
    model: str
    budget: int
    """Tokens that the whole request may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One request: the frame, and as much of the past as goes along."""

    frame: Frame
    place: int
    """Where the question stands."""
    seen: Recollection
    ratio: float
    """Tokens of the model for one of ours."""
    first: int
    """The turn of the past that is sent first."""
    summary: str
    cuts: int = 0
    """How often it was made shorter because the model refused it."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return what to send, in order."""
        return self._with(self.seen.past[self.first :])

    @property
    def tokens(self) -> float:
        """Return what it probably costs."""
        return self.ratio * sum(map(estimate_message, self.messages))

    @property
    def sizes(self) -> list[float]:
        """Return the tokens of each past turn that can go along, oldest first."""
        return [self.ratio * sum(map(estimate_message, request.said(one))) for one in self.seen.past]

    @property
    def is_bare(self) -> bool:
        """Tell whether there is nothing left to leave out."""
        return not self.summary and self.first == len(self.seen.past)

    @property
    def is_too_long(self) -> bool:
        """Tell whether the question alone is more than a request may have."""
        return self.ratio * estimate(self.frame.asked) > self.frame.budget

    @property
    def window_from(self) -> int:
        """Return the place of the first turn that is sent, the question's own if none is."""
        past = self.seen.past
        return past[self.first].place if self.first < len(past) else self.place

    def room(self, budget: float) -> float:
        """Return how many tokens of a budget are left for the past."""
        return budget - self.ratio * sum(map(estimate_message, self._with(())))

    def _with(self, past: Sequence[Past]) -> tuple[Message, ...]:
        asked = request.messages(
            system=self.frame.system, summary=self.summary, past=past, asked=self.frame.asked
        )
        return (*asked, *self.frame.after)


class Memory:
    """Reminds the model. What it learns of a model's limit holds until the process ends."""

    def __init__(self, memories: Memories, folder: Folder) -> None:
        self._memories = memories
        self._folder = folder
        self._limits: dict[str, float] = {}

    async def recall(self, turn: StoredTurn, frame: Frame) -> Reminder:
        """Return the question with as much of the past as has room: what is newest, and a summary of the rest."""
        seen = await self._memories.recall(turn, frame.model, window.MOST)
        summary = "" if seen.is_earlier else seen.kept.summary
        scale = ratio(seen.guesses)
        whole = Reminder(frame=frame, place=turn.place, seen=seen, ratio=scale, first=0, summary=summary)
        return replace(whole, first=window.opening(whole.sizes, whole.room(self._budget(frame))))

    def shorter(self, reminder: Reminder, model: str, most: int | None) -> Reminder | None:
        """Return the request cut in half, for a model that found it too long; None if only the question is left.

        `most` is how many tokens the model says it takes, if it says so.
        """
        self._learn(model, reminder.tokens, most)
        if reminder.is_bare or reminder.cuts == CUTS_MOST:
            return None
        cut = replace(reminder, cuts=reminder.cuts + 1)
        bare = replace(cut, first=len(cut.seen.past), summary="")
        if cut.cuts == CUTS_MOST:
            return bare
        half = min(reminder.tokens, most or reminder.tokens) / 2
        first = max(cut.first, window.newest_within(cut.sizes, cut.room(half)))
        return replace(cut, first=first) if first > cut.first else bare

    async def keep(self, turn: StoredTurn, reminder: Reminder, answer: str) -> None:
        """Store where the next request begins, and let the rest be summarised; for a turn that is over.

        Nothing is lost where it cannot be stored: the next question comes to the same.
        """
        if turn.since != reminder.seen.kept.since:
            return
        if reminder.first > 0 and not reminder.seen.is_earlier:
            with suppress(StoreUnavailable):
                await self._memories.move_window(turn, turn.since, reminder.window_from)
        if self._is_due(reminder, answer):
            self._folder.due(turn, replace(reminder.frame, budget=round(self._budget(reminder.frame))))

    def _is_due(self, reminder: Reminder, answer: str) -> bool:
        """Tell whether something waits to be summarised, or a summary lacks an answer that was given anew."""
        seen, kept = reminder.seen, reminder.seen.kept
        is_behind = reminder.first > 0 or kept.folded_to < kept.window_from
        return is_behind or seen.is_earlier or seen.is_outdated or self._is_full(reminder, answer)

    def _is_full(self, reminder: Reminder, answer: str) -> bool:
        """Tell whether the window is full now that this turn belongs to it."""
        frame = reminder.frame
        over = (Message("user", frame.asked), Message("assistant", answer))
        sizes = [*reminder.sizes, reminder.ratio * sum(map(estimate_message, over))]
        before = replace(reminder, frame=replace(frame, asked="", after=()))
        return window.is_full(sizes, before.room(self._budget(frame)))

    def _budget(self, frame: Frame) -> float:
        return min(frame.budget, self._limits.get(frame.model, frame.budget))

    def _learn(self, model: str, refused: float, most: int | None) -> None:
        """Note that a model takes less than it was given."""
        facts = {"model": model, "tokens": round(refused), "named": most}
        log.warning("the model takes less at once than it was given", extra=facts)
        if (limit := learned(refused, most)) is not None:
            self._limits[model] = min(limit, self._limits.get(model, limit))


def learned(refused: float, most: int | None) -> float | None:
    """Return how many tokens may be sent to a model that refused so many; None: that was not for their number. Pure.

    `most` is what the model says it takes. Far more than was sent, it was the answer or a file that had no room.
    """
    if most is None:
        return MARGIN * refused if refused >= LEAST else None
    return MARGIN * min(refused, most) if most <= HIGHEST * refused else None
