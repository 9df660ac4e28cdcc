"""Who may change what a shared chat works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PlatformError
from bot.ports import Ranks
from bot.turns.deeds import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.ports import Adapter
    from bot.store import StoredTurn
    from bot.turns.deeds import Order


class Governors:
    """The platform's administrators of a chat, and the bot's own. Alone with the bot, everybody governs."""

    def __init__(self, adapters: Mapping[str, Adapter], is_admin: Callable[[StoredTurn], bool]) -> None:
        self._adapters = adapters
        self._is_admin = is_admin

    def is_admin(self, turn: StoredTurn) -> bool:
        """Tell whether the person of a turn administers the bot."""
        return self._is_admin(turn)

    async def refusal(self, order: Order) -> Reply | None:
        """Return what to tell a person who may not change this chat; None if they may."""
        turn = order.turn
        if self._is_admin(turn) or not any(one.shared for one in turn.heard):
            return None
        adapter = self._adapters[turn.chat.platform]
        if not isinstance(adapter, Ranks):
            return Reply(text=order.say("not_governor"))
        try:
            governs = await adapter.governs(turn.chat, turn.person)
        except PlatformError:
            return Reply(text=order.say("governor_unknown"))
        return None if governs else Reply(text=order.say("not_governor"))
