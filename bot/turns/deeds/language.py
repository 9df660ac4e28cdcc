"""`language`: in which language the bot speaks to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import phrases
from bot.phrases import AUTO
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store import Preferences
    from bot.turns.deeds import Deed


class Language:
    """The deed. What the model writes in is up to the question; this is about the bot's own words."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"language": self.choose}

    async def choose(self, order: Order) -> Reply:
        """Store a choice, or show what there is to choose from."""
        wanted = AUTO if phrases.is_automatic(order.args) else phrases.named(order.args)
        turn = order.turn
        if wanted is None:
            chosen = self._preferences.language(turn.chat, turn.person) or AUTO
            key = "language_ask" if not order.args else "language_unknown"
            return _offer(order, key, chosen, order.language)
        await self._preferences.speak(turn.chat, turn.person, "" if wanted == AUTO else wanted)
        speaks = order.language if wanted == AUTO else wanted
        return _offer(order, "language_auto" if wanted == AUTO else "language_done", wanted, speaks)


def _offer(order: Order, key: str, chosen: str, speaks: str) -> Reply:
    """Say something with the choice under it, in the language that is spoken from here on."""
    names = [(code, phrases.say("language_name", code)) for code in phrases.LANGUAGES]
    options = [*names, (AUTO, phrases.say("label_auto", speaks))]
    select = order.select("language", phrases.say("label_language", speaks), options, chosen)
    told = phrases.say(key, speaks, names=", ".join(name for _, name in names))
    return Reply(text=told, controls=(select,))
