"""Listening to Telegram: nothing is confirmed before it is stored, and no trouble stops the bot for good."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from adapters.telegram import Telegram, build
from adapters.telegram.commands import PRIVATE_COMMANDS
from adapters.telegram.listen import SLACK, Backoff
from bot.errors import Misconfigured, Unreachable
from bot.model import ChatKey, Edited, Pressed, Said, Secret
from bot.phrases import LANGUAGES, menu
from tests.fakes_inbox import FakeInbox
from tests.servers.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    GARBAGE,
    UNAUTHORIZED,
    Drop,
    Hang,
    Lost,
    Raw,
    TelegramServer,
    refuse,
    too_many,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.servers.telegram_wire import Fault

TOKEN = Secret("123456:CANARY-token_of-the-bot")
ANN, GROUP = 7, -42
STOP = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:17"}]]}


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(TOKEN) as running:
        yield running


HOLD = 5
"""Seconds for which a poll without news is held."""


@asynccontextmanager
async def listening(
    server: TelegramServer, inbox: FakeInbox, *, hold: int = HOLD, slack: float = SLACK
) -> AsyncIterator[Telegram]:
    """Run the adapter until the block ends; what ends it earlier is raised."""
    adapter = Telegram(token=TOKEN, api_base=server.url, hold=hold, slack=slack, patience=0.01)
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(adapter.run(inbox))
            yield adapter
            task.cancel()
    finally:
        await adapter.close()


def texts(inbox: FakeInbox) -> list[str]:
    return [event.text for event in inbox.events if isinstance(event, Said)]


def offsets(server: TelegramServer) -> list[str]:
    return [call.params["offset"] for call in server.calls_to("getUpdates")]


# ---------------------------------------------------------------- stored, then confirmed


async def test_what_people_say_press_and_edit_reaches_the_inbox(server: TelegramServer) -> None:
    inbox = FakeInbox()
    async with listening(server, inbox) as adapter:
        message = server.say(ANN, "helo")
        said = (await inbox.wait(1))[0]
        server.edit(ANN, message, "hello")
        await inbox.wait(2)
        assert isinstance(said, Said)
        body = adapter.surface(said.chat, said.route).dialect.render("yes?")
        await adapter.surface(said.chat, said.route).post(body, controls=(), key="k")

    assert [type(event) for event in inbox.events] == [Said, Edited]
    assert said.chat.account == "123456"
    assert [shown.text for shown in server.messages(ANN)] == ["yes?"]
    assert server.violations == []


async def test_nothing_is_confirmed_before_it_is_stored(server: TelegramServer) -> None:
    inbox = FakeInbox()
    confirmed: list[int] = []
    inbox.before_accept = lambda: confirmed.append(len(server.updates.confirmed))
    inbox.hold()
    async with listening(server, inbox):
        server.say(ANN, "one")
        await server.until(lambda: any(call.status == 200 for call in server.calls_to("getUpdates")))
        waiting = len(server.updates.waiting)
        inbox.release()
        await inbox.wait(1)
        await server.until(lambda: server.updates.confirmed)

    assert confirmed == [0]
    assert waiting == 1


async def test_a_store_that_is_down_gets_the_same_updates_again(server: TelegramServer) -> None:
    inbox = FakeInbox()
    inbox.fail_next(2)
    async with listening(server, inbox):
        server.say(ANN, "one")
        await inbox.wait(1)

    assert len(inbox.refused) == 2
    assert texts(inbox) == ["one"]
    assert server.violations == []


async def test_a_bot_that_was_stopped_while_storing_loses_nothing(server: TelegramServer) -> None:
    slow, after = FakeInbox(), FakeInbox()
    slow.hold()
    async with listening(server, slow):
        server.say(ANN, "one")
        await server.until(lambda: any(call.status == 200 for call in server.calls_to("getUpdates")))
    async with listening(server, after):
        await after.wait(1)

    assert slow.events == []
    assert texts(after) == ["one"]


async def test_what_waits_at_a_restart_is_asked_for_whatever_its_ids(server: TelegramServer) -> None:
    inbox = FakeInbox()
    async with listening(server, inbox):
        server.say(ANN, "one")
        await server.until(lambda: len(server.updates.confirmed) == 1)
    server.updates.next_id = 99_995
    server.say(ANN, "two")
    before = len(server.calls_to("getUpdates"))
    async with listening(server, inbox):
        await server.until(lambda: len(server.updates.confirmed) == 2)

    assert offsets(server)[before : before + 2] == ["0", "99996"]
    assert texts(inbox) == ["one", "two"]


async def test_one_message_delivered_again_and_again_is_one_event(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.say(ANN, "once")
    again = server.updates.waiting[0]
    async with listening(server, inbox):
        await inbox.wait(1)
        for number in (100_005, 100_005, 100_003):
            server.update(again | {"update_id": number})
        await server.until(lambda: len(server.updates.confirmed) == 4)

    assert texts(inbox) == ["once"]


async def test_ids_that_start_again_below_the_old_ones_are_followed(server: TelegramServer) -> None:
    inbox = FakeInbox()
    async with listening(server, inbox):
        server.say(ANN, "old")
        await server.until(lambda: len(server.updates.confirmed) == 1)
        server.updates.next_id = 5
        for text in ("new", "newer"):
            server.say(ANN, text)
        await server.until(lambda: len(server.updates.confirmed) == 3)

    assert texts(inbox) == ["old", "new", "newer"]


async def test_a_group_that_becomes_a_supergroup_moves_between_what_was_said_before_and_after(
    server: TelegramServer,
) -> None:
    inbox = FakeInbox()
    old, new = ChatKey("telegram", "123456", "-42"), ChatKey("telegram", "123456", "-1001900000002")
    group, supergroup = {"id": -42, "type": "group"}, {"id": -1001900000002, "type": "supergroup"}
    note = {"message_id": 9, "date": 1_700_000_000, "from": {"id": ANN, "is_bot": False, "first_name": "Ann"}}
    server.say(-42, "/help", user_id=ANN)
    server.update({"message": note | {"chat": group, "migrate_to_chat_id": supergroup["id"]}})
    server.update({"message": note | {"chat": supergroup, "migrate_from_chat_id": group["id"]}})
    server.say(-1001900000002, "/help", user_id=ANN)
    async with listening(server, inbox):
        await inbox.wait(2)

    assert inbox.moves == [(old, new)] * 2
    assert [event.chat for event in inbox.events] == [old, new]
    assert inbox.aside == []


async def test_updates_that_cannot_be_read_stand_aside_and_the_others_go_on(server: TelegramServer) -> None:
    inbox = FakeInbox()
    good = {"message_id": 5, "chat": {"id": ANN, "type": "private"}, "from": {"id": ANN, "is_bot": False}}
    server.say(ANN, "first")
    server.update({"message": good | {"date": "yesterday", "text": "x"}})
    server.update({"message": {"text": "no chat, no date"}})
    server.update({"message": good | {"date": 10**30, "text": "x"}})
    server.update({"message": "a string"})
    server.update({"message": good | {"date": 1, "text": "x", "entities": [{"type": "mention"}]}})
    server.update({"some_future_kind": {"x": 1}})
    server.say(ANN, "last")
    async with listening(server, inbox):
        await inbox.wait(2)
        await server.until(lambda: len(server.updates.confirmed) == 8)

    assert texts(inbox) == ["first", "last"]
    assert [aside.key for aside in inbox.aside] == [f"update:{number}" for number in range(100_001, 100_006)]
    assert '"yesterday"' in inbox.aside[0].raw


async def test_an_update_that_can_neither_be_read_nor_set_aside_hides_no_other(
    server: TelegramServer,
) -> None:
    inbox = FakeInbox()
    inbox.fail_next(1_000)
    server.update({"message": "a string"})
    server.say(ANN, "hello")
    async with listening(server, inbox):
        await inbox.until(lambda: bool(inbox.refused))
        inbox.fail_next(0)
        await inbox.wait(1)
        await inbox.until(lambda: bool(inbox.aside))


async def test_an_update_that_is_no_object_is_set_aside_under_a_name_of_its_own(
    server: TelegramServer,
) -> None:
    inbox = FakeInbox()
    odd = '{"ok":true,"result":["odd",{"update_id":7,"message":3},{"update_id":6,"message":4}]}'
    server.fail("getUpdates", Raw(200, odd, "application/json"))
    async with listening(server, inbox):
        await server.until(lambda: len(server.calls_to("getUpdates")) > 1)

    assert offsets(server)[1] == "8"
    assert [aside.raw for aside in inbox.aside] == [
        '"odd"',
        '{"update_id": 7, "message": 3}',
        '{"update_id": 6, "message": 4}',
    ]


# ---------------------------------------------------------------- presses


async def test_every_press_is_answered_after_it_was_stored(server: TelegramServer) -> None:
    inbox = FakeInbox()
    async with listening(server, inbox) as adapter:
        server.say(ANN, "hi")
        said = (await inbox.wait(1))[0]
        surface = adapter.surface(said.chat, "")
        await surface.post(surface.dialect.render("…"), controls=(), key="k")
        inbox.hold()
        shown = server.messages(ANN)[0]
        pressed, junk = (server.press(shown.message_id, data, ANN) for data in ("stop:17", "junk"))
        await server.until(lambda: len([c for c in server.calls_to("getUpdates") if c.status == 200]) > 1)
        early = server.press_answer(pressed)
        inbox.release()
        await server.until(lambda: server.press_answer(pressed) and server.press_answer(junk))

    assert early is None
    assert [(e.control, e.value) for e in inbox.events if isinstance(e, Pressed)] == [("stop", "17")]


async def test_a_press_that_can_no_longer_be_answered_is_no_harm(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.fail(
        "answerCallbackQuery", refuse("query is too old and response timeout expired or query ID is invalid")
    )
    server.fail("answerCallbackQuery", Drop())
    message = server.wrote(ANN, "…")
    async with listening(server, inbox):
        for value in ("1", "2", "3"):
            press = server.press(message, f"stop:{value}", ANN)
            await server.until(lambda: len(server.calls_to("answerCallbackQuery")) == int(value))  # noqa: B023
        await server.until(lambda: server.press_answer(press))

    assert len(inbox.events) == 3


async def test_who_may_not_press_is_told_so_on_the_spot_and_nobody_else(server: TelegramServer) -> None:
    inbox = FakeInbox()
    message = server.wrote(GROUP, "…")
    async with listening(server, inbox):
        mine, theirs, long = (server.press(message, f"model:17.{n}", ANN, chat_id=GROUP) for n in range(3))
        inbox.told = {f"press:{theirs}": "Only **Ben** may do that: `/model`.", f"press:{long}": "no " * 100}
        await server.until(lambda: all(map(server.press_answer, (mine, theirs, long))))

    answers = [server.press_answer(press) or {} for press in (mine, theirs, long)]
    assert [answer.get("text", "")[:40] for answer in answers] == [
        "",
        "Only Ben may do that: /model.",
        "no " * 13 + "n",
    ]
    assert not any(answer.get("show_alert") for answer in answers)
    assert [e.value for e in inbox.events if isinstance(e, Pressed)] == ["17.0", "17.1", "17.2"]
    assert [shown.text for shown in server.messages(GROUP)] == ["…"]
    assert server.violations == []


# ---------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    "fault",
    [
        BAD_GATEWAY,
        GARBAGE,
        Raw(200, "[]", "application/json"),
        Raw(200, '{"ok":true}', "application/json"),
        Raw(200, '{"ok":true,"result":{"update_id":1}}', "application/json"),
        Raw(200, '{"ok":true,"result":[{"message":1}]}', "application/json"),
        Raw(200, '{"ok":true,"result":' + "[" * 5000 + "]" * 5000 + "}", "application/json"),
        Drop(),
        Lost(),
        refuse("something new"),
        Raw(401, "<h1>Log in to the network</h1>", "text/html"),
        Raw(404, "<h1>Not Found</h1>", "text/html"),
    ],
    ids=[
        "502",
        "html",
        "list",
        "no result",
        "no list",
        "no ids",
        "deep",
        "drop",
        "lost",
        "400",
        "401",
        "404",
    ],
)
async def test_a_platform_in_trouble_is_asked_again_until_it_answers(
    server: TelegramServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = FakeInbox()
    server.say(ANN, "kept")
    server.fail("getUpdates", fault, times=4)
    async with listening(server, inbox):
        await inbox.wait(1)

    assert texts(inbox) == ["kept"]
    assert {record.name for record in caplog.records} == {"adapters.telegram.listen"}
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    assert all("CANARY" not in record.getMessage() + str(vars(record)) for record in caplog.records)


async def test_polls_that_hang_are_cut(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.say(ANN, "kept")
    server.fail("getUpdates", Hang())
    began = time.monotonic()
    async with listening(server, inbox, hold=0, slack=0.3):
        await inbox.wait(1)

    assert 0.3 <= time.monotonic() - began < 10


async def test_a_request_to_wait_is_kept_to_the_second(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.say(ANN, "kept")
    server.fail("getUpdates", too_many(1))
    async with listening(server, inbox):
        await inbox.wait(1)

    first, second = server.calls_to("getUpdates")[:2]
    assert second.at - first.at >= 1.0
    assert server.violations == []


async def test_a_webhook_left_behind_is_removed_without_dropping_anything(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.updates.webhook = "https://example.org/old"
    server.say(ANN, "kept")
    server.fail("deleteWebhook", BAD_GATEWAY)
    async with listening(server, inbox):
        await inbox.wait(1)

    assert texts(inbox) == ["kept"]
    assert server.updates.webhook == ""
    assert len(server.calls_to("deleteWebhook")) == 2


async def test_another_poller_is_named_once_and_waited_for(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = FakeInbox()
    conflict = (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    server.fail("getUpdates", refuse(conflict, 409), times=5)
    async with listening(server, inbox):
        server.say(ANN, "kept")
        await inbox.wait(1)

    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [vars(record)["reason"] for record in warnings] == [
        "another process polls with the same bot token; stop it"
    ]
    assert server.calls_to("deleteWebhook") == []


async def test_a_token_revoked_while_running_ends_the_run_with_a_remedy(server: TelegramServer) -> None:
    adapter = Telegram(token=TOKEN, api_base=server.url, hold=5)
    server.fail("getUpdates", UNAUTHORIZED, after=1)
    server.say(ANN, "x")
    async with asyncio.timeout(30):
        with pytest.raises(Misconfigured) as caught:
            await adapter.run(FakeInbox())
    await adapter.close()

    assert "TELEGRAM_BOT_TOKEN" in caught.value.problems[0]
    assert "CANARY" not in str(caught.value)


def test_waiting_grows_by_half_to_half_a_minute_and_starts_again_after_success() -> None:
    backoff = Backoff(1.0)

    waits = [backoff.wait("x") for _ in range(12)]
    backoff.over()

    assert waits[:4] == [1.0, 1.5, 2.25, 3.375]
    assert waits[-1] == 30.0
    assert backoff.wait("x") == 1.0


# ---------------------------------------------------------------- starting and stopping


async def test_a_check_asks_once_and_the_run_does_not_ask_again(server: TelegramServer) -> None:
    adapter = Telegram(token=TOKEN, api_base=server.url + "/", hold=5)
    await adapter.check()
    inbox = FakeInbox()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(adapter.run(inbox))
        server.say(ANN, "x")
        await inbox.wait(1)
        task.cancel()
    await adapter.close()

    assert len(server.calls_to("getMe")) == 1


@pytest.mark.parametrize("token", ["123456:revoked", "no token at all", "123456:two\nlines", "123456:a/b"])
async def test_a_token_that_cannot_work_is_a_setting_to_correct(server: TelegramServer, token: str) -> None:
    adapter = build(token=Secret(token), api_base=server.url)

    with pytest.raises(Misconfigured) as checked:
        await adapter.check()
    with pytest.raises(Misconfigured):
        await adapter.run(FakeInbox())
    await adapter.close()

    assert "TELEGRAM_BOT_TOKEN" in checked.value.problems[0]
    assert token not in str(checked.value)


@pytest.mark.parametrize("fault", [BAD_GATEWAY, GARBAGE, Drop(), too_many(60)])
async def test_a_platform_that_cannot_be_asked_says_nothing_about_the_token(
    server: TelegramServer, fault: Fault
) -> None:
    adapter = build(token=TOKEN, api_base=server.url)
    server.fail("getMe", fault)

    with pytest.raises(Unreachable) as caught:
        await adapter.check()
    await adapter.close()

    assert "CANARY" not in f"{caught.value!r}{caught.value.__context__!r}"


async def test_a_bot_started_without_a_network_begins_when_it_is_there(server: TelegramServer) -> None:
    inbox = FakeInbox()
    server.say(ANN, "waited")
    await server.stop()
    async with listening(server, inbox):
        await asyncio.sleep(0.05)
        await server.start()
        server.fail("getMe", too_many(1))
        await inbox.wait(1)

    assert texts(inbox) == ["waited"]


async def test_a_silence_asked_of_the_check_is_kept_by_the_run(server: TelegramServer) -> None:
    adapter = Telegram(token=TOKEN, api_base=server.url, hold=HOLD)
    server.fail("getMe", too_many(1))
    with pytest.raises(Unreachable):
        await adapter.check()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(adapter.run(FakeInbox()))
        await server.until(lambda: server.updates.polled)
        task.cancel()
    await adapter.close()

    first, second = server.calls_to("getMe")
    assert second.at - first.at >= 1.0


async def test_a_network_that_comes_and_goes_loses_nothing(server: TelegramServer) -> None:
    inbox = FakeInbox()
    async with listening(server, inbox):
        server.say(ANN, "before")
        await inbox.wait(1)
        await server.stop()
        server.say(ANN, "meanwhile")
        await server.start()
        await inbox.wait(2)

    assert texts(inbox) == ["before", "meanwhile"]


async def test_stopping_is_prompt_while_a_poll_is_held(server: TelegramServer) -> None:
    async with listening(server, FakeInbox()):
        await server.until(lambda: server.updates.polled)
        began = time.monotonic()

    assert time.monotonic() - began < HOLD - 1


async def test_menus_are_set_in_every_language_and_a_failure_is_no_obstacle(server: TelegramServer) -> None:
    server.fail("setMyCommands", BAD_GATEWAY)
    for _ in range(2):
        inbox = FakeInbox()
        async with listening(server, inbox):
            known = len(server.calls_to("setMyCommands"))
            every = 3 * len(LANGUAGES)
            await server.until(lambda: len(server.calls_to("setMyCommands")) >= known + every)  # noqa: B023
            await server.until(lambda: server.calls_to("setMyCommands")[-1].status)
            server.say(ANN, "x")
            await inbox.wait(1)

    first = [{"command": name, "description": text} for name, text in menu(LANGUAGES[0], PRIVATE_COMMANDS)]
    assert server.menus["default", ""] == first
    places = {"default", "all_group_chats", "all_chat_administrators"}
    assert server.menus.keys() == {(place, tag) for place in places for tag in ("", *LANGUAGES[1:])}
    assert server.violations == []


async def test_a_menu_that_could_not_be_set_is_set_later_and_no_sooner_than_asked(
    server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.fail("setMyCommands", BAD_GATEWAY, times=3)
    server.fail("setMyCommands", too_many(1), after=1)
    every = 3 * len(LANGUAGES)
    async with listening(server, FakeInbox()):
        await server.until(lambda: len(server.menus) == every)

    calls = server.calls_to("setMyCommands")
    assert len(calls) == every + 4
    (refused,) = [n for n, call in enumerate(calls) if call.status == 429]
    assert calls[refused + 1].at - calls[refused].at >= 1.0
    assert len([one for one in caplog.records if "command menu" in one.getMessage()]) == 2


async def test_a_menu_that_is_refused_keeps_no_other_from_being_set(server: TelegramServer) -> None:
    server.fail("setMyCommands", BLOCKED)
    async with listening(server, FakeInbox()):
        await server.until(lambda: len(server.menus) == 3 * len(LANGUAGES) - 1)

    assert ("default", "") not in server.menus


async def test_each_sees_the_commands_that_are_of_use_to_them(server: TelegramServer) -> None:
    server.chat(ANN)
    adapter = build(token=TOKEN, api_base=server.url, admins=f"U0SLACK,{ANN},8")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(adapter.run(FakeInbox()))
        await server.until(lambda: len(server.calls_to("setMyCommands")) >= 5 * len(LANGUAGES))
        await server.until(lambda: server.calls_to("setMyCommands")[-1].status)
        running.cancel()
    await adapter.close()

    shown = {scope: {one["command"] for one in menu} for (scope, language), menu in server.menus.items()}
    assert shown["all_group_chats"] < shown["default"]
    assert shown["all_chat_administrators"] == {*shown["all_group_chats"], "chatter"}
    assert shown[f"chat:{ANN}"] == {*shown["default"], "status", "allow", "deny"}
    assert "chatter" not in shown["default"]
    assert "chat:8" not in shown
    assert server.violations == []


async def test_only_what_the_bot_reads_is_asked_for(server: TelegramServer) -> None:
    async with listening(server, FakeInbox()):
        await server.until(lambda: server.updates.polled)

    params = server.calls_to("getUpdates")[0].params
    assert server.violations == []
    assert params["allowed_updates"] == ["message", "edited_message", "callback_query"]
    assert params["timeout"] == "5"
