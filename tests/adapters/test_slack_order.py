"""After an outage nobody is answered before what they wrote earlier, and nothing is kept from its acknowledgement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import StoreUnavailable
from bot.model import Said
from tests.adapters.slack_bench import QUICK, listening
from tests.adapters.test_slack_missed import HISTORY, asked, heard, texts
from tests.fakes_inbox import FakeInbox
from tests.servers.slack import Dropped, Hanging, Limited, Refused, SlackServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import ChatKey, Overheard

SLOW = replace(QUICK, question=60.0, urgent=2)
"""Asks about one place, and about two more if somebody writes there."""
DUE = 3.0
"""Seconds within which Slack wants an acknowledgement."""


class LockedInbox(FakeInbox):
    """Neither takes in nor tells anything while another program holds the database."""

    is_locked = False

    async def recent(self, platform: str, account: str, since: float, most: int) -> Sequence[ChatKey]:
        if self.is_locked:
            raise StoreUnavailable
        return await super().recent(platform, account, since, most)

    def turned_away(self) -> set[str]:
        """Return who wrote what could not be stored."""
        return {event.person.id for batch in self.refused for event in batch}


class ThreadsInbox(FakeInbox):
    """Does something about threads in which the bot was named before, and about no other."""

    async def heeds(self, event: Said | Overheard) -> bool:
        return any(event.chat == known.chat for known in self.events)


async def missed_thread(slack: SlackServer) -> tuple[FakeInbox, str]:
    """Begin a thread of two messages in a channel that is known, while nobody listens; return its inbox and root."""
    async with listening(slack) as bench:
        slack.mention("C1", "U1", "hello")
        await bench.inbox.wait(1)
        await slack.settled()
    slack.hold_back()
    root = slack.mention("C1", "U2", "missed question")
    slack.say("C1", "U2", "missed detail", thread_ts=root)
    return bench.inbox, root


async def test_who_writes_is_asked_about_first_and_heard_in_order() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1", "U2", "U3")
        slack.dm("U1", "missed")
        async with listening(slack, SLOW, inbox) as bench:
            await slack.until(lambda: asked(slack))  # about U3, who was heard last

            slack.give_up()
            slack.dm("U1", "live")
            await inbox.wait(5)
            await slack.settled()

        assert texts(bench)[3:] == ["missed", "live"]
        assert len(asked(slack)) == 2
        assert max(slack.acks.values()) < DUE


async def test_messages_that_come_while_it_is_asked_keep_their_order_among_themselves() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        slack.dm("U1", "missed")
        async with listening(slack, SLOW, inbox) as bench:
            slack.give_up()
            for n in range(5):
                slack.dm("U1", f"live {n}")
            await inbox.wait(7)

        assert texts(bench)[1:] == ["missed", *(f"live {n}" for n in range(5))]


async def test_a_thread_that_began_while_nobody_listened_is_heard_from_its_beginning() -> None:
    async with SlackServer() as slack:
        inbox, root = await missed_thread(slack)
        async with listening(slack, SLOW, inbox) as bench:
            slack.give_up()
            slack.say("C1", "U2", "live detail", thread_ts=root)
            await inbox.wait(4)

        assert texts(bench)[1:] == ["missed question", "missed detail", "live detail"]


async def test_a_thread_that_began_and_went_on_while_nobody_listened_is_found_whole() -> None:
    async with SlackServer() as slack:
        inbox, root = await missed_thread(slack)
        slack.message("C1", root).thread_ts = root  # as Slack writes it above a thread
        async with listening(slack, inbox=inbox) as bench:
            await inbox.wait(3)

        assert texts(bench)[1:] == ["missed question", "missed detail"]


async def test_who_writes_where_the_bot_takes_no_part_is_not_asked_about() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1")
        async with listening(slack, SLOW, inbox):
            await slack.until(lambda: asked(slack))
            slack.give_up()
            an_hour_ago = f"{float(slack.world.ts()) - 3600:.6f}"
            slack.say("C9", "U9", "yes", thread_ts=an_hour_ago)
            slack.mention("C9", "U9", "are you there?")
            await inbox.wait(3)
            await slack.settled()

        assert len(asked(slack)) == 1


async def test_a_message_whose_past_cannot_be_asked_for_now_is_stored_and_waits_in_line() -> None:
    async with SlackServer() as slack:
        inbox = await heard(slack, "U1", "U2", "U3", "U4")
        async with listening(slack, SLOW, inbox) as bench:
            await slack.until(lambda: asked(slack))
            slack.give_up()
            for user in ("U1", "U2", "U3"):
                slack.dm(user, "live")
            await inbox.wait(7)
            await slack.settled()

        waits = [event.quiet for event in bench.inbox.events[4:] if isinstance(event, Said)]
        assert sorted(waits) == [0.0, 4.0, 4.0]
        assert len(asked(slack)) == 2
        assert max(slack.acks.values()) < DUE


async def test_who_writes_while_nothing_can_be_read_either_is_heard_by_the_inbox_which_tells_them() -> None:
    inbox = LockedInbox()
    async with SlackServer(redeliver=0.05) as slack, listening(slack, SLOW, inbox):
        slack.dm("U1", "hello")
        await inbox.wait(1)
        inbox.fail_next(1_000)
        inbox.is_locked = True
        for user in ("U1", "U2"):
            slack.dm(user, "are you there?")
            await inbox.until(lambda user=user: user in inbox.turned_away())  # type: ignore[misc]
        inbox.is_locked = False
        inbox.fail_next(0)
        await inbox.wait(3)


async def test_what_follows_a_mention_is_heard_though_its_author_is_still_being_looked_up() -> None:
    inbox = ThreadsInbox()
    async with SlackServer() as slack, listening(slack, inbox=inbox) as bench:
        slack.fail("users.info", Hanging(), times=9)
        root = slack.mention("C1", "U1", "hello")
        slack.say("C1", "U1", "and another thing", thread_ts=root)
        slack.say("C1", "U2", "elsewhere", thread_ts=slack.say("C1", "U3", "lunch?"))
        await slack.settled()

    assert texts(bench) == ["hello", "and another thing"]


async def test_a_history_that_hangs_or_refuses_keeps_nothing_from_being_acknowledged() -> None:
    for fault in (Hanging(), Dropped(), Limited(30.0), Refused("invalid_arguments")):
        async with SlackServer() as slack:
            inbox = await heard(slack, "U1")
            for method in HISTORY:
                slack.fail(method, fault, times=9)
            async with listening(slack, SLOW, inbox):
                slack.give_up()
                slack.dm("U1", "live")
                await inbox.wait(2)
                await slack.settled()

            assert max(slack.acks.values()) < DUE, fault
            assert not slack.violations
