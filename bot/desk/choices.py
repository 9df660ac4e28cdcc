"""What can be chosen for a conversation, and whether a choice is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.catalog import Thinks
from bot.lineup import USUAL, Grade
from bot.records import Choices, Option
from bot.roles import DEFAULT, Role, built_in
from bot.sampling import is_temperature, is_top_p
from bot.turns.depth import Depth, named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.lineup import Lineup
    from bot.turns.asking import Asking

MOST_TOKENS = 131_072
"""The longest answer that may be asked for where the model's own limit is not known."""


def options(lineup: Lineup) -> tuple[Option, ...]:
    """Return the models of a line-up, as they are chosen."""
    return tuple(_option(lineup, choice) for choice in lineup.offered)


def _option(lineup: Lineup, choice: str) -> Option:
    model = lineup.named(Grade(choice)) if choice in list(Grade) else choice
    card = lineup.catalog.card(model)
    tier = card.tier(0) if card else None
    return Option(
        name=choice,
        label=choice,
        model="" if model == choice else model,
        price=f"{tier.input:f} / {tier.output:f} {lineup.catalog.currency}" if tier else "",
        context=card.context if card else None,
        thinks=card is not None and card.thinks is not Thinks.NEVER,
    )


def roles(stored: Iterable[Role], language: str) -> tuple[Option, ...]:
    """Return the roles that come with the bot, then those that people made."""
    return tuple(
        Option(name=role.key, label=role.name, description=role.description, model=role.model)
        for role in (*built_in(language).values(), *stored)
    )


def choices(
    asking: Asking, stored: Iterable[Role], language: str, *, most: int | None, is_demo: bool
) -> Choices:
    """Return all there is to choose; `most` are the characters of a message."""
    card = asking.lineup.catalog.card(asking.model)
    return Choices(
        models=options(asking.lineup),
        roles=roles(stored, language),
        think=tuple(depth.value for depth in Depth),
        model=asking.lineup.usual,
        role=DEFAULT,
        temperature=asking.temperature,
        top_p=asking.top_p,
        max_tokens=asking.max_tokens,
        most_tokens=(card.output if card else None) or MOST_TOKENS,
        message_characters=most,
        is_demo=is_demo,
    )


def settled(name: str, value: str, lineup: Lineup) -> str | None:
    """Return a choice as it is stored, empty for what is usual; None if there is no such. Roles are not judged here."""
    match name:
        case "model":
            choice = lineup.choice(value)
            return "" if choice == USUAL else choice
        case "think":
            depth = named(value)
            return "" if depth is Depth.AUTO else depth
        case "temperature":
            return value if _is_number(value) and is_temperature(float(value)) else None
        case "top_p":
            return value if _is_number(value) and is_top_p(float(value)) else None
        case "max_tokens":
            return value if re.fullmatch(r"[1-9][0-9]{0,5}", value) and int(value) <= MOST_TOKENS else None
        case _:
            return None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,6})?", text) is not None
