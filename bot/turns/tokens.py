"""How many tokens a text has, roughly, without a vocabulary of its own.

Measured with the vocabulary of Qwen 1 to 3: English prose 4 to 5.5 characters a token, Chinese 1.6, digits 1,
emoji about 1. Newer vocabularies are larger, so these counts err on the high side, which is the safe one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model import Message

PER_MESSAGE = 4
"""Tokens that frame one message: its role and its borders."""

_WIDE = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힯]+")


def estimate(text: str) -> int:
    """Return a cautious count of the tokens in a text."""
    # Counted in runs and by the codec: a whole conversation is counted for every question.
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    wide = sum(map(len, _WIDE.findall(text))) if foreign else 0
    single = foreign - wide + sum(map(text.count, "0123456789"))
    rest = len(text) - wide - single
    return round(wide / 1.4 + single * 0.8 + rest / 3.6) + 1


def estimate_message(message: Message) -> int:
    """Return a cautious count of the tokens one message costs."""
    return estimate(message.content) + PER_MESSAGE
