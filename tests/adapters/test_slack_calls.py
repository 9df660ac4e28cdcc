"""Whatever Slack, a proxy or the network does, one error comes out, named by what to do."""

from __future__ import annotations

from contextlib import suppress

import pytest

from adapters.slack.calls import Calls, TokenRefused, door, proxy_for
from bot.errors import (
    Closed,
    Gone,
    PlatformError,
    RateLimited,
    Rejected,
    TooLong,
    Unavailable,
    Unreachable,
)
from bot.model import Secret
from tests.servers.slack import (
    BOT_TOKEN,
    Dropped,
    Failing,
    Fault,
    Limited,
    Lost,
    Page,
    Refused,
    SlackServer,
)

FAULTS: list[tuple[Fault, type[PlatformError]]] = [
    (Failing(500), Unavailable),
    (Failing(503), Unavailable),
    (Page(200), Unavailable),
    (Page(502), Unavailable),
    (Lost(), Unavailable),
    (Dropped(), Unavailable),
    (Refused("internal_error"), Unavailable),
    (Refused("fatal_error"), Unavailable),
    (Refused("message_not_found"), Gone),
    (Refused("cant_update_message"), Gone),
    (Refused("edit_window_closed"), Gone),
    (Refused("msg_too_long"), TooLong),
    (Refused("msg_blocks_too_long"), TooLong),
    (Refused("msg_blocks_too_many"), TooLong),
    (Refused("invalid_blocks"), Rejected),
    (Refused("no_text"), Rejected),
    (Refused("a_word_of_tomorrow"), Rejected),
    (Refused("channel_not_found"), Closed),
    (Refused("not_in_channel"), Closed),
    (Refused("is_archived"), Closed),
    (Refused("restricted_action"), Closed),
    (Refused("restricted_action_thread_only_channel"), Closed),
    (Refused("org_login_required"), Unavailable),
    (Page(200, b'"ok"', "application/json"), Unavailable),
    (Page(200, b'{"ok": true, "ts": "\xe9"}', "application/json"), Unavailable),
    (Refused("token_revoked"), TokenRefused),
    (Refused("account_inactive"), TokenRefused),
    (Refused("missing_scope"), Closed),
    (Refused("thread_not_found"), Closed),
]


async def outcome(slack: SlackServer) -> PlatformError | None:
    calls = Calls(Secret(BOT_TOKEN), slack.api_base)
    try:
        with door("edits"):
            await calls.web.chat_update(channel="C1", ts="1.000001", text="x")
    except PlatformError as error:
        return error
    finally:
        await calls.close()
    return None


@pytest.mark.parametrize(("fault", "kind"), FAULTS, ids=str)
async def test_each_failure_becomes_what_to_do_about_it(fault: Fault, kind: type[PlatformError]) -> None:
    async with SlackServer() as slack:
        slack.fail("chat.update", fault)

        error = await outcome(slack)

        assert type(error) is kind
        assert BOT_TOKEN not in repr(error)
        assert slack.count("chat.update") == 1


async def test_a_request_for_silence_keeps_its_length_and_its_scope() -> None:
    async with SlackServer() as slack:
        slack.fail("chat.update", Limited(7))

        error = await outcome(slack)

        assert isinstance(error, RateLimited)
        assert (error.retry_after, error.scope) == (7.0, "edits")


@pytest.mark.parametrize("word", ["ratelimited", "rate_limited"])
async def test_a_request_for_silence_without_a_length_gets_one(word: str) -> None:
    async with SlackServer() as slack:
        slack.fail("chat.update", Refused(word))

        error = await outcome(slack)

        assert isinstance(error, RateLimited)
        assert error.retry_after == 10.0


async def test_a_silence_one_part_was_asked_for_is_kept_by_all_that_ask_the_same() -> None:
    async with SlackServer() as slack:
        slack.fail("users.info", Limited(60))
        calls = Calls(Secret(BOT_TOKEN), slack.api_base)
        with pytest.raises(RateLimited), calls.asking("users.info"):
            await calls.web.users_info(user="U1")
        with pytest.raises(RateLimited) as caught, calls.asking("users.info"):
            await calls.web.users_info(user="U2")
        with calls.asking("auth.test"):
            await calls.web.auth_test()
        await calls.close()

        assert slack.count("users.info") == 1
        assert caught.value.scope == "users.info"
        assert 0 < caught.value.retry_after <= 60


async def test_of_two_silences_asked_of_calls_under_way_at_once_the_longer_one_is_kept() -> None:
    calls = Calls(Secret(BOT_TOKEN), "http://127.0.0.1:9/api/")
    with suppress(RateLimited), calls.asking("users.info"):
        with suppress(RateLimited), calls.asking("users.info"):
            raise RateLimited(60, "users.info")
        raise RateLimited(1, "users.info")

    with pytest.raises(RateLimited) as caught, calls.asking("users.info"):
        pass

    assert caught.value.retry_after > 1


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://slack.com/api/", True),
        ("https://acme.slack.com/api/", True),
        ("https://slack-gov.com/api/", True),
        ("https://notslack.com/api/", False),
        ("https://slack.com.example/api/", False),
        ("http://127.0.0.1:9/api/", False),
    ],
)
def test_slack_itself_is_known_by_its_address(base: str, *, expected: bool) -> None:
    assert Calls(Secret(BOT_TOKEN), base).reaches_slack == expected


async def test_a_429_that_is_a_page_is_a_request_for_silence() -> None:
    async with SlackServer() as slack:
        slack.fail("chat.update", Page(429))

        assert isinstance(await outcome(slack), RateLimited)


async def test_without_a_connection_nothing_happened() -> None:
    async with SlackServer() as slack:
        pass

    assert type(await outcome(slack)) is Unreachable


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://slack.com/api/", "http://proxy.test:1"),
        ("wss://wss-primary.slack.com/link/?ticket=1", "http://proxy.test:1"),
        ("http://127.0.0.1:80/api/", None),
        ("https://chat.inside.test/api/", None),
    ],
)
def test_the_environments_proxy_is_used_and_its_exceptions_are_respected(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.test:1")
    monkeypatch.setenv("http_proxy", "http://proxy.test:2")
    monkeypatch.setenv("no_proxy", "127.0.0.1,.inside.test")

    assert proxy_for(url) == proxy
