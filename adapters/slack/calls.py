"""The one door to Slack's Web API: whatever fails behind it comes out as an error of ours.

Nothing is retried here. Slack reports most failures as HTTP 200 with `ok:false`; proxies and broken servers
answer with pages that the SDK hands on as strings or not at all, so a body is never taken for granted.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.errors import (
    Closed,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    TooLong,
    Unavailable,
    Unreachable,
    Unsupported,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model import Secret

log = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=10)
REST = 10.0
"""Seconds to rest when a 429 does not say how long."""
OWN = ("slack.com", "slack-gov.com")
"""Where Slack itself answers, or a workspace of it under a name of its own."""

UNREADABLE = (AttributeError, RecursionError, ValueError)
"""What the SDK lets through when a body is JSON, but no object, or no text at all."""

LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
BROKEN = {
    "external_channel_migrating",
    "fatal_error",
    "internal_error",
    "org_login_required",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
"""Over by itself: a fault of Slack's, or a workspace or channel on its way to another organisation."""
GONE = {
    "file_deleted",
    "file_not_found",
    "message_not_found",
    "cant_update_message",
    "cant_delete_message",
    "edit_window_closed",
}
LONG = {"msg_too_long", "msg_blocks_too_long", "msg_blocks_too_many", "metadata_too_large"}
TOKEN = {
    "account_inactive",
    "invalid_auth",
    "not_allowed_token_type",
    "not_authed",
    "token_expired",
    "token_revoked",
}
CLOSED = {
    "access_denied",
    "accesslimited",
    "cannot_reply_to_message",
    "channel_not_found",
    "channel_type_not_supported",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_thread_ts",
    "is_archived",
    "is_inactive",
    "messages_tab_disabled",
    "method_not_supported_for_channel_type",
    "missing_scope",
    "no_permission",
    "not_in_channel",
    "team_access_not_granted",
    "team_not_found",
    "thread_locked",
    "thread_not_found",
}


class TokenRefused(Unreachable):
    """Slack does not take the token: nothing happened, and nothing will before the operator sets another one."""


_VERDICTS: tuple[tuple[set[str], type[PlatformError]], ...] = (
    ({"unknown_method"}, Unsupported),
    (GONE, Gone),
    (LONG, TooLong),
    (TOKEN, TokenRefused),
    (CLOSED, Closed),
)


class Calls:
    """The Web API client with the one session all calls share; open it inside the event loop."""

    def __init__(self, token: Secret, base: str) -> None:
        self._rest_until: dict[str, float] = {}
        self._client = AsyncWebClient(token, base_url=base, retry_handlers=[])
        self._client.proxy = proxy_for(base)

    @property
    def reaches_slack(self) -> bool:
        """Tell whether it is Slack itself that is asked: it knows all methods, and names every workspace."""
        host = f".{urlsplit(self._client.base_url).hostname}"
        return any(host.endswith(f".{name}") for name in OWN)

    @property
    def web(self) -> AsyncWebClient:
        """The client. Its own `timeout` has no effect on a shared session, so the session carries it."""
        if self._client.session is None or self._client.session.closed:
            self._client.session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self._client

    async def close(self) -> None:
        if self._client.session is not None:
            await self._client.session.close()

    @contextmanager
    def asking(self, scope: str) -> Iterator[None]:
        """As `door`, for what several parts ask, each at its own time: all keep a silence that one was asked for.

        Raises RateLimited without asking as long as it lasts.
        """
        left = self._rest_until.get(scope, 0.0) - clock.ticks()
        if left > 0:
            raise RateLimited(left, scope)
        try:
            with door(scope):
                yield
        except RateLimited as limit:
            # Of two that were under way at once, the longer one holds.
            until = clock.ticks() + limit.retry_after
            self._rest_until[scope] = max(until, self._rest_until.get(scope, 0.0))
            raise


def history_of(thread: str) -> str:
    """Return the method that tells what was written: in a thread, or without one in a chat. Slack limits each by itself."""
    return "conversations.replies" if thread else "conversations.history"


def proxy_for(url: str) -> str | None:
    """Return the proxy the environment names for an address; the SDK by itself would ignore NO_PROXY."""
    address = urlsplit(url)
    if not address.hostname or proxy_bypass(address.hostname):
        return None
    return getproxies().get({"ws": "http", "wss": "https"}.get(address.scheme, address.scheme))


@contextmanager
def door(scope: str) -> Iterator[None]:
    """Raise only PlatformErrors from inside; `scope` names what has to rest after a 429."""
    try:
        yield
    except SlackApiError as error:
        raise translated(error, scope) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreachable from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # The request may have been on its way: whether Slack carried it out is not known.
        raise Unavailable from error
    except UNREADABLE as error:
        raise Unavailable("Slack's answer is unreadable") from error


def translated(error: SlackApiError, scope: str) -> PlatformError:
    """Return what the catcher should do about Slack's refusal."""
    reason = reason_of(error)
    if reason in LIMITED or status_of(error) == 429:  # noqa: PLR2004 - HTTP's own number
        return RateLimited(_rest(error), scope)
    if not reason and status_of(error) == 404:  # noqa: PLR2004
        # Slack itself answers under any name: nobody there could carry the request out.
        return Unreachable("no such address")
    if not reason or reason in BROKEN:
        return Unavailable(f"Slack answered without a verdict ({status_of(error)})")
    if reason in TOKEN:
        log.error("Slack refuses a token", extra={"reason": reason})
    if reason.startswith("restricted_action"):
        return Closed(reason)
    return next((kind for reasons, kind in _VERDICTS if reason in reasons), Rejected)(reason)


def reason_of(error: SlackApiError) -> str:
    """Return Slack's word for what is wrong, or an empty string if the body was not Slack's."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def status_of(error: SlackApiError) -> int:
    """Return the HTTP status, 0 if there is none."""
    # For a body that only looks like JSON the SDK hands on aiohttp's response, which calls it `status`.
    response = error.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0))


def _rest(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    named = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(named)
    except ValueError:
        return REST
    return max(0.0, seconds) if math.isfinite(seconds) else REST
