"""One Slack conversation, ready to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from slack_sdk.errors import SlackApiError

from adapters.markup.drawing import draw
from adapters.slack.calls import door, history_of, reason_of
from adapters.slack.dialect import clipped, escaped
from adapters.slack.events import asked_at, ref_of, split
from adapters.slack.files import share
from adapters.slack.menus import actions
from bot.errors import StillOpen
from bot.model import Limit, Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from adapters.slack.calls import Calls
    from adapters.slack.dialect import SlackBody
    from bot.model import ChatKey, Controls, MessageRef
    from bot.ports import Body, Dialect

JSON = dict[str, Any]

EDITS = Limit("edits", 1.28, burst=3)
"""chat.update is Tier 3: about 50 calls a minute for the whole workspace, short bursts tolerated."""
POSTS = Limit("posts", 0.25, burst=5)
"""All posts together: several hundred a minute for the whole workspace."""
POST_EVERY = 1.05
"""chat.postMessage takes about one message a second in each channel."""
STOPS = Limit("streams stopped", 3.1, burst=3)
"""chat.stopStream is Tier 2: 20 calls a minute for the whole workspace."""
MARKS = Limit("reactions.add", 1.28, burst=3)
UNMARKS = Limit("reactions.remove", 3.1, burst=3)
ERASES = Limit("chat.delete", 1.28, burst=3)
"""Tier 3, but for taking a mark off, which is Tier 2."""
FIND_EVERY = 1.28
"""Tier 3, for each of the two methods by itself."""
SHOWS = Limit("assistant.threads.setStatus", 0.25, burst=5)
"""Slack names no number; several hundred a minute are left alone."""

STATUS_EVERY = 12.0
"""Edits are shared by the whole workspace, so one that carries no text is worth little."""

MARK = "eyes"
STATUS = "is thinking…"
"""Slack shows it after the bot's name."""
SECTION = 3_000
"""A section block holds no more characters; only a plain page with buttons needs one."""
ALL_BLOCKS = 13_000
"""Characters in all blocks of a message; Slack documents no limit, and was seen to refuse more than 13,200."""
STREAMING, NOT_STREAMING = "streaming_state_conflict", "message_not_in_streaming_state"
"""The message is a stream that is still open, or none any more."""
FILE = "F"
"""With this the id of a file begins; that of a message is a number."""
PAGE = 200
PAGES = 3
EVERYWHERE = {"feature_disabled", "method_deprecated", "missing_scope", "not_agent_app", "unknown_method"}
"""Refusals that are not about one channel."""
EVENT = "reply_page"
"""The type of the metadata under which a post carries its key."""


class SlackSurface:
    """Posts and edits in one channel, thread or direct chat; also takes back, marks and finds messages."""

    def __init__(self, calls: Calls, chat: ChatKey, route: str, dialect: Dialect) -> None:
        self._calls = calls
        self._channel = chat.chat
        self._thread = chat.thread
        self._asked = asked_at(route)
        self._dialect = dialect

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def pace(self) -> Pace:
        return Pace(
            post=(Limit(self._posts, POST_EVERY), POSTS),
            edit=(EDITS,),
            typing=(SHOWS,),
            mark=(MARKS,),
            unmark=(UNMARKS,),
            erase=(ERASES,),
            find=(Limit(history_of(self._thread), FIND_EVERY, burst=3),),
            status_every=STATUS_EVERY,
        )

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        page = cast("SlackBody", body)
        with door(self._posts):
            answer = await self._web.chat_postMessage(
                channel=self._channel,
                thread_ts=self._thread or None,
                text=page.text,
                blocks=blocks(page, controls) or None,
                # A preview would let an address in an answer be fetched before anybody looked at it.
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": EVENT, "event_payload": {"key": key}},
            )
        return ref_of(self._channel, answer["ts"])

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        page = cast("SlackBody", body)
        channel, ts = split(ref)
        with door(EDITS.scope):
            # Blocks left out would stay as they were, so none are said as an empty list. The default of `parse`
            # for this method would turn bare names and addresses in the text into links.
            try:
                await self._web.chat_update(
                    channel=channel, ts=ts, text=page.text, blocks=blocks(page, controls), parse="none"
                )
            except SlackApiError as error:
                if reason_of(error) == STREAMING:
                    raise StillOpen from error
                raise

    @property
    def closes(self) -> tuple[Limit, ...]:
        return (STOPS,)

    async def close(self, ref: MessageRef) -> None:
        channel, ts = split(ref)
        with door(STOPS.scope):
            await _unless(NOT_STREAMING, self._web.chat_stopStream(channel=channel, ts=ts))

    async def send_file(self, name: str, content: bytes, *, caption: str, key: str) -> MessageRef:
        """Share a file. Slack does not say which message carries it, so the ref names the file."""
        file = await share(
            self._web,
            name=name,
            content=content,
            channel=self._channel,
            thread=self._thread,
            comment=clipped(escaped(draw(caption).text.strip())),
            scope=self._posts,
        )
        return ref_of(self._channel, file)

    async def delete(self, ref: MessageRef) -> None:
        channel, ts = split(ref)
        with door(ERASES.scope):
            if ts.startswith(FILE):
                await _unless("file_deleted", self._web.files_delete(file=ts))
            else:
                await _unless("message_not_found", self._web.chat_delete(channel=channel, ts=ts))

    async def mark(self, ref: MessageRef) -> None:
        channel, ts = split(ref)
        with door(MARKS.scope):
            await _unless(
                "already_reacted", self._web.reactions_add(channel=channel, timestamp=ts, name=MARK)
            )

    async def unmark(self, ref: MessageRef) -> None:
        channel, ts = split(ref)
        with door(UNMARKS.scope):
            await _unless("no_reaction", self._web.reactions_remove(channel=channel, timestamp=ts, name=MARK))

    async def find(self, key: str, body: Body, *, controls: Controls) -> MessageRef | None:
        """Look through what was written since the question, up to some hundred messages."""
        cursor = None
        for _ in range(PAGES):
            with self._calls.asking(history_of(self._thread)):
                answer = await self._history(cursor)
            for message in answer.get("messages") or ():
                if _key_of(message) == key:
                    return ref_of(self._channel, message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return None

    @property
    def _web(self) -> AsyncWebClient:
        return self._calls.web

    @property
    def _posts(self) -> str:
        return f"channel:{self._channel}"

    async def _history(self, cursor: str | None) -> AsyncSlackResponse:
        since = self._asked or None
        if self._thread:
            return await self._web.conversations_replies(
                channel=self._channel,
                ts=self._thread,
                oldest=since,
                cursor=cursor,
                limit=PAGE,
                include_all_metadata=True,
            )
        return await self._web.conversations_history(
            channel=self._channel, oldest=since, cursor=cursor, limit=PAGE, include_all_metadata=True
        )


class Refusals:
    """Where Slack would not do something that chats can do without: not asked again until the next start."""

    def __init__(self) -> None:
        self._channels: set[str] = set()
        self._everywhere = False

    def of(self, channel: str) -> bool:
        return self._everywhere or channel in self._channels

    def add(self, channel: str, reason: str) -> None:
        self._everywhere |= reason in EVERYWHERE
        self._channels.add(channel)


class ThreadSurface(SlackSurface):
    """A thread: only there Slack shows that an answer is being made."""

    typing_every = 60.0
    """Slack takes the status away after two minutes, and as soon as the bot has posted."""

    def __init__(self, calls: Calls, chat: ChatKey, route: str, dialect: Dialect, refusals: Refusals) -> None:
        super().__init__(calls, chat, route, dialect)
        self._refusals = refusals

    async def typing(self) -> None:
        await self._set_status(STATUS)

    async def rest(self) -> None:
        """Take the status back: Slack does so at a post, but not at an edit."""
        await self._set_status("")

    async def _set_status(self, status: str) -> None:
        if self._refusals.of(self._channel):
            return
        with door(SHOWS.scope):
            try:
                await self._web.assistant_threads_setStatus(
                    channel_id=self._channel, thread_ts=self._thread, status=status
                )
            except SlackApiError as error:
                if (reason := reason_of(error)) and not reason.startswith("rate"):
                    self._refusals.add(self._channel, reason)
                    return
                raise


def blocks(page: SlackBody, controls: Controls) -> list[JSON]:
    """Return the blocks of a page: its Markdown, then its buttons. A plain page without buttons has none."""
    found = [{"type": "markdown", "text": page.markdown}] if page.markdown.strip() else []
    if not controls:
        return found
    # With blocks Slack shows the blocks only, so the text of a plain page must become some.
    return [
        *(found or _sections(page.text)),
        *actions(controls, ALL_BLOCKS - len(page.markdown or page.text)),
    ]


def _sections(text: str) -> list[JSON]:
    pieces = []
    while text:
        end = _cut(text)
        pieces.append({"type": "section", "text": {"type": "mrkdwn", "text": text[:end], "verbatim": True}})
        text = text[end:].lstrip("\n")
    return pieces


def _cut(text: str) -> int:
    """Return where a section ends: at a line if there is one, and never inside an escape like `&amp;`."""
    if len(text) <= SECTION:
        return len(text)
    line = text.rfind("\n", 1, SECTION)
    escape = text.rfind("&", SECTION - 5, SECTION)
    inside = escape > 0 and ";" not in text[escape:SECTION]
    return line if line > 0 else escape if inside else SECTION


def _key_of(message: JSON) -> str | None:
    metadata = message.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == EVENT else None
    return str(key) if key is not None else None


async def _unless(done: str, call: Awaitable[object]) -> None:
    """Await the call; the refusal that says it has been done already counts as success."""
    try:
        await call
    except SlackApiError as error:
        if reason_of(error) != done:
            raise
