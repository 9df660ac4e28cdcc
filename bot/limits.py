"""How much one person, one chat and everybody together may use, so that nobody can run up a bill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MINUTE = 60.0
NEAR = 80
"""Percent of a budget from which on people are warned, once."""
TOLD_AGAIN = 3600.0
"""Seconds after which a limit that lasts is told again: who comes back the next day does not know of it any more."""
TOLD_FOR = 30.0
"""Seconds of silence after a sentence about a limit that has no end of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The operator's limits; None is no limit. Days and months are those of UTC, money is in millionths."""

    person_messages_per_minute: int | None = None
    chat_messages_per_minute: int | None = None
    person_answers_at_once: int | None = None
    message_characters: int | None = None
    message_attachments: int | None = None
    person_tokens_per_day: int | None = None
    chat_tokens_per_day: int | None = None
    tokens_per_day: int | None = None
    person_budget_per_month: int | None = None
    budget_per_month: int | None = None
    currency: str = "USD"
    """What the budgets are in."""

    def of_admin(self) -> Limits:
        """Return what is left for an administrator: what everybody together may spend."""
        return Limits(
            tokens_per_day=self.tokens_per_day, budget_per_month=self.budget_per_month, currency=self.currency
        )

    def of_machinery(self) -> Limits:
        """Return what applies to a request that costs no tokens."""
        return replace(
            self,
            person_tokens_per_day=None,
            chat_tokens_per_day=None,
            tokens_per_day=None,
            person_budget_per_month=None,
            budget_per_month=None,
        )

    @property
    def has_budget(self) -> bool:
        """Tell whether money is limited."""
        return self.person_budget_per_month is not None or self.budget_per_month is not None


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
    PERSON_BUDGET = "limit_person_budget"
    BUDGET = "limit_budget"
    PERSON_REST = "limit_person_rest"
    """There is something left of a person's budget, but not as much as the request will likely cost."""
    REST = "limit_rest"
    """The same of the budget of all."""
    HELD = "limit_held"
    """What is left of a budget is held for answers in the making; some of it may come free."""
    UNPRICED = "limit_unpriced"
    """There is a budget, and nobody knows what the request would take of it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that was reached: its value, and until when (seconds since 1970) it stays so."""

    limit: Bound
    most: int
    until: float
    currency: str = ""
    """Of a budget; else empty."""
    left: int = 0
    """Of a budget that does not pay for a request: what is left of it."""
    needed: int = 0
    """What the request would likely cost."""


@dataclass(frozen=True, slots=True)
class Nearing:
    """A budget that is nearly used up."""

    limit: Bound
    percent: int
    most: int
    until: float
    currency: str


def day_of(now: float) -> tuple[float, float]:
    """Return when the day of UTC around `now` began and when the next one begins, in seconds since 1970."""
    began = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return began.timestamp(), (began + timedelta(days=1)).timestamp()


def month_of(now: float) -> tuple[float, float]:
    """Return when the month of UTC around `now` began and when the next one begins, in seconds since 1970."""
    began = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # No month has more than 31 days, so 32 days on is always the next one.
    return began.timestamp(), (began + timedelta(days=32)).replace(day=1).timestamp()
