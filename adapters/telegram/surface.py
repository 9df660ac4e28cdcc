"""One Telegram chat, ready to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters

from adapters.telegram.calls import ThreadGone, Unchanged, asked
from adapters.telegram.dialect import TelegramBody, TelegramDialect
from adapters.telegram.events import ref
from bot.model import Limit, Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from telegram import Bot

    from bot.model import ChatKey, Controls, MessageRef, Neighbours
    from bot.ports import Body

PRIVATE_EVERY = 1.1
"""Seconds between writes to one chat; the platform's limit is one a second, sends and edits together."""

GROUP_EVERY = 3.1
"""Groups take twenty writes a minute."""

ACCOUNT_EVERY = 1 / 28
"""All chats together take thirty writes a second; a little is left for what is not a write of ours."""

TYPING_EVERY = 4.5
"""The sign fades after five seconds."""

SUPERGROUPS = -1_000_000_000_000
"""Below this are the ids of supergroups."""

GUESSES = 20
"""Messages tried before a lost one is given up."""

STRANGERS = 2
"""Messages nobody told us of that may have come between."""

WAITING = "👀"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""On every send and edit: a preview makes the platform fetch an address the model wrote."""

T = TypeVar("T")


class TelegramSurface:
    """Writes by edits; knows typing, reactions and deleting.

    `lost_topics` is shared by all surfaces of the bot: chats whose topic refused a message are written to
    outside of it from then on.
    """

    typing_every = TYPING_EVERY

    def __init__(
        self, bot: Bot, dialect: TelegramDialect, chat: ChatKey, route: str, lost_topics: set[ChatKey]
    ) -> None:
        self._bot = bot
        self._dialect = dialect
        self._chat = chat
        self._id = int(chat.chat)
        self._question = int(route) if route else None
        self._lost_topics = lost_topics

    @property
    def dialect(self) -> TelegramDialect:
        return self._dialect

    @property
    def pace(self) -> Pace:
        """Sends and edits share their limits."""
        every = GROUP_EVERY if self._id < 0 else PRIVATE_EVERY
        limits = (Limit(f"chat:{self._id}", every), Limit("account", ACCOUNT_EVERY))
        return Pace(post=limits, edit=limits)

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        page = _page(body)

        async def send(thread: int | None, reply: ReplyParameters | None) -> MessageRef:
            message = await self._ask(
                self._bot.send_message(
                    self._id,
                    _sendable(page.text),
                    entities=page.entities,
                    link_preview_options=NO_PREVIEW,
                    message_thread_id=thread,
                    reply_parameters=reply,
                    reply_markup=_keyboard(controls),
                )
            )
            return ref(self._id, message.message_id)

        return await self._in_topic(send)

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        page = _page(body)
        chat_id, message_id = _ids(ref)
        call = self._bot.edit_message_text(
            _sendable(page.text),
            chat_id,
            message_id,
            entities=page.entities,
            link_preview_options=NO_PREVIEW,
            reply_markup=_keyboard(controls),
        )
        try:
            await self._ask(call)
        except Unchanged:
            return

    async def typing(self) -> None:
        await self._ask(self._bot.send_chat_action(self._id, "typing", message_thread_id=self._topic()))

    async def mark(self, ref: MessageRef) -> None:
        """Show that the message waits in line."""
        await self._ask(self._bot.set_message_reaction(*_ids(ref), reaction=WAITING))

    async def unmark(self, ref: MessageRef) -> None:
        await self._ask(self._bot.set_message_reaction(*_ids(ref), reaction=[]))

    async def delete(self, ref: MessageRef) -> None:
        await self._ask(self._bot.delete_message(*_ids(ref)))

    def guesses(self, near: Neighbours) -> Sequence[MessageRef]:
        """Name the ids after the question that nobody is known to have.

        A supergroup counts its own messages; all other chats of the bot share one count.
        """
        if not near.before:
            return ()
        asked = max(_ids(ref)[1] for ref in near.before)
        taken = {number for chat, number in map(_ids, near.known) if self._shares_count(chat)}
        last = max(taken | {asked}) + near.lost + STRANGERS
        free = [number for number in range(asked + 1, last + 1) if number not in taken]
        return [ref(self._id, number) for number in free[:GUESSES]]

    def _shares_count(self, chat_id: int) -> bool:
        return chat_id == self._id if self._id < SUPERGROUPS else chat_id >= SUPERGROUPS

    async def _ask(self, call: Awaitable[T]) -> T:
        return await asked(call, self._chat)

    async def _in_topic(
        self, send: Callable[[int | None, ReplyParameters | None], Awaitable[MessageRef]]
    ) -> MessageRef:
        """Send to the chat's topic; if that is gone, outside of it now and later."""
        topic = self._topic()
        if topic is None:
            return await send(None, self._reply())
        try:
            return await send(topic, self._reply())
        except ThreadGone:
            self._lost_topics.add(self._chat)
        # Without the reply: it would carry the message back into the topic that refused it.
        return await send(None, None)

    def _topic(self) -> int | None:
        return int(self._chat.thread) if self._chat.thread and self._chat not in self._lost_topics else None

    def _reply(self) -> ReplyParameters | None:
        if self._question is None or (self._chat.thread and self._topic() is None):
            return None
        return ReplyParameters(self._question, allow_sending_without_reply=True)


def _page(body: Body) -> TelegramBody:
    if not isinstance(body, TelegramBody):
        raise TypeError("the body was not made by the dialect of Telegram")
    return body


def _sendable(text: str) -> str:
    # Half a surrogate pair cannot be encoded; its replacement is as long, so entities stay where they are.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _ids(ref: MessageRef) -> tuple[int, int]:
    chat_id, _, message_id = ref.partition(":")
    return int(chat_id), int(message_id)


def _keyboard(controls: Controls) -> InlineKeyboardMarkup | None:
    if not controls:
        return None
    row = [InlineKeyboardButton(c.label, callback_data=f"{c.name}:{c.value}") for c in controls]
    return InlineKeyboardMarkup([row])
