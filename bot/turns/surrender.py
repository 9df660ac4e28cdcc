"""When trying is over: a turn that was killed again and again may be what kills the process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import phrases
from bot.model import Finish
from bot.store import TurnKind, TurnState

if TYPE_CHECKING:
    from bot.store import StoredTurn

MOST_TRIES = 3
"""Attempts without progress after which a turn is given up."""
MOST_ATTEMPTS = 20
"""Attempts in all at an answer that is not whole: one that kills while it grows makes some progress each time."""


def is_endless(turn: StoredTurn) -> bool:
    """Tell whether the model is not to be asked for this answer any more."""
    return turn.tries > MOST_TRIES or turn.attempt > MOST_ATTEMPTS


def is_fatal(turn: StoredTurn) -> bool:
    """Tell whether showing this answer, which is whole, seems to be what kills the process."""
    return turn.state is TurnState.ANSWERED and turn.tries > MOST_TRIES


def is_hopeless(turn: StoredTurn) -> bool:
    """Tell whether not even the sentence about it can be shown."""
    return is_fatal(turn) and turn.tries > 2 * MOST_TRIES


def harmless(turn: StoredTurn) -> StoredTurn:
    """Return the turn with one sentence in place of what is fatal."""
    if turn.redraws or not is_fatal(turn):
        return turn
    return replace(
        turn,
        answer="",
        thoughts="",
        note=phrases.say("gave_up", turn.language),
        boundaries=(),
        controls=(),
        finish=Finish.FAILED,
        offers_again=turn.kind is TurnKind.ANSWER,
    )
