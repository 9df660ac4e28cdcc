"""What a check of the bot found: how bad it is, what it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

CLOCK_SECONDS = 30.0
"""How far a clock may be off: from here on limits of a minute and the waits a platform asks for go wrong."""


class Severity(StrEnum):
    """How bad it is."""

    FINE = "ok"
    NOTE = "note"
    """Good to know."""
    RISK = "risk"
    """Works, and may cost money, words or sleep."""
    CRITICAL = "critical"
    """The bot does not work like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report; `remedy` is empty where nothing need be done."""

    severity: Severity
    subject: str
    text: str
    remedy: str = ""


def clock(subject: str, date: str, now: datetime) -> Finding:
    """Return how far this machine's clock is from the `Date` a server answered with."""
    try:
        off = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (TypeError, ValueError):
        return Finding(Severity.NOTE, subject, "does not say what time it is")
    if off <= CLOCK_SECONDS:
        return Finding(Severity.FINE, subject, f"agrees with this machine's clock within {off:.0f} s")
    remedy = "Let the machine keep its time by NTP, for example with timedatectl set-ntp true."
    return Finding(Severity.RISK, subject, f"is {off:.0f} s away from this machine's clock", remedy)
