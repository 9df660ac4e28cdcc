"""Writing to Telegram: what people see, and what the core is told when the platform says no."""

from __future__ import annotations

import asyncio
import re
import traceback
from typing import TYPE_CHECKING

import pytest
from telegram import MessageEntity

from adapters.telegram import Telegram
from adapters.telegram.dialect import TelegramBody
from bot.errors import (
    Closed,
    Gone,
    Moved,
    PlatformError,
    RateLimited,
    Rejected,
    TooLong,
    Unavailable,
    Unreachable,
)
from bot.model import ChatKey, Control, Limit, MessageRef, Secret, WriteKind
from bot.ports import Adapter, Deletes, Finds, Marks, Surface, Types
from tests.servers.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    GARBAGE,
    RESTART,
    UNAUTHORIZED,
    Answer,
    Button,
    Drop,
    Lost,
    Raw,
    TelegramServer,
    refuse,
    too_many,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.telegram.surface import TelegramSurface
    from tests.servers.telegram_wire import Fault

TOKEN = Secret("123456:CANARY-token_of-the-bot")
ANN, GROUP, FORUM = 7, -42, -1001900000002
STOP = (Control("stop", "17", "Stop"),)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN) as running:
        running.chat(ANN)
        running.chat(GROUP)
        yield running


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[Telegram]:
    adapter = Telegram(token=TOKEN, api_base=server.url)
    yield adapter
    await adapter.close()


def surface(telegram: Telegram, chat: int, thread: str = "", route: str = "") -> TelegramSurface:
    return telegram.surface(ChatKey("telegram", "123456", str(chat), thread), route)


def test_adapter_and_surface_are_what_the_core_asks_for() -> None:
    adapter: Adapter = Telegram(token=TOKEN, api_base="http://127.0.0.1:9")
    written: Surface = adapter.surface(ChatKey("telegram", "123456", "7"), "")

    assert all(isinstance(written, ability) for ability in (Types, Marks, Deletes))
    assert not isinstance(written, Finds)


async def test_a_message_is_posted_edited_and_deleted(server: TelegramServer, telegram: Telegram) -> None:
    chat = surface(telegram, ANN)
    bold = MessageEntity("bold", 0, 2)

    ref = await chat.post(TelegramBody("🐈 one", (bold,)), controls=STOP, key="k")
    await chat.edit(ref, TelegramBody("🐈 two", (bold,)), controls=())
    shown = server.messages(ANN)
    await chat.delete(ref)

    assert [message.texts for message in shown] == [["🐈 one", "🐈 two"]]
    assert shown[0].versions[0].buttons == (Button("Stop", "stop:17"),)
    assert shown[0].buttons == ()
    assert shown[0].covered("bold") == ["🐈"]
    assert server.messages(ANN) == []
    assert server.violations == []


async def test_no_write_ever_makes_the_platform_fetch_an_address(
    server: TelegramServer, telegram: Telegram
) -> None:
    chat = surface(telegram, ANN)

    ref = await chat.post(TelegramBody("https://example.org/?secret"), controls=(), key="k")
    await chat.edit(ref, TelegramBody("https://example.org/?secrets"), controls=STOP)

    assert [call.params["link_preview_options"] for call in server.calls] == [{"is_disabled": True}] * 2
    assert all("parse_mode" not in call.params for call in server.calls)


@pytest.mark.parametrize(("chat", "is_rich"), [(ANN, True), (GROUP, False)])
async def test_a_rich_page_is_text_where_a_name_in_it_would_notify_somebody(
    server: TelegramServer, chat: int, is_rich: bool
) -> None:
    adapter = Telegram(token=TOKEN, api_base=server.url, rich=True)
    written = surface(adapter, chat)

    ref = await written.post(written.dialect.render("# For @alice"), controls=(), key="k")
    await written.edit(ref, written.dialect.render("| who |\n|---|\n| @alice |"), controls=())
    await adapter.close()

    (message,) = server.messages(chat)
    assert [bool(version.rich) for version in message.versions] == [is_rich, is_rich]
    assert not re.search(r"(?<!\w)@alice", message.versions[0].text)


async def test_an_edit_that_changes_nothing_is_a_success(server: TelegramServer, telegram: Telegram) -> None:
    chat = surface(telegram, ANN)
    ref = await chat.post(TelegramBody("same"), controls=STOP, key="k")

    await chat.edit(ref, TelegramBody("same"), controls=STOP)

    assert server.calls[-1].status == 400
    assert server.messages(ANN)[0].texts == ["same"]


async def test_half_a_character_is_sent_as_a_replacement(server: TelegramServer, telegram: Telegram) -> None:
    bold = MessageEntity("bold", 6, 3)

    await surface(telegram, ANN).post(TelegramBody("half \ud83d end", (bold,)), controls=(), key="k")

    assert server.messages(ANN)[0].text == "half \ufffd end"
    assert server.messages(ANN)[0].covered("bold") == [" en"]


async def test_what_the_dialect_draws_is_accepted_as_it_is(
    server: TelegramServer, telegram: Telegram
) -> None:
    chat = surface(telegram, ANN)
    markdown = (
        "# Cats 🐈\n\nSome **bold *and italic* text**, `code`, ~~gone~~, a [link](https://example.org/a_b?c=d) and "
        "[another](https://example.org).\n\n> quote with `code`\n> > deeper\n\n```python\nprint('**')\n```\n\n"
        "| a | b |\n|---|---|\n| 1 | 🐈 |\n\n1. one\n   - two\n\n$x^2$ @everyone /start https://example.org\n"
    )

    ref = await chat.post(chat.dialect.render(markdown), controls=STOP, key="k")
    await chat.edit(ref, chat.dialect.plain(markdown), controls=())

    assert server.messages(ANN)[0].versions[0].entities
    assert server.violations == []


async def test_groups_are_answered_with_a_reply_and_private_chats_without(
    server: TelegramServer, telegram: Telegram
) -> None:
    question = server.say(GROUP, "@QwenTestBot hi", user_id=ANN)

    await surface(telegram, GROUP, route=str(question)).post(TelegramBody("yes"), controls=(), key="k")
    server.delete(GROUP, question)
    await surface(telegram, GROUP, route=str(question)).post(TelegramBody("still"), controls=(), key="k")
    await surface(telegram, ANN).post(TelegramBody("hello"), controls=(), key="k")

    assert [shown.reply_to for shown in server.messages(GROUP)] == [question, None]
    assert server.messages(ANN)[0].reply_to is None


@pytest.mark.parametrize("gone", ["deleted", "closed"])
async def test_a_topic_that_is_gone_is_left_once_and_for_all(
    server: TelegramServer, telegram: Telegram, gone: str
) -> None:
    server.chat(FORUM, forum=True, topics={5})
    question = server.say(FORUM, "@QwenTestBot hi", thread=5)
    chat = surface(telegram, FORUM, "5", str(question))
    await chat.post(TelegramBody("inside"), controls=(), key="k")
    server.chat(FORUM, **({"topics": set()} if gone == "deleted" else {"closed_topics": {5}}))

    await chat.post(TelegramBody("outside"), controls=(), key="k")
    await surface(telegram, FORUM, "5", str(question)).post(TelegramBody("again"), controls=(), key="k")
    await chat.typing()

    shown = [(message.text, message.thread, message.reply_to) for message in server.messages(FORUM)]
    assert shown == [("inside", 5, question), ("outside", None, None), ("again", None, None)]
    assert [call.status for call in server.calls] == [200, 400, 200, 200, 200]


async def test_topics_of_a_private_chat_are_kept(server: TelegramServer, telegram: Telegram) -> None:
    server.say(ANN, "in a topic", thread=17)

    chat = surface(telegram, ANN, "17")
    await chat.typing()
    await chat.post(TelegramBody("here"), controls=(), key="k")

    assert server.messages(ANN, thread=17)[0].text == "here"
    assert [(action, thread) for _, action, thread in server.chat(ANN).actions] == [("typing", 17)]


async def test_a_message_in_line_is_marked_with_eyes(server: TelegramServer, telegram: Telegram) -> None:
    question = server.say(ANN, "?")
    ref = MessageRef(f"{ANN}:{question}")
    chat = surface(telegram, ANN)

    await chat.mark(ref)
    marked = server.everything(ANN)[0].reaction
    await chat.unmark(ref)

    assert (marked, server.everything(ANN)[0].reaction) == ("👀", "")


@pytest.mark.parametrize(("chat", "every"), [(ANN, 1.1), (GROUP, 3.1), (FORUM, 3.1)])
def test_sends_and_edits_share_the_limits_of_chat_and_account(chat: int, every: float) -> None:
    pace = surface(Telegram(token=TOKEN, api_base="http://127.0.0.1:9"), chat).pace

    limits = pace.limits(WriteKind.EDIT)

    assert limits == pace.limits(WriteKind.POST)
    assert limits[0] == Limit(f"chat:{chat}", every)
    assert (limits[1].scope, limits[1].burst) == ("account", 1)
    assert limits[1].every >= 1 / 30


# ---------------------------------------------------------------- what the platform says no to

UPGRADED = Answer(
    400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": FORUM}
)
BUSY = Answer(429, "Too Many Requests: retry after 7")
NO_SECONDS = Answer(429, "Too Many Requests: retry after 0", {"retry_after": 0})


def page(status: int) -> Raw:
    """What a proxy or a gateway on the way says."""
    return Raw(status, f"<html><h1>{status}</h1></html>", "text/html")


SENDS: list[tuple[Fault, PlatformError]] = [
    (too_many(35), RateLimited(35, "chat:7")),
    (BUSY, RateLimited(7, "chat:7")),
    (NO_SECONDS, RateLimited(1, "chat:7")),
    (page(429), RateLimited(10, "chat:7")),
    *((page(status), Unreachable()) for status in (400, 401, 403, 404)),
    (BAD_GATEWAY, Unavailable()),
    (GARBAGE, Unavailable()),
    (Raw(200, "{}", "application/json"), Unavailable()),
    (Raw(200, '{"ok":true,"result":{"message_id":"x"}}', "application/json"), Unavailable()),
    (RESTART, Unavailable()),
    (UNAUTHORIZED, Unavailable()),
    (Drop(), Unavailable()),
    (Lost(), Unavailable()),
    (BLOCKED, Closed()),
    (refuse("bot was kicked from the supergroup chat", 403), Closed()),
    (refuse("chat not found"), Closed()),
    (refuse("not enough rights to send text messages to the chat"), Closed()),
    (refuse("message is too long"), TooLong()),
    (refuse("MESSAGE_TOO_LONG"), TooLong()),
    (refuse("can't parse entities: Can't find end of the entity starting at byte offset 3"), Rejected()),
    (refuse("BUTTON_DATA_INVALID"), Rejected()),
    (UPGRADED, Moved(ChatKey("telegram", "123456", str(FORUM)))),
]


@pytest.mark.parametrize(
    ("fault", "error"), SENDS, ids=[f"{n} {fault!r}"[:60] for n, (fault, _) in enumerate(SENDS)]
)
async def test_every_refusal_says_what_to_do_and_never_shows_the_token(
    server: TelegramServer, telegram: Telegram, fault: Fault, error: PlatformError
) -> None:
    server.fail("sendMessage", fault)

    with pytest.raises(PlatformError) as caught:
        await surface(telegram, ANN).post(TelegramBody("x"), controls=(), key="k")

    assert type(caught.value) is type(error)
    assert vars(caught.value) == vars(error)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "CANARY" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.args)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refuse("message to edit not found"), Gone),
        (refuse("message can't be edited"), Gone),
        (refuse("MESSAGE_ID_INVALID"), Gone),
        (refuse("TOPIC_CLOSED"), Gone),
        (Lost(), Unavailable),
    ],
)
async def test_an_edit_that_cannot_be_says_why(
    server: TelegramServer, telegram: Telegram, fault: Fault, error: type[PlatformError]
) -> None:
    chat = surface(telegram, ANN)
    ref = await chat.post(TelegramBody("x"), controls=(), key="k")
    server.fail("editMessageText", fault)

    with pytest.raises(error):
        await chat.edit(ref, TelegramBody("y"), controls=())


async def test_an_edit_of_a_deleted_message_says_that_it_is_gone(
    server: TelegramServer, telegram: Telegram
) -> None:
    chat = surface(telegram, ANN)
    ref = await chat.post(TelegramBody("x"), controls=(), key="k")
    server.delete(ANN, server.messages(ANN)[0].message_id)

    with pytest.raises(Gone):
        await chat.edit(ref, TelegramBody("y"), controls=())
    with pytest.raises(Gone):
        await chat.delete(ref)


async def test_a_platform_that_cannot_be_reached_was_surely_not_written_to(
    server: TelegramServer, telegram: Telegram
) -> None:
    await server.stop()

    with pytest.raises(Unreachable):
        await surface(telegram, ANN).post(TelegramBody("x"), controls=(), key="k")


async def test_no_refusal_is_answered_with_a_second_try(server: TelegramServer, telegram: Telegram) -> None:
    server.fail("sendMessage", BAD_GATEWAY, times=5)

    with pytest.raises(Unavailable):
        await surface(telegram, ANN).post(TelegramBody("x"), controls=(), key="k")

    assert len(server.calls) == 1


async def test_a_body_of_another_dialect_is_a_mistake_of_the_program(telegram: Telegram) -> None:
    with pytest.raises(TypeError):
        await surface(telegram, ANN).post("text", controls=(), key="k")


async def test_two_hundred_chats_write_at_once(server: TelegramServer, telegram: Telegram) -> None:
    for chat in range(1, 201):
        server.chat(chat)

    async with asyncio.TaskGroup() as tasks:
        for chat in range(1, 201):
            tasks.create_task(surface(telegram, chat).post(TelegramBody(str(chat)), controls=(), key="k"))

    assert [server.messages(chat)[0].text for chat in range(1, 201)] == [str(chat) for chat in range(1, 201)]
