"""What the operator sees and decides: put together from the store, the model and the settings for adapters that show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import clock, meters, phrases
from bot.desk.asks import Asks
from bot.desk.choices import choices, roles, settled
from bot.desk.spent import MOST_PEOPLE, summed
from bot.errors import StoreUnavailable
from bot.model import Control, Finish
from bot.ports import Connects
from bot.records import Health
from bot.reply.markdown import closed, repaired
from bot.roles import DEFAULT
from bot.serving import OPERATOR
from bot.store import TurnKind, days_before, person_scope, place_scope
from bot.turns.offers import Over, offered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from bot.desk.watched import Watched
    from bot.limits import Limits
    from bot.model import Ask, ChatKey, Controls, Delta, TurnId
    from bot.ports import Adapter
    from bot.records import Charge, Choices, Cost, Entry, Spending, Talk
    from bot.roles import Role
    from bot.store import Store
    from bot.turns.asking import Asking
    from bot.turns.offers import Buttons

WRITE_EVERY = 5.0
"""Seconds for which a write that got through proves that the store can be written."""


class Desk:
    """Implements `ports.Desk`."""

    def __init__(
        self,
        *,
        store: Store,
        model: Watched,
        asking: Asking,
        limits: Limits,
        adapters: Mapping[str, Adapter],
        buttons: Buttons,
        is_demo: bool,
    ) -> None:
        self._buttons = buttons
        self._archive = store.archive
        self._load = store.health
        self._preferences = store.preferences
        self._roles = store.roles
        self._model = model
        self._asking = asking
        self._limits = limits
        self._adapters = adapters
        self._is_demo = is_demo
        self._asks = Asks(store.asks, model, asking, limits)
        self._wrote_at = -WRITE_EVERY

    # ------------------------------------------------------------ conversations

    async def talks(
        self, *, query: str, platform: str, before: int | None, most: int
    ) -> tuple[Sequence[Talk], int | None]:
        return await self._archive.talks(query=query, platform=platform, before=before, most=most)

    async def chat(self, number: int) -> ChatKey | None:
        return await self._archive.chat(number)

    async def entries(self, chat: ChatKey, most: int, language: str) -> Sequence[Entry]:
        found = await self._archive.entries(chat, most)
        return [self._finished(one, language) for one in found]

    async def entry(self, turn: TurnId, language: str) -> tuple[ChatKey, Entry] | None:
        found = await self._archive.entry(turn)
        if found is None:
            return None
        chat, entry = found
        return chat, self._finished(entry, language)

    def _finished(self, entry: Entry, language: str) -> Entry:
        """Return an entry of the store as it is looked at."""
        return replace(entry, shown=_shown(entry), controls=self._controls(entry, language))

    def _controls(self, entry: Entry, language: str) -> Controls:
        """Return the buttons under an entry: those that were stored with it, or those of every answer."""
        if entry.turn is None or entry.controls or entry.is_notice:
            return entry.controls
        if entry.state == "running":
            return (Control("stop", str(entry.turn), phrases.say("label_stop", language)),)
        over = Over(
            turn=entry.turn,
            kind=TurnKind.ANSWER,
            finish=entry.finish or Finish.FAILED,
            has_text=bool(entry.answer.strip()),
            again=entry.again or entry.finish is None,
            rating=entry.rating,
        )

        def say(key: str, /, **values: object) -> str:
            return phrases.say(key, language, **values)

        return offered(over, self._buttons, say)

    async def heard(self, chat: ChatKey, key: str) -> bool:
        return await self._archive.heard(chat, key)

    async def taken(self, chat: ChatKey, key: str) -> TurnId | None:
        return await self._archive.taken(chat, key)

    async def title(self, chat: ChatKey) -> str:
        return await self._archive.title(chat)

    async def cost(self, chat: ChatKey) -> Cost:
        return await self._archive.cost(chat)

    async def rate(self, chat: ChatKey, turn: TurnId, rating: int | None, remark: str | None) -> bool:
        return await self._archive.rate(chat, turn, rating, remark)

    async def erase(self, chat: ChatKey) -> bool:
        return await self._archive.erase(chat, clock.wall())

    # ------------------------------------------------------------ choices

    async def chosen(self, chat: ChatKey) -> Mapping[str, str]:
        return await self._preferences.of(chat)

    async def choose(self, chat: ChatKey, name: str, value: str) -> bool:
        if name == "role":
            return await self._play(chat, value or DEFAULT)
        stored = settled(name, value, self._asking.lineup) if value else ""
        if stored is None:
            return False
        await self._preferences.choose_in(place_scope(chat), name, stored)
        return True

    async def _play(self, chat: ChatKey, key: str) -> bool:
        """Let a role be played; one that names its model takes the place of the chat's own choice."""
        known = {role.name: role for role in roles(await self._stored_roles(chat), phrases.LANGUAGES[0])}
        if key not in known:
            return False
        await self._preferences.choose_in(place_scope(chat), "role", "" if key == DEFAULT else key)
        if known[key].model:
            await self._preferences.choose_in(place_scope(chat), "model", "")
        return True

    async def _stored_roles(self, chat: ChatKey) -> Sequence[Role]:
        return await self._roles.of(person_scope(chat, OPERATOR))

    async def choices(self, chat: ChatKey, language: str) -> Choices:
        stored = await self._stored_roles(chat)
        return choices(
            self._asking,
            stored,
            language,
            most=self._limits.message_characters,
            is_demo=self._is_demo,
        )

    # ------------------------------------------------------------ figures

    async def spending(self, days: int) -> Spending:
        currency = self._asking.lineup.catalog.currency
        spans = list(days_before(clock.wall(), days))
        found = [(since, await self._archive.used(since, until, currency)) for since, until in spans]
        people = await self._archive.used_by(spans[0][0], spans[-1][1], currency, MOST_PEOPLE)
        return await summed(found, people, self._archive.name, currency)

    async def health(self) -> Health:
        store = await self._try_store()
        load = None if store else await self._to_do()
        if load is None:
            store = "unavailable"
        running, waiting = load or (0, 0)
        platforms = {
            name: one.trouble if isinstance(one, Connects) else "" for name, one in self._adapters.items()
        }
        return Health(
            store=store, platforms=platforms, model=self._model.trouble, waiting=waiting, running=running
        )

    async def _try_store(self) -> str:
        if clock.ticks() - self._wrote_at < WRITE_EVERY:
            return ""
        try:
            await self._archive.try_to_write(clock.wall())
        except StoreUnavailable:
            return "unavailable"
        self._wrote_at = clock.ticks()
        return ""

    async def _to_do(self) -> tuple[int, int] | None:
        """Return what runs and what waits; None where the store cannot tell."""
        try:
            return await self._load.to_do()
        except StoreUnavailable:
            return None

    async def metrics(self) -> tuple[bytes, str]:
        running, waiting = await self._to_do() or (None, None)
        return meters.exposition(waiting=waiting, running=running), meters.CONTENT_TYPE

    # ------------------------------------------------------------ the model

    def ask(self, ask: Ask, chat: ChatKey, person: str) -> AsyncGenerator[Delta | Charge, None]:
        return self._asks.ask(ask, chat, person)


def _shown(entry: Entry) -> str:
    """Return an answer as it may be shown: what is open in one that grows or was cut is closed."""
    if entry.state == "running":
        return repaired(entry.answer)
    is_cut = entry.finish is not None and entry.finish is not Finish.STOP
    return closed(entry.answer) if is_cut else entry.answer
