"""Who governs a shared chat, as the platforms themselves see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.telegram import Telegram, governors
from bot.errors import Closed, PlatformError, RateLimited, Unavailable, Unreachable
from bot.model import ChatKey, Secret
from bot.ports import Ranks
from tests.adapters.slack_bench import adapter_of
from tests.servers.slack import Failing, Limited, Refused, SlackServer
from tests.servers.telegram import BAD_GATEWAY, BLOCKED, TelegramServer, too_many

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.slack.adapter import Slack
    from tests.servers.slack import Fault

TOKEN = Secret("123456:CANARY-token_of-the-bot")
ANN, BEN, EVE, GROUP = 7, 8, 9, -1001900000002


class Ticks:
    """A clock for what is remembered."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr("bot.clock.ticks", made)
    return made


# ---------------------------------------------------------------- Telegram


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN) as running:
        running.chat(GROUP, admins=frozenset({ANN, BEN}))
        yield running


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[Telegram]:
    adapter = Telegram(token=TOKEN, api_base=server.url)
    yield adapter
    await adapter.close()


def group(number: int = GROUP, thread: str = "") -> ChatKey:
    return ChatKey("telegram", "123456", str(number), thread)


async def test_owner_and_administrators_govern_a_group_and_others_do_not(telegram: Telegram) -> None:
    assert isinstance(telegram, Ranks)

    found = [await telegram.governs(group(), str(person)) for person in (ANN, BEN, EVE)]

    assert found == [True, True, False]


async def test_who_speaks_as_the_group_governs_it(telegram: Telegram) -> None:
    assert await telegram.governs(group(), governors.ANONYMOUS)


async def test_a_private_chat_is_governed_by_its_person_and_nobody_is_asked(
    server: TelegramServer, telegram: Telegram
) -> None:
    assert await telegram.governs(ChatKey("telegram", "123456", str(EVE)), str(EVE))
    assert server.calls == []


async def test_an_answer_holds_a_minute_for_all_topics_of_a_group(
    server: TelegramServer, telegram: Telegram, ticks: Ticks
) -> None:
    assert await telegram.governs(group(), str(ANN))
    server.chat(GROUP, admins=frozenset({BEN, EVE}))

    ticks.now += 59
    assert await telegram.governs(group(thread="5"), str(ANN))
    assert len(server.calls) == 1

    ticks.now += 2
    assert not await telegram.governs(group(), str(ANN))
    assert await telegram.governs(group(), str(EVE))
    assert len(server.calls) == 2


async def test_what_telegram_does_not_tell_is_an_error_and_not_remembered(
    server: TelegramServer, telegram: Telegram
) -> None:
    for fault, error in ((BLOCKED, Closed), (BAD_GATEWAY, Unavailable)):
        server.fail("getChatAdministrators", fault)
        with pytest.raises(error):
            await telegram.governs(group(), str(ANN))

    assert await telegram.governs(group(), str(ANN))
    server.fail("getChatAdministrators", too_many(3))
    with pytest.raises(RateLimited):
        await telegram.governs(group(-1), str(ANN))


# ---------------------------------------------------------------- Slack


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer() as running:
        running.add_user("UADMIN", admin=True)
        running.add_user("UOWNER", owner=True)
        running.add_user("UMADE")
        running.add_user("UANY")
        running.add_user("UAWAY", team="T0AWAY", admin=True)
        running.add_channel("C1", creator="UMADE")
        running.add_channel("G1", kind="mpim", creator="UMADE")
        yield running


@pytest.fixture
async def workspace(slack: SlackServer) -> AsyncIterator[Slack]:
    adapter = adapter_of(slack)
    await adapter.check()
    yield adapter
    await adapter.close()


def channel(slack: SlackServer, name: str = "C1", thread: str = "") -> ChatKey:
    return ChatKey("slack", slack.team, name, thread)


async def test_whoever_made_a_channel_or_administers_the_workspace_governs_it(
    slack: SlackServer, workspace: Slack
) -> None:
    assert isinstance(workspace, Ranks)
    people = ("UADMIN", "UOWNER", "UMADE", "UANY", "UAWAY")

    found = [await workspace.governs(channel(slack), person) for person in people]

    assert found == [True, True, True, False, False]


async def test_all_govern_a_group_message_and_each_their_direct_chat(
    slack: SlackServer, workspace: Slack
) -> None:
    asked = len(slack.calls)

    assert await workspace.governs(channel(slack, "DUANY"), "UANY")
    assert len(slack.calls) == asked
    assert await workspace.governs(channel(slack, "G1"), "UANY")


async def test_an_answer_holds_a_minute_for_all_threads_of_a_channel(
    slack: SlackServer, workspace: Slack, ticks: Ticks
) -> None:
    assert await workspace.governs(channel(slack), "UADMIN")
    slack.world.users["UADMIN"].admin = False

    ticks.now += 59
    assert await workspace.governs(channel(slack, thread="1795000000.000100"), "UADMIN")

    ticks.now += 2
    assert not await workspace.governs(channel(slack), "UADMIN")


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Limited(0.0), RateLimited), (Failing(503), Unavailable), (Refused("channel_not_found"), Closed)],
    ids=str,
)
@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
async def test_what_slack_does_not_tell_is_an_error_and_not_remembered(
    slack: SlackServer, workspace: Slack, method: str, fault: Fault, error: type[PlatformError]
) -> None:
    slack.fail(method, fault)

    with pytest.raises(error):
        await workspace.governs(channel(slack), "UMADE")
    assert await workspace.governs(channel(slack), "UMADE")


async def test_without_the_scope_only_the_workspace_s_administrators_govern(
    slack: SlackServer, workspace: Slack
) -> None:
    slack.world.scopes.discard("channels:read")

    assert await workspace.governs(channel(slack), "UADMIN")
    assert not await workspace.governs(channel(slack), "UMADE")


async def test_nobody_governs_before_slack_has_said_who_the_bot_is(slack: SlackServer) -> None:
    with pytest.raises(Unreachable):
        await adapter_of(slack).governs(channel(slack), "UADMIN")
