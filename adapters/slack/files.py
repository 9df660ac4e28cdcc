"""Sending a file in three steps: ask where to put it, put it there, share it in a conversation.

The library has one call for all of them, and its errors do not say which step failed; only the last one writes
anything that people see. What a channel is closed to, a message tells as well, so every refusal of a step is about
the file.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.calls import door, proxy_for, reason_of, translated
from bot.errors import RateLimited, Rejected, TooLong, Unavailable, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk.web.async_client import AsyncWebClient

FILE = 50_000_000
"""Bytes; Slack takes a gigabyte, and nobody waits for that."""
UPLOAD = aiohttp.ClientTimeout(total=120, sock_connect=10)
OK, TOO_LARGE = 200, 413


async def share(
    web: AsyncWebClient, *, name: str, content: bytes, channel: str, thread: str, comment: str, scope: str
) -> str:
    """Send a new message with the file, and return the file's id. `scope` names what rests after a 429.

    Raises Rejected where the app may not send files, or not this one.
    """
    if not content:
        raise Rejected("an empty file")
    if len(content) > FILE:
        raise TooLong("larger than people wait for")
    try:
        with _step(scope):
            place = await web.files_getUploadURLExternal(filename=name, length=len(content))
    except Unavailable as error:
        raise Unreachable("no place for the file") from error  # whatever became of it, nobody sees it
    await _put(web, str(place["upload_url"]), content)
    with _step(scope):
        await web.files_completeUploadExternal(
            files=[{"id": place["file_id"], "title": name}],
            channel_id=channel,
            thread_ts=thread or None,
            initial_comment=comment or None,
        )
    return str(place["file_id"])


@contextmanager
def _step(scope: str) -> Iterator[None]:
    with door(scope):
        try:
            yield
        except SlackApiError as error:
            failure = translated(error, scope)
            if isinstance(failure, RateLimited | Unavailable):
                raise
            raise Rejected(reason_of(error)) from error


async def _put(web: AsyncWebClient, url: str, content: bytes) -> None:
    """Put the bytes where Slack wants them; nobody sees them yet, so whatever fails, nothing was written."""
    status = await _posted(web.session, url, content) if web.session is not None else 0
    if status == TOO_LARGE:
        raise TooLong("larger than Slack takes")
    if status != OK:
        raise Unreachable(f"the file could not be put where Slack wants it ({status})")


async def _posted(session: aiohttp.ClientSession, url: str, content: bytes) -> int:
    """Return the status, 0 if there is none. The address is a ticket, so no error that may hold it gets out."""
    try:
        async with session.post(url, data=content, proxy=proxy_for(url), timeout=UPLOAD) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return 0
