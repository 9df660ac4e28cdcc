"""Whether a process that dies now died of showing an answer that is whole.

It may be the answer itself: a page that nothing can lay out, a body that nothing can send. So the attempts that
died of it are counted, from the layout to the return of each write. Waiting in between kills nobody, and must not be
counted: a platform may ask for silence longer than a process lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import TurnState

if TYPE_CHECKING:
    from bot.store import StoredTurn, Turns

WAIT = 0.5
"""Seconds; a shorter wait is not worth a note that it was survived until then."""


class Peril:
    """Keeps the count of one turn right; an attempt at a whole answer begins in it, as it is counted when leased."""

    def __init__(self, turn: StoredTurn, store: Turns) -> None:
        self._turn = turn
        self._store = store
        self._lasts = turn.state is TurnState.ANSWERED
        self._tries = turn.tries if self._lasts else 1

    def begin(self) -> int:
        """Return the tries to store together with what is about to be written."""
        self._lasts = True
        return self._tries

    async def survive(self) -> None:
        """Note that the process lives on, before it waits."""
        if self._lasts:
            self._lasts = False
            await self._store.survive(self._turn, self._tries - 1)
