"""Who may speak. Decided here, once, for every kind of event, by the platform's own ids alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from bot.model import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.model import ChatKey, Person

EVERYONE = "*"


class Verdict(Enum):
    """What becomes of an event."""

    WELCOME = "welcome"
    STRANGER = "stranger"
    """Refused, and told how to get in."""
    DENIED = "denied"
    """Refused by an administrator while the bot runs; no list of the operator's lets them in."""
    IGNORED = "ignored"
    """Not a person: neither answered nor told anything, so that machines cannot talk each other to death."""


class Admissions(Protocol):
    """Who knows whom administrators let in, or kept out."""

    def decided(self, platform: str, person: str) -> bool | None:
        """Return the decision about a person; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's lists. A platform without a list lets in only whom the platform vouches for."""

    allowed: Mapping[str, frozenset[str] | None]
    admins: frozenset[str]
    admissions: Admissions | None = None
    """What administrators decided since; it goes before the lists."""

    def verdict(self, person: Person, chat: ChatKey) -> Verdict:
        """Decide about one person in one chat."""
        if person.standing is Standing.MACHINE or not person.id:
            return Verdict.IGNORED
        if self.is_admin(person, chat):
            return Verdict.WELCOME
        decided = self.admissions.decided(chat.platform, person.id) if self.admissions else None
        if decided is False:
            return Verdict.DENIED
        is_allowed = decided or self._is_allowed(person, chat.platform)
        return Verdict.WELCOME if is_allowed else Verdict.STRANGER

    def welcomes(self, people: Iterable[Person], chat: ChatKey) -> bool:
        """Tell whether any of these may speak, as things stand: decisions and lists change while a question waits."""
        return any(self.verdict(person, chat) is Verdict.WELCOME for person in people)

    def is_admin(self, person: Person, chat: ChatKey) -> bool:
        """Tell whether the operator named this person an administrator."""
        return person.id in self.admins or f"{chat.platform}:{person.id}" in self.admins

    def is_unlisted(self, platform: str) -> bool:
        """Tell whether the operator keeps no list for a platform, so that its own members may speak."""
        return self.allowed.get(platform) is None

    def _is_allowed(self, person: Person, platform: str) -> bool:
        listed = self.allowed.get(platform)
        if listed is None:
            return person.standing is Standing.MEMBER
        return EVERYONE in listed or person.id in listed
