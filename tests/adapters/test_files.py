"""Files sent into chats: where they go, what is said under them, and what the core is told when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.telegram import Telegram
from bot.errors import Closed, PlatformError, RateLimited, Rejected, TooLong, Unavailable, Unreachable
from bot.model import ChatKey, Secret
from bot.ports import Files
from tests.adapters.slack_bench import adapter_of
from tests.servers.slack import Dropped, Failing, Limited, Lost, Refused, SlackServer
from tests.servers.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    Raw,
    TelegramServer,
    refuse,
    too_many,
)
from tests.servers.telegram import Lost as Cut

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.slack.adapter import Slack
    from adapters.slack.surface import SlackSurface
    from adapters.telegram.surface import TelegramSurface
    from tests.servers.slack import Fault as SlackFault
    from tests.servers.telegram_wire import Fault

TOKEN = Secret("123456:CANARY-token_of-the-bot")
ANN, GROUP, FORUM = 7, -42, -1001900000002


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN) as running:
        running.chat(ANN)
        yield running


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[Telegram]:
    adapter = Telegram(token=TOKEN, api_base=server.url)
    yield adapter
    await adapter.close()


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        yield running


@pytest.fixture
async def workspace(slack: SlackServer) -> AsyncIterator[Slack]:
    adapter = adapter_of(slack)
    yield adapter
    await adapter.close()


def chat(telegram: Telegram, number: int, thread: str = "", route: str = "") -> TelegramSurface:
    return telegram.surface(ChatKey("telegram", "123456", str(number), thread), route)


def thread_of(slack: SlackServer, workspace: Slack) -> SlackSurface:
    ts = slack.mention("C1", "U1", "export")
    return workspace.surface(ChatKey("slack", slack.team, "C1", ts), ts)


# ---------------------------------------------------------------- Telegram


async def test_a_document_goes_into_the_topic_under_the_question(
    server: TelegramServer, telegram: Telegram
) -> None:
    server.chat(FORUM, forum=True, topics={5})
    question = server.say(FORUM, "/export", thread=5)

    await chat(telegram, FORUM, "5", str(question)).send_file(
        "a.md", b"# A", caption="Here, @all_of_you.", key="k"
    )

    [shown] = server.messages(FORUM, thread=5)
    assert (shown.reply_to, shown.text) == (question, "Here, ＠all_of_you.")
    assert shown.file is not None
    assert (shown.file.name, shown.file.content) == ("a.md", b"# A")
    assert server.violations == []


async def test_a_caption_is_formatted_and_cut_to_what_finds_room(
    server: TelegramServer, telegram: Telegram
) -> None:
    surface = chat(telegram, ANN)

    await surface.send_file("a.md", b"a", caption="**bold** words", key="k")
    await surface.send_file("b.md", b"b", caption="**bold** " + "🐈" * 600 + " **lost**", key="k")

    first, second = server.messages(ANN)
    assert (first.text, first.covered("bold")) == ("bold words", ["bold"])
    assert (second.text, second.covered("bold")) == ("bold " + "🐈" * 509 + "…", ["bold"])
    assert server.violations == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (too_many(35), RateLimited),
        (BLOCKED, Closed),
        (refuse("not enough rights to send documents to the chat"), Rejected),
        (refuse("CHAT_SEND_DOCS_FORBIDDEN"), Rejected),
        (refuse("not enough rights to send text messages to the chat"), Closed),
        (refuse("file is too big"), TooLong),
        (Raw(413, "<html>Request Entity Too Large</html>"), TooLong),
        (BAD_GATEWAY, Unavailable),
        (Cut(), Unavailable),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_telegram_s_refusal_of_a_file_says_what_to_do(
    server: TelegramServer, telegram: Telegram, fault: Fault, error: type[PlatformError]
) -> None:
    server.fail("sendDocument", fault)

    with pytest.raises(PlatformError) as caught:
        await chat(telegram, ANN).send_file("a.md", b"a", caption="", key="k")

    assert type(caught.value) is error
    assert caught.value.__context__ is None


async def test_a_group_that_takes_no_files_still_takes_messages(
    server: TelegramServer, telegram: Telegram
) -> None:
    server.chat(GROUP, no_files=True)
    surface = chat(telegram, GROUP)

    with pytest.raises(Rejected):
        await surface.send_file("a.md", b"a", caption="", key="k")
    await surface.post(surface.dialect.render("as text"), controls=(), key="k")

    assert [shown.text for shown in server.messages(GROUP)] == ["as text"]
    assert server.violations == []


async def test_telegram_is_not_asked_to_take_more_than_it_takes(
    server: TelegramServer, telegram: Telegram
) -> None:
    with pytest.raises(TooLong):
        await chat(telegram, ANN).send_file("a.bin", bytes(50_000_001), caption="", key="k")

    assert server.calls == []


# ---------------------------------------------------------------- Slack


async def test_a_file_goes_into_the_thread_and_pings_nobody(slack: SlackServer, workspace: Slack) -> None:
    surface = thread_of(slack, workspace)
    assert isinstance(surface, Files)

    await surface.send_file("a.md", b"# A", caption="For `you` <!channel>", key="k")

    [shown] = slack.replies("C1")
    assert shown.thread_ts == surface_thread(slack)
    assert [(file.name, file.title, file.content) for file in shown.files] == [("a.md", "a.md", b"# A")]
    assert shown.text == "For you &lt;!channel&gt;"
    assert slack.violations == []


async def test_a_file_that_was_shared_is_no_message_to_edit(slack: SlackServer, workspace: Slack) -> None:
    surface = thread_of(slack, workspace)
    ref = await surface.send_file("a.md", b"# A", caption="", key="k")

    for _ in range(2):
        await surface.delete(ref)

    assert slack.replies("C1") == []


STEPS = ("files.getUploadURLExternal", "files.completeUploadExternal")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refused("missing_scope", "files:write"), Rejected),
        (Refused("file_uploads_disabled"), Rejected),
        (Refused("not_in_channel"), Rejected),
        (Refused("restricted_action"), Rejected),
        (Limited(7.0), RateLimited),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_slack_s_refusal_of_a_file_says_what_to_do(
    slack: SlackServer, workspace: Slack, step: str, fault: SlackFault, error: type[PlatformError]
) -> None:
    surface = thread_of(slack, workspace)
    slack.fail(step, fault)

    with pytest.raises(PlatformError) as caught:
        await surface.send_file("a.md", b"a", caption="", key="k")

    assert type(caught.value) is error
    assert slack.replies("C1") == []


@pytest.mark.parametrize("fault", [Failing(503), Dropped()], ids=repr)
async def test_only_the_last_step_may_have_happened_without_an_answer(
    slack: SlackServer, workspace: Slack, fault: SlackFault
) -> None:
    surface = thread_of(slack, workspace)

    for step, error in zip(STEPS, (Unreachable, Unavailable), strict=True):
        slack.fail(step, fault)
        with pytest.raises(PlatformError) as caught:
            await surface.send_file("a.md", b"a", caption="", key="k")
        assert type(caught.value) is error

    assert slack.replies("C1") == []


async def test_a_file_whose_last_step_was_not_answered_may_be_there(
    slack: SlackServer, workspace: Slack
) -> None:
    surface = thread_of(slack, workspace)
    slack.fail("files.completeUploadExternal", Lost())

    with pytest.raises(Unavailable):
        await surface.send_file("a.md", b"a", caption="", key="k")

    assert len(slack.replies("C1")) == 1


@pytest.mark.parametrize(("status", "error"), [(503, Unreachable), (403, Unreachable), (413, TooLong)])
async def test_bytes_that_are_not_taken_leave_nothing_behind(
    slack: SlackServer, workspace: Slack, status: int, error: type[PlatformError]
) -> None:
    surface = thread_of(slack, workspace)
    slack.world.files.refusing = status

    with pytest.raises(error) as caught:
        await surface.send_file("a.md", b"a", caption="", key="k")

    assert type(caught.value) is error
    assert "upload/v1" not in str(caught.value) + str(caught.value.__context__)
    assert slack.count("files.completeUploadExternal") == 0


async def test_without_the_scope_a_file_is_rejected_and_a_message_is_not(
    slack: SlackServer, workspace: Slack
) -> None:
    slack.world.scopes.discard("files:write")
    surface = thread_of(slack, workspace)

    with pytest.raises(Rejected):
        await surface.send_file("a.md", b"a", caption="", key="k")
    await surface.post(surface.dialect.render("as text"), controls=(), key="k")

    assert [shown.shown for shown in slack.replies("C1")] == ["as text"]


def surface_thread(slack: SlackServer) -> str:
    return next(message.ts for message in slack.messages("C1") if not message.bot)
