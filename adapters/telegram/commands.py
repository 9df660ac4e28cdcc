"""The menus of commands that Telegram's clients show: by language, and by who reads them where."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, TelegramError

from adapters.telegram.calls import UNREADABLE, kind
from bot.phrases import ADMIN_COMMANDS, COMMANDS, GOVERNOR_COMMANDS, GROUP_COMMANDS, LANGUAGES, menu

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telegram import Bot, BotCommandScope

log = logging.getLogger(__name__)

PRIVATE_COMMANDS = tuple(name for name in COMMANDS if name not in GOVERNOR_COMMANDS)


async def register(bot: Bot, admins: Sequence[str]) -> None:
    """Show the commands in the clients' menus; `admins` are ids of people who find those for administrators too."""
    for scope, commands in _menus(admins):
        for place, language in enumerate(LANGUAGES):
            try:
                # The first language is for all that have no menu of their own.
                await bot.set_my_commands(
                    menu(language, commands), scope=scope, language_code=language if place else None
                )
            except BadRequest as error:
                log.debug("command menu not taken", extra={"scope": scope.type, "reason": kind(error)})
            except (TelegramError, *UNREADABLE) as error:
                facts = {"scope": scope.type, "language": language, "reason": kind(error)}
                log.warning("command menu not set", extra=facts)


def _menus(admins: Sequence[str]) -> Iterator[tuple[BotCommandScope, tuple[str, ...]]]:
    yield BotCommandScopeDefault(), PRIVATE_COMMANDS
    yield BotCommandScopeAllGroupChats(), GROUP_COMMANDS
    yield BotCommandScopeAllChatAdministrators(), (*GROUP_COMMANDS, *GOVERNOR_COMMANDS)
    for person in admins:
        # Taken only if this person has spoken to the bot; a private chat has the id of its person.
        yield BotCommandScopeChat(int(person)), (*PRIVATE_COMMANDS, *ADMIN_COMMANDS)
