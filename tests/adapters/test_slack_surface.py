"""What the bot writes in Slack is what people see there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from adapters.slack.calls import Calls
from adapters.slack.dialect import SlackBody, SlackDialect
from adapters.slack.surface import SlackSurface, blocks
from bot.errors import Closed, Gone, RateLimited, Rejected, TooLong, Unavailable
from bot.model import ChatKey, Control, MessageRef, Secret, WriteKind
from bot.ports import Deletes, Finds, Marks, Types
from tests.adapters.slack_bench import adapter_of
from tests.servers.slack import BOT_TOKEN, BOT_USER, Limited, Lost, Refused, SlackServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.slack.adapter import Slack
    from bot.errors import PlatformError

STOP, AGAIN = Control("stop", "42", "Stop"), Control("again", "42", "Again")


@asynccontextmanager
async def adapter(slack: SlackServer) -> AsyncIterator[Slack]:
    made = adapter_of(slack)
    try:
        yield made
    finally:
        await made.close()


def place(channel: str, thread: str = "") -> ChatKey:
    return ChatKey("slack", "T0LOOPBACK", channel, thread)


def body(markdown: str) -> SlackBody:
    return SlackBody(markdown, markdown)


def plain(text: str) -> SlackBody:
    return SlackBody("", text)


def ts_of(ref: MessageRef) -> str:
    return ref.partition(":")[2]


# ---------------------------------------------------------------- posting and editing


async def test_a_reply_stands_in_the_thread_with_its_markdown_and_its_buttons() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)

        ref = await surface.post(body("**hi**"), controls=(STOP, AGAIN), key="k1")

        [message] = slack.thread("C1", root)
        assert message.ts == ts_of(ref)
        assert message.blocks[0] == {"type": "markdown", "text": "**hi**"}
        assert message.text == "**hi**"
        pressed = [(b["action_id"], b["value"], b["text"]["text"]) for b in message.buttons]
        assert pressed == [("stop", "42", "Stop"), ("again", "42", "Again")]
        assert slack.violations == []


async def test_a_direct_message_is_answered_in_the_chat_itself() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        asked = slack.dm("U1", "hello")
        surface = made.surface(place("DU1"), asked)

        await surface.post(body("hi"), controls=(), key="k1")

        assert [message.thread_ts for message in slack.replies("DU1")] == [""]


async def test_an_edit_changes_text_and_buttons_and_no_edit_leaves_old_ones() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        ref = await surface.post(body("one"), controls=(STOP,), key="k1")

        await surface.edit(ref, body("two"), controls=(AGAIN,))
        assert [b["action_id"] for b in slack.message("C1", ts_of(ref)).buttons] == ["again"]
        await surface.edit(ref, body("three"), controls=())

        message = slack.message("C1", ts_of(ref))
        assert (message.shown, message.buttons) == ("three", [])
        assert len(message.versions) == 3
        updates = [call.args for call in slack.calls if call.method == "chat.update"]
        assert {args["parse"] for args in updates} == {"none"}


async def test_an_equal_edit_is_a_success() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        ref = await surface.post(body("one"), controls=(), key="k1")

        await surface.edit(ref, body("one"), controls=())

        assert slack.message("C1", ts_of(ref)).shown == "one"


async def test_a_plain_page_is_shown_whole_with_and_without_buttons() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        text = "\n".join("5 &gt; 4 &amp; so on" for _ in range(180))

        ref = await surface.post(plain(text), controls=(STOP,), key="k1")
        message = slack.message("C1", ts_of(ref))
        assert message.shown == text.replace("&gt;", ">").replace("&amp;", "&")
        assert len(message.buttons) == 1
        await surface.edit(ref, plain(text), controls=())

        assert slack.message("C1", ts_of(ref)).blocks == []
        assert slack.message("C1", ts_of(ref)).text == text


def test_a_cut_never_goes_through_an_escape() -> None:
    for shift in range(8):
        text = "x" * shift + "&amp;" * 1_000

        rows = [block["text"]["text"] for block in blocks(plain(text), (STOP,))[:-1]]

        assert "".join(rows) == text
        assert max(len(row) for row in rows) <= 3_000
        assert all(row.count("&") == row.count(";") for row in rows)


async def test_a_whole_page_that_fits_is_accepted() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        page = "你好 & <!channel> *x* " * 300
        assert surface.dialect.fits(page)

        ref = await surface.post(surface.dialect.render(page), controls=(STOP, AGAIN), key="k1")
        await surface.edit(ref, surface.dialect.render(page), controls=(STOP,))
        await surface.edit(ref, surface.dialect.plain(page), controls=(STOP,))

        assert slack.violations == []


REFUSALS: list[tuple[str, type[PlatformError]]] = [
    ("channel_not_found", Closed),
    ("msg_too_long", TooLong),
    ("invalid_blocks", Rejected),
]


@pytest.mark.parametrize(("reason", "kind"), REFUSALS)
async def test_a_refused_post_tells_what_to_do(reason: str, kind: type[PlatformError]) -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        slack.fail("chat.postMessage", Refused(reason))

        with pytest.raises(kind):
            await made.surface(place("D1"), "").post(body("x"), controls=(), key="k")
        assert slack.count("chat.postMessage") == 1


async def test_an_edit_of_a_message_that_is_gone_says_so() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        slack.dm("U1", "hello")
        surface = made.surface(place("DU1"), "")

        with pytest.raises(Gone):
            await surface.edit(MessageRef("DU1:1795000000.000100"), body("x"), controls=())


# ---------------------------------------------------------------- pace


async def test_a_429_rests_the_scope_its_write_spends_from() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        slack.dm("U1", "hello")
        surface = made.surface(place("DU1"), "")
        ref = await surface.post(body("x"), controls=(), key="k")
        slack.fail("chat.update", Limited(3))
        slack.fail("chat.postMessage", Limited(4))

        with pytest.raises(RateLimited) as edit:
            await surface.edit(ref, body("y"), controls=())
        with pytest.raises(RateLimited) as post:
            await surface.post(body("z"), controls=(), key="k2")

        assert edit.value.scope in {limit.scope for limit in surface.pace.limits(WriteKind.EDIT)}
        assert post.value.scope in {limit.scope for limit in surface.pace.limits(WriteKind.POST)}
        assert (edit.value.retry_after, post.value.retry_after) == (3.0, 4.0)


def test_the_stated_pace_stays_within_slacks_tiers() -> None:
    calls = Calls(Secret(BOT_TOKEN), "http://127.0.0.1:1/api/")
    surface = SlackSurface(calls, place("C1"), "", SlackDialect())

    [edits] = surface.pace.edit
    channel, workspace = surface.pace.post

    assert edits.burst + 60 / edits.every <= 50
    assert (channel.scope, channel.burst) == ("channel:C1", 1)
    assert channel.every >= 1
    assert workspace.burst + 60 / workspace.every <= 300


# ---------------------------------------------------------------- abilities


async def test_abilities_are_those_the_place_has() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        thread, chat = made.surface(place("C1", "1.1"), ""), made.surface(place("D1"), "")

        assert all(isinstance(thread, ability) for ability in (Deletes, Finds, Marks, Types))
        assert all(isinstance(chat, ability) for ability in (Deletes, Finds, Marks))
        assert not isinstance(chat, Types)


async def test_a_question_is_marked_once_and_unmarked_once() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        ref = MessageRef(f"C1:{root}")

        await surface.mark(ref)
        await surface.mark(ref)
        assert slack.message("C1", root).reactions == {"eyes": {BOT_USER}}
        await surface.unmark(ref)
        await surface.unmark(ref)

        assert slack.message("C1", root).reactions == {"eyes": set()}


async def test_a_message_can_be_taken_back_twice() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        slack.dm("U1", "hello")
        surface = made.surface(place("DU1"), "")
        ref = await surface.post(body("x"), controls=(), key="k")

        await surface.delete(ref)
        await surface.delete(ref)

        assert slack.replies("DU1") == []


async def test_a_thread_shows_that_an_answer_is_being_made() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        surface = made.surface(place("C1", root), root)
        assert isinstance(surface, Types)

        await surface.typing()
        assert slack.statuses == {("C1", root): "is thinking…"}
        await surface.post(body("x"), controls=(), key="k")

        assert slack.statuses == {}


@pytest.mark.parametrize(("reason", "elsewhere"), [("missing_scope", 0), ("channel_not_found", 1)])
async def test_a_status_that_slack_refuses_is_not_tried_again(reason: str, elsewhere: int) -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root, other = slack.mention("C1", "U1", "hello"), slack.mention("C2", "U1", "hello")
        slack.fail("assistant.threads.setStatus", Refused(reason))
        here = made.surface(place("C1", root), root)
        there = made.surface(place("C2", other), other)
        assert isinstance(here, Types)
        assert isinstance(there, Types)

        await here.typing()
        await here.typing()
        await there.typing()

        assert slack.count("assistant.threads.setStatus") == 1 + elsewhere
        assert not isinstance(made.surface(place("C1", root), root), Types)


async def test_a_status_refused_for_haste_is_tried_again() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        slack.fail("assistant.threads.setStatus", Limited(0.1))
        surface = made.surface(place("C1", root), root)
        assert isinstance(surface, Types)

        with pytest.raises(RateLimited) as caught:
            await surface.typing()
        await asyncio.sleep(caught.value.retry_after)
        await surface.typing()

        assert slack.statuses
        assert caught.value.scope not in {"", "edits", "posts", "channel:C1"}
        assert slack.violations == []


@pytest.mark.parametrize("direct", [True, False])
async def test_a_post_whose_answer_was_lost_is_found_again(*, direct: bool) -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        asked = slack.dm("U1", "hello") if direct else slack.mention("C1", "U1", "hello")
        surface = made.surface(place("DU1") if direct else place("C1", asked), asked)
        slack.fail("chat.postMessage", Lost())
        with pytest.raises(Unavailable):
            await surface.post(body("x"), controls=(), key="k1")

        found = await surface.find("k1", body("x"), controls=())
        missing = await surface.find("k2", body("x"), controls=())

        assert found is not None
        assert slack.message("DU1" if direct else "C1", ts_of(found)).shown == "x"
        assert missing is None


async def test_a_post_in_a_thread_is_looked_for_while_channels_must_not_be_asked_about() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        thread, direct = (
            made.surface(place("C1", root), root),
            made.surface(place("DU1"), slack.dm("U1", "hello")),
        )
        slack.fail("conversations.history", Limited(60))
        ref = await thread.post(body("x"), controls=(), key="k1")

        with pytest.raises(RateLimited) as refused:
            await direct.find("k2", body("x"), controls=())

        assert refused.value.scope in {limit.scope for limit in direct.pace.find}
        assert await thread.find("k1", body("x"), controls=()) == ref


async def test_a_post_is_found_behind_many_other_messages() -> None:
    async with SlackServer() as slack, adapter(slack) as made:
        root = slack.mention("C1", "U1", "hello")
        for n in range(250):
            slack.say("C1", "U2", f"{n}", root)
        surface = made.surface(place("C1", root), root)
        ref = await surface.post(body("x"), controls=(), key="k1")

        assert await surface.find("k1", body("x"), controls=()) == ref
        assert slack.count("conversations.replies") == 2
