"""What was erased stays erased: a platform that hands it over once more is not believed to bring something new.

Platforms deliver again what they are not sure about, and the adapters look into histories after an outage. Both
would find what a person had erased. What is remembered of it are hashes without words: one of the account and the
person, with the moment up to which they are forgotten, and one of the account and the key of each message.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.sqlite import Work

KEPT_SECONDS = 8 * 86_400.0
"""Longer than any platform delivers again, and than any adapter looks back."""


def forget_person(db: Work, source: str, person: str, until: float) -> None:
    """Let nothing in that this person sent before a moment of the platform's clock."""
    db.do("add_forgotten", mark=_mark(source, "person", person), moment=until)


def forget_doomed(db: Work, now: float) -> None:
    """Let nothing in again that is about to be deleted."""
    for row in db.all("doomed_messages", since=now - KEPT_SECONDS):
        db.do("add_forgotten", mark=_mark(row["source"], "message", row["key"]), moment=row["sent_at"])


def is_forgotten(db: Work, source: str, *, key: str, person: str, sent_at: float) -> bool:
    """Tell whether a message was erased, or is older than what its author had erased."""
    return bool(
        db.one(
            "find_forgotten",
            message=_mark(source, "message", key),
            person=_mark(source, "person", person),
            sent_at=sent_at,
        )
    )


def forgotten_until(db: Work, source: str, person: str) -> float | None:
    """Return the moment up to which a person is forgotten, if they asked for it lately."""
    row = db.one("forgotten_until", person=_mark(source, "person", person))
    return None if row is None else float(row["moment"])


def _mark(*names: str) -> str:
    return sha256("\n".join(names).encode("utf-8", "replace")).hexdigest()[:32]
