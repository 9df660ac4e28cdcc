"""What was written while nobody listened is found in Slack's history, once, and asked for politely."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.slack.events import Me
from adapters.slack.missed import PAGE, delivered
from bot.model import Said
from tests.adapters.slack_bench import QUICK, listening
from tests.servers.slack import BOT, BOT_USER, Dropped, Failing, Limited, Refused, SlackServer

if TYPE_CHECKING:
    from tests.adapters.slack_bench import Bench
    from tests.fakes_inbox import FakeInbox

HISTORY = {"conversations.replies", "conversations.history"}


def texts(bench: Bench) -> list[str]:
    return [event.text for event in bench.inbox.events if isinstance(event, Said)]


def asked(slack: SlackServer) -> list[str]:
    return [call.method for call in slack.calls if call.method in HISTORY]


async def heard(slack: SlackServer, *users: str) -> FakeInbox:
    """Return what a bot has stored to which these people wrote, and which is gone since; nothing is delivered."""
    async with listening(slack) as bench:
        for user in users:
            slack.dm(user, "hello")
        await bench.inbox.wait(len(users))
        await slack.settled()
    slack.hold_back()
    return bench.inbox


async def test_a_bot_that_nobody_ever_talked_to_asks_for_nothing() -> None:
    async with SlackServer() as slack, listening(slack, replace(QUICK, remember=0.05)) as bench:
        await slack.connected()
        slack.dm("U1", "hello")
        await bench.inbox.until(lambda: bool(bench.inbox.positions))

        assert asked(slack) == []


async def test_what_was_written_without_a_bot_is_found_in_every_place_and_in_order() -> None:
    async with SlackServer() as slack:
        async with listening(slack) as bench:
            root = slack.mention("C1", "U1", "help us")
            await bench.inbox.wait(1)
        inbox = bench.inbox
        slack.hold_back()
        said = [slack.say("C1", "U1", text, thread_ts=root) for text in ("one", "two")]
        slack.say("C1", "U3", "nobody asked the bot this")
        slack.mention("C1", "U3", "something else")

        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(4)
            await slack.until(lambda: len(asked(slack)) == 2)

        assert texts(bench) == ["help us", "one", "two", "something else"]
        assert [event.key for event in inbox.events[1:3]] == [f"C1:{ts}" for ts in said]
        assert {event.chat.thread for event in inbox.events[:3]} == {root}
        assert not slack.violations


async def test_a_gap_in_the_connection_is_looked_into() -> None:
    async with SlackServer() as slack, listening(slack, replace(QUICK, gap=0.5)) as bench:
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        slack.hold_back()
        slack.fail("apps.connections.open", Failing(500), times=1000)
        slack.abort()
        slack.dm("U1", "missed")
        await asyncio.sleep(0.7)
        slack.recover("apps.connections.open")

        await bench.inbox.wait(2)

        assert texts(bench) == ["hello", "missed"]


@pytest.mark.parametrize("how", ["abort", "hang_up"])
async def test_a_connection_that_ended_unasked_is_a_gap_however_short(how: str) -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        slack.hold_back()
        slack.dm("U1", "missed")

        ended = getattr(slack, how)()
        if asyncio.iscoroutine(ended):
            await ended

        await bench.inbox.wait(2)
        assert texts(bench) == ["hello", "missed"]


async def test_a_connection_that_fell_silent_is_a_gap() -> None:
    async with SlackServer() as slack, listening(slack, replace(QUICK, silence=0.3)) as bench:
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        slack.hold_back()
        slack.dm("U1", "missed")

        slack.silence(events=False)

        await bench.inbox.wait(2)
        assert texts(bench) == ["hello", "missed"]


async def test_a_connection_that_slack_wants_replaced_is_no_gap_and_is_replaced_before_it_ends() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        slack.fail("apps.connections.open", Failing(500), times=2)

        await slack.disconnect()
        await slack.until(lambda: slack.count("apps.connections.open") == 2)
        served = len(slack.sockets.links)
        await slack.connected(2)
        await slack.until(lambda: len(slack.sockets.links) == 1)
        slack.dm("U1", "and on")
        await bench.inbox.wait(2)

        assert served == 1
        assert asked(slack) == []


async def test_events_that_could_not_be_stored_while_slack_delivered_them_are_looked_for() -> None:
    async with SlackServer(redeliver=0.05) as slack, listening(slack, replace(QUICK, remember=0.1)) as bench:
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        bench.inbox.fail_next(1000)
        slack.dm("U1", "given up")
        await slack.until(lambda: slack.envelopes[-1].given_up)
        bench.inbox.fail_next(0)

        await bench.inbox.wait(2)

        assert texts(bench) == ["hello", "given up"]


async def test_what_is_delivered_as_well_is_one_event() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        slack.dm("U1", "missed")
        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(2)

            slack.hand_over()
            await slack.settled()

            assert texts(bench) == ["hello", "missed"]


async def test_a_missing_scope_ends_the_looking_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1", "U2", "U3")
        slack.fail("conversations.history", Refused("missing_scope", "im:history"))

        async with listening(slack, inbox=inbox):
            await slack.until(lambda: asked(slack))
            await slack.connected(2)
            slack.hand_over()
            slack.dm("U1", "still here")
            await inbox.wait(4)

        assert asked(slack) == ["conversations.history"]
        assert caplog.text.count("Slack does not say what was missed") == 1


async def test_a_silence_that_slack_asks_for_is_kept_and_then_nothing_is_missed() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1", "U2", "U3")
        slack.fail("conversations.history", Limited(1.0))
        for user in ("U1", "U2", "U3"):
            slack.dm(user, "missed")

        async with listening(slack, inbox=inbox):
            await inbox.wait(6)

        assert asked(slack) == ["conversations.history"] * 4
        assert not slack.violations


@pytest.mark.parametrize("reason", ["invalid_arguments", "channel_not_found"])
async def test_a_place_that_slack_cannot_or_will_not_tell_about_hides_no_other(reason: str) -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1", "U2")
        slack.fail("conversations.history", Refused(reason))
        slack.dm("U1", "missed")

        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(3)

        assert texts(bench)[-1] == "missed"


async def test_what_could_not_be_asked_for_is_asked_for_again() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        slack.fail("conversations.history", Dropped())
        slack.dm("U1", "missed")

        async with listening(slack, replace(QUICK, remember=0.05), inbox):
            await inbox.wait(2)

        assert asked(slack) == ["conversations.history"] * 2


async def test_many_messages_are_asked_for_page_by_page() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        said = [f"missed {n}" for n in range(PAGE + 5)]
        for text in said:
            slack.dm("U1", text)

        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(1 + len(said))

        assert texts(bench) == ["hello", *said]
        assert len(asked(slack)) == 2


async def test_a_message_of_no_known_shape_is_set_aside_and_those_around_it_are_found() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        slack.dm("U1", "before")
        odd = slack.dm("U1", "odd")
        slack.message("DU1", odd).text = ["not", "a", "text"]  # type: ignore[assignment]
        slack.dm("U1", "after")

        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(3)

        assert texts(bench) == ["hello", "before", "after"]
        assert [one.key for one in inbox.aside] == [f"DU1:{odd}"]


def test_a_message_that_was_answered_meanwhile_is_read_as_it_was_when_it_was_written() -> None:
    row = {"type": "message", "user": "U1", "ts": "5.000001", "thread_ts": "5.000001", "text": "x"}
    me = Me(team="T1", user=BOT_USER, bot=BOT)

    assert "thread_ts" not in delivered("D1", row, me)["event"]
    assert delivered("D1", {**row, "thread_ts": "4.000001"}, me)["event"]["thread_ts"] == "4.000001"
