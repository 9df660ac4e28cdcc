"""The one way in: who may speak is decided, what was said is stored, and only then anybody is told."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from bot import clock, phrases
from bot.crash import passage
from bot.errors import StoreUnavailable
from bot.intake import commands
from bot.intake.access import Verdict
from bot.intake.shape import shape_of
from bot.limits import Limits
from bot.model import Edited, Overheard, Person, Pressed, Said
from bot.store import Arrival
from bot.unseen import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.intake.access import Access
    from bot.model import ChatKey, Command, Event, TurnId
    from bot.store import Accepted, Arrivals

log = logging.getLogger(__name__)


class Hands(Protocol):
    """Who does the work once it is stored."""

    def arrived(self, chats: Sequence[ChatKey]) -> None:
        """Something new waits in these chats."""
        ...

    def stop(self, turns: Sequence[TurnId]) -> None:
        """Somebody wants these answers stopped, now."""
        ...


class Apologies(Protocol):
    """Who tells people that nothing can be stored."""

    def not_stored(self, arrivals: Sequence[Arrival]) -> None:
        """Hear what could not be stored; again each time it is delivered."""
        ...

    def stored(self) -> None:
        """Hear that something could be stored."""
        ...


class Languages(Protocol):
    """Who knows which language people chose."""

    def language(self, chat: ChatKey, person: str) -> str:
        """Return the language a person chose; empty if they did not."""
        ...


class Inbox:
    """Implements `ports.Inbox`."""

    def __init__(
        self,
        *,
        access: Access,
        arrivals: Arrivals,
        hands: Hands,
        limits: Limits | None = None,
        apologies: Apologies | None = None,
        languages: Languages | None = None,
    ) -> None:
        self._languages = languages
        self._apologies = apologies
        self._access = access
        self._limits = limits or Limits()
        self._arrivals = arrivals
        self._hands = hands

    async def accept(self, events: Sequence[Event]) -> Mapping[str, str]:
        """Store the events; see `ports.Inbox`."""
        arrivals = [arrival for event in events if (arrival := self._arrival(seen(event))) is not None]
        if not arrivals:
            return {}
        passage("received")
        accepted = await self._store(arrivals)
        passage("stored")
        log.debug("events accepted", extra={"events": len(events), "new": accepted.stored})
        if accepted.stopped:
            self._hands.stop(accepted.stopped)
        if accepted.stored:
            self._hands.arrived([arrival.event.chat for arrival in arrivals])
        return accepted.told

    async def _store(self, arrivals: Sequence[Arrival]) -> Accepted:
        try:
            accepted = await self._arrivals.accept(arrivals, clock.wall())
        except StoreUnavailable:
            if self._apologies is not None:
                self._apologies.not_stored(arrivals)
            raise
        if self._apologies is not None:
            self._apologies.stored()
        return accepted

    async def heeds(self, event: Said | Overheard) -> bool:
        """Tell whether anything is done about what was said; see `ports.Inbox`."""
        return await self._arrivals.heeds(event)

    async def moved(self, old: ChatKey, new: ChatKey) -> None:
        """Let a chat go on under another id; see `ports.Inbox`."""
        log.info("a chat goes on under another id", extra={"platform": old.platform})
        await self._arrivals.moved(old, new)

    async def set_aside(self, platform: str, account: str, key: str, raw: str) -> None:
        """Keep what it is made of, and no word of it; see `ports.Inbox`."""
        log.warning("an event could not be read and is set aside", extra={"platform": platform, "key": key})
        await self._arrivals.set_aside(f"{platform}:{account}", key, shape_of(raw), clock.wall())

    async def position(self, platform: str, account: str) -> str:
        """Return what `remember` stored last."""
        return await self._arrivals.position(f"{platform}:{account}")

    async def remember(self, platform: str, account: str, position: str) -> None:
        """Store how far the adapter has read."""
        await self._arrivals.remember(f"{platform}:{account}", position)

    async def recent(self, platform: str, account: str, since: float, most: int) -> Sequence[ChatKey]:
        """Return the chats people were heard in since, the newest first."""
        return await self._arrivals.recent(platform, account, since, most)

    def _arrival(self, event: Event) -> Arrival | None:
        verdict = self._access.verdict(event.person, event.chat)
        if verdict is Verdict.IGNORED or (verdict is not Verdict.WELCOME and isinstance(event, Overheard)):
            return None
        command = _command(event)
        language = self._language(event, command)
        if verdict is not Verdict.WELCOME:
            return Arrival(event=event, language=language, refusal=self._refusal(event, verdict, language))
        return Arrival(
            event=event,
            language=language,
            command=command,
            is_admin=self._access.is_admin(event.person, event.chat),
            limits=self._limits_for(event, command),
            excuse=lambda reached: phrases.limit(reached, language, clock.wall()),
        )

    def _language(self, event: Event, command: Command | None) -> str:
        chosen = self._languages.language(event.chat, event.person.id) if self._languages else ""
        if command is not None and command.name == "language" and phrases.is_automatic(command.args):
            # It is given up by this very command, which is answered in the one that holds from then on.
            chosen = ""
        text = event.text if isinstance(event, Said) else ""
        return chosen or phrases.language(event.person.language, text)

    def _refusal(self, event: Event, verdict: Verdict, language: str) -> str:
        if verdict is Verdict.DENIED:
            return phrases.say("denied", language)
        platform, person = event.chat.platform, event.person.id
        if self._access.is_unlisted(platform):
            # A list with this one id in it would shut out all whom the platform vouches for.
            return phrases.say("stranger_unlisted", language, id=person)
        return phrases.say("stranger", language, id=person, setting=f"{platform.upper()}_ALLOWED_USERS")

    def _limits_for(self, event: Event, command: Command | None) -> Limits:
        limits = allowance(self._access, self._limits, event.person.id, event.chat)
        return limits if command is None else limits.of_machinery()


def _command(event: Event) -> Command | None:
    match event:
        case Said() | Edited():
            return commands.read(event)
        case Pressed():
            return commands.picked(event)
        case _:
            return None


def allowance(access: Access, limits: Limits, person: str, chat: ChatKey) -> Limits:
    """Return what one person may use in one chat."""
    is_admin = access.is_admin(Person(id=person), chat)
    return limits.of_admin() if is_admin else limits


def seen(event: Event) -> Event:
    """Return the event without what the person who sent it could not see either."""
    match event:
        case Said():
            return replace(event, text=visible(event.text), quote=visible(event.quote))
        case Edited() | Overheard():
            return replace(event, text=visible(event.text))
        case Pressed():
            return event
