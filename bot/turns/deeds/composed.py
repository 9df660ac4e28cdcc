"""All deeds together: a command is added here, in `bot.phrases` and in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import Person
from bot.turns.deeds import Deeds
from bot.turns.deeds.admission import Admission
from bot.turns.deeds.governors import Governors
from bot.turns.deeds.history import History
from bot.turns.deeds.language import Language
from bot.turns.deeds.privacy import OwnData
from bot.turns.deeds.roles import RoleDeed
from bot.turns.deeds.status import Status
from bot.turns.deeds.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.model import ChatKey
    from bot.ports import Adapter
    from bot.store import Store, StoredTurn
    from bot.troubles import Troubles


def composed(
    *,
    store: Store,
    adapters: Mapping[str, Adapter],
    administers: Callable[[Person, ChatKey], bool],
    is_model: Callable[[str], bool],
    troubles: Troubles,
) -> Deeds:
    """Return what obeys every command. `administers` tells who the bot's administrators are."""

    def is_admin(person: str, turn: StoredTurn) -> bool:
        return administers(Person(id=person), turn.chat)

    governors = Governors(adapters, lambda turn: is_admin(turn.person, turn))
    groups = (
        OwnData(store.privacy, store.record, store.roles, store.preferences),
        History(store.record),
        Language(store.preferences),
        RoleDeed(store.roles, store.preferences, governors, is_model),
        Admission(store.admissions, adapters, is_admin),
        Status(store.health, troubles, adapters, is_admin),
    )
    return Deeds({**words(), **{name: deed for group in groups for name, deed in group.deeds().items()}})
