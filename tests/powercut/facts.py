"""What was acknowledged, and what of it a database holds: values by name, of which a later one is never smaller."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.store import TurnState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARKS = "marks"
"""The file beside the database into which facts are written once they are acknowledged: a line of JSON each time."""
RETRACTED = 0
"""The value of what is about to be erased: it may be there or not."""
WHOLE = 1_000_000
"""The progress of a turn whose answer is whole; below that it is the length of what was shown, plus one."""


@dataclass(slots=True)
class Acknowledged:
    """All that was promised up to some moment."""

    facts: dict[str, int] = field(default_factory=dict[str, int])
    commits: int = 0

    def take(self, facts: Mapping[str, int]) -> None:
        """Hear of one acknowledgement."""
        self.facts.update(facts)
        self.commits += 1

    def missing(self, held: Mapping[str, int]) -> list[str]:
        """Return what was acknowledged and is not so in a database."""
        return [name for name, value in self.facts.items() if held.get(name, _absent(name)) < value]


def progress(state: TurnState, answer: str) -> int:
    """Return how far a turn is."""
    match state:
        case TurnState.RUNNING:
            return 1 + len(answer)
        case TurnState.ANSWERED:
            return WHOLE
        case TurnState.DONE | TurnState.FAILED:
            return WHOLE + 1


def gone(name: str) -> str:
    """Return the name of the fact that something was erased."""
    return f"gone {name}"


def _absent(name: str) -> int:
    """Return the value of a fact that no row speaks of: that something is gone is true then."""
    return 1 if name.startswith("gone ") else 0


def held(path: Path) -> dict[str, int]:
    """Return the facts that a database holds."""
    with closing(sqlite3.connect(path)) as db:
        turns = {
            f"turn {number}": progress(TurnState(state), answer)
            for number, state, answer in db.execute("SELECT id, state, answer FROM turn")
        }
        others = [
            "SELECT 'event ' || key FROM event",
            "SELECT 'taken ' || key FROM event WHERE turn_id IS NOT NULL",
            "SELECT 'page ' || turn_id || ' ' || ref FROM page WHERE ref IS NOT NULL",
            "SELECT 'paid ' || turn_id || ' ' || attempt FROM usage WHERE turn_id IS NOT NULL",
        ]
        there = {name: 1 for query in others for (name,) in db.execute(query)}
    return turns | there | {gone(name): 0 for name in turns}
