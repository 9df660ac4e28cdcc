"""What Slack tells about a person beyond the event: a name, a language, and whether they are a guest.

It needs the scope `users:read`; without it, or when Slack is slow, the event alone decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.markup.unseen import visible
from bot import clock
from bot.errors import Closed, PlatformError
from bot.model import Standing

if TYPE_CHECKING:
    from adapters.slack.calls import Calls
    from adapters.slack.events import Me
    from bot.model import Person

log = logging.getLogger(__name__)

FRESH = 3_600.0
"""Seconds for which an answer holds: so soon a member made a guest is treated as one."""
AGAIN = 60.0
"""Seconds after which a person Slack could not tell about is asked for again."""
KNOWN = 5_000
_TRUST = (Standing.MEMBER, Standing.GUEST, Standing.STRANGER, Standing.MACHINE)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one answer of users.info says; `standing` is None where it could not be had."""

    until: float
    standing: Standing | None = None
    name: str = ""
    language: str = ""


class People:
    """Looks people up, each at most once at a time, and remembers them for a while.

    `patience` bounds in seconds how long a message may wait for it: its acknowledgement is due within three.
    """

    def __init__(self, calls: Calls, *, patience: float = 1.0) -> None:
        self._calls = calls
        self._patience = patience
        self._profiles: OrderedDict[str, Profile] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}
        self._allowed = True

    async def vouch(self, person: Person, me: Me) -> Person:
        """Return the person with all that is known; never trusted more than the event trusts them."""
        if person.standing is Standing.MACHINE:
            return person
        known = self._profiles.get(person.id, Profile(0.0))
        profile = await self._profile(person.id, me) if self._allowed else known
        standing = max(person.standing, profile.standing or person.standing, key=_TRUST.index)
        name, language = profile.name or person.name, profile.language or person.language
        return replace(person, name=name, language=language, standing=standing)

    async def _profile(self, user: str, me: Me) -> Profile:
        now = clock.ticks()
        lock = self._asking.setdefault(user, asyncio.Lock())
        try:
            async with asyncio.timeout(self._patience), lock:
                if (known := self._profiles.get(user)) and now < known.until:
                    return known
                profile = await self._ask(user, me, now)
        except TimeoutError:
            profile = self._as_before(user, now)
        finally:
            if not lock.locked():
                self._asking.pop(user, None)
        self._remember(user, profile)
        return profile

    async def _ask(self, user: str, me: Me, now: float) -> Profile:
        try:
            with self._calls.asking("users.info"):
                answer = await self._calls.web.users_info(user=user, include_locale=True)
        except Closed as error:
            if str(error) == "missing_scope":
                self._allowed = False
                log.warning("guests are not told from members: the scope users:read is missing")
            return self._as_before(user, now)
        except PlatformError:
            return self._as_before(user, now)
        # A server that answers everything with a bare "ok" tells nothing about the person.
        told = answer.get("user")
        return _profile_of(told, me, now) if told else self._as_before(user, now)

    def _as_before(self, user: str, now: float) -> Profile:
        """Return what was known last: a guest stays one while Slack cannot tell."""
        return replace(self._profiles.get(user, Profile(now)), until=now + AGAIN)

    def _remember(self, user: str, profile: Profile) -> None:
        self._profiles[user] = profile
        self._profiles.move_to_end(user)
        if len(self._profiles) > KNOWN:
            self._profiles.popitem(last=False)


def _profile_of(user: dict[str, Any], me: Me, now: float) -> Profile:
    details = user.get("profile") or {}
    name = details.get("display_name") or user.get("real_name") or user.get("name") or ""
    return Profile(now + FRESH, standing_of(user, me), _plain(name), (user.get("locale") or ""))


def _plain(name: str) -> str:
    """Return a name as one line of what is seen of it: people choose theirs freely, and the model is given it."""
    return " ".join(visible(name).split())


def standing_of(user: dict[str, Any], me: Me) -> Standing | None:
    """Return what the answer says; None where it does not say whose person it is."""
    if user.get("is_bot"):
        return Standing.MACHINE
    organisation = (user.get("enterprise_user") or {}).get("enterprise_id") or ""
    homes = {home for home in (user.get("team_id") or "", organisation) if home}
    if user.get("is_stranger") or (homes and not any(map(me.is_home, homes))):
        return Standing.STRANGER
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER if homes else None
