"""What is known of the models: what they take, whether they think, what they cost. Pure, but for reading the files.

`bot/models.toml` comes with the bot and says where its figures are uncertain; the operator's own file adds to it.
What is not known is None, or an empty tuple, and never zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from bot import catalog_file
from bot.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

PACKAGED = Path(__file__).with_name("models.toml")

_SNAPSHOT = re.compile(r"-(us|latest|\d{4}-\d\d-\d\d|\d{4})$")
_CHINA = re.compile(r"(^|[.-])(dashscope\.aliyuncs\.com|cn-beijing\.maas\.aliyuncs\.com)$")
_ABROAD = re.compile(r"^dashscope-|(^|\.)cn-hongkong\.")


class Thinks(StrEnum):
    """Whether a model thinks before it answers."""

    NEVER = "never"
    OFF = "off"
    """It can, and does when asked to."""
    ON = "on"
    """It does, unless asked not to."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Prices per million tokens for requests of up to `up_to` tokens of input; None: of any number.

    The input of the whole request chooses the tier, which then holds for all of its tokens.
    """

    up_to: int | None = None
    input: Decimal
    cached: Decimal | None = None
    """Of the part of the input the provider still had; None: not known, so it is best taken as `input`."""
    output: Decimal
    thinking: Decimal | None = None
    """Of the whole output, thoughts and answer, where the model thought; None: the same as `output`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of one model."""

    name: str
    context: int | None = None
    """Tokens a request may hold."""
    output: int | None = None
    """Tokens an answer may have, thoughts not counted."""
    thinks: Thinks = Thinks.NEVER
    efforts: bool = False
    """How hard it thinks is told as `reasoning_effort`, not as `thinking_budget`; never as both."""
    thought: int | None = None
    """Tokens it may think."""
    vision: bool = False
    currency: str
    """`CNY` or `USD`."""
    prices: tuple[Tier, ...] = ()
    """The smallest requests first; empty: not known."""
    as_of: date | None = None
    replacement: str = ""
    """What to ask in its place, if it is retired."""

    @property
    def retired(self) -> bool:
        return bool(self.replacement)

    def tier(self, tokens: int) -> Tier | None:
        """Return the prices for a request of so many tokens of input; None: not known."""
        fitting = (tier for tier in self.prices if tier.up_to is None or tokens <= tier.up_to)
        return next(fitting, None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All the models something is known of, in the order of the files."""

    cards: Mapping[str, Card]
    currency: str
    """What every price is in."""

    @classmethod
    def load(cls, path: Path | None = None, *, currency: str = "USD") -> Self:
        """Read the packaged file, and over it the operator's. Raises Misconfigured with all mistakes in theirs."""
        models = catalog_file.read(PACKAGED).models
        if path is not None:
            own = catalog_file.read(path)
            models = own.models if own.alone else _merged(models, own.models)
            _check(models, path)
        cards = {name: _card(name, said, currency) for name, said in models.items()}
        return cls(MappingProxyType(cards), currency)

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards.values())

    def card(self, name: str) -> Card | None:
        """Return what is known of a model; a dated or regional form of a known one is taken to be like it."""
        if (card := self.cards.get(name)) is not None:
            return card
        base = self.cards.get(_SNAPSHOT.sub("", name))
        return None if base is None else replace(base, name=name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all models that can be asked."""
        return tuple(name for name, card in self.cards.items() if not card.retired)


def currency_of(base: str) -> str:
    """Return what a provider's address is billed in: `CNY` in mainland China, `USD` everywhere else."""
    host = urlsplit(base).hostname or ""
    return "CNY" if _CHINA.search(host) and not _ABROAD.search(host) else "USD"


def _merged(
    below: Mapping[str, Mapping[str, Any]], above: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Return all models of both; what is said of one above holds, and of the rest what is said below."""
    return {**below, **{name: {**below.get(name, {}), **said} for name, said in above.items()}}


def _check(models: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Refuse a list that sends people from one model that cannot be asked to another."""
    able = {name for name, said in models.items() if not said.get("retired")}
    lost = [name for name, said in models.items() if name not in able and said["retired"] not in able]
    if lost:
        remedy = "retired must name a model of the list that is not retired."
        raise Misconfigured([f"MODELS_FILE: {path.name}, model {name}: {remedy}" for name in lost])


def _card(name: str, said: Mapping[str, Any], currency: str) -> Card:
    return Card(
        name=name,
        context=said.get("context"),
        output=said.get("output"),
        thinks=Thinks(said.get("thinking", Thinks.NEVER)),
        efforts=said.get("efforts", False),
        thought=said.get("thought"),
        vision=said.get("vision", False),
        currency=currency,
        prices=tuple(_tier(tier) for tier in said.get("prices", {}).get(currency, ())),
        as_of=said.get("as_of"),
        replacement=said.get("retired", ""),
    )


def _tier(said: Mapping[str, Any]) -> Tier:
    prices = {name: Decimal(said[name]) for name in said if name != "up_to"}
    return Tier(up_to=said.get("up_to"), **prices)
