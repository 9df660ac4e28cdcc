"""Wrong tokens are told with their remedy, and the manifest asks for what the code uses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.slack import build
from adapters.slack.adapter import EVENTS, SCOPES, Slack
from bot.errors import Misconfigured, Unreachable
from bot.model import Secret
from tests.adapters.slack_bench import adapter_of
from tests.fakes_inbox import FakeInbox
from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    Dropped,
    Failing,
    Fault,
    Limited,
    Refused,
    SlackServer,
)
from tests.servers.slack_world import HISTORY, READ
from tests.servers.slack_world import SCOPES as METHODS

MANIFEST = Path(__file__).parents[2] / "manifest.yaml"
SOURCES = Path(__file__).parents[2] / "adapters" / "slack"


async def problems(adapter: Slack) -> tuple[str, ...]:
    try:
        with pytest.raises(Misconfigured) as caught:
            await adapter.check()
    finally:
        await adapter.close()
    return caught.value.problems


async def test_good_tokens_pass() -> None:
    async with SlackServer() as slack:
        made = build(bot_token=Secret(BOT_TOKEN), app_token=Secret(APP_TOKEN), api_base=slack.api_base)

        await made.check()
        await made.close()

        assert made.name == "slack"


async def test_each_wrong_token_is_named_with_its_remedy() -> None:
    async with SlackServer() as slack:
        both = await problems(adapter_of(slack, bot_token="xoxb-no", app_token="xapp-no"))
        swapped = await problems(adapter_of(slack, bot_token=APP_TOKEN, app_token=BOT_TOKEN))

        for bot, app in (both, swapped):
            assert bot.startswith("SLACK_BOT_TOKEN")
            assert "xoxb-" in bot
            assert app.startswith("SLACK_APP_TOKEN")
            assert "connections:write" in app
        assert "xoxb-no" not in str(both)
        assert "xapp-no" not in str(both)


async def test_a_persons_token_is_not_a_bots() -> None:
    async with SlackServer(bot_token="xoxp-a-person") as slack:
        slack.world.bot = False

        [problem] = await problems(adapter_of(slack, bot_token="xoxp-a-person"))

        assert "SLACK_BOT_TOKEN" in problem


async def test_a_server_that_does_not_name_the_bot_is_good_enough_for_a_bots_token() -> None:
    async with SlackServer() as slack:
        slack.world.bot = False
        made = adapter_of(slack)

        await made.check()
        await made.close()

        assert slack.count("auth.test") == 1


async def test_missing_scopes_are_named() -> None:
    async with SlackServer() as slack:
        slack.world.scopes -= {"chat:write", "im:history"}

        [problem] = await problems(adapter_of(slack))

        assert "chat:write, im:history" in problem
        assert "manifest.yaml" in problem


async def test_scopes_the_bot_can_do_without_do_not_stop_it(caplog: pytest.LogCaptureFixture) -> None:
    async with SlackServer() as slack:
        slack.world.scopes -= {"users:read"}
        made = adapter_of(slack)

        await made.check()
        await made.close()

        assert [vars(record)["scope"] for record in caplog.records] == ["users:read"]


FAULTS: list[Fault] = [Failing(500), Dropped(), Limited(1), Refused("internal_error")]


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_what_cannot_be_asked_now_is_not_a_mistake_of_the_operator(method: str, fault: Fault) -> None:
    async with SlackServer() as slack:
        slack.fail(method, fault)
        made = adapter_of(slack)

        with pytest.raises(Unreachable):
            await made.check()
        await made.close()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_silence_asked_of_the_check_is_kept_by_the_run(method: str) -> None:
    async with SlackServer() as slack:
        slack.fail(method, Limited(0.5))
        made = adapter_of(slack)
        with pytest.raises(Unreachable):
            await made.check()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(made.run(FakeInbox()))
            await slack.connected()
            running.cancel()
        await made.close()

        first, second, *_ = [call for call in slack.calls if call.method == method]
        assert second.at - first.at >= 0.45
        assert slack.violations == []


async def test_without_a_network_slack_is_unreachable() -> None:
    async with SlackServer() as slack:
        pass
    made = adapter_of(slack)

    with pytest.raises(Unreachable):
        await made.check()
    await made.close()


# ---------------------------------------------------------------- manifest


def manifest() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return content


def test_the_manifest_asks_for_the_scopes_of_what_the_code_calls() -> None:
    source = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    called = {scope for method, scope in METHODS.items() if f".{method.replace('.', '_')}(" in source}
    asked = set(manifest()["oauth_config"]["scopes"]["bot"])

    assert asked == set(SCOPES)
    assert called == asked - {*HISTORY.values(), *READ.values(), "app_mentions:read", "metadata.message:read"}
    assert "conversations_history(" in source
    assert "conversations_info(" in source
    assert {*HISTORY.values(), *READ.values()} - {"im:read"} < asked


def test_the_manifest_subscribes_to_the_events_the_code_reads() -> None:
    settings = manifest()["settings"]

    assert tuple(settings["event_subscriptions"]["bot_events"]) == EVENTS
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]


def test_direct_messages_are_open_and_stay_one_conversation() -> None:
    features = manifest()["features"]

    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert not {"agent_view", "assistant_view", "slash_commands"} & features.keys()
