"""The one door between python-telegram-bot and the rest: what it raises becomes an error that says what to do.

Errors of the library hold the request, and with it the token, in their chain. So nothing is raised *from* them:
the new error is raised after the old one was let go.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.errors import (
    Closed,
    Gone,
    Misconfigured,
    Moved,
    PlatformError,
    RateLimited,
    Rejected,
    TooLong,
    Unavailable,
    Unfit,
    Unreachable,
    Unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from telegram import Bot, User

    from bot.model import ChatKey

log = logging.getLogger(__name__)

# The library warns at every 429 until this says that we read its `retry_after` as a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# It also logs every answer that is not JSON, whole and with a traceback: an outage would flood the log.
logging.getLogger("telegram.request").setLevel(logging.CRITICAL)

UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""What the library lets through when an answer or an update is not shaped as the platform promises."""

NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
"""Causes (of httpx, by name) after which the platform surely has not seen the request."""

LEAST, REST = 1.0, 10.0
"""Seconds to leave the platform alone when it names less, and when it names no number."""
_NAMED_WAIT = re.compile(r"retry after (\d{1,9})", re.IGNORECASE)

REFUSED = (
    "Telegram refuses TELEGRAM_BOT_TOKEN. Set it to the token that @BotFather shows (/mybots, API Token).",
    "If the token is right, TELEGRAM_API_BASE names something that is not a Bot API server: correct or remove it.",
)

T = TypeVar("T")


def spelled(method: str) -> str:
    """Return what `Bot.do_api_request` must be given to call a method by exactly its documented name.

    The library takes the underscore away; without it, it warns about methods it knows. Other spellings of a name
    reach the public platform, but not every server that speaks its language.
    """
    return f"{method}_"


class Unchanged(PlatformError):
    """The message already shows exactly this."""


class ThreadGone(Gone):
    """The topic was deleted or closed; the chat itself may still be open."""


_REFUSALS: tuple[tuple[type[PlatformError], tuple[str, ...]], ...] = (
    (Unchanged, ("message is not modified",)),
    (ThreadGone, ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")),
    (Unfit, ("textdraft_peer_invalid", "draft_id_invalid", "rich_", "rich message")),
    (TooLong, ("message is too long", "message_too_long", "text is too long", "file is too big")),
    # Of a chat that takes messages but no files; it comes before what says that a chat takes nothing.
    (Rejected, ("rights to send documents", "chat_send_docs_forbidden", "chat_send_media_forbidden")),
    (
        Gone,
        (
            *("message to edit not found", "message can't be edited", "message_id_invalid"),
            *("message to delete not found", "message to react not found"),
        ),
    ),
    (
        Closed,
        (
            *(
                "chat not found",
                "chat_write_forbidden",
                "peer_id_invalid",
                "user_is_blocked",
                "chat_restricted",
            ),
            *("have no rights to send", "not enough rights", "need administrator rights", "not a member"),
            *("group chat was deactivated", "group chat was upgraded", "user_banned_in_channel"),
        ),
    ),
)
"""Error by a piece of the platform's text, in lower case; the first that fits."""


_NO_METHOD = "not found"

_QUOTATION = re.compile("[\"“”«`]|(?<!\\w)['‘]")
MOST_SAID = 120
"""Characters of what the platform says that are kept."""


async def asked(call: Awaitable[T], chat: ChatKey) -> T:
    """Return what the call returns. Raises PlatformError only, without the library's error in its chain."""
    try:
        return await call
    except TelegramError as error:
        failure = translated(error, chat)
    except UNREADABLE:
        failure = Unavailable("the platform's answer is unreadable")
    raise failure


async def who(bot: Bot) -> User:
    """Return the bot's own account. Raises Misconfigured, Unreachable, RateLimited."""
    failure: Misconfigured | PlatformError
    try:
        return await bot.get_me()
    except InvalidToken:
        failure = Misconfigured(REFUSED)
    except (TelegramError, *UNREADABLE) as error:
        wait = silence(error) if isinstance(error, TelegramError) else None
        trouble = f"Telegram cannot be asked ({kind(error)})"
        failure = Unreachable(trouble) if wait is None else RateLimited(wait)
    raise failure


def translated(error: TelegramError, chat: ChatKey) -> PlatformError:
    """Return our error for the library's."""
    if (wait := silence(error)) is not None:
        # The platform does not say whose limit was hit; in practice it is the chat's.
        return RateLimited(wait, scope=f"chat:{chat.chat}")
    return _trouble(error) if is_page(error) else _verdict(error, chat)


def _verdict(error: TelegramError, chat: ChatKey) -> PlatformError:
    match error:
        case ChatMigrated():
            return Moved(replace(chat, chat=str(error.new_chat_id), thread=""))
        case BadRequest():  # inherits from NetworkError, so it must be looked at before anything of the network
            return _refusal(error.message)
        case Forbidden():
            return Closed(_unquoted(error.message))
        case InvalidToken():
            return _unheard(error.message)
        case _:
            return _trouble(error)


def silence(error: TelegramError) -> float | None:
    """Return for how many seconds the platform wants to be left alone; None if that is not what it says.

    The library has an error for this only where a number other than zero stands in the place for it.
    """
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return max(LEAST, wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
    if not error.message.lower().startswith("too many requests"):
        return None
    named = _NAMED_WAIT.search(error.message)
    return max(LEAST, float(named[1])) if named else REST


def is_page(error: BaseException) -> bool:
    """Tell whether the refusal is not of the Bot API, which speaks JSON: a proxy or a gateway answered instead."""
    cause = error.__cause__
    return cause is not None and (type(cause) is TelegramError or is_page(cause))


def kind(error: BaseException) -> str:
    """Return a name for logs: the class, and that of its cause. The text may hold addresses, so it is not used."""
    cause = error.__cause__
    return type(error).__name__ + (f", {type(cause).__name__}" if cause is not None else "")


def _trouble(error: TelegramError) -> PlatformError:
    if "entity too large" in error.message.lower():
        return TooLong("larger than the server takes")
    if isinstance(error, BadRequest | Forbidden | InvalidToken):
        return Unreachable("what stands before Telegram refuses the request")
    return Unreachable() if type(error.__cause__).__name__ in NEVER_SENT else Unavailable()


def _unheard(description: str) -> PlatformError:
    """Return what the one error comes to that the library makes of a refused token and of an unknown method."""
    if _NO_METHOD in description.lower():
        # Said of a token, too, that could not be one; but such a token has been refused at the start.
        return Unsupported("unknown to this server")
    log.error("telegram refuses the bot token")
    return Unavailable("Telegram refuses the bot token")


def _refusal(description: str) -> PlatformError:
    text, reason = description.lower(), _unquoted(description)
    for error, pieces in _REFUSALS:
        if any(piece in text for piece in pieces):
            return error(reason)
    return Rejected(reason)


def _unquoted(description: str) -> str:
    """Return what the platform says, as far as it does not quote the message: the log holds nobody's words."""
    return _QUOTATION.split(description)[0].strip()[:MOST_SAID]
