"""What nobody can see: it is taken out of answers as out of questions, and it is no message by itself."""

from __future__ import annotations

import re

from bot.unseen import visible

__all__ = ["NOTHING", "is_blank", "visible", "without_unseen"]

NOTHING = "…"
"""Stands for a page on which nothing can be seen: platforms refuse a message without visible text."""

_WIDTHLESS = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\ufe00-\ufe0f\ufeff]")
_BLANK = re.compile("[\\s\u00a0\u00ad\u200b-\u200f\u2028\u2029\ufe00-\ufe0f\ufeff]*")


def is_blank(text: str) -> bool:
    """Tell whether a reader would see nothing at all."""
    return _BLANK.fullmatch(text) is not None


def without_unseen(text: str) -> str:
    """Return the text without what has no width, not even what forms letters and emoji: two that look alike are one."""
    return _WIDTHLESS.sub("", visible(text))
