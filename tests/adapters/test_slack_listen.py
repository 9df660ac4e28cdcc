"""What people do in Slack reaches the inbox once, and is acknowledged only when it is there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.slack.calls import Calls
from adapters.slack.whispers import Whispers
from bot.errors import Misconfigured
from bot.model import ChatKey, Control, Edited, Overheard, Person, Pressed, Said, Secret, Select, Standing
from tests.adapters.slack_bench import QUICK, adapter_of, listening
from tests.fakes_inbox import FakeInbox
from tests.servers.slack import (
    BOT_USER,
    Bare,
    Dropped,
    Failing,
    Hanging,
    Limited,
    Refused,
    SlackServer,
)

if TYPE_CHECKING:
    from bot.model import Event


ANN = Person(id="U1", standing=Standing.MEMBER)


def said(event: Event) -> Said:
    assert isinstance(event, Said)
    return event


# ---------------------------------------------------------------- store, then acknowledge


async def test_an_envelope_is_acknowledged_only_after_the_inbox_stored_it() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        bench.inbox.hold()
        slack.dm("U1", "hello")
        called = asyncio.Event()
        bench.inbox.before_accept = called.set
        await called.wait()
        assert slack.acks == {}

        bench.inbox.release()
        await slack.settled()

        assert [said(event).text for event in bench.inbox.events] == ["hello"]
        assert slack.envelopes[0].acked is not None


async def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again() -> None:
    async with SlackServer(redeliver=0.1) as slack, listening(slack) as bench:
        bench.inbox.fail_next(2)
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        await slack.settled()

        assert len(slack.envelopes[0].sent) == 3
        assert len(bench.inbox.refused) == 2
        assert len(bench.inbox.events) == 1


@pytest.mark.parametrize("first", ["message", "app_mention"])
async def test_a_mention_is_one_event_whichever_delivery_comes_first(first: str) -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        ts = slack.mention("C1", "U1", "what is a lease?", first=first)
        await slack.settled()

        [event] = bench.inbox.events
        assert said(event).text == "what is a lease?"
        assert event.chat.thread == ts
        one, other = bench.inbox.batches
        assert one == other


async def test_events_that_mean_nothing_are_acknowledged_too() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.say("C1", "U1", "")
        slack.event({"type": "reaction_added", "user": "U1", "event_ts": "1795000000.000100"})
        slack.event({"type": "message", "subtype": "channel_topic", "user": "U1", "channel": "C1"})
        slack.sockets.deliver("slash_commands", {"command": "/x", "text": "", "user_id": "U1"})
        slack.sockets.deliver("interactive", {"type": "view_closed", "user": {"id": "U1"}, "view": {}})
        await slack.settled()

        assert len(slack.acks) == 5
        assert bench.inbox.batches == []


async def test_what_people_say_to_each_other_in_a_channel_is_overheard_there_with_their_names() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.add_user("U1", name="ann")
        ts = slack.say("C1", "U1", "lunch?")
        slack.say("C1", "U2", "at noon", ts)
        asked = slack.mention("C1", "U1", "where?")
        await slack.settled()

        heard = {event.key: event for event in bench.inbox.events}
        overheard = heard.pop(f"C1:{ts}")
        assert isinstance(overheard, Overheard)
        assert (overheard.text, overheard.person.name) == ("lunch?", "ann")
        assert overheard.chat == ChatKey("slack", slack.team, "C1")
        assert {said(event).text: said(event).addressed for event in heard.values()} == {
            "at noon": False,
            "where?": True,
        }
        assert said(heard[f"C1:{asked}"]).chat.thread == asked


async def test_the_bot_does_not_hear_itself() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        ts = slack.mention("C1", "U1", "hello")
        [event] = await bench.inbox.wait(1)
        surface = bench.adapter.surface(event.chat, said(event).route)
        ref = await surface.post(surface.dialect.render(f"<@{BOT_USER}> a"), controls=(), key="k")
        await surface.edit(ref, surface.dialect.render(f"<@{BOT_USER}> b"), controls=())
        await surface.delete(ref)
        await slack.settled()

        assert len(slack.envelopes) == 5
        assert {said(event).ref for event in bench.inbox.events} == {f"C1:{ts}"}


async def test_an_unreadable_event_between_two_good_ones_is_set_aside() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.dm("U1", "one")
        broken = slack.event({"type": "message", "user": "U1", "channel": "D1", "ts": "1e999", "text": "x"})
        slack.event({"type": "message", "user": "U1", "channel": None, "ts": ["?"], "text": {"a": 1}})
        slack.dm("U1", "two")
        await slack.settled()

        assert [said(event).text for event in bench.inbox.events] == ["one", "two"]
        assert len(slack.acks) == 4
        assert bench.inbox.aside[0].key == broken.payload["event_id"]
        assert bench.inbox.aside[0].account == slack.team
        assert "1e999" in bench.inbox.aside[0].raw
        assert '"token"' not in bench.inbox.aside[0].raw


async def test_an_event_retried_many_times_at_once_is_one_event() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.dm("U1", "hello")
        for _ in range(3):
            slack.again(slack.envelopes[0])
        await slack.settled()

        assert len(bench.inbox.events) == 1
        assert len(bench.inbox.batches) == 4


async def test_messages_keep_their_order() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        for n in range(30):
            slack.dm("U1", f"{n}")
        events = await bench.inbox.wait(30)

        assert [said(event).text for event in events] == [f"{n}" for n in range(30)]


async def test_buttons_and_edits_reach_the_inbox() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        ts = slack.mention("C1", "U1", "hello")
        [event] = await bench.inbox.wait(1)
        surface = bench.adapter.surface(event.chat, said(event).route)
        stop = Control("stop", "7", "Stop")
        ref = await surface.post(surface.dialect.render("…"), controls=(stop,), key="k")
        slack.press("C1", ref.partition(":")[2], "stop", user="U2")
        await bench.inbox.wait(2)
        slack.rewrite("C1", ts, f"<@{BOT_USER}> hello again")
        _, pressed, edited = await bench.inbox.wait(3)

        assert isinstance(pressed, Pressed)
        assert (pressed.control, pressed.value, pressed.ref, pressed.chat) == ("stop", "7", ref, event.chat)
        assert pressed.person.id == "U2"
        assert isinstance(edited, Edited)
        assert edited.chat == event.chat
        assert edited.ref == said(event).ref


# ---------------------------------------------------------------- who it is


async def test_people_get_their_name_and_language() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.add_user("U1", name="ann", locale="zh-CN")
        slack.dm("U1", "hello")
        [event] = await bench.inbox.wait(1)

        assert (event.person.name, event.person.language) == ("ann", "zh-CN")
        assert event.person.standing is Standing.MEMBER


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({"restricted": True}, Standing.GUEST),
        ({"ultra_restricted": True}, Standing.GUEST),
        ({"stranger": True}, Standing.STRANGER),
        ({"team": "T0AWAY"}, Standing.STRANGER),
        ({"bot": True}, Standing.MACHINE),
    ],
)
async def test_who_is_no_member_is_not_taken_for_one(fields: dict[str, Any], standing: Standing) -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.add_user("U1", **fields)
        slack.mention("C1", "U1", "hello")
        [event] = await bench.inbox.wait(1)

        assert event.person.standing is standing


async def test_a_member_in_a_channel_shared_with_others_stays_a_stranger() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.add_channel("C1", shared=True)
        slack.mention("C1", "U1", "hello")
        [event] = await bench.inbox.wait(1)

        assert event.person.standing is Standing.STRANGER


async def test_a_person_is_looked_up_once_for_many_messages() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        for n in range(5):
            slack.mention("C1", "U1", f"{n}")
        await bench.inbox.wait(5)
        await slack.settled()

        assert slack.count("users.info") == 1


async def test_whose_words_nobody_keeps_is_not_looked_up() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        bench.inbox.heeding = False
        slack.say("C1", "U1", "lunch?")
        slack.say("C1", "U2", "yes!", thread_ts=slack.say("C1", "U3", "who comes along?"))
        slack.mention("C1", "U4", "hello")
        (event,) = await bench.inbox.wait(1)
        await slack.settled()

        assert event.person.id == "U4"
        assert [call.args["user"] for call in slack.calls if call.method == "users.info"] == ["U4"]


async def test_without_the_scope_the_event_decides_and_slack_is_not_asked_again() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.world.scopes.remove("users:read")
        slack.dm("U1", "one")
        slack.dm("U2", "two")
        await bench.inbox.wait(2)
        slack.dm("U3", "three")
        events = await bench.inbox.wait(3)

        assert {event.person.standing for event in events} == {Standing.MEMBER}
        assert slack.count("users.info") <= 2


async def test_a_lookup_that_hangs_does_not_hold_up_the_acknowledgement() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.fail("users.info", Hanging(), times=9)
        slack.dm("U1", "one")
        slack.dm("U1", "two")
        await bench.inbox.wait(2)
        slack.dm("U1", "three")
        await bench.inbox.wait(3)
        await slack.settled()

        # Looking up is given up after a second, and then not tried again for the same person.
        assert max(slack.acks.values()) < 3
        assert slack.acks[slack.envelopes[2].id] < 0.9
        assert len(slack.envelopes[0].sent) == 1


@pytest.mark.parametrize("fields", [{}, {"user": {"id": "U1", "name": "ann"}}])
async def test_an_answer_that_does_not_say_whose_person_it_is_lets_the_event_decide(
    fields: dict[str, Any],
) -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.fail("users.info", Bare(fields), times=9)
        slack.dm("U1", "hello")
        [event] = await bench.inbox.wait(1)
        await slack.settled()

        assert event.person.standing is Standing.MEMBER
        assert len(slack.envelopes[0].sent) == 1


# ---------------------------------------------------------------- the connection


@pytest.mark.parametrize("how", ["disconnect", "abort", "hang_up"])
async def test_nothing_is_lost_when_a_connection_ends(how: str) -> None:
    async with SlackServer(redeliver=0.2) as slack, listening(slack) as bench:
        await slack.connected()
        ended = getattr(slack, how)()
        slack.dm("U1", "meanwhile")
        if asyncio.iscoroutine(ended):
            await ended
        await slack.connected(2)
        slack.dm("U1", "after")
        events = await bench.inbox.wait(2)

        assert {said(event).text for event in events} == {"meanwhile", "after"}


async def test_after_twenty_reconnects_one_message_is_one_event() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        for n in range(20):
            await slack.connected(n + 1)
            await slack.disconnect()
        await slack.connected(21)
        await slack.until(lambda: len(slack.sockets.links) == 1)
        slack.dm("U1", "hello")
        await slack.settled()

        assert len(bench.inbox.batches) == 1


async def test_a_connection_that_stops_answering_pings_is_replaced() -> None:
    async with SlackServer(redeliver=0.2) as slack, listening(slack) as bench:
        await slack.connected()
        slack.silence(pongs=False, events=False)
        slack.dm("U1", "hello")
        events = await bench.inbox.wait(1)

        assert slack.sockets.opened >= 2
        assert said(events[0]).text == "hello"


async def test_a_connection_that_answers_pings_and_carries_nothing_is_replaced() -> None:
    timing = replace(QUICK, silence=0.5)
    async with SlackServer(redeliver=0.4) as slack, listening(slack, timing) as bench:
        await slack.connected()
        slack.silence(events=False)
        slack.dm("U1", "hello")
        events = await bench.inbox.wait(1)

        assert said(events[0]).text == "hello"
        assert slack.sockets.opened >= 2


async def test_slack_refusing_to_open_a_connection_is_asked_again() -> None:
    async with SlackServer() as slack:
        slack.fail("apps.connections.open", Failing(500))
        slack.fail("apps.connections.open", Dropped())
        slack.fail("apps.connections.open", Refused("internal_error"))
        slack.fail("apps.connections.open", Limited(0.4))
        slack.fail("apps.connections.open", Refused("invalid_auth"))
        async with listening(slack) as bench:
            slack.dm("U1", "hello")
            await bench.inbox.wait(1)

        assert slack.count("apps.connections.open") == 6
        assert slack.violations == []


async def test_a_ticket_that_was_spent_is_not_tried_for_ever() -> None:
    async with SlackServer() as slack:
        slack.sockets.spoil_tickets(1)
        async with listening(slack) as bench:
            slack.dm("U1", "hello")
            await bench.inbox.wait(1)

        assert slack.count("apps.connections.open") == 2


async def test_auth_test_failing_at_the_start_costs_no_event() -> None:
    async with SlackServer() as slack:
        slack.fail("auth.test", Limited(0.2))
        slack.fail("auth.test", Failing(500))
        async with listening(slack) as bench:
            slack.dm("U1", "hello")
            await bench.inbox.wait(1)

        assert slack.count("auth.test") == 3
        assert slack.violations == []


async def test_auth_test_is_not_asked_for_each_event() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        await slack.connected()
        slack.fail("auth.test", Failing(500), times=99)
        slack.dm("U1", "one")
        slack.dm("U2", "two")
        await bench.inbox.wait(2)

        assert slack.count("auth.test") == 1


async def test_a_token_refused_at_the_start_ends_the_listening() -> None:
    async with SlackServer() as slack:
        adapter = adapter_of(slack, bot_token="xoxb-wrong")
        try:
            with pytest.raises(Misconfigured, match="SLACK_BOT_TOKEN"):
                await adapter.run(FakeInbox())
        finally:
            await adapter.close()


# ---------------------------------------------------------------- the end


async def test_listening_ends_promptly() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        await slack.connected()

        assert await bench.stop() < QUICK.farewell
        left = [task for task in asyncio.all_tasks() if "SocketModeClient" in repr(task.get_coro())]
        assert left == []


async def test_listening_ends_promptly_while_slack_says_nothing() -> None:
    async with SlackServer() as slack:
        slack.fail("apps.connections.open", Hanging(), times=9)
        async with listening(slack) as bench:
            await slack.until(lambda: slack.count("auth.test"))

            assert await bench.stop() < QUICK.farewell


async def test_listening_ends_promptly_though_the_connection_does_not_close() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        await slack.connected()
        slack.freeze()

        assert await bench.stop() < 2 * QUICK.farewell


async def test_who_may_not_press_is_told_so_where_they_pressed_and_nobody_else() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        ts = slack.mention("C1", "U1", "hello")
        [event] = await bench.inbox.wait(1)
        surface = bench.adapter.surface(event.chat, said(event).route)
        menu = (
            Select("model", "Model", (Control("model", "7.max", "Max"), Control("model", "7.plus", "Plus"))),
        )
        ref = await surface.post(surface.dialect.render("Which?"), controls=menu, key="k")
        bench.inbox.told = TellAll("Only <Ann> may do *that*.")

        slack.pick("C1", ref.partition(":")[2], "model", "Plus", user="U2")
        await slack.until(lambda: slack.world.ephemerals)

        pressed = bench.inbox.events[-1]
        assert isinstance(pressed, Pressed)
        assert (pressed.control, pressed.value, pressed.person.id) == ("model", "7.plus", "U2")
        [told] = slack.world.ephemerals
        assert (told["channel"], told["user"], told["thread_ts"]) == ("C1", "U2", ts)
        assert told["text"] == "Only &lt;Ann&gt; may do that."
        assert len(slack.replies("C1")) == 1
        assert slack.violations == []


async def test_an_acknowledgement_does_not_wait_for_what_is_told() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        slack.fail("chat.postEphemeral", Hanging())
        bench.inbox.told = TellAll("No.")
        slack.dm("U1", "hello")
        await slack.until(lambda: slack.envelopes and slack.envelopes[0].acked is not None)

        slack.dm("U1", "more")
        await slack.settled()

        assert len(bench.inbox.events) == 2


async def test_what_cannot_be_told_is_not_told_again_and_the_next_one_is() -> None:
    async with SlackServer() as slack, asyncio.TaskGroup() as tasks:
        slack.add_channel("C1")
        calls = Calls(Secret(slack.bot_token), slack.api_base)
        whispers = Whispers(calls, every=0.001)
        running = tasks.create_task(whispers.run())
        for fault in (Refused("user_not_in_channel"), Limited(0.01), Failing(503)):
            slack.fail("chat.postEphemeral", fault)
        chat = ChatKey("slack", slack.team, "C1")
        for n in range(4):
            whispers.say(Pressed(key=str(n), chat=chat, person=ANN, control="stop", value="7"), f"No, {n}.")
        whispers.say(Pressed(key="5", chat=chat, person=ANN, control="stop", value="7"), "")

        await slack.until(lambda: slack.world.ephemerals)
        running.cancel()
        await calls.close()

    assert [told["text"] for told in slack.world.ephemerals] == ["No, 3."]
    assert slack.count("chat.postEphemeral") == 4


class TellAll(dict[str, str]):
    """One sentence for every event."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return self._sentence


async def test_what_is_being_stored_at_the_end_is_still_acknowledged() -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        bench.inbox.hold()
        called = asyncio.Event()
        bench.inbox.before_accept = called.set
        slack.dm("U1", "hello")
        await called.wait()
        asyncio.get_running_loop().call_later(0.05, bench.inbox.release)

        await bench.stop()
        await slack.settled()

        assert slack.envelopes[0].acked is not None


async def test_a_refused_handshake_does_not_put_the_ticket_into_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with SlackServer() as slack:
        slack.sockets.spoil_tickets(1)
        async with listening(slack) as bench:
            slack.dm("U1", "hello")
            await bench.inbox.wait(1)

    assert "Failed to connect" in caplog.text
    assert "ticket=" not in caplog.text
    assert "Traceback" not in caplog.text
