"""What the model is given: the system prompt, the past within a token budget, and the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import Message
from bot.turns.tokens import estimate_message

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED = "Several people write here. Each message begins with the name of who wrote it."


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
