"""How the loopback Qwen server counts: tokens of about the real size, and a context cache that is honest.

The cache is DashScope's implicit one: what a request shares with the beginning of an earlier request to the same model
counts as cached, from 256 tokens on (Model Studio, context cache). The real one promises no hit; this one never fails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST = 256
"""Tokens below which nothing is cached."""

# A short word with its space, a piece of a long one, a digit, any other character.
_PIECE = re.compile(r" ?[A-Za-z]{1,6}|\d|\s+|.", re.DOTALL)


def tokens(text: str) -> list[str]:
    """Cut a text into tokens."""
    return _PIECE.findall(text)


def prompt(messages: Iterable[dict[str, Any]]) -> list[str]:
    """Return the tokens of a whole request, with the borders of its messages and the opening of the answer."""
    sent: list[str] = []
    for message in messages:
        sent += ["<|im_start|>", str(message.get("role")), *tokens(str(message.get("content"))), "<|im_end|>"]
    return [*sent, "<|im_start|>", "assistant"]


class ContextCache:
    """Remembers the beginnings of all requests."""

    def __init__(self) -> None:
        self._known: dict[str, set[int]] = {}

    def take(self, model: str, sent: Sequence[str]) -> int:
        """Return how many tokens at the beginning of a request are cached, and cache the request."""
        known = self._known.setdefault(model, set())
        chain = list(_chain(sent))
        shared = next((n for n, link in enumerate(chain) if link not in known), len(chain))
        known.update(chain)
        return shared if shared >= LEAST else 0


def _chain(sent: Sequence[str]) -> Iterable[int]:
    """Yield for each token a number that stands for it and everything before it."""
    link = 0
    for token in sent:
        link = hash((link, token))
        yield link
