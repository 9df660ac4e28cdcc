"""Servers that speak the platforms' language and know less of it: what they lack costs a nicety and nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Update, User

from adapters.slack import calls
from adapters.telegram import Telegram, governors
from adapters.telegram.completing import completed
from adapters.telegram.dialect import TelegramBody
from adapters.telegram.events import read, ref
from adapters.telegram.listen import REST
from adapters.telegram.request import verdict
from bot.errors import PlatformError, RateLimited, Rejected, Unavailable, Unreachable, Unsupported
from bot.model import ChatKey, Edited, Pressed, Said, Secret, Standing
from tests.adapters.slack_bench import QUICK, adapter_of, listening
from tests.fakes_inbox import FakeInbox
from tests.servers.slack import BOT_USER, Bare, Failing, Page, Refused, SlackServer
from tests.servers.telegram import Raw, TelegramServer, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.telegram.surface import TelegramSurface
    from bot.model import Event
    from tests.servers.slack import Fault

TOKEN = Secret("123456:CANARY-token_of-the-bot")
ANN, GROUP = 7, -1001900000002
UNKNOWN = refuse("Not Found: method not found", 404)
BARE = Raw(200, '{"ok":true,"result":true}', "application/json")


def says(status: int, **body: object) -> Raw:
    return Raw(status, json.dumps(body), "application/json")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN) as running:
        running.chat(ANN)
        yield running


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[Telegram]:
    adapter = Telegram(token=TOKEN, api_base=server.url, hold=5)
    yield adapter
    await adapter.close()


def chat(number: int) -> ChatKey:
    return ChatKey("telegram", "123456", str(number))


@pytest.fixture
def surface(telegram: Telegram) -> TelegramSurface:
    return telegram.surface(chat(ANN), "")


# ---------------------------------------------------------------- Telegram


async def test_signs_that_a_server_does_not_know_are_no_news_for_the_log(
    server: TelegramServer, surface: TelegramSurface, caplog: pytest.LogCaptureFixture
) -> None:
    ref = await surface.post(TelegramBody("one"), controls=(), key="k")
    for method in ("sendChatAction", "setMessageReaction", "deleteMessage"):
        server.fail(method, UNKNOWN)

    for sign in (surface.typing(), surface.mark(ref), surface.delete(ref)):
        with pytest.raises(Unsupported):
            await sign

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_where_no_administrators_are_known_everybody_governs(
    server: TelegramServer, telegram: Telegram
) -> None:
    server.fail("getChatAdministrators", UNKNOWN)

    assert await telegram.governs(chat(GROUP), str(ANN))
    assert await telegram.governs(chat(GROUP), str(ANN + 1))
    assert len(server.calls) == 1


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, {"message": "no route matched"}], ids=str)
async def test_a_gateway_that_knows_no_such_address_lets_nobody_govern(
    body: dict[str, str], server: TelegramServer, telegram: Telegram
) -> None:
    server.fail("getChatAdministrators", says(404, **body))

    with pytest.raises(Unreachable):
        await telegram.governs(chat(GROUP), str(ANN))


async def test_where_the_platform_itself_denies_a_method_nobody_governs(
    server: TelegramServer, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(governors, "PUBLIC", "127.0.0.1")
    server.fail("getChatAdministrators", UNKNOWN)

    with pytest.raises(Unsupported):
        await telegram.governs(chat(GROUP), str(ANN))


@pytest.mark.parametrize(("fault", "error"), [(UNKNOWN, Rejected), (BARE, Unavailable)], ids=["404", "ok"])
async def test_a_server_that_takes_no_files_says_so_in_an_error_of_ours(
    server: TelegramServer, surface: TelegramSurface, fault: Raw, error: type[PlatformError]
) -> None:
    server.fail("sendDocument", fault)

    with pytest.raises(error):
        await surface.send_file("a.md", b"a", caption="", key="k")


async def test_a_server_that_seems_to_take_no_messages_is_asked_again(
    server: TelegramServer, surface: TelegramSurface
) -> None:
    server.fail("sendMessage", UNKNOWN)

    with pytest.raises(Unreachable):
        await surface.post(TelegramBody("one"), controls=(), key="k")


async def test_a_rich_message_that_nobody_made_is_sent_as_text(server: TelegramServer) -> None:
    adapter = Telegram(token=TOKEN, api_base=server.url, rich=True)
    surface = adapter.surface(chat(ANN), "")
    server.fail("sendRichMessage", BARE)

    await surface.post(surface.dialect.render("# One\n\ntwo"), controls=(), key="k")
    await adapter.close()

    assert [call.method for call in server.calls] == ["sendRichMessage", "sendMessage"]


async def test_a_poll_that_is_not_held_is_not_repeated_without_a_pause(
    server: TelegramServer, telegram: Telegram
) -> None:
    inbox, polls = FakeInbox(), 4
    server.fail("getUpdates", says(200, ok=True, result=[]), times=polls)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(telegram.run(inbox))
        await server.until(lambda: len(server.calls_to("getUpdates")) > polls)
        took = loop.time() - began
        server.say(ANN, "hello")
        await inbox.wait(1)
        running.cancel()

    assert took >= polls * REST * 0.9


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (200, b'{"ok":true,"result":[]}', 200),
        (200, b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3"}', 429),
        (200, b'{"error_code": 403, "ok": false}', 403),
        (200, b'{"ok":false,"description":"Bad Request: chat not found"}', 400),
        (200, b'{"ok":false,"error_code":7}', 200),
        (200, b'{"ok":true,"result":{"is_bot":false,"error_code":500}}', 200),
        (200, b"<p>false</p>", 200),
        (200, b"[false]", 200),
        (502, b'{"ok":false,"error_code":400}', 502),
    ],
)
def test_a_failure_is_known_by_what_its_body_says(status: int, body: bytes, meant: int) -> None:
    assert verdict(status, body) == meant


async def test_a_refusal_within_a_success_is_kept_like_any_other(
    server: TelegramServer, surface: TelegramSurface
) -> None:
    limit = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 3"}
    server.fail("sendMessage", says(200, **limit, parameters={"retry_after": 3}))

    with pytest.raises(RateLimited) as refused:
        await surface.post(TelegramBody("one"), controls=(), key="k")

    assert refused.value.retry_after == 3
    unchanged = {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: same"}
    ref = await surface.post(TelegramBody("one"), controls=(), key="k")
    server.fail("editMessageText", says(200, **unchanged))
    await surface.edit(ref, TelegramBody("two"), controls=())


async def test_of_a_message_that_was_made_its_id_is_enough(
    server: TelegramServer, surface: TelegramSurface
) -> None:
    server.fail("sendMessage", says(200, ok=True, result={"message_id": 5}))
    server.fail("sendDocument", says(200, ok=True, result={"message_id": 6, "chat": {"id": ANN}}))
    server.fail("editMessageText", says(200, ok=True, result={"message_id": 5, "date": None}))

    posted = await surface.post(TelegramBody("one"), controls=(), key="k")
    sent = await surface.send_file("a.md", b"a", caption="", key="k")
    await surface.edit(posted, TelegramBody("two"), controls=())

    assert (posted, sent) == (ref(ANN, 5), ref(ANN, 6))


@pytest.mark.parametrize(
    ("content", "chat", "kind"),
    [
        ({"message": {"message_id": 5, "chat": {"id": ANN}, "text": "hello"}}, ANN, Said),
        (
            {"message": {"message_id": 5, "date": 1, "chat": {"id": ANN, "type": "private"}, "text": "a"}},
            ANN,
            Said,
        ),
        ({"message": {"message_id": 5, "from": {"id": ANN}, "chat": {"id": ANN}, "text": "a"}}, ANN, Said),
        (
            {"message": {"message_id": 5, "from": {"id": ANN}, "chat": {"id": GROUP}, "text": "/help"}},
            GROUP,
            Said,
        ),
        ({"edited_message": {"message_id": 5, "chat": {"id": ANN}, "text": "hello"}}, ANN, Edited),
        (
            {
                "callback_query": {
                    "id": "9",
                    "from": {"id": ANN},
                    "data": "stop:17",
                    "message": {"message_id": 5, "chat": {"id": GROUP}},
                }
            },
            GROUP,
            Pressed,
        ),
    ],
    ids=str,
)
def test_an_update_says_who_did_what_where_with_no_more_than_that(
    content: dict[str, Any], chat: int, kind: type[Event]
) -> None:
    me = User(id=123456, first_name="Bot", is_bot=True, username="thebot")

    event = read(Update.de_json(completed({"update_id": 1, **content}, 1_795_000_000), None), me)

    assert isinstance(event, kind)
    assert event.person.id == str(ANN)
    assert event.chat.chat == str(chat)


@pytest.mark.parametrize(
    "update", [None, [], {"message": None}, {"callback_query": 5}, {"message": {"chat": 1}}]
)
def test_what_is_no_update_stays_none(update: object) -> None:
    assert completed(update, 1) in (update, {"message": {"chat": 1, "date": 1}})


@pytest.mark.parametrize("number", [GROUP, str(GROUP), -5, None, "", "@somewhere"], ids=repr)
def test_only_who_has_the_id_of_a_person_is_taken_to_be_alone_with_the_bot(number: object) -> None:
    found = completed({"message": {"message_id": 5, "chat": {"id": number}, "text": "a"}}, 1)["message"]

    assert found["chat"]["type"] != "private"
    assert "from" not in found


def test_nobody_is_made_up_for_a_message_in_a_group_or_one_that_is_replied_to() -> None:
    replied = {"message_id": 4, "chat": {"id": ANN}, "text": "before"}
    private = {"message_id": 5, "chat": {"id": ANN}, "text": "a", "reply_to_message": replied}
    group = {"message_id": 5, "chat": {"id": GROUP}, "text": "a"}

    assert "from" not in completed({"message": private}, 1)["message"]["reply_to_message"]
    assert "from" not in completed({"message": group}, 1)["message"]


# ---------------------------------------------------------------- Slack

HISTORY = "conversations.history"
LOOKED = ("looked for what was missed", "what was missed cannot be asked for yet")


async def heard(slack: SlackServer) -> FakeInbox:
    """Return what a bot has stored to which two people wrote, and which is gone since."""
    async with listening(slack) as bench:
        for user in ("U1", "U2"):
            slack.dm(user, "hello")
        await bench.inbox.wait(2)
        await slack.settled()
    slack.hold_back()
    return bench.inbox


async def told(caplog: pytest.LogCaptureFixture, *lines: str) -> None:
    """Wait until the log has one of these lines."""
    async with asyncio.timeout(30):
        while not any(line in caplog.text for line in lines):  # noqa: ASYNC110 - a log has no events
            await asyncio.sleep(0.01)


async def test_a_history_that_nobody_keeps_is_asked_for_once(caplog: pytest.LogCaptureFixture) -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack)
        slack.fail(HISTORY, Refused("unknown_method"), times=9)

        async with listening(slack, inbox=inbox):
            await told(caplog, "Slack does not say what was missed")
            await slack.connected(2)
            slack.hand_over()
            slack.dm("U1", "still here")
            await inbox.wait(3)

        assert slack.count(HISTORY) == 1
        assert caplog.text.count("Slack does not say what was missed") == 1


@pytest.mark.parametrize("fault", [Failing(500), Page(404), Bare()], ids=str)
async def test_nobody_waits_for_a_history_that_cannot_be_had(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with SlackServer() as slack:
        inbox = await heard(slack)
        caplog.clear()
        slack.fail(HISTORY, fault, times=9)

        async with listening(slack, inbox=inbox):
            await told(caplog, *LOOKED)
            await slack.connected(2)
            slack.hand_over()
            slack.dm("U1", "still here")
            said = (await inbox.wait(3))[-1]

        assert isinstance(said, Said)
        assert said.quiet == 0


async def test_where_slack_knows_neither_people_nor_channels_everybody_governs() -> None:
    async with SlackServer() as slack:
        adapter = adapter_of(slack, timing=QUICK)
        await adapter.check()
        slack.fail("users.info", Refused("unknown_method"))

        assert await adapter.governs(ChatKey("slack", slack.team, "C1", ""), "U1")
        await adapter.close()


async def test_where_slack_itself_denies_a_method_nobody_governs(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SlackServer() as slack:
        adapter = adapter_of(slack, timing=QUICK)
        await adapter.check()
        monkeypatch.setattr(calls, "OWN", ("127.0.0.1",))
        slack.fail("users.info", Refused("unknown_method"))

        with pytest.raises(Unsupported):
            await adapter.governs(ChatKey("slack", slack.team, "C1", ""), "U1")
        await adapter.close()


async def test_slack_itself_is_asked_until_it_names_the_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "OWN", ("127.0.0.1",))
    async with SlackServer() as slack:
        slack.fail("auth.test", Bare({"user_id": BOT_USER}), times=2)
        async with listening(slack) as bench:
            await slack.connected()
            slack.dm("U1", "hello")
            said = (await bench.inbox.wait(1))[0]

        assert slack.count("auth.test") == 3
    assert said.chat.account == slack.team


async def test_an_address_that_is_not_there_carried_nothing_out() -> None:
    async with SlackServer() as slack:
        adapter = adapter_of(slack)
        surface = adapter.surface(ChatKey("slack", slack.team, slack.dm_of("U1"), ""), "")
        slack.fail("chat.postMessage", Page(404))

        with pytest.raises(Unreachable):
            await surface.post(surface.dialect.plain("one"), controls=(), key="k")
        await adapter.close()


@pytest.mark.parametrize("told", [{}, {"user_id": BOT_USER}], ids=["nothing", "the bot"])
async def test_a_server_that_names_no_workspace_has_but_one(told: dict[str, str]) -> None:
    async with SlackServer() as slack:
        slack.fail("auth.test", Bare(told), times=9)
        async with listening(slack) as bench:
            await slack.connected()
            slack.dm("U1", "hello")
            said = (await bench.inbox.wait(1))[0]

    assert isinstance(said, Said)
    assert said.person.standing is Standing.MEMBER
