"""Slack's own streams: a message in a thread that only grows, until it is closed.

A stream carries no buttons before it is closed, so while it grows people stop it by the word. Slack ends one by
itself after about five minutes, whatever is appended; the message can be edited from then on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from slack_sdk.errors import SlackApiError

from adapters.slack.calls import door, reason_of, translated
from adapters.slack.events import asked_by, ref_of, split
from adapters.slack.menus import actions
from adapters.slack.surface import EVENT, POST_EVERY, STOPS, ThreadSurface
from adapters.slack.writing import rewritten
from bot.errors import RateLimited, Unavailable, Unfit
from bot.model import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.slack.calls import Calls
    from adapters.slack.dialect import SlackBody
    from adapters.slack.surface import Refusals
    from bot.model import ChatKey, Controls, MessageRef
    from bot.ports import Body, Dialect

JSON = dict[str, Any]

STARTS = Limit("streams started", 3.1, burst=3)
"""chat.startStream is Tier 2: 20 calls a minute for the whole workspace."""
APPENDS = Limit("streams appended to", 0.65, burst=5)
"""chat.appendStream is Tier 4: 100 calls a minute."""
CLOSED_AFTER = 240.0
"""Seconds; a minute before Slack would do it."""
MORE = "x"
"""Any text that could come next."""
TITLE = 250
"""Characters of the line about the waiting; Slack does not say how many it takes."""


class StreamSurface(ThreadSurface):
    """A thread whose answers grow as streams; `unstreamed` is where Slack did not take one."""

    stream_seconds = CLOSED_AFTER

    def __init__(
        self,
        calls: Calls,
        chat: ChatKey,
        route: str,
        dialect: Dialect,
        *,
        refusals: Refusals,
        unstreamed: Refusals,
    ) -> None:
        super().__init__(calls, chat, route, dialect, refusals)
        self._person, self._team = asked_by(route)
        self._unstreamed = unstreamed

    @property
    def starts(self) -> tuple[Limit, ...]:
        return (Limit(self._posts, POST_EVERY), STARTS)

    @property
    def appends(self) -> tuple[Limit, ...]:
        return (APPENDS,)

    @property
    def stops(self) -> tuple[Limit, ...]:
        return (STOPS,)

    def settled(self, markdown: str) -> str:
        """Return what is written in the same way whatever follows: not the end of a code block that goes on."""
        if not markdown.strip():
            return ""
        now, later = rewritten(markdown), rewritten(markdown + MORE)
        same = next((n for n, pair in enumerate(zip(now, later, strict=False)) if pair[0] != pair[1]), None)
        return now[:same] if same is not None else min(now, later, key=len)

    def whole(self, body: Body) -> str:
        return cast("SlackBody", body).markdown

    async def start(self, text: str, *, status: str) -> MessageRef:
        # Slack wants to know for whom it streams, except where there is only one person.
        shared = not self._channel.startswith("D")
        with self._stream(STARTS):
            try:
                answer = await self._web.chat_startStream(
                    channel=self._channel,
                    thread_ts=self._thread,
                    recipient_user_id=self._person if shared else None,
                    recipient_team_id=self._team if shared else None,
                    chunks=_chunks(text, status, waits=bool(status)),
                )
            except SlackApiError as error:
                if not isinstance(translated(error, ""), RateLimited | Unavailable):
                    self._unstreamed.add(self._channel, reason_of(error))
                raise
        return ref_of(self._channel, answer["ts"])

    async def append(self, ref: MessageRef, text: str, *, status: str, waits: bool) -> None:
        channel, ts = split(ref)
        with self._stream(APPENDS):
            await self._web.chat_appendStream(
                channel=channel, ts=ts, chunks=_chunks(text, status, waits=waits)
            )

    async def stop(self, ref: MessageRef, text: str, *, status: str, controls: Controls, key: str) -> None:
        channel, ts = split(ref)
        with self._stream(STOPS):
            await self._web.chat_stopStream(
                channel=channel,
                ts=ts,
                chunks=_chunks(text, status, waits=False) or None,
                blocks=actions(controls) or None,
                metadata={"event_type": EVENT, "event_payload": {"key": key}},
            )

    @contextmanager
    def _stream(self, limit: Limit) -> Iterator[None]:
        """Take every refusal as one of streaming; if the chat itself is closed, the edit that follows says so."""
        with door(limit.scope):
            try:
                yield
            except SlackApiError as error:
                failure = translated(error, limit.scope)
                if isinstance(failure, RateLimited | Unavailable):
                    raise
                raise Unfit(reason_of(error)) from error


def _chunks(text: str, status: str, *, waits: bool) -> list[JSON]:
    found: list[JSON] = []
    if status:
        state = "in_progress" if waits else "complete"
        found.append(
            {"type": "task_update", "id": "waiting", "title": status.strip("_")[:TITLE], "status": state}
        )
    if text:
        found.append({"type": "markdown_text", "text": text})
    return found
