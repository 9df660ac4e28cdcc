"""One Telegram chat, ready to be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from telegram import LinkPreviewOptions, Message, ReplyParameters, TelegramObject
from telegram.error import EndPointNotFound, InvalidToken

from adapters.telegram.calls import ThreadGone, Unchanged, asked, spelled
from adapters.telegram.dialect import TelegramBody, TelegramDialect, units
from adapters.telegram.events import ref
from adapters.telegram.keyboard import keyboard
from adapters.telegram.names import calling_nobody
from bot.errors import Rejected, TooLong, Unavailable, Unfit, Unreachable, Unsupported
from bot.model import Limit, Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from telegram import Bot

    from adapters.telegram.rich import Rich
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

FILE = 50_000_000
"""Bytes of a file a bot may send."""
CAPTION = 1024
"""UTF-16 units of the text under a file."""
UPLOAD = 60.0
"""Seconds without progress after which sending a file is given up; the platform slows large ones down."""

WAITING = "👀"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""On every send and edit: a preview makes the platform fetch an address the model wrote."""

NO_MESSAGE = "the platform does not say which message it made"
"""A server that knows few methods may answer all others with a bare "ok"."""

T = TypeVar("T")


class TelegramSurface:
    """Writes by edits; knows typing, reactions and deleting.

    `lost_topics` is shared by all surfaces of the bot: chats whose topic refused a message are written to
    outside of it from then on. With `rich`, pages that allow it are sent as rich messages.
    """

    typing_every = TYPING_EVERY

    def __init__(
        self,
        bot: Bot,
        dialect: TelegramDialect,
        chat: ChatKey,
        route: str,
        lost_topics: set[ChatKey],
        *,
        rich: Rich | None = None,
    ) -> None:
        self._bot = bot
        self._dialect = dialect
        self._chat = chat
        self._id = int(chat.chat)
        self._question = int(route) if route else None
        self._lost_topics = lost_topics
        self._rich = rich

    @property
    def dialect(self) -> TelegramDialect:
        return self._dialect

    @property
    def pace(self) -> Pace:
        """Sends and edits share their limits; the rest has a room of its own in the chat, and none in the account."""
        every = GROUP_EVERY if self._id < 0 else PRIVATE_EVERY
        chat, account = f"chat:{self._id}", Limit("account", ACCOUNT_EVERY)
        limits = (Limit(chat, every), account)
        marks = (Limit(f"marks:{self._id}", PRIVATE_EVERY), account)
        return Pace(
            post=limits,
            edit=limits,
            typing=(account,),
            mark=marks,
            unmark=marks,
            # No sign: it waits for what the chat is silent for, and for its turn.
            erase=(Limit(chat, 0.0), *marks),
        )

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        page = page_of(body)

        async def send(thread: int | None, reply: ReplyParameters | None) -> MessageRef:
            where = {"message_thread_id": thread, "reply_parameters": reply}
            posted = await self._send_rich("sendRichMessage", page, controls, where)
            if posted is not None:
                return ref(self._id, posted["message_id"])
            call = self._bot.send_message(
                self._id,
                self._text(page),
                entities=page.entities,
                link_preview_options=NO_PREVIEW,
                message_thread_id=thread,
                reply_parameters=reply,
                reply_markup=keyboard(controls),
            )
            return self._ref_of(await self._insist(call))

        return await self._in_topic(send)

    async def send_file(self, name: str, content: bytes, *, caption: str, key: str) -> MessageRef:
        """Send a document. Raises Rejected where the chat takes messages but no files, or not one of this size."""
        if len(content) > FILE:
            raise TooLong("larger than what bots may send")
        shown = under_file(self._dialect.render(caption)) if caption.strip() else TelegramBody("")

        async def send(thread: int | None, reply: ReplyParameters | None) -> MessageRef:
            message = await self._ask(
                self._bot.send_document(
                    self._id,
                    content,
                    filename=name,
                    caption=self._text(shown) or None,
                    caption_entities=shown.entities,
                    message_thread_id=thread,
                    reply_parameters=reply,
                    read_timeout=UPLOAD,
                    write_timeout=UPLOAD,
                )
            )
            return self._ref_of(message)

        return await self._in_topic(send)

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        page = page_of(body)
        chat_id, message_id = _ids(ref)
        try:
            if await self._send_rich("editMessageText", page, controls, {"message_id": message_id}):
                return
        except Unchanged:
            return
        call = self._bot.edit_message_text(
            self._text(page),
            chat_id,
            message_id,
            entities=page.entities,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(controls),
        )
        try:
            await self._ask(call)
        except Unchanged:
            return

    def _calls(self, markdown: str) -> bool:
        """Tell whether a name in it would notify somebody: in Markdown it cannot be told from a word of code."""
        return self._id < 0 and calling_nobody(markdown, ()) != markdown

    def _text(self, page: TelegramBody) -> str:
        text = sendable(page.text)
        return calling_nobody(text, page.entities) if self._id < 0 else text

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

    async def _send_rich(
        self, method: str, page: TelegramBody, controls: Controls, where: dict[str, Any]
    ) -> Any:
        """Return what the platform says to the rich page; None if the page must be sent as text."""
        if self._rich is None or not self._rich.on or not page.rich or self._calls(page.rich):
            return None
        asked = {"chat_id": self._id, "rich_message": {"markdown": page.rich}, **where}
        asked["reply_markup"] = keyboard(controls)
        try:
            shown = await self._ask(self._new(method, asked))
        except (Unfit, Rejected) as refusal:
            self._rich.off(str(refusal))
            return None
        if isinstance(shown, dict):
            return shown
        self._rich.off(NO_MESSAGE)
        return None

    async def _new(self, method: str, asked: dict[str, Any]) -> Any:
        """Call a method that is newer than the library. Raises Unfit if the server does not know it."""
        given = {
            name: value.to_dict() if isinstance(value, TelegramObject) else value
            for name, value in asked.items()
            if value is not None
        }
        try:
            return await self._bot.do_api_request(spelled(method), given)
        except (EndPointNotFound, InvalidToken):
            # Raised below, where the library's error, which holds the token, is no longer in the chain.
            pass
        raise Unfit("unknown to this server")

    def _ref_of(self, message: object) -> MessageRef:
        # The library hands on a bare "ok" as it comes.
        if not isinstance(message, Message):
            raise Unavailable(NO_MESSAGE)
        return ref(self._id, message.message_id)

    async def _insist(self, call: Awaitable[T]) -> T:
        """As `_ask`, for what every server can do: one that does not know the method does not know it yet."""
        try:
            return await self._ask(call)
        except Unsupported as refusal:
            raise Unreachable(str(refusal)) from None

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
        is_topic = self._chat.thread.isdecimal() and self._chat not in self._lost_topics
        return int(self._chat.thread) if is_topic else None

    def _reply(self) -> ReplyParameters | None:
        if self._question is None or self._chat in self._lost_topics:
            return None
        return ReplyParameters(self._question, allow_sending_without_reply=True)


def page_of(body: Body) -> TelegramBody:
    """Return a body as what it is here."""
    if not isinstance(body, TelegramBody):
        raise TypeError("the body was not made by the dialect of Telegram")
    return body


def under_file(body: TelegramBody) -> TelegramBody:
    """Return what of a body finds room under a file, without the formatting of what is cut off."""
    if units(body.text) <= CAPTION:
        return body
    kept = body.text.encode("utf-16-le", "surrogatepass")[: 2 * (CAPTION - 1)].decode("utf-16-le", "ignore")
    whole = tuple(one for one in body.entities if one.offset + one.length <= units(kept))
    return TelegramBody(f"{kept}…", whole)


def sendable(text: str) -> str:
    """Return the text as it can be encoded."""
    # Half a surrogate pair cannot be encoded; its replacement is as long, so entities stay where they are.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _ids(ref: MessageRef) -> tuple[int, int]:
    chat_id, _, message_id = ref.partition(":")
    return int(chat_id), int(message_id)
