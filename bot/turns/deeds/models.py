"""`model`: who answers in a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lineup import AUTO, USUAL, Grade
from bot.model import BUTTON_BYTES
from bot.turns.deeds import Order, Reply
from bot.turns.manner import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from bot.catalog import Card
    from bot.lineup import Lineup
    from bot.model import Controls
    from bot.store import Preferences, Turns
    from bot.turns.deeds import Deed
    from bot.turns.deeds.governors import Governors
    from bot.turns.manner import Manners

SIGNS = {"CNY": "¥", "USD": "$"}
NAME_MOST = 60
"""Characters of a name nobody knows that are said back."""


class ModelDeed:
    """The deed. In a shared chat, only who governs it may choose."""

    def __init__(
        self,
        *,
        lineup: Lineup,
        manners: Manners,
        preferences: Preferences,
        turns: Turns,
        governors: Governors,
    ) -> None:
        self._lineup = lineup
        self._manners = manners
        self._preferences = preferences
        self._turns = turns
        self._governors = governors

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"model": self.obey}

    async def obey(self, order: Order) -> Reply:
        """Store a choice, or show what there is to choose from."""
        if not order.args:
            return await self._shown(order)
        choice = self._lineup.choice(order.args)
        if choice is None:
            return self._unknown(order)
        if refusal := await self._governors.refusal(order):
            return refusal
        await self._preferences.choose(order.turn, MODEL, "" if choice == USUAL else choice)
        return await self._shown(order, "model_done_usual" if choice == USUAL else "model_done")

    async def _shown(self, order: Order, key: str = "model_now") -> Reply:
        holding = self._lineup.holding((await self._manners.of(order.turn)).model)
        if len(self._lineup.offered) == 1 and holding in self._lineup.offered:
            return Reply(text=order.say("model_only", model=holding))
        head = key if holding != AUTO or key == "model_done_usual" else f"{key}_auto"
        parts = [
            order.say(head, choice=_label(order, holding)),
            self._list(order, holding),
            self._figures(order),
            await self._last(order),
        ]
        return Reply(
            text="\n\n".join(part for part in parts if part),
            controls=_controls(order, self._options(holding), holding),
        )

    def _options(self, holding: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._lineup.offered, holding)))

    def _list(self, order: Order, holding: str) -> str:
        return "\n".join(self._line(order, one, is_now=one == holding) for one in self._options(holding))

    def _line(self, order: Order, choice: str, *, is_now: bool) -> str:
        mark = "✓ " if is_now else ""
        if choice == AUTO:
            return f"- {mark}**{_label(order, choice)}** – {order.say('label_auto_is')}"
        name = self._lineup.named(Grade(choice)) if choice in list(Grade) else choice
        head = f"**{_label(order, choice)}** – `{name}`" if choice != name else f"`{name}`"
        return f"- {mark}{' · '.join([head, *_facts(order, self._lineup.card(name))])}"

    def _figures(self, order: Order) -> str:
        names = [*self._lineup.names]
        days = [card.as_of for name in names if (card := self._lineup.card(name)) and card.as_of]
        return order.say("model_figures", day=min(days)) if days else ""

    async def _last(self, order: Order) -> str:
        """Return which model the rules chose last, and why."""
        model, why = await self._turns.last_choice(order.turn) or ("", "")
        if not why:
            return ""
        said = order.say("model_last", model=model)
        return f"{said}{' ' if said.endswith('.') else ''}{order.say(f'why_{why}')}"

    def _unknown(self, order: Order) -> Reply:
        near = self._lineup.near(order.args)
        text = order.say("model_unknown", name=" ".join(order.args.replace("`", "").split())[:NAME_MOST])
        return Reply(text=text, controls=_controls(order, near, ""))


def _controls(order: Order, options: Sequence[str], chosen: str) -> Controls:
    """Return the choice; a name that is too long for a button is chosen by writing it."""
    fitting = [(one, _label(order, one)) for one in options if len(one.encode()) <= BUTTON_BYTES]
    return (order.select("model", order.say("label_model"), fitting, chosen),)


def _label(order: Order, choice: str) -> str:
    return order.say(f"label_{choice}") if choice in {*Grade, AUTO} else choice


# ---------------------------------------------------------------- figures


def _facts(order: Order, card: Card | None) -> list[str]:
    """Return what is known of a model, in a few characters."""
    size = [_size(card.context)] if card and card.context else []
    return [*size, (_price(card) if card else "") or order.say("label_price_unknown")]


def _size(tokens: int) -> str:
    """Return a number of tokens as people say it: 984K, 10M."""
    return f"{tokens / 1_000_000:g}M" if tokens % 1_000_000 == 0 else f"{round(tokens / 1000)}K"


def _price(card: Card) -> str:
    """Return what a million tokens cost, read and written, over all tiers; thinking counts as written."""
    read = [tier.input for tier in card.prices]
    written = [price for tier in card.prices for price in (tier.output, tier.thinking) if price is not None]
    sign = SIGNS[card.currency]
    return f"{_span(sign, read)} / {_span(sign, written)}" if read else ""


def _span(sign: str, prices: list[Decimal]) -> str:
    low, high = (f"{price.normalize():f}" for price in (min(prices), max(prices)))
    return f"{sign}{low}" if low == high else f"{sign}{low}–{high}"
