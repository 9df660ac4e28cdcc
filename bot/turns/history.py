"""What the model is given: the system prompt, the past within a token budget, and the question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import Message
from bot.turns.tokens import estimate_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Heard

QUOTE_MOST = 2000
"""Characters of a quoted message that are given to the model."""
NAME_MOST = 64
SHARED = "Several people write here. Each message begins with the name of who wrote it."

_UNFIT_FOR_NAME = re.compile(r"[\s:<>\x00-\x1f]+")


def question(heard: Sequence[Heard]) -> str:
    """Return what was said as one message to the model; empty if nothing readable was said."""
    if not any(one.text.strip() for one in heard):
        return ""
    return "\n\n".join(part for one in heard if (part := _spoken(one)))


def _spoken(one: Heard) -> str:
    text = one.text.strip()
    if one.shared and text:
        text = f"{_name(one)}: {text}"
    parts = [_quoted(one.quote), _attached(one.attachments), text]
    return "\n\n".join(part for part in parts if part)


def _name(one: Heard) -> str:
    """Return a name that cannot pass for anything else: people choose theirs freely."""
    return _UNFIT_FOR_NAME.sub(" ", one.name).strip()[:NAME_MOST] or "Somebody"


def _quoted(quote: str) -> str:
    lines = quote.strip()[:QUOTE_MOST].splitlines()
    return "\n".join(f"> {line}" for line in lines)


def _attached(kinds: Sequence[str]) -> str:
    return f"[attached, and not readable for you: {', '.join(kinds)}]" if kinds else ""


def messages(
    *, system: str, past: Sequence[tuple[Message, Message]], asked: str, shared: bool, budget: int
) -> tuple[Message, ...]:
    """Return the messages to send: system prompt and question always, the newest past that fits.

    `past` is newest first; `budget` is in tokens and counts all of it.
    """
    prompt = "\n\n".join(part for part in (system, SHARED if shared else "") if part)
    head = [Message("system", prompt)] if prompt else []
    last = Message("user", asked)
    left = budget - sum(estimate_message(message) for message in (*head, last))
    kept: list[Message] = []
    for pair in past:
        left -= sum(estimate_message(message) for message in pair)
        if left < 0:
            break
        kept = [*pair, *kept]
    return (*head, *kept, last)
