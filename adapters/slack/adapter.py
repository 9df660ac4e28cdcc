"""Slack as one platform: who the bot is there, and what it is allowed to do."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.slack.calls import Calls, TokenRefused, door
from adapters.slack.events import PLATFORM, Me, asked_by
from adapters.slack.governors import Governors
from adapters.slack.listen import CONNECTING, Listener
from adapters.slack.people import People
from adapters.slack.stream import StreamSurface
from adapters.slack.surface import Refusals, SlackSurface, ThreadSurface
from adapters.slack.timing import Backoff, Timing
from bot.errors import Closed, Misconfigured, PlatformError, RateLimited, Rejected, Unavailable, Unreachable
from bot.findings import Finding, Severity, clock

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.model import ChatKey, Secret
    from bot.ports import Dialect, Inbox

log = logging.getLogger(__name__)

SCOPES = {
    "app_mentions:read": "hear mentions",
    "channels:history": "follow threads in public channels",
    "channels:read": "know who created a public channel",
    "chat:write": "answer",
    "files:write": "send files",
    "groups:history": "follow threads in private channels",
    "groups:read": "know who created a private channel",
    "im:history": "hear direct messages",
    "metadata.message:read": "find an answer again after a crash",
    "mpim:history": "follow threads in group messages",
    "mpim:read": "tell group messages from channels",
    "reactions:write": "mark messages that wait in line",
    "users:read": "tell guests from members, and know names",
}
"""What the manifest asks for, and what for."""
NEEDED = {"app_mentions:read", "chat:write"}
EVENTS = ("app_mention", "message.channels", "message.groups", "message.im", "message.mpim")
"""What the manifest subscribes to."""

BOT_REMEDY = (
    "SLACK_BOT_TOKEN: Slack refused it ({reason}). Copy the Bot User OAuth Token (xoxb-…) from "
    "OAuth & Permissions of the app at https://api.slack.com/apps."
)
NO_BOT = "SLACK_BOT_TOKEN: this is a person's token. Copy the Bot User OAuth Token (xoxb-…) instead."
SCOPE_REMEDY = (
    "SLACK_BOT_TOKEN: the app lacks {scopes}. Paste manifest.yaml under App Manifest, then reinstall the app."
)
APP_REMEDY = (
    "SLACK_APP_TOKEN: Slack refused it ({reason}). Make an app-level token (xapp-…) with the scope "
    "connections:write under Basic Information, and switch on Socket Mode."
)


class Slack:
    """One bot in one workspace."""

    name = PLATFORM

    def __init__(
        self,
        *,
        bot_token: Secret,
        app_token: Secret,
        api_base: str,
        dialect: Dialect,
        timing: Timing | None = None,
        streams: bool = False,
    ) -> None:
        self._calls = Calls(bot_token, api_base)
        self._app_token = app_token
        self._is_bots = bot_token.startswith("xoxb-")
        self._dialect = dialect
        self._timing = timing or Timing()
        self._people = People(self._calls)
        self._governors = Governors(self._calls)
        self._refusals = Refusals()
        self._streams = streams
        self._unstreamed = Refusals()
        self._me: Me | None = None
        self._listener: Listener | None = None

    async def check(self) -> None:
        try:
            problems = [*await self._problems_of_bot(), *await self._problems_of_app()]
        except (RateLimited, Unavailable) as error:
            raise Unreachable from error
        if problems:
            raise Misconfigured(problems)

    async def run(self, inbox: Inbox) -> None:
        """Listen until cancelled. Raises Misconfigured if Slack refuses the bot's token."""
        me = await self._introduction()
        log.info("listening to Slack", extra={"team": me.team})
        self._listener = Listener(
            self._calls, self._app_token, me=me, people=self._people, inbox=inbox, timing=self._timing
        )
        await self._listener.run()

    @property
    def trouble(self) -> str:
        return CONNECTING if self._listener is None else self._listener.trouble

    def surface(self, chat: ChatKey, route: str) -> SlackSurface:
        if chat.thread and self._may_stream(chat, route):
            return StreamSurface(
                self._calls,
                chat,
                route,
                self._dialect,
                refusals=self._refusals,
                unstreamed=self._unstreamed,
            )
        if chat.thread and not self._refusals.of(chat.chat):
            return ThreadSurface(self._calls, chat, route, self._dialect, self._refusals)
        return SlackSurface(self._calls, chat, route, self._dialect)

    async def governs(self, chat: ChatKey, person: str) -> bool:
        if self._me is None:
            raise Unreachable("Slack has not yet said who the bot is")
        return await self._governors.governs(chat, person, self._me)

    def _may_stream(self, chat: ChatKey, route: str) -> bool:
        known = chat.chat.startswith("D") or all(asked_by(route))
        return self._streams and known and not self._unstreamed.of(chat.chat)

    async def examine(self) -> list[Finding]:
        with door("auth.test"):
            answer = await self._calls.web.auth_test()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        remedy = "Paste manifest.yaml under App Manifest, then reinstall the app."
        return [
            clock(PLATFORM, str(headers.get("date", "")), datetime.now(UTC)),
            *(
                Finding(Severity.RISK, PLATFORM, f"lacks the scope {scope}, to {SCOPES[scope]}", remedy)
                for scope in sorted(_lacking(answer))
            ),
        ]

    async def close(self) -> None:
        await self._calls.close()

    # ------------------------------------------------------------ who the bot is

    async def _introduction(self) -> Me:
        """Return who the bot is, asking until Slack says: an event judged without knowing it would be lost."""
        backoff = Backoff(self._timing.longest_wait)
        while self._me is None:
            try:
                if problems := await self._problems_of_bot():
                    raise Misconfigured(problems)
            except PlatformError as error:
                log.warning("Slack does not say who the bot is", extra={"reason": str(error)})
                await backoff.wait(error)
        return self._me

    async def _problems_of_bot(self) -> list[str]:
        try:
            with self._calls.asking("auth.test"):
                answer = await self._calls.web.auth_test()
        except (Closed, Rejected, TokenRefused) as error:
            return [BOT_REMEDY.format(reason=error)]
        if self._calls.reaches_slack and not (answer.get("team_id") or answer.get("enterprise_id")):
            # Everybody would count as a member.
            raise Unavailable("Slack does not say which workspace it is")
        # A bot's token is told by its beginning too: not every server names the bot.
        if not answer.get("bot_id") and not self._is_bots:
            return [NO_BOT]
        lacking = _lacking(answer)
        if lacking & NEEDED:
            return [SCOPE_REMEDY.format(scopes=", ".join(sorted(lacking)))]
        for scope in sorted(lacking):
            log.warning("the Slack app lacks a scope", extra={"scope": scope, "wanted_to": SCOPES[scope]})
        self._me = Me(
            team=answer.get("team_id") or "",
            user=answer.get("user_id") or "",
            bot=answer.get("bot_id") or "",
            enterprise=answer.get("enterprise_id") or "",
        )
        return []

    async def _problems_of_app(self) -> list[str]:
        try:
            with self._calls.asking("apps.connections.open"):
                await self._calls.web.apps_connections_open(app_token=self._app_token)
        except (Closed, Rejected, TokenRefused) as error:
            return [APP_REMEDY.format(reason=error)]
        return []


def _lacking(answer: AsyncSlackResponse) -> set[str]:
    """Return the scopes the token was not given; none if Slack does not say which it has."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""}
    return set(SCOPES) - granted if granted else set()
