"""Commands that are answered by a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.phrases import ADMIN_COMMANDS, GOVERNOR_COMMANDS
from bot.store import OTHERS
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.store import StoredTurn
    from bot.turns.deeds import Deed


def words(is_admin: Callable[[str, StoredTurn], bool]) -> Mapping[str, Deed]:
    """Return the deeds by the names of their commands; `is_admin` tells who administers the bot."""
    return {
        "start": _start,
        "help": _helping(is_admin),
        "limited": _limited,
        "stop": _stop,
        "new": _new,
    }


def _helping(is_admin: Callable[[str, StoredTurn], bool]) -> Deed:
    async def help_them(order: Order) -> Reply:
        """List what there is for this person in this chat."""
        parts = [order.say("help_bare" if order.is_bare else "help")]
        if any(one.shared for one in order.turn.heard):
            parts.append(order.say("help_shared", **_named(order, GOVERNOR_COMMANDS)))
        if is_admin(order.turn.person, order.turn):
            parts.append(order.say("help_admin", **_named(order, ADMIN_COMMANDS)))
        return Reply(text="\n\n".join(parts))

    return help_them


def _named(order: Order, commands: Sequence[str]) -> dict[str, str]:
    """Return the commands as this person writes them, marked as words to write where no slash does it."""
    return {name: f"`{order.word(name)}`" if order.is_bare else order.word(name) for name in commands}


async def _start(order: Order) -> Reply:
    return Reply(text=order.say("help_bare" if order.is_bare else "start"))


async def _new(order: Order) -> Reply:
    """Tell that a conversation begins; what was asked with it is answered next."""
    return Reply(text=order.say("new_begun" if order.args else "new_done"))


async def _stop(order: Order) -> Reply:
    """Say why nothing was stopped."""
    return Reply(text=order.say("told_not_yours" if order.args == OTHERS else "stop_nothing"))


async def _limited(order: Order) -> Reply:
    """Tell that a limit was reached; the sentence was made when it was."""
    return Reply(text=order.args)
