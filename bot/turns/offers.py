"""Which buttons stand under a finished answer; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.model import Control, Controls, Finish
from bot.store import CUT, TurnKind

if TYPE_CHECKING:
    from bot.model import TurnId
    from bot.turns.listening import Say


class Buttons(StrEnum):
    """How many buttons people see under an answer."""

    FULL = "full"
    """Again, Continue where an answer was cut, and two for an opinion."""
    FEW = "few"
    """No opinions are asked for."""
    NEEDED = "needed"
    """Only what helps: Again where something failed, Continue where an answer was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """What there is to know of an answer that is over."""

    turn: TurnId
    kind: TurnKind
    finish: Finish
    has_text: bool
    again: bool
    """Asking once more can help: something failed."""
    rating: int | None = None


def offered(answer: Over, buttons: Buttons, say: Say) -> Controls:
    """Return the buttons in the order in which they stand: Again, Continue, 👍, 👎."""
    if answer.kind is TurnKind.NOTICE:
        return ()
    names = [
        *(["again"] if _may_ask_again(answer, buttons) else []),
        *(["continue"] if _may_go_on(answer) else []),
    ]
    value = str(answer.turn)
    return (
        *(Control(name, value, say(f"label_{name}")) for name in names),
        *(_opinions(answer, say) if _may_be_rated(answer, buttons) else ()),
    )


def _may_ask_again(answer: Over, buttons: Buttons) -> bool:
    is_hopeless = answer.finish is Finish.FAILED and not answer.again
    return answer.again or (buttons is not Buttons.NEEDED and not is_hopeless)


def _may_go_on(answer: Over) -> bool:
    """Tell whether the model can go on; what content inspection ended would only be ended once more."""
    is_refused = answer.finish is Finish.BROKEN and not answer.again
    return answer.finish in CUT and answer.has_text and not is_refused


def _may_be_rated(answer: Over, buttons: Buttons) -> bool:
    return buttons is Buttons.FULL and answer.has_text and answer.finish is not Finish.FAILED


def _opinions(answer: Over, say: Say) -> Controls:
    chosen = {1: "good", -1: "bad"}.get(answer.rating or 0)
    return tuple(
        Control(name, str(answer.turn), say(f"label_{name}_chosen" if name == chosen else f"label_{name}"))
        for name in ("good", "bad")
    )
