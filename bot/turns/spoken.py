"""What people said, as one message to the model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Heard

QUOTE_MOST = 2000
"""Characters of a quoted message that are given to the model."""
NAME_MOST = 64

_UNFIT_FOR_NAME = re.compile(r"[\s:：<>\x00-\x1f]+")


def question(heard: Sequence[Heard]) -> str:
    """Return what was said as one message to the model; empty if nothing readable was said."""
    if not any(one.text.strip() for one in heard):
        return ""
    return "\n\n".join(part for one in heard if (part := _spoken(one)))


def _spoken(one: Heard) -> str:
    text = one.text.strip()
    if one.shared and text:
        text = f"{plain_name(one.name)}: {text}"
    parts = [_quoted(one.quote), _attached(one.attachments), text]
    return "\n\n".join(part for part in parts if part)


def plain_name(name: str) -> str:
    """Return a name that cannot pass for anything else: people choose theirs freely."""
    return _UNFIT_FOR_NAME.sub(" ", name).strip()[:NAME_MOST] or "Somebody"


def _quoted(quote: str) -> str:
    lines = quote.strip()[:QUOTE_MOST].splitlines()
    return "\n".join(f"> {line}" for line in lines)


def _attached(kinds: Sequence[str]) -> str:
    return f"[attached, and not readable for you: {', '.join(kinds)}]" if kinds else ""
