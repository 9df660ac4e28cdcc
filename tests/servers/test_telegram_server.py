"""The Telegram server of the tests keeps the platform's rules: every scenario stands on this."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.servers.telegram import (
    BAD_GATEWAY,
    BLOCKED,
    GARBAGE,
    UNAUTHORIZED,
    Button,
    Drop,
    Hang,
    Lost,
    Slow,
    TelegramServer,
    refuse,
    too_many,
)
from tests.servers.telegram_flood import Bucket, Flood, Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANN = 7
GROUP, SUPERGROUP = -42, -1001900000001
STOP = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:1"}]]}


class Client:
    """Calls methods as a bot does: form-encoded, structured parameters as JSON."""

    def __init__(self, server: TelegramServer, session: aiohttp.ClientSession) -> None:
        self.root = f"{server.url}/bot{server.token}"
        self.session = session

    async def __call__(self, method: str, **params: Any) -> Any:
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
        async with self.session.post(f"{self.root}/{method}", data=form) as response:
            return await response.json()

    async def wrong(self, method: str, **params: Any) -> str:
        answer = await self(method, **params)
        assert not answer["ok"]
        assert isinstance(answer["description"], str)
        return answer["description"]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.chat(ANN)
        yield running


@pytest.fixture
async def call(server: TelegramServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)


def bold(offset: int, length: int) -> dict[str, Any]:
    return {"type": "bold", "offset": offset, "length": length}


# ---------------------------------------------------------------- the wire


async def test_all_encodings_say_the_same(server: TelegramServer, call: Client) -> None:
    url = f"{call.root}/SENDMESSAGE"
    entities = [bold(0, 2)]
    multipart = aiohttp.FormData({"chat_id": "7", "text": "hi", "entities": json.dumps(entities)})
    multipart.add_field("unused", b"x", filename="x.bin")

    await call("sendmessage", chat_id=ANN, text="hi", entities=entities)
    for body in ({"json": {"chat_id": 7, "text": "hi", "entities": entities}}, {"data": multipart}):
        async with call.session.post(url, **body) as response:
            assert (await response.json())["ok"]
    async with call.session.get(url, params={"chat_id": "7", "text": "hi"}) as response:
        assert (await response.json())["result"]["from"]["is_bot"]

    assert [shown.covered("bold") for shown in server.messages(ANN)] == [["hi"], ["hi"], ["hi"], []]
    assert [entry.method for entry in server.calls] == ["sendMessage"] * 4


async def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(
    server: TelegramServer, call: Client
) -> None:
    for token, status in (("999:nope", 401), ("nonsense", 404), ("", 404)):
        async with call.session.get(f"{server.url}/bot{token}/getMe") as response:
            assert (response.status, (await response.json())["error_code"]) == (status, status)

    assert await call.wrong("sendHologram") == "Not Found: method not found"
    assert len(server.violations) == 4


async def test_text_that_is_not_utf_8_is_refused(call: Client) -> None:
    url = f"{call.root}/sendMessage"
    form = {
        "data": b"chat_id=7&text=%ED%A0%80",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }
    escaped = {"data": b'{"chat_id":7,"text":"\\ud83d"}', "headers": {"Content-Type": "application/json"}}

    for request in (form, escaped):
        async with call.session.post(url, **request) as response:  # type: ignore[arg-type]
            assert (await response.json())["description"] == "Bad Request: strings must be encoded in UTF-8"


# ---------------------------------------------------------------- polling


async def test_updates_stay_until_a_higher_offset_comes(server: TelegramServer, call: Client) -> None:
    first = [server.say(ANN, text) for text in ("a", "b")]

    twice = [await call("getUpdates") for _ in range(2)]
    rest = await call("getUpdates", offset=twice[0]["result"][1]["update_id"])

    assert first == [1, 2]
    assert [len(answer["result"]) for answer in twice] == [2, 2]
    assert [update["message"]["text"] for update in rest["result"]] == ["b"]
    assert [update["message"]["text"] for update in server.updates.confirmed] == ["a"]


async def test_a_poll_is_held_until_something_happens(server: TelegramServer, call: Client) -> None:
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(call("getUpdates", timeout=50))
        await server.until(lambda: server.updates.polled)
        server.say(ANN, "now")

    assert poll.result()["result"][0]["message"]["text"] == "now"


async def test_an_empty_poll_ends_after_its_timeout(call: Client) -> None:
    began = time.monotonic()

    answer = await call("getUpdates", timeout=1)

    assert answer["result"] == []
    assert 0.9 < time.monotonic() - began < 10


async def test_a_second_poller_throws_the_first_one_out(server: TelegramServer, call: Client) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(call("getUpdates", timeout=50))
        await server.until(lambda: server.updates.polled)
        second = tasks.create_task(call("getUpdates", timeout=50))
        await server.until(lambda: any(entry.status == 409 for entry in server.calls))
        server.say(ANN, "for the second")

    assert first.result()["description"].startswith("Conflict: terminated by other getUpdates request")
    assert len(second.result()["result"]) == 1
    assert server.violations


async def test_polling_is_refused_while_a_webhook_is_set(server: TelegramServer, call: Client) -> None:
    server.say(ANN, "kept")
    await call("setWebhook", url="https://example.org/hook")

    refusal = await call.wrong("getUpdates")
    await call("deleteWebhook", drop_pending_updates="false")

    assert refusal.startswith("Conflict: can't use getUpdates method while webhook is active")
    assert len((await call("getUpdates"))["result"]) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(server: TelegramServer, call: Client) -> None:
    await call("getUpdates", allowed_updates=["message"])
    message = server.say(ANN, "hello")
    server.edit(ANN, message, "hello?")
    server.update({"my_chat_member": {}})

    updates = (await call("getUpdates"))["result"]

    assert [sorted(update) for update in updates] == [["message", "update_id"]]


async def test_ids_may_start_again_anywhere(server: TelegramServer, call: Client) -> None:
    server.say(ANN, "old")
    await call("getUpdates", offset=100_001)
    server.updates.next_id = 5
    server.say(ANN, "new")

    updates = (await call("getUpdates", offset=100_001))["result"]

    assert [(update["update_id"], update["message"]["text"]) for update in updates] == [(5, "new")]


async def test_a_poller_that_went_away_is_forgotten(server: TelegramServer, call: Client) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await call("getUpdates", timeout=50)

    await call("getUpdates")

    assert server.violations == []


# ---------------------------------------------------------------- what people do


async def test_what_people_do_comes_as_updates(server: TelegramServer, call: Client) -> None:
    question = server.say(SUPERGROUP, "🐈 @QwenTestBot hi", user_id=9, thread=5, user={"last_name": "Lee"})
    server.say(SUPERGROUP, "more", user_id=9, reply_to=question, quote={"text": "hi", "position": 0})
    server.edit(SUPERGROUP, question, "ho")

    said, more, edited = (await call("getUpdates"))["result"]

    assert said["message"]["entities"] == [{"type": "mention", "offset": 3, "length": 12}]
    assert said["message"]["from"] | {"id": 9, "last_name": "Lee"} == said["message"]["from"]
    assert (said["message"]["message_thread_id"], said["message"]["is_topic_message"]) == (5, True)
    assert more["message"]["reply_to_message"]["text"] == "🐈 @QwenTestBot hi"
    assert more["message"]["quote"]["text"] == "hi"
    assert (edited["edited_message"]["text"], "edit_date" in edited["edited_message"]) == ("ho", True)


async def test_a_press_spins_until_it_is_answered_once(server: TelegramServer, call: Client) -> None:
    message = (await call("sendMessage", chat_id=ANN, text="hi", reply_markup=STOP))["result"]["message_id"]
    press = server.press(message, user_id=ANN)

    update = (await call("getUpdates"))["result"][0]["callback_query"]
    spinning = server.press_answer(press)
    await call("answerCallbackQuery", callback_query_id=press, text="stopped")

    assert (update["data"], update["message"]["message_id"]) == ("stop:1", message)
    assert spinning is None
    assert (server.press_answer(press) or {})["text"] == "stopped"
    assert "query is too old" in await call.wrong("answerCallbackQuery", callback_query_id=press)


# ---------------------------------------------------------------- messages


async def test_a_message_remembers_what_it_showed(server: TelegramServer, call: Client) -> None:
    sent = (await call("sendMessage", chat_id=ANN, text="one", reply_markup=STOP))["result"]
    await call(
        "editMessageText", chat_id=ANN, message_id=sent["message_id"], text="two", entities=[bold(0, 3)]
    )

    shown = server.messages(ANN)[0]

    assert (shown.text, shown.covered("bold"), shown.buttons) == ("two", ["two"], ())
    assert shown.texts == ["one", "two"]
    assert shown.versions[0].buttons == (Button("Stop", "stop:1"),)
    assert shown.versions[0].at < shown.versions[1].at


async def test_only_a_supergroup_counts_its_own_messages(server: TelegramServer) -> None:
    assert [server.say(chat, "x") for chat in (ANN, GROUP, SUPERGROUP, SUPERGROUP, ANN)] == [1, 2, 1, 2, 3]


async def test_edits_that_change_nothing_are_refused_but_no_offence(
    server: TelegramServer, call: Client
) -> None:
    message = (await call("sendMessage", chat_id=ANN, text="same", entities=[bold(0, 4)]))["result"][
        "message_id"
    ]

    refusal = await call.wrong(
        "editMessageText", chat_id=ANN, message_id=message, text="same \n", entities=[bold(0, 5)]
    )

    assert refusal.startswith("Bad Request: message is not modified: specified new message content")
    assert server.violations == []


async def test_only_own_messages_that_are_there_can_be_edited(server: TelegramServer, call: Client) -> None:
    theirs = server.say(ANN, "mine")
    ours = (await call("sendMessage", chat_id=ANN, text="ours"))["result"]["message_id"]
    server.delete(ANN, ours)

    answers = [
        await call.wrong("editMessageText", chat_id=ANN, message_id=number, text="x")
        for number in (theirs, ours, 99)
    ]

    assert answers == [
        "Bad Request: message can't be edited",
        "Bad Request: message to edit not found",
        "Bad Request: message to edit not found",
    ]
    assert server.messages(ANN) == []


@pytest.mark.parametrize(
    ("text", "entities", "description"),
    [
        ("", [], "message text is empty"),
        (" \n ", [], "message text is empty"),
        ("🐈" * 2049, [], "message is too long"),
        (
            "hi",
            [bold(0, 3)],
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 3",
        ),
        ("hi", [bold(3, 1)], "entity begins after the end of the text at UTF-16 offset 3"),
        ("🐈", [bold(1, 1)], "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1"),
        ("🐈", [bold(0, 1)], "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol"),
        (
            "hi",
            [{"type": "blink", "offset": 0, "length": 1}],
            "can't parse MessageEntity: unsupported type specified",
        ),
    ],
)
async def test_text_the_platform_cannot_show_is_refused(
    server: TelegramServer, call: Client, text: str, entities: list[object], description: str
) -> None:
    assert (
        await call.wrong("sendMessage", chat_id=ANN, text=text, entities=entities)
        == f"Bad Request: {description}"
    )
    assert len(server.violations) == 1


@pytest.mark.parametrize(
    ("entities", "complaint"),
    [
        ([bold(0, 1)] * 101, "101 entities; only 100 are shown"),
        ([bold(0, 4), {"type": "code", "offset": 1, "length": 1}], "code in bold"),
        ([{"type": "pre", "offset": 0, "length": 4}, bold(1, 1)], "bold in pre"),
        ([bold(0, 3), {"type": "italic", "offset": 2, "length": 3}], "crosses its end"),
        ([{"type": "blockquote", "offset": 0, "length": 4}] * 2, "quotes do not nest"),
        ([{"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}], "is dropped"),
        ([{"type": "text_link", "offset": 0, "length": 1, "url": "https://localhost/x"}], "is dropped"),
        ([{"type": "mention", "offset": 0, "length": 1}], "is ignored"),
    ],
)
async def test_formatting_the_platform_spoils_is_a_violation(
    server: TelegramServer, call: Client, entities: list[object], complaint: str
) -> None:
    answer = await call("sendMessage", chat_id=ANN, text="abcdefg", entities=entities)

    assert answer["ok"]
    assert any(complaint in violation for violation in server.violations)
    assert len(server.messages(ANN)[0].entities) <= 100


async def test_formatting_as_the_platform_allows_it_is_no_violation(
    server: TelegramServer, call: Client
) -> None:
    quote = {"type": "blockquote", "offset": 0, "length": 4}
    inside = [
        bold(0, 2),
        {"type": "italic", "offset": 0, "length": 1},
        {"type": "code", "offset": 3, "length": 1},
    ]
    links = [
        {"type": "text_link", "offset": 5, "length": 1, "url": url}
        for url in ("https://example.org/a?b=c#d", "tg://user?id=1", "mailto:a@example.org", "http://[::1]/")
    ]

    for link in links:
        await call("sendMessage", chat_id=ANN, text="abcdefg", entities=[quote, *inside, link])
    await call(
        "sendMessage",
        chat_id=ANN,
        text="c",
        entities=[{"type": "code", "offset": 0, "length": 1}, quote | {"length": 1}],
    )

    assert server.violations == []
    assert len(server.messages(ANN)) == 5


async def test_white_space_around_a_text_goes(server: TelegramServer, call: Client) -> None:
    await call("sendMessage", chat_id=ANN, text="\n bold \n", entities=[bold(2, 6)])

    assert (server.messages(ANN)[0].text, server.messages(ANN)[0].covered("bold")) == ("bold", ["bold"])


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        ({"inline_keyboard": [[{"text": "x", "callback_data": "d" * 65}]]}, "BUTTON_DATA_INVALID"),
        (
            {"inline_keyboard": [[{"text": " ", "callback_data": "d"}]]},
            "inline keyboard button text must be non-empty",
        ),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "d"}] * 9]}, "reply markup is too long"),
        ({"inline_keyboard": "x"}, "object expected as reply markup"),
    ],
)
async def test_keyboards_have_limits(call: Client, markup: object, description: str) -> None:
    refusal = await call.wrong("sendMessage", chat_id=ANN, text="x", reply_markup=markup)

    assert refusal == f"Bad Request: {description}"


async def test_a_reply_needs_its_target_unless_told_otherwise(server: TelegramServer, call: Client) -> None:
    question = server.say(ANN, "?")
    await call("sendMessage", chat_id=ANN, text="a", reply_parameters={"message_id": question})
    gone = {"message_id": 99, "allow_sending_without_reply": True}
    await call("sendMessage", chat_id=ANN, text="b", reply_parameters=gone)

    refusal = await call.wrong("sendMessage", chat_id=ANN, text="c", reply_parameters={"message_id": 99})

    assert [shown.reply_to for shown in server.messages(ANN)] == [question, None]
    assert refusal == "Bad Request: message to be replied not found"


async def test_topics_take_messages_while_they_are_open(server: TelegramServer, call: Client) -> None:
    server.chat(SUPERGROUP, forum=True, topics={5, 6}, closed_topics={6})

    await call("sendMessage", chat_id=SUPERGROUP, message_thread_id=5, text="in five")
    await call("sendMessage", chat_id=SUPERGROUP, text="too", reply_parameters={"message_id": 1})
    await call("sendMessage", chat_id=SUPERGROUP, text="in general")
    refusals = [
        await call.wrong("sendMessage", chat_id=SUPERGROUP, message_thread_id=thread, text="x")
        for thread in (6, 7, 1)
    ]

    assert [shown.text for shown in server.messages(SUPERGROUP, thread=5)] == ["in five", "too"]
    assert refusals == ["Bad Request: TOPIC_CLOSED"] + ["Bad Request: message thread not found"] * 2
    assert server.violations == []


async def test_chats_can_be_unknown_closed_or_moved(server: TelegramServer, call: Client) -> None:
    server.chat(8, shut=BLOCKED.description)
    server.chat(GROUP, moved_to=SUPERGROUP)

    answers = [await call("sendMessage", chat_id=chat, text="x") for chat in (404, 8, GROUP)]

    assert [answer["error_code"] for answer in answers] == [400, 403, 400]
    assert answers[0]["description"] == "Bad Request: chat not found"
    assert answers[2]["parameters"] == {"migrate_to_chat_id": SUPERGROUP}
    assert server.violations == []


async def test_menus_reactions_actions_and_deleting_have_their_rules(
    server: TelegramServer, call: Client
) -> None:
    question = server.say(GROUP, "?")
    eyes = [{"type": "emoji", "emoji": "👀"}]

    await call(
        "setMyCommands", commands=[{"command": "new", "description": "Start over"}], language_code="zh"
    )
    await call("setMessageReaction", chat_id=GROUP, message_id=question, reaction=eyes)
    await call("sendChatAction", chat_id=GROUP, action="typing")
    refusals = [
        await call.wrong("setMyCommands", commands=[{"command": "New!", "description": "x"}]),
        await call.wrong("setMyCommands", commands=[{"command": "new", "description": ""}]),
        await call.wrong("setMyCommands", commands=[], language_code="english"),
        await call.wrong("setMessageReaction", chat_id=GROUP, message_id=question, reaction=eyes * 2),
        await call.wrong(
            "setMessageReaction",
            chat_id=GROUP,
            message_id=question,
            reaction=[{"type": "emoji", "emoji": "🐈"}],
        ),
        await call.wrong("sendChatAction", chat_id=GROUP, action="dancing"),
        await call.wrong("deleteMessage", chat_id=GROUP, message_id=question),
        await call.wrong("sendMessageDraft", chat_id=GROUP, draft_id=1, text="x"),
    ]

    assert server.menus["default", "zh"] == [{"command": "new", "description": "Start over"}]
    assert server.everything(GROUP)[0].reaction == "👀"
    assert [action for _, action, _ in server.chat(GROUP).actions] == ["typing"]
    assert len(server.violations) == len(refusals)


# ---------------------------------------------------------------- faults and floods


async def test_scripted_faults_come_in_order_and_end(server: TelegramServer, call: Client) -> None:
    server.fail("sendMessage", refuse("can't parse entities: x"), after=1)
    server.fail("sendMessage", UNAUTHORIZED)

    answers = [await call("sendMessage", chat_id=ANN, text=str(n)) for n in range(4)]

    assert [answer.get("error_code", 200) for answer in answers] == [200, 400, 401, 200]
    assert [shown.text for shown in server.messages(ANN)] == ["0", "3"]
    assert server.violations == []


async def test_answers_that_are_none_store_nothing(server: TelegramServer, call: Client) -> None:
    server.fail("sendMessage", BAD_GATEWAY)
    server.fail("sendMessage", GARBAGE)

    for status in (502, 200):
        async with call.session.post(
            f"{call.root}/sendMessage", data={"chat_id": "7", "text": "x"}
        ) as response:
            assert response.status == status
            assert (await response.text()).startswith("<html>")

    assert server.messages(ANN) == []


async def test_a_lost_answer_was_carried_out_and_a_dropped_call_was_not(server: TelegramServer) -> None:
    server.fail("sendMessage", Lost())
    server.fail("sendMessage", Drop())

    for text in ("lost", "dropped"):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            # A fresh session: the client repeats a call by itself on a connection it had used before.
            async with aiohttp.ClientSession() as session:
                await Client(server, session)("sendMessage", chat_id=ANN, text=text)

    assert [shown.text for shown in server.messages(ANN)] == ["lost"]


async def test_slow_and_hanging_calls_let_others_pass(server: TelegramServer, call: Client) -> None:
    server.fail("sendMessage", Slow(1.0))
    server.fail("sendMessage", Hang())
    began = time.monotonic()

    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(call("sendMessage", chat_id=ANN, text="slow"))
        await server.until(lambda: server.messages(ANN))
        is_slow = not slow.done()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await call("sendMessage", chat_id=ANN, text="hangs")
        await call("sendMessage", chat_id=ANN, text="quick")

    assert slow.result()["ok"]
    assert is_slow
    assert time.monotonic() - began > 0.25
    assert [shown.text for shown in server.messages(ANN)] == ["slow", "quick"]


async def test_writing_into_a_silence_is_a_violation(server: TelegramServer, call: Client) -> None:
    server.chat(8)
    server.fail("editMessageText", too_many(2))

    refused = await call("editMessageText", chat_id=ANN, message_id=1, text="x")
    await asyncio.sleep(0.15)
    early = await call("sendMessage", chat_id=ANN, text="too early")
    elsewhere = await call("sendMessage", chat_id=8, text="another chat")
    await asyncio.sleep(1.95)
    later = await call("sendMessage", chat_id=ANN, text="in time")

    assert refused["parameters"] == {"retry_after": 2}
    assert early["error_code"] == 429
    assert elsewhere["ok"]
    assert later["ok"]
    assert server.violations == ["sendMessage: Too Many Requests: retry after 2"]


async def test_a_flood_is_punished_where_it_happens(call: Client) -> None:
    async with TelegramServer(flood=True) as server:
        server.chat(ANN)
        server.chat(8)
        flooding = Client(server, call.session)

        answers = [await flooding("sendMessage", chat_id=ANN, text=str(n)) for n in range(3)]
        # However slow the machine, nobody gets far.
        while answers[-1]["ok"] and len(answers) < 20:
            answers.append(await flooding("sendMessage", chat_id=ANN, text="more"))
        elsewhere = await flooding("sendMessage", chat_id=8, text="x")

    assert [answer["ok"] for answer in answers[:3]] == [True, True, True]
    assert answers[-1]["parameters"] == {"retry_after": 3}
    assert server.violations == [
        "sendMessage: Too Many Requests: retry after 3 (more than one write a second to a chat)"
    ]
    assert elsewhere["ok"]


def test_a_bucket_allows_its_rate_and_a_small_burst() -> None:
    bucket = Bucket(1.0, 3)

    times = [0.0, 0.0, 0.0, 0.5, 1.5, 1.6, 2.6]

    assert [bucket.take(100 + at) for at in times] == [True, True, True, False, True, False, True]


def test_thirty_writes_a_second_are_the_most_and_a_hiccup_of_the_machine_is_not_the_bots() -> None:
    def broken(times: list[float]) -> bool:
        flood = Flood(limits=True)
        return any(flood.exceeded(number, 1000 + at) for number, at in enumerate(times, 1))

    steady = [number / 28 for number in range(28 * 12)]

    assert not broken([max(at, 5.25) if at > 5 else at for at in steady])
    assert broken([0.0] * 31)
    assert broken([number / 33 for number in range(33 * 10)])


def test_a_window_allows_its_count_in_any_stretch_of_its_length() -> None:
    window = Window(20, 60.0)

    assert all(window.take(100 + 3.1 * number) for number in range(20))
    assert not window.take(159.5)
    assert window.take(162.0)


async def test_a_stopped_server_comes_back_where_it_was(server: TelegramServer, call: Client) -> None:
    url = server.url
    server.say(ANN, "kept")

    await server.stop()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await Client(server, session)("getMe")
    await server.start()

    assert server.url == url
    assert len((await call("getUpdates"))["result"]) == 1
