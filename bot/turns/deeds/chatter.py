"""`chatter`: whether the model may know what people in a shared chat said to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import place_scope
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store import Chatter, Preferences
    from bot.turns.deeds import Deed
    from bot.turns.deeds.governors import Governors

PREFERENCE = "chatter"
ON, OFF = "on", "off"
WORDS = {ON: ON, "开": ON, "打开": ON, OFF: OFF, "关": OFF, "关闭": OFF}


class ChatterDeed:
    """The deed; it is off unless the chat's governors turn it on."""

    def __init__(self, chatter: Chatter, preferences: Preferences, governors: Governors) -> None:
        self._chatter = chatter
        self._preferences = preferences
        self._governors = governors

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"chatter": self.choose}

    async def choose(self, order: Order) -> Reply:
        """Turn it on or off, or tell what it is now."""
        if not any(one.shared for one in order.turn.heard):
            return Reply(text=order.say("chatter_alone"))
        wanted = WORDS.get(order.args.casefold())
        if wanted is None:
            chosen = (await self._preferences.of(order.turn.chat)).get(PREFERENCE, OFF)
            return _told(order, f"chatter_is_{chosen}", chosen)
        if refusal := await self._governors.refusal(order):
            return refusal
        scope = place_scope(order.turn.chat)
        await self._preferences.choose_in(scope, PREFERENCE, ON if wanted == ON else "")
        if wanted == OFF:
            await self._chatter.clear(order.turn.chat)
        return _told(order, f"chatter_{wanted}", wanted)


def _told(order: Order, key: str, chosen: str) -> Reply:
    options = [(ON, order.say("label_on")), (OFF, order.say("label_off"))]
    return Reply(
        text=order.say(key), controls=(order.select("chatter", order.say("label_chatter"), options, chosen),)
    )
