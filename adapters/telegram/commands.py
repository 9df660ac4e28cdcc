"""The menus of commands that Telegram's clients show: by language, and by who reads them where."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from adapters.telegram.calls import UNREADABLE, kind, silence
from bot.phrases import ADMIN_COMMANDS, COMMANDS, GOVERNOR_COMMANDS, GROUP_COMMANDS, LANGUAGES, menu

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telegram import Bot, BotCommandScope

log = logging.getLogger(__name__)

LONGEST_WAIT = 60.0
PRIVATE_COMMANDS = tuple(name for name in COMMANDS if name not in GOVERNOR_COMMANDS)


async def register(bot: Bot, admins: Sequence[str], *, patience: float) -> None:
    """Show the commands in the clients' menus; `admins` are ids of people who find those for administrators too.

    A platform in trouble is asked again after `patience` seconds, and less and less often.
    """
    for scope, commands in _menus(admins):
        for place, language in enumerate(LANGUAGES):
            # The first language is for all that have no menu of their own.
            tag = language if place else None
            if not await _set(bot, menu(language, commands), scope, tag, patience):
                return


async def _set(
    bot: Bot, commands: Sequence[tuple[str, str]], scope: BotCommandScope, tag: str | None, patience: float
) -> bool:
    """Set one menu, unless the platform does not take it; False if it takes none."""
    wait = patience
    while True:
        facts: dict[str, object] = {"scope": scope.type, "language": tag or ""}
        try:
            await bot.set_my_commands(commands, scope=scope, language_code=tag)
        except (BadRequest, Forbidden) as error:
            log.debug("command menu not taken", extra=facts | {"reason": kind(error)})
        except InvalidToken:
            log.warning("the server knows no command menus")
            return False
        except (TelegramError, *UNREADABLE) as error:
            if wait == patience:
                log.warning("command menu not set, trying again", extra=facts | {"reason": kind(error)})
            asked = silence(error) if isinstance(error, TelegramError) else None
            await asyncio.sleep(wait if asked is None else asked)
            wait = min(2 * wait, LONGEST_WAIT)
            continue
        return True


def _menus(admins: Sequence[str]) -> Iterator[tuple[BotCommandScope, tuple[str, ...]]]:
    yield BotCommandScopeDefault(), PRIVATE_COMMANDS
    yield BotCommandScopeAllGroupChats(), GROUP_COMMANDS
    yield BotCommandScopeAllChatAdministrators(), (*GROUP_COMMANDS, *GOVERNOR_COMMANDS)
    for person in admins:
        # Taken only if this person has spoken to the bot; a private chat has the id of its person.
        yield BotCommandScopeChat(int(person)), (*PRIVATE_COMMANDS, *ADMIN_COMMANDS)
