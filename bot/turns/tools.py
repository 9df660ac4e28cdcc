"""What every turn works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.turns.thinking import ShowThinking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ports import Adapter, Model
    from bot.reply.pacer import Pacers
    from bot.store import Turns
    from bot.turns.asking import Asking
    from bot.turns.cache import Cache
    from bot.turns.deeds import Deeds
    from bot.turns.excuses import Excuses
    from bot.turns.manner import Manners
    from bot.turns.memory.recall import Memory
    from bot.turns.offers import Buttons
    from bot.turns.surroundings import Surroundings
    from bot.turns.till import Till


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The parts that all turns share."""

    turns: Turns
    model: Model
    adapters: Mapping[str, Adapter]
    pacers: Pacers
    asking: Asking
    manners: Manners
    surroundings: Surroundings
    memory: Memory
    deeds: Deeds
    excuses: Excuses
    till: Till
    cache: Cache
    buttons: Buttons
    show_thinking: ShowThinking = ShowThinking.OFF
