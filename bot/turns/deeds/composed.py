"""All deeds together: a command is added here, in `bot.phrases` and in a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import Person
from bot.turns.deeds import Deeds
from bot.turns.deeds.admission import Admission
from bot.turns.deeds.chatter import ChatterDeed
from bot.turns.deeds.depths import DepthDeed
from bot.turns.deeds.governors import Governors
from bot.turns.deeds.history import History
from bot.turns.deeds.language import Language
from bot.turns.deeds.models import ModelDeed
from bot.turns.deeds.privacy import OwnData
from bot.turns.deeds.roles import RoleDeed
from bot.turns.deeds.status import Status
from bot.turns.deeds.usage import Usage
from bot.turns.deeds.words import words
from bot.turns.manner import Manners

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.limits import Limits
    from bot.model import ChatKey
    from bot.ports import Adapter
    from bot.store import Store, StoredTurn
    from bot.troubles import Troubles
    from bot.turns.asking import Asking


def composed(
    *,
    store: Store,
    adapters: Mapping[str, Adapter],
    administers: Callable[[Person, ChatKey], bool],
    asking: Asking,
    troubles: Troubles,
    limits: Callable[[StoredTurn], Limits],
) -> Deeds:
    """Return what obeys every command.

    `administers` tells who the bot's administrators are, `limits` what the person of a turn may use.
    """

    def is_admin(person: str, turn: StoredTurn) -> bool:
        return administers(Person(id=person), turn.chat)

    lineup, manners = asking.lineup, Manners(asking, store.preferences, store.roles)
    governors = Governors(adapters, lambda turn: is_admin(turn.person, turn))
    groups = (
        OwnData(store.privacy, store.record, store.roles, store.preferences),
        History(store.record),
        Language(store.preferences),
        RoleDeed(store.roles, store.preferences, governors, lambda name: lineup.choice(name) is not None),
        ModelDeed(
            lineup=lineup,
            manners=manners,
            preferences=store.preferences,
            turns=store.turns,
            governors=governors,
        ),
        DepthDeed(lineup=lineup, manners=manners, preferences=store.preferences, governors=governors),
        ChatterDeed(store.chatter, store.preferences, governors),
        Admission(store.admissions, adapters, is_admin),
        Status(store.health, troubles, adapters, is_admin),
        Usage(store.books, limits, is_admin),
    )
    found = {name: deed for group in groups for name, deed in group.deeds().items()}
    return Deeds({**words(is_admin), **found})
