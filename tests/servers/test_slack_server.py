"""The loopback Slack keeps Slack's contract, seen through the real client libraries."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    BOT_USER,
    Dropped,
    Failing,
    Fault,
    Hanging,
    Limited,
    Lost,
    Page,
    Refused,
    SlackServer,
    Slow,
)
from tests.servers.slack_rules import Bucket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.socket_mode.request import SocketModeRequest

    from tests.servers.slack_values import JSON

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


@asynccontextmanager
async def client(slack: SlackServer, token: str = BOT_TOKEN) -> AsyncIterator[AsyncWebClient]:
    timeout = aiohttp.ClientTimeout(total=2)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield AsyncWebClient(token, base_url=slack.api_base, session=session, retry_handlers=[])


@asynccontextmanager
async def listener(
    slack: SlackServer, *, acks: bool = True, ping: float = 5
) -> AsyncIterator[list[SocketModeRequest]]:
    """Connect the SDK's Socket Mode client; the list grows with what it receives."""
    seen: list[SocketModeRequest] = []

    async def take(socket: Any, request: SocketModeRequest) -> None:
        seen.append(request)
        if acks:
            await socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    async with client(slack) as web:
        socket = SocketModeClient(app_token=APP_TOKEN, web_client=web, ping_interval=ping)
        socket.socket_mode_request_listeners.append(take)
        try:
            await socket.connect()  # type: ignore[no-untyped-call]
            await slack.connected()
            yield seen
        finally:
            await socket.close()  # type: ignore[no-untyped-call]


async def outcome(web: AsyncWebClient, ts: str, text: str) -> tuple[int, str]:
    """Return the HTTP status and Slack's error; the SDK keeps a body that is not JSON as a string."""
    try:
        response = await web.chat_update(channel="DU1", ts=ts, text=text)
    except SlackApiError as error:
        response = error.response
    return response.status_code, response.data.get("error", "") if isinstance(response.data, dict) else ""


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


# ---------------------------------------------------------------- Web API


async def test_a_post_and_its_update_are_what_people_see() -> None:
    async with SlackServer() as slack, client(slack) as web:
        root = slack.mention("C1", "U1", "hello")

        posted = await web.chat_postMessage(channel="C1", thread_ts=root, text="one", metadata=None, **QUIET)
        await web.chat_update(channel="C1", ts=posted["ts"], text="two &lt;3")

        [message] = slack.thread("C1", root)
        assert message.shown == "two <3"
        assert [version.text for version in message.versions] == ["one", "two &lt;3"]
        assert slack.violations == []


async def test_metadata_stays_and_blocks_give_way_to_new_text() -> None:
    button = {
        "type": "button",
        "action_id": "stop",
        "value": "7",
        "text": {"type": "plain_text", "text": "S"},
    }
    blocks: list[JSON] = [{"type": "markdown", "text": "**a**"}, {"type": "actions", "elements": [button]}]
    metadata = {"event_type": "page", "event_payload": {"key": "k"}}
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        posted = await web.chat_postMessage(
            channel="DU1", text="a", blocks=blocks, metadata=metadata, **QUIET
        )
        message = slack.message("DU1", posted["ts"])

        await web.chat_update(channel="DU1", ts=message.ts, text="b", blocks=blocks)
        assert [element["action_id"] for element in message.buttons] == ["stop"]
        assert message.shown == "**a**"
        await web.chat_update(channel="DU1", ts=message.ts, text="c")
        assert message.buttons == []
        assert message.shown == "c"

        history = await web.conversations_history(channel="DU1", include_all_metadata=True)
        assert history["messages"][0]["metadata"] == metadata
        assert "metadata" not in (await web.conversations_history(channel="DU1"))["messages"][0]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": "x" * 4_001}, "msg_too_long"),
        ({"text": "你" * 1_334}, "msg_too_long"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "markdown", "text": "y" * 12_001}]}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "msg_blocks_too_many"),
        ({"text": "x", "blocks": [{"type": "carousel"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "markdown", "text": ""}]}, "invalid_blocks"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "metadata": {"event_type": "a b", "event_payload": {}}}, "invalid_metadata_format"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text`")
async def test_an_update_that_breaks_a_limit_is_refused(args: dict[str, Any], error: str) -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        posted = await web.chat_postMessage(channel="DU1", text="a", unfurl_links=False, unfurl_media=False)

        answer = await refused(web.chat_update(channel="DU1", ts=posted["ts"], **args))

        assert answer == error
        assert slack.message("DU1", posted["ts"]).shown == "a"


@pytest.mark.parametrize(
    "button",
    [
        {"text": {"type": "plain_text", "text": "x" * 76}, "action_id": "a", "value": "v"},
        {"text": {"type": "plain_text", "text": "x"}, "action_id": "a", "value": "v" * 2_001},
        {"text": {"type": "plain_text", "text": "x"}, "action_id": "a" * 256, "value": "v"},
        {"text": {"type": "mrkdwn", "text": "x"}, "action_id": "a", "value": "v"},
    ],
)
async def test_a_button_that_breaks_a_limit_is_refused(button: dict[str, Any]) -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        blocks = [{"type": "actions", "elements": [button | {"type": "button"}]}]

        assert await refused(web.chat_postMessage(channel="DU1", text="a", blocks=blocks)) == "invalid_blocks"


async def test_all_blocks_together_have_a_limit() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}}
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")

        answer = await refused(web.chat_postMessage(channel="DU1", text="a", blocks=[section] * 5))

        assert answer == "msg_blocks_too_long"


async def test_a_post_over_forty_thousand_characters_is_cut() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")

        posted = await web.chat_postMessage(channel="DU1", text="x" * 40_001, **QUIET)

        assert posted["warning"] == "message_truncated"
        assert len(slack.replies("DU1")[0].text) == 40_000


async def test_places_that_are_closed_say_so() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.add_channel("COLD", archived=True)
        slack.add_channel("CNOT", member=False)
        root = slack.say("C1", "U1", "mine")

        assert await refused(web.chat_postMessage(channel="C404", text="a")) == "channel_not_found"
        assert await refused(web.chat_postMessage(channel="COLD", text="a")) == "is_archived"
        assert await refused(web.chat_postMessage(channel="CNOT", text="a")) == "not_in_channel"
        gone = web.chat_postMessage(channel="C1", text="a", thread_ts="1.000001")
        assert await refused(gone) == "thread_not_found"
        assert await refused(web.chat_update(channel="C1", ts="1.000001", text="a")) == "message_not_found"
        assert await refused(web.chat_update(channel="C1", ts=root, text="a")) == "cant_update_message"
        assert await refused(web.chat_delete(channel="C1", ts=root)) == "cant_delete_message"
        assert await refused(web.api_call("chat.sing")) == "unknown_method"


async def test_tokens_are_checked_by_kind() -> None:
    async with SlackServer() as slack:
        async with client(slack, "xoxb-other") as web:
            assert await refused(web.auth_test()) == "invalid_auth"
        async with client(slack, APP_TOKEN) as web:
            assert await refused(web.auth_test()) == "not_allowed_token_type"
            assert (await web.apps_connections_open(app_token=APP_TOKEN))["url"].startswith("ws://127.0.0.1")
        async with client(slack) as web:
            assert await refused(web.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"
            who = await web.auth_test()
            assert (who["user_id"], who["team_id"]) == (BOT_USER, slack.team)
            assert "chat:write" in who.headers["x-oauth-scopes"]


async def test_a_missing_scope_is_named() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.world.scopes.remove("users:read")

        with pytest.raises(SlackApiError) as caught:
            await web.users_info(user="U1")

        assert caught.value.response["needed"] == "users:read"


async def test_people_are_described() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.add_user("UGUEST", ultra_restricted=True, locale="zh-CN")

        user = (await web.users_info(user="UGUEST", include_locale=True))["user"]

        assert (user["is_ultra_restricted"], user["locale"], user["team_id"]) == (True, "zh-CN", slack.team)
        assert await refused(web.users_info(user="UNOBODY")) == "user_not_found"


async def test_reactions_replies_status_and_ephemeral_notes_work() -> None:
    async with SlackServer() as slack, client(slack) as web:
        root = slack.mention("C1", "U1", "hello")
        reply = await web.chat_postMessage(channel="C1", text="a", thread_ts=root, **QUIET)

        await web.reactions_add(channel="C1", timestamp=root, name="eyes")
        again = web.reactions_add(channel="C1", timestamp=root, name="eyes")
        assert await refused(again) == "already_reacted"
        assert slack.message("C1", root).reactions == {"eyes": {BOT_USER}}
        await web.reactions_remove(channel="C1", timestamp=root, name="eyes")
        assert await refused(web.reactions_remove(channel="C1", timestamp=root, name="eyes")) == "no_reaction"
        await web.assistant_threads_setStatus(channel_id="C1", thread_ts=root, status="thinks")
        assert slack.statuses == {("C1", root): "thinks"}
        await web.chat_postEphemeral(channel="C1", user="U1", text="psst")
        assert slack.world.ephemerals[0]["text"] == "psst"
        first = await web.conversations_replies(channel="C1", ts=root, limit=1)
        rest = await web.conversations_replies(
            channel="C1", ts=root, limit=1, cursor=first["response_metadata"]["next_cursor"]
        )
        assert [row["ts"] for row in (*first["messages"], *rest["messages"])] == [root, reply["ts"]]
        info = await web.conversations_info(channel="C1")
        assert info["channel"]["is_member"]
        await web.chat_delete(channel="C1", ts=reply["ts"])
        assert slack.thread("C1", root) == []


async def test_what_people_would_suffer_from_is_written_down() -> None:
    async with SlackServer() as slack, client(slack) as web:
        root = slack.mention("C1", "U1", "hello")
        slack.say("C1", "U1", "more", root)
        reply = slack.thread("C1", root)[0].ts

        await web.chat_postMessage(channel="C1", text="<!channel> wake up", thread_ts=root, **QUIET)
        await web.chat_postMessage(channel="C1", text="see", thread_ts=root)
        await web.chat_postMessage(channel="C1", text="see", thread_ts=reply, link_names=True, **QUIET)
        pinging = [{"type": "markdown", "text": "ask <@U123ABC>"}]
        await web.chat_postMessage(channel="C1", text="x", blocks=pinging, thread_ts=root, **QUIET)

        kinds = ["pings", "unfurl_links", "unfurl_media", "names into pings", "thread of a reply", "U123ABC"]
        assert [kind for kind, found in zip(kinds, slack.violations, strict=True) if kind not in found] == []


# ---------------------------------------------------------------- faults and limits


async def test_a_refusal_for_haste_names_a_wait_and_haste_within_it_is_a_violation() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        slack.fail("chat.postMessage", Limited(30))

        with pytest.raises(SlackApiError) as caught:
            await web.chat_postMessage(channel="DU1", text="a", **QUIET)
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "30"
        # What was under way when the refusal was said is refused, and no violation.
        assert await refused(web.chat_postMessage(channel="DU1", text="a", **QUIET)) == "ratelimited"
        assert slack.violations == []
        await asyncio.sleep(0.15)

        assert await refused(web.chat_postMessage(channel="DU1", text="a", **QUIET)) == "ratelimited"
        assert len(slack.violations) == 1


async def test_tiers_hold_back_a_storm_of_updates() -> None:
    async with SlackServer(tiers=True) as slack, client(slack) as web:
        slack.dm("U1", "hi")
        posted = await web.chat_postMessage(channel="DU1", text="a", **QUIET)
        for n in range(5):
            await web.chat_update(channel="DU1", ts=posted["ts"], text=f"{n}")

        # However slow the machine, nobody gets far.
        reasons = [await outcome(web, posted["ts"], f"{n}") for n in range(20)]
        assert (429, "ratelimited") in reasons


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = Bucket(60, 3)

    waits = [bucket.take(0.0) for _ in range(4)] + [bucket.take(1.0), bucket.take(1.5)]

    assert waits == [0, 0, 0, 1.0, 0, 1.0]


async def test_faults_come_in_turn_and_after_as_many_good_answers_as_asked() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        posted = await web.chat_postMessage(channel="DU1", text="a", **QUIET)
        slack.fail("chat.update", Refused("edit_window_closed"), after=1)
        slack.fail("chat.update", Failing(503))
        slack.fail("chat.update", Page(200))
        outcomes = [await outcome(web, posted["ts"], f"{n}") for n in range(5)]

        assert outcomes == [(200, ""), (200, "edit_window_closed"), (503, ""), (200, ""), (200, "")]
        assert slack.message("DU1", posted["ts"]).shown == "4"


async def test_a_lost_answer_leaves_the_message_and_a_dropped_call_does_not() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        slack.fail("chat.postMessage", Lost())
        slack.fail("chat.postMessage", Dropped())
        slack.fail("chat.postMessage", Hanging(applied=True))
        web.session._timeout = aiohttp.ClientTimeout(total=1.0)  # type: ignore[union-attr]

        for text in ("lost", "dropped", "hanging"):
            with pytest.raises((aiohttp.ClientError, TimeoutError)):
                await web.chat_postMessage(channel="DU1", text=text, **QUIET)

        assert [message.shown for message in slack.replies("DU1")] == ["lost", "hanging"]


async def test_a_slow_call_is_carried_out_at_once_and_answered_late() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.dm("U1", "hi")
        slack.fail("chat.postMessage", Slow(0.3))
        began = asyncio.get_running_loop().time()
        posting = asyncio.create_task(web.chat_postMessage(channel="DU1", text="slow", **QUIET))
        await slack.until(lambda: slack.replies("DU1"))

        assert not posting.done()
        assert (await posting)["ok"]
        assert asyncio.get_running_loop().time() - began >= 0.3


async def test_luck_befalls_the_calls_no_fault_was_written_down_for() -> None:
    async with SlackServer() as slack, client(slack) as web:
        fates: dict[str, Fault] = {"api.test": Failing(503), "auth.test": Refused("internal_error")}
        slack.web.luck = fates.__getitem__
        slack.fail("auth.test", Limited(0.0))

        for method, status in (("auth.test", 429), ("auth.test", 200), ("api.test", 503)):
            with pytest.raises(SlackApiError) as caught:
                await web.api_call(method)
            assert caught.value.response.status_code == status


# ---------------------------------------------------------------- Socket Mode


async def test_a_mention_arrives_twice_in_the_order_asked_for() -> None:
    async with SlackServer() as slack, listener(slack) as seen:
        slack.mention("C1", "U1", "a")
        slack.mention("C1", "U1", "b", first="app_mention")
        await slack.settled()

        events = [request.payload["event"] for request in seen]
        assert [event["type"] for event in events] == ["message", "app_mention", "app_mention", "message"]
        assert events[0]["ts"] == events[1]["ts"]
        assert events[0]["client_msg_id"] == events[1]["client_msg_id"]
        assert len({request.payload["event_id"] for request in seen}) == 4
        assert "channel_type" not in events[1]
        assert len(slack.acks) == 4
        assert max(slack.acks.values()) < 3


async def test_what_is_not_acknowledged_comes_again_three_times_and_no_more() -> None:
    async with SlackServer(redeliver=0.05) as slack, listener(slack, acks=False) as seen:
        slack.say("C1", "U1", "a")
        await slack.settled()

        assert [request.retry_attempt for request in seen] == [0, 1, 2, 3]
        assert [request.retry_reason for request in seen] == ["", "timeout", "timeout", "timeout"]
        assert len({request.envelope_id for request in seen}) == 1
        assert slack.acks == {}
        assert slack.envelopes[0].given_up


async def test_what_is_said_while_nobody_listens_waits_for_a_connection() -> None:
    async with SlackServer() as slack:
        slack.say("C1", "U1", "a")
        async with listener(slack) as seen:
            await slack.settled()

            assert [request.payload["event"]["text"] for request in seen] == ["a"]


async def test_own_posts_edits_and_deletions_come_back_as_events() -> None:
    async with SlackServer() as slack, listener(slack) as seen, client(slack) as web:
        root = slack.mention("C1", "U1", "hello")
        posted = await web.chat_postMessage(channel="C1", text="a", thread_ts=root, **QUIET)
        await web.chat_update(channel="C1", ts=posted["ts"], text="b")
        await web.chat_delete(channel="C1", ts=posted["ts"])
        await slack.settled()

        own = [request.payload["event"] for request in seen][2:]
        assert [event.get("subtype") for event in own] == [None, "message_changed", "message_deleted"]
        assert own[0]["bot_id"]
        assert own[0]["app_id"] == seen[0].payload["api_app_id"]
        assert own[1]["hidden"]
        assert (own[1]["previous_message"]["text"], own[1]["message"]["text"]) == ("a", "b")


async def test_a_person_can_press_only_what_is_there() -> None:
    button = {
        "type": "button",
        "action_id": "stop",
        "value": "7",
        "text": {"type": "plain_text", "text": "S"},
    }
    async with SlackServer() as slack, listener(slack) as seen, client(slack) as web:
        root = slack.mention("C1", "U1", "hello")
        posted = await web.chat_postMessage(
            channel="C1",
            text="a",
            thread_ts=root,
            blocks=[{"type": "actions", "elements": [button]}],
            unfurl_links=False,
            unfurl_media=False,
        )
        slack.press("C1", posted["ts"], "stop")
        await slack.settled()
        with pytest.raises(AssertionError):
            slack.press("C1", posted["ts"], "again")

        payload = seen[-1].payload
        assert payload["type"] == "block_actions"
        assert payload["actions"][0]["value"] == "7"
        assert payload["container"]["thread_ts"] == root


async def test_a_ticket_opens_one_connection_once() -> None:
    async with SlackServer() as slack, client(slack) as web, aiohttp.ClientSession() as session:
        url = (await web.apps_connections_open(app_token=APP_TOKEN))["url"]

        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_events_are_spread_over_several_connections() -> None:
    async with SlackServer() as slack, listener(slack) as one, listener(slack) as two:
        await slack.connected(2)
        for n in range(4):
            slack.say("C1", "U1", f"{n}")
        await slack.settled()

        assert len(one) == 2
        assert len(two) == 2


@pytest.mark.parametrize("how", ["disconnect", "abort", "hang_up"])
async def test_the_sdk_comes_back_after_any_end_of_its_connection(how: str) -> None:
    async with SlackServer() as slack, listener(slack, ping=0.1) as seen:
        outcome = getattr(slack, how)()
        if asyncio.iscoroutine(outcome):
            await outcome
        slack.say("C1", "U1", "after")
        await slack.connected(2)
        await slack.settled()

        assert seen[-1].payload["event"]["text"] == "after"


async def test_a_silent_connection_answers_no_ping_and_a_deaf_one_carries_no_event() -> None:
    async with SlackServer(redeliver=0.05) as slack, listener(slack, ping=0.1) as seen:
        slack.silence(events=False)
        slack.say("C1", "U1", "unheard")
        await slack.settled()
        assert seen == []

        slack.silence(pongs=False)
        await slack.connected(2)
        assert slack.sockets.opened == 2
