"""`think`: how deeply the model of a chat thinks before it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lineup import AUTO, Grade
from bot.turns.deeds import Order, Reply
from bot.turns.depth import Depth, depths, named
from bot.turns.manner import THINK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.lineup import Lineup
    from bot.model import Controls
    from bot.store import Preferences
    from bot.turns.deeds import Deed
    from bot.turns.deeds.governors import Governors
    from bot.turns.manner import Manners

NAME_MOST = 30
"""Characters of a word nobody knows that are said back."""


class DepthDeed:
    """The deed. In a shared chat, only who governs it may choose."""

    def __init__(
        self, *, lineup: Lineup, manners: Manners, preferences: Preferences, governors: Governors
    ) -> None:
        self._lineup = lineup
        self._manners = manners
        self._preferences = preferences
        self._governors = governors

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"think": self.obey}

    async def obey(self, order: Order) -> Reply:
        """Store a choice, or show what there is to choose from; say so where the model takes none."""
        asking = await self._manners.of(order.turn)
        models = self._models(self._lineup.holding(asking.model))
        able = self._able(models)
        if not able:
            return Reply(text=order.say("think_cannot", model=models[0], word=order.word("model")))
        wanted = named(order.args)
        if wanted is None:
            return _offered(order, able, asking.depth)
        if wanted not in able:
            return _always(order, models[0], able, asking.depth)
        if refusal := await self._governors.refusal(order):
            return refusal
        await self._preferences.choose(order.turn, THINK, "" if wanted is Depth.AUTO else wanted)
        text = order.say("think_done", depth=_label(order, wanted))
        return Reply(text=_explained(order, text, wanted), controls=_controls(order, able, wanted))

    def _models(self, holding: str) -> list[str]:
        """Return the models that may answer."""
        if holding == AUTO:
            return [self._lineup.named(grade) for grade in reversed(Grade)]
        return [self._lineup.named(Grade(holding)) if holding in list(Grade) else holding]

    def _able(self, models: list[str]) -> tuple[Depth, ...]:
        """Return how deeply any of the models can be told to think."""
        found = {depth for model in models for depth in depths(self._lineup.card(model))}
        return tuple(depth for depth in Depth if depth in found)


def _offered(order: Order, able: tuple[Depth, ...], now: Depth) -> Reply:
    if order.args:
        name = " ".join(order.args.replace("`", "").split())[:NAME_MOST]
        return Reply(text=order.say("think_unknown", name=name), controls=_controls(order, able, now))
    text = _explained(order, order.say("think_now", depth=_label(order, now)), now)
    return Reply(text=f"{text}\n\n{order.say('think_cost')}", controls=_controls(order, able, now))


def _always(order: Order, model: str, able: tuple[Depth, ...], now: Depth) -> Reply:
    text = order.say("think_always", model=model, depth=_label(order, Depth.LOW))
    return Reply(text=text, controls=_controls(order, able, now))


def _explained(order: Order, text: str, depth: Depth) -> str:
    return f"{text}\n\n{order.say('think_auto')}" if depth is Depth.AUTO else text


def _controls(order: Order, able: tuple[Depth, ...], chosen: Depth) -> Controls:
    options = [(depth.value, _label(order, depth)) for depth in able]
    return (order.select("think", order.say("label_think"), options, chosen.value),)


def _label(order: Order, depth: Depth) -> str:
    return order.say(f"label_{depth}")
