"""A request, put together: what stays the same stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import Message
from bot.turns.memory.summary import given_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Past

SHARED = "Several people write here. Each message begins with the name of who wrote it."


def instructions(system: str, *, shared: bool) -> str:
    """Return the system prompt of a chat. Nothing in it may differ from one turn to the next."""
    return "\n\n".join(part for part in (system, SHARED if shared else "") if part)


def messages(*, system: str, summary: str, past: Sequence[Past], asked: str) -> tuple[Message, ...]:
    """Return the messages of a request: system prompt, summary, past turns from the oldest on, question."""
    head = (Message("system", system),) if system else ()
    return (
        *head,
        *given_back(summary),
        *(part for one in past for part in said(one)),
        Message("user", asked),
    )


def said(past: Past) -> tuple[Message, Message]:
    """Return a past turn as the model is given it."""
    return Message("user", past.question), Message("assistant", past.answer)
