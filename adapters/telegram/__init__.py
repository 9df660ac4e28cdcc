"""Telegram: long polling in, messages that grow by edits out."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
from telegram import Bot

from adapters.telegram.calls import REFUSED, who
from adapters.telegram.commands import register
from adapters.telegram.dialect import TelegramDialect
from adapters.telegram.draft import DraftSurface
from adapters.telegram.events import NAME, STOPPED
from adapters.telegram.governors import Governors
from adapters.telegram.listen import SLACK, WANTED, Backoff, Listener
from adapters.telegram.request import Request
from adapters.telegram.rich import Rich
from adapters.telegram.surface import TelegramSurface
from bot.clock import ticks
from bot.errors import Misconfigured, RateLimited, Unreachable
from bot.findings import Finding, Severity, clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import User

    from bot.model import ChatKey, Secret
    from bot.ports import Adapter, Inbox

HOLD = 50
"""Seconds the platform keeps a poll open; it takes no more."""

CONNECTIONS = 32
"""Enough for any number of chats: all together write thirty times a second, and a call takes well under one.

The client looks at every open connection several times per call, so hundreds of them cost more than they give.
"""

log = logging.getLogger(__name__)

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


def build(
    *,
    token: Secret,
    api_base: str = "https://api.telegram.org",
    streaming: str = "edit",
    rich: str = "off",
    admins: str = "",
) -> Adapter:
    """Return the adapter; `streaming` is `edit` or `draft`, `rich` is `on` or `off`. No I/O.

    `admins` are ids with commas between them: of those, people see the commands for administrators.
    """
    people = [one for one in admins.split(",") if one.isdecimal()]
    return Telegram(
        token=token, api_base=api_base, drafts=streaming == "draft", rich=rich == "on", admins=people
    )


class Telegram:
    """One bot on Telegram.

    In seconds: `hold` is how long a poll may stay open, after `slack` more it counts as hanging, and
    `patience` is the first wait after a failure.
    """

    name = NAME

    def __init__(
        self,
        *,
        token: Secret,
        api_base: str,
        drafts: bool = False,
        rich: bool = False,
        admins: Sequence[str] = (),
        hold: int = HOLD,
        slack: float = SLACK,
        patience: float = 1.0,
    ) -> None:
        self._token_is_sound = _TOKEN.fullmatch(token) is not None
        self._writing = Request(
            CONNECTIONS, connect_timeout=8.0, read_timeout=20.0, write_timeout=10.0, pool_timeout=10.0
        )
        self._token, self._api_base = token, api_base
        self._bot = _bot(token, api_base, self._writing)
        self._hold = hold
        self._slack = slack
        self._patience = patience
        self._dialect = TelegramDialect(rich=rich)
        self._rich = Rich() if rich else None
        self._drafts = drafts
        self._admins = admins
        self._lost_topics: set[ChatKey] = set()
        self._governors = Governors(self._bot)
        self._me: User | None = None
        self._listening: Backoff | None = None
        self._silent_until = 0.0
        """When Telegram may be asked again who the bot is, by the clock that cannot jump."""

    async def check(self) -> None:
        try:
            self._me = await self._ask_who()
        except RateLimited as error:
            # Whoever runs the adapter next, right away, keeps the silence too.
            self._silent_until = ticks() + error.retry_after
            raise Unreachable("Telegram asks for patience") from error

    async def run(self, inbox: Inbox) -> None:
        """Listen until cancelled. Raises Misconfigured when the platform refuses the token."""
        me = await self._introduced()
        # Polls have connections of their own: a busy screen must not keep us from hearing Stop.
        polling = Request(2, connect_timeout=8.0, read_timeout=self._hold + self._slack, pool_timeout=10.0)
        poller = _bot(self._token, self._api_base, polling)
        backoff = self._listening = Backoff(self._patience)
        wanted = [*WANTED, STOPPED] if self._drafts else WANTED
        listener = Listener(
            poller, me, inbox, hold=self._hold, slack=self._slack, backoff=backoff, wanted=wanted
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                registering = tasks.create_task(
                    register(self._bot, self._admins, patience=self._patience), name="menus"
                )
                await listener.run()
                registering.cancel()
        finally:
            await polling.shutdown()
        raise Misconfigured(REFUSED)

    @property
    def trouble(self) -> str:
        return "connecting" if self._listening is None else self._listening.trouble

    def surface(self, chat: ChatKey, route: str) -> TelegramSurface:
        if self._drafts and not chat.chat.startswith("-"):
            return DraftSurface(
                self._bot,
                self._dialect,
                chat,
                route,
                self._lost_topics,
                rich=self._rich,
                refused=self._refuse_drafts,
            )
        return TelegramSurface(self._bot, self._dialect, chat, route, self._lost_topics, rich=self._rich)

    async def governs(self, chat: ChatKey, person: str) -> bool:
        return await self._governors.governs(chat, person)

    def _refuse_drafts(self) -> None:
        log.warning("drafts are refused, answers are shown by edits")
        self._drafts = False

    async def examine(self) -> list[Finding]:
        me = await self._ask_who()
        found = [clock(NAME, await self._date(), datetime.now(UTC))]
        if not me.can_read_all_group_messages:
            text = "in groups it hears only commands and replies to its own messages (privacy mode)"
            remedy = "For mentions, switch it off with /setprivacy in @BotFather and add the bot to the group again."
            found.append(Finding(Severity.NOTE, NAME, text, remedy))
        return found

    async def _date(self) -> str:
        """Return what the server says the time is."""
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
                session.get(self._api_base, allow_redirects=False) as answer,
            ):
                return answer.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError):
            return ""

    async def close(self) -> None:
        await self._writing.shutdown()

    async def _ask_who(self) -> User:
        # A token with a slash or a space in it would never get as far as being refused.
        if not self._token_is_sound:
            raise Misconfigured(REFUSED)
        return await who(self._bot)

    async def _introduced(self) -> User:
        backoff = Backoff(self._patience)
        if self._me is None:
            await asyncio.sleep(self._silent_until - ticks())
        while self._me is None:
            try:
                self._me = await self._ask_who()
            except RateLimited as error:
                await asyncio.sleep(error.retry_after)
            except Unreachable as error:
                await asyncio.sleep(backoff.wait(str(error)))
        backoff.over()
        return self._me


def _bot(token: Secret, api_base: str, request: Request) -> Bot:
    root = api_base.rstrip("/")
    return Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=request,
        get_updates_request=request,
    )
