"""How much one person, one chat and everybody together may use, so that nobody can run up a bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MINUTE = 60.0
TOLD_FOR = 30.0
"""Seconds of silence after a sentence about a limit that has no end of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The operator's limits; None is no limit. A day is a day of UTC."""

    person_messages_per_minute: int | None = None
    chat_messages_per_minute: int | None = None
    person_answers_at_once: int | None = None
    message_characters: int | None = None
    message_attachments: int | None = None
    person_tokens_per_day: int | None = None
    chat_tokens_per_day: int | None = None
    tokens_per_day: int | None = None

    def of_admin(self) -> Limits:
        """Return what is left for an administrator: what everybody together may spend."""
        return Limits(tokens_per_day=self.tokens_per_day)

    def of_machinery(self) -> Limits:
        """Return what applies to a request that costs no tokens."""
        return replace(self, person_tokens_per_day=None, chat_tokens_per_day=None, tokens_per_day=None)


class Bound(StrEnum):
    """What can be reached; the value is the key of the sentence about it."""

    CHARACTERS = "limit_characters"
    ATTACHMENTS = "limit_attachments"
    PERSON_MESSAGES = "limit_person_messages"
    CHAT_MESSAGES = "limit_chat_messages"
    ANSWERS = "limit_answers"
    PERSON_TOKENS = "limit_person_tokens"
    CHAT_TOKENS = "limit_chat_tokens"
    TOKENS = "limit_tokens"


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that was reached: its value, and until when (seconds since 1970) it stays so."""

    limit: Bound
    most: int
    until: float


def day_of(now: float) -> tuple[float, float]:
    """Return when the day of UTC around `now` began and when the next one begins, in seconds since 1970."""
    began = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return began.timestamp(), (began + timedelta(days=1)).timestamp()
