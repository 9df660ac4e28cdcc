"""A seam for tests: the process kills itself at a named place, to prove that nothing is lost there.

`BOT_CRASH_AT=stored:2` in the environment means SIGKILL at the second passage of `stored`; `stored` alone means
the first. It is no setting of the bot's. Unset, a passage is a call that does nothing.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "BOT_CRASH_AT"

POINTS = {
    "received": "the platform handed an event over, nothing is stored",
    "storing": "inside the transaction that stores it",
    "stored": "it is stored, the platform does not know",
    "claimed": "a turn is leased, nothing else happened",
    "intended": "it is stored that a message is about to be posted",
    "posted": "the platform has the message, its ref is not stored",
    "edited": "a message has just been rewritten, the answer grows on",
    "read": "the model has said everything, the answer is not stored",
    "answered": "the answer is stored, the last write is not made",
    "shown": "the last write is made, the turn has not ended",
    "paging": "one page stands, the next is about to be posted",
    "repeating": "inside the transaction in which a turn takes over the question and the messages of another",
    "voided": "inside the transaction that takes in a changed question",
    "forgetting": "inside the transaction of a new conversation",
    "erasing": "a slice of what is erased is gone, the rest is not",
    "erased": "all of it is gone, its words still stand in the log of the file",
    "migrating": "between two statements of a migration",
}
"""Every place, and what is true there."""


def armed(setting: str) -> Callable[[str], None]:
    """Return what to call at each place. Raises KeyError for a place that does not exist."""
    if not setting:
        return _pass
    name, _, count = setting.partition(":")
    if name not in POINTS:
        raise KeyError(name)
    left = Counter({name: int(count or 1)})

    def passage(place: str) -> None:
        left[place] -= 1
        if place == name and left[place] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return passage


def _pass(place: str) -> None:
    """Do nothing."""


passage = armed(os.environ.get(VARIABLE, ""))
