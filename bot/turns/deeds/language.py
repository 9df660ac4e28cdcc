"""`language`: in which language the bot speaks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import phrases
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store import Preferences
    from bot.turns.deeds import Deed

AUTO = "auto"
"""As the person's client says, or by the looks of what they write."""


class Language:
    """The deed. What the model writes in is up to the question; this is about the bot's own words."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"language": self.choose}

    async def choose(self, order: Order) -> Reply:
        """Store a choice, or show what there is to choose from."""
        wanted = phrases.named(order.args) if order.args.casefold() != AUTO else AUTO
        turn = order.turn
        if wanted is None:
            chosen = self._preferences.language(turn.chat, turn.person) or AUTO
            return _offer(order, "language_ask" if not order.args else "language_unknown", chosen)
        await self._preferences.speak(turn.chat, turn.person, "" if wanted == AUTO else wanted)
        speaks = order.language if wanted == AUTO else wanted
        text = phrases.say("language_auto" if wanted == AUTO else "language_done", speaks)
        return Reply(text=text, controls=_offer(order, "language_ask", wanted).controls)


def _offer(order: Order, key: str, chosen: str) -> Reply:
    names = [(code, phrases.say("language_name", code)) for code in phrases.LANGUAGES]
    options = [*names, (AUTO, order.say("label_auto"))]
    select = order.select("language", order.say("label_language"), options, chosen)
    return Reply(text=order.say(key, names=", ".join(name for _, name in names)), controls=(select,))
