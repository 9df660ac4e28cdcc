"""The poll loop: an update is confirmed to Telegram after it was stored, and never before.

The library's own loop confirms first, and one update it cannot parse stops it for good. Here `getUpdates` is
called raw, each update is parsed alone, and the next offset (which confirms) follows the inbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.markup.drawing import draw
from adapters.telegram.calls import UNREADABLE, is_page, kind, silence, spelled
from adapters.telegram.comments import KNOWN, SINCE, Comments
from adapters.telegram.completing import completed
from adapters.telegram.events import NAME, called, moved, press_key, read
from bot import clock
from bot.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot, User

    from bot.model import ChatKey, Event
    from bot.ports import Inbox

log = logging.getLogger(__name__)

WANTED = ["message", "edited_message", "callback_query"]
"""Named explicitly: an omitted list keeps whatever an earlier program asked for."""

SLACK = 5.0
"""Seconds a poll may last beyond its hold before it counts as hanging."""

REST = 0.1
"""Seconds that lie at least between two polls without news: not every server holds a poll open."""

LONGEST_WAIT = 30.0
NOTICE = 200
"""Characters of what a press may be answered with."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What an update says: what a person did, which chat became which, and the press that is to be answered."""

    events: tuple[Event, ...]
    move: tuple[ChatKey, ChatKey] | None
    press: str


class Backoff:
    """Waiting times that grow by half up to 30 s while trouble lasts; the log hears of it once per kind."""

    def __init__(self, first: float) -> None:
        self._first = first
        self._next = first
        self._kind = ""
        self._count = 0

    @property
    def trouble(self) -> str:
        """Return what hinders it, in a word; empty if nothing does."""
        return self._kind

    def wait(self, kind: str) -> float:
        """Return the seconds to wait after one more failure."""
        if kind != self._kind:
            log.warning("telegram cannot be listened to, trying again", extra={"reason": kind})
        self._kind = kind
        self._count += 1
        wait, self._next = self._next, min(self._next * 1.5, LONGEST_WAIT)
        return wait

    def over(self) -> None:
        """Forget the trouble."""
        if self._count:
            log.info("telegram is listened to again", extra={"failures": self._count})
        self._next, self._kind, self._count = self._first, "", 0


class Listener:
    """Polls until cancelled. Telegram may keep a poll open for `hold` seconds; after `slack` more it hangs."""

    def __init__(
        self,
        bot: Bot,
        me: User,
        inbox: Inbox,
        *,
        hold: int,
        slack: float = SLACK,
        backoff: Backoff,
        wanted: Sequence[str] = WANTED,
    ) -> None:
        self._bot = bot
        self._me = me
        self._account = str(me.id)
        self._inbox = inbox
        self._hold = hold
        self._slack = slack
        self._backoff = backoff
        self._wanted = list(wanted)
        self._comments: Comments | None = None
        self._offset = 0
        """Of the first poll: everything that is not confirmed, whatever its ids. What an earlier process stored and
        could not confirm any more comes once again, and the inbox knows it by its key."""

    async def run(self) -> None:
        """Listen; returns only when the platform refuses the token."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    await self._pass(tasks)
                except Conflict as error:
                    wait = await self._settle(error)
                except TelegramError as error:
                    if isinstance(error, InvalidToken) and not is_page(error):
                        return
                    asked = silence(error)
                    wait = self._backoff.wait(kind(error)) if asked is None else asked
                except StoreUnavailable as error:
                    wait = self._backoff.wait(kind(error))
                else:
                    self._backoff.over()
                    continue
                await asyncio.sleep(wait)

    async def _pass(self, tasks: asyncio.TaskGroup) -> None:
        asked_at = clock.ticks()
        batch = await self._fetch(self._offset)
        if not batch:
            await asyncio.sleep(REST - (clock.ticks() - asked_at))
            return
        presses = await self._store(batch)
        self._offset = _following(batch)
        for press, told in presses.items():
            tasks.create_task(self._calm(press, told), name=f"answer press {press}")

    async def _fetch(self, offset: int) -> list[Any]:
        asked = {"offset": offset, "timeout": self._hold, "allowed_updates": self._wanted}
        try:
            async with asyncio.timeout(self._hold + self._slack):
                batch = await self._bot.do_api_request(spelled("getUpdates"), asked)
        except UNREADABLE as error:
            raise TelegramError("unreadable answer, or none in time") from error
        if not isinstance(batch, list):
            raise TelegramError("not a list of updates")
        return batch

    async def _store(self, batch: list[Any]) -> dict[str, str]:
        """Hand everything to the inbox. Return the presses to answer, by id, with what to tell."""
        comments = await self._known_comments()
        contents: list[_Content] = []
        unreadable: list[tuple[Any, Exception]] = []
        for raw in batch:
            try:
                contents.append(self._content(raw, comments))
            except (TelegramError, *UNREADABLE) as error:
                unreadable.append((raw, error))
        told = await self._hand_in(contents)
        # After the others: it is `accept` that tells people when nothing can be stored.
        for raw, trouble in unreadable:
            await self._set_aside(raw, trouble)
        return {
            content.press: told.get(press_key(content.press), "") for content in contents if content.press
        }

    def _content(self, raw: Any, comments: Comments) -> _Content:
        update = Update.de_json(completed(raw, int(clock.wall())), self._bot)
        query = update.callback_query
        # A change is heard before the message as it stands: what is known of the message is changed, or it is said.
        found = (read(update, self._me, comments), called(update, self._me, comments))
        events = tuple(event for event in found if event is not None)
        return _Content(events, moved(update, self._me), query.id if query else "")

    async def _hand_in(self, contents: Sequence[_Content]) -> dict[str, str]:
        """Hand events to the inbox in one go but for a move of a chat. Return what to tell, by their keys."""
        events: list[Event] = []
        told: dict[str, str] = {}
        for content in contents:
            if content.move is not None:
                # What was said before it belongs to the old id, what comes after it to the new one.
                told |= await self._inbox.accept(events)
                await self._inbox.moved(*content.move)
                events = []
            events += content.events
        return told | (dict(await self._inbox.accept(events)) if events else {})

    async def _known_comments(self) -> Comments:
        """Return the posts people comment on; those of an earlier process are in the inbox."""
        if self._comments is None:
            comments = Comments()
            try:
                comments.learn(await self._inbox.recent(NAME, self._account, clock.wall() - SINCE, KNOWN))
            except StoreUnavailable:
                # What cannot be read cannot be written: it is the inbox that tells people, when it takes nothing.
                return comments
            self._comments = comments
        return self._comments

    async def _set_aside(self, raw: Any, error: Exception) -> None:
        log.error("update set aside as unreadable", extra={"reason": kind(error)})
        text = json.dumps(raw)
        number = raw.get("update_id") if isinstance(raw, dict) else None
        name = number if isinstance(number, int) else hashlib.sha256(text.encode()).hexdigest()[:16]
        await self._inbox.set_aside(NAME, self._account, f"update:{name}", text)

    async def _settle(self, error: Conflict) -> float:
        """Deal with somebody else receiving our updates. Return the seconds to wait."""
        if "webhook" not in error.message.lower() or "setwebhook" in error.message.lower():
            return self._backoff.wait("another process polls with the same bot token; stop it")
        wait = self._backoff.wait("a webhook was set for this bot; removing it")
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except (TelegramError, *UNREADABLE):
            return wait
        return 0.0

    async def _calm(self, press: str, told: str) -> None:
        # Until a press is answered, the person sees the button spinning. Too late is no harm.
        try:
            await self._bot.answer_callback_query(press, text=_brief(told) or None)
        except (TelegramError, *UNREADABLE) as error:
            log.debug("press not answered", extra={"reason": kind(error)})


def _brief(told: str) -> str:
    """Return a sentence as it stands in the notice above a chat, which has no formatting."""
    text = draw(told).text
    return text if len(text) <= NOTICE else text[: NOTICE - 1] + "…"


def _following(batch: list[Any]) -> int:
    """Return the offset that confirms exactly this batch. Raises TelegramError if nothing in it has an id.

    Of this batch, not of all that ever came: after a quiet week the platform starts anywhere.
    """
    numbers = [raw.get("update_id") for raw in batch if isinstance(raw, dict)]
    known = [number for number in numbers if type(number) is int]
    if not known:
        raise TelegramError("updates without ids")
    return max(known) + 1
