"""Asking a model to go on with an answer that was cut; pure.

Not every model takes a prefix to go on from, so each is asked in words. What it says again is left out by `joining`.
"""

from __future__ import annotations

from bot.model import Message
from bot.turns.joining import last_words
from bot.turns.tokens import estimate

SHARE = 2
"""The answer so far may take one part in so many of the budget: the question and the past have to fit as well."""
LEFT_OUT = "[…]\n"
GO_ON = (
    "Your answer was cut off here. Go on exactly where it stopped, in the same language and form. Begin with its "
    "last words, “{words}”, so that both parts can be joined. Repeat nothing else of it, and do not mention the cut."
)


def so_far(before: str, budget: int) -> tuple[Message, ...]:
    """Return what follows the question in a request to go on: the answer as far as it came, and the wish.

    `budget` is in tokens, for the whole request. Nothing follows where nothing was written before.
    """
    if not before.strip():
        return ()
    wish = GO_ON.format(words=last_words(before))
    return Message("assistant", _end(before, budget // SHARE)), Message("user", wish)


def _end(text: str, most: int) -> str:
    """Return the text, or so much of its end as has about this many tokens."""
    tokens = estimate(text)
    return text if tokens <= most else LEFT_OUT + text[-(len(text) * most // tokens) :]
