"""Commands that are answered by a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import OTHERS
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.turns.deeds import Deed

SENTENCES = {
    "new": "new_done",
}


def words() -> Mapping[str, Deed]:
    """Return the deeds by the names of their commands."""
    return {
        "start": _start,
        "help": _help,
        "limited": _limited,
        "stop": _stop,
        **{name: _saying(key) for name, key in SENTENCES.items()},
    }


def _saying(key: str) -> Deed:
    async def say(order: Order) -> Reply:
        return Reply(text=order.say(key))

    return say


async def _help(order: Order) -> Reply:
    return Reply(text=order.say("help_bare" if order.is_bare else "help"))


async def _start(order: Order) -> Reply:
    return Reply(text=order.say("help_bare" if order.is_bare else "start"))


async def _stop(order: Order) -> Reply:
    """Say why nothing was stopped."""
    return Reply(text=order.say("told_not_yours" if order.args == OTHERS else "stop_nothing"))


async def _limited(order: Order) -> Reply:
    """Tell that a limit was reached; the sentence was made when it was."""
    return Reply(text=order.args)
