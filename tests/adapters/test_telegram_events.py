"""Every kind of update Telegram sends, and the event it is; payloads are anonymised updates."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from telegram import Update, User

from adapters.telegram.events import called, read
from bot.model import ChatKey, Edited, Event, MessageRef, Overheard, Person, Pressed, Said, Standing

PAYLOADS = Path(__file__).parent / "payloads" / "telegram"
ME = User(123456, "Qwen", is_bot=True, username="QwenTestBot")
ANN = Person(id="7300001", name="Ann Lee", language="en")
GROUP, FORUM = "-1001900000001", "-1001900000002"


def payload(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return content


def event(name: str) -> Event | None:
    return read(Update.de_json(payload(name)), ME)


def private(text: str) -> Said:
    return Said(
        key="message:7300001:41",
        chat=ChatKey("telegram", "123456", "7300001"),
        person=ANN,
        ref=MessageRef("7300001:41"),
        text=text,
        sent_at=datetime.fromtimestamp(1795000000, UTC),
    )


def group(text: str, chat: str = GROUP, quote: str = "") -> Said:
    return Said(
        key=f"message:{chat}:41",
        chat=ChatKey("telegram", "123456", chat),
        person=ANN,
        ref=MessageRef(f"{chat}:41"),
        text=text,
        sent_at=datetime.fromtimestamp(1795000000, UTC),
        route="41",
        quote=quote,
        shared=True,
    )


def topic(said: Said, thread: str) -> Said:
    return replace(said, chat=replace(said.chat, thread=thread))


def overheard(text: str, thread: str = "", chat: str = GROUP) -> Overheard:
    return Overheard(
        key=f"message:{chat}:41",
        chat=ChatKey("telegram", "123456", chat, thread),
        person=ANN,
        text=text,
        sent_at=datetime.fromtimestamp(1795000000, UTC),
    )


def machine(said: Said, identity: str, name: str) -> Said:
    return replace(said, person=Person(id=identity, name=name, standing=Standing.MACHINE))


SAID = {
    "private_text": private("What is a monad? 🐈"),
    "private_command": private("/new about cats"),
    "private_topic": topic(private("and then?"), "17"),
    "dirty_text": replace(
        private("half \ufffd and nul  end"),
        person=Person(id="7300001", name="[2JAnn eeL 👩\u200d🍳", language="en"),
    ),
    "group_mention": group("🐈 hey, what is this?"),
    "group_reply_to_bot": group("why?", quote="You: Because of the rain."),
    "group_mention_quotes_another": group("is that so?", "-4200001", quote="Ann Lee: The earth is flat."),
    "group_partial_quote": group("explain", quote="You: the rain"),
    "group_external_reply": group("summarise", quote="News: Long story"),
    "group_command": group("/NEW"),
    "group_bare_command": group("/help"),
    "group_text_mention": group("please help"),
    "group_thread_of_replies": group("hi"),
    "forum_mention": topic(group("hi", FORUM), "5"),
    "group_caption_mention": replace(group("what is it?"), attachments=("photo",)),
    "album_part": replace(private(""), attachments=("photo",), quiet=1.0),
    "voice": replace(private(""), attachments=("voice",)),
    "animation": replace(private(""), attachments=("animation",)),
    "forward": replace(private("Meeting moved to ten."), quiet=0.5),
    "anonymous_admin": machine(group("hi"), "1087968824", "Group"),
    "linked_channel": replace(machine(group("hi"), "777000", "Telegram"), quiet=0.5),
    "another_bot": machine(group("hi"), "555", "Other"),
    "via_bot": replace(private("a cat picture"), person=replace(ANN, standing=Standing.MACHINE)),
}

OTHER: dict[str, Event] = {
    "group_unaddressed": overheard("nobody asked the bot"),
    "group_longer_name": overheard("@QwenTestBot2 hello"),
    "group_name_in_code": overheard("send @QwenTestBot to me"),
    "group_reply_to_another": overheard("why?"),
    "forum_topic_of_the_bot": overheard("nobody asked", "5", FORUM),
    "edited": Edited(
        key="edit:7300001:41:1795000060:18f00ebd",
        chat=ChatKey("telegram", "123456", "7300001"),
        person=ANN,
        ref=MessageRef("7300001:41"),
        text="What is a comonad?",
        edited_at=datetime.fromtimestamp(1795000060, UTC),
    ),
    "group_edited": Edited(
        key=f"edit:{GROUP}:41:1795000060:53f767fd",
        chat=ChatKey("telegram", "123456", GROUP),
        person=ANN,
        ref=MessageRef(f"{GROUP}:41"),
        text="what is this now?",
        edited_at=datetime.fromtimestamp(1795000060, UTC),
    ),
    "pressed": Pressed(
        key="press:4382000000000001",
        chat=ChatKey("telegram", "123456", FORUM, "5"),
        person=ANN,
        control="stop",
        value="17",
        ref=MessageRef(f"{FORUM}:77"),
    ),
    "pressed_long_ago": Pressed(
        key="press:4382000000000002",
        chat=ChatKey("telegram", "123456", "7300001"),
        person=ANN,
        control="again",
        value="17",
        ref=MessageRef("7300001:12"),
    ),
    "draft_stopped": Pressed(
        key="stopped:7300001:4",
        chat=ChatKey("telegram", "123456", "7300001"),
        person=Person(id="7300001"),
        control="stop",
        value="4",
    ),
}

NOTHING = (
    "private_command_for_another",
    "group_command_for_another",
    "group_bare_command_of_another",
    "group_edited_unaddressed",
    "pressed_junk",
    "pressed_game",
    "unknown_kind",
    "own_message",
    "service",
    "channel_post",
)


@pytest.mark.parametrize("name", SAID)
def test_a_message_for_the_bot_is_what_a_person_said(name: str) -> None:
    assert event(name) == SAID[name]


@pytest.mark.parametrize("name", OTHER)
def test_what_is_not_said_to_the_bot_names_what_it_is_about(name: str) -> None:
    assert event(name) == OTHER[name]


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_not_for_the_bot_is_nothing(name: str) -> None:
    assert event(name) is None


def test_every_payload_is_expected_to_be_something_or_nothing() -> None:
    assert {file.stem for file in PAYLOADS.glob("*.json")} == {*SAID, *OTHER, *NOTHING}


@pytest.mark.parametrize(
    ("name", "late", "expected"),
    [
        ("group_edited", 900, True),
        ("group_edited", 901, False),
        ("group_edited_unaddressed", 60, False),
        ("edited", 60, False),
        ("private_text", 0, False),
    ],
)
def test_a_change_that_calls_the_bot_soon_says_the_message_too(name: str, late: int, expected: bool) -> None:
    update = payload(name)
    if message := update.get("edited_message"):
        message["edit_date"] = message["date"] + late

    said = called(Update.de_json(update), ME)

    assert (said is not None) == expected
    if said is not None:
        assert isinstance(said, Said)
        assert said.key == f"message:{GROUP}:41"
        assert said.sent_at.timestamp() == update["edited_message"]["edit_date"]


def test_two_changes_within_a_second_are_two_events() -> None:
    update = payload("edited")
    once = read(Update.de_json(update), ME)
    again = read(Update.de_json(update), ME)
    update["edited_message"]["text"] = "What is a functor?"
    other = read(Update.de_json(update), ME)

    assert isinstance(once, Edited)
    assert isinstance(other, Edited)
    assert once == again
    assert once.key != other.key


@pytest.mark.parametrize(("text", "quiet"), [("a" * 4000, 1.5), ("a" * 3999, 0.0), ("🐈" * 2000, 1.5)])
def test_a_very_long_message_waits_for_the_rest_of_the_paste(text: str, quiet: float) -> None:
    update = payload("private_text")
    update["message"]["text"] = text

    said = read(Update.de_json(update), ME)

    assert isinstance(said, Said)
    assert said.quiet == quiet


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@QwenTestBot", ""),
        ("@QwenTestBot: hello", "hello"),
        ("@QwenTestBot，你好", "你好"),
        ("thanks @QwenTestBot!", "thanks!"),
        ("first line\n@QwenTestBot\nsecond", "first line\n\nsecond"),
        ("a @QwenTestBot b", "a b"),
        ("call 🐈 @QwenTestBot", "call 🐈"),
    ],
)
def test_the_name_of_the_bot_leaves_no_trace_in_the_question(text: str, left: str) -> None:
    update = payload("group_mention")
    offset = len(text[: text.index("@")].encode("utf-16-le")) // 2
    update["message"] |= {"text": text, "entities": [{"type": "mention", "offset": offset, "length": 12}]}

    said = read(Update.de_json(update), ME)
    update["message"] |= {"entities": []}
    unmarked = read(Update.de_json(update), ME)

    assert isinstance(said, Said)
    assert said.text == left
    assert unmarked == said


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("/help", "/help"),
        ("/new@QwenTestBot now", "/new now"),
        ("/new@OtherBot", None),
        ("/helpful", None),
        ("/help/me", None),
        ("me@QwenTestBot.org", None),
        ("@QwenTestBots", None),
    ],
)
def test_in_a_text_that_is_not_marked_only_what_is_ours_is_found(text: str, read_as: str | None) -> None:
    update = payload("group_mention")
    update["message"] |= {"text": text, "entities": []}

    said = read(Update.de_json(update), ME)

    assert (said.text if isinstance(said, Said) else None) == read_as


@pytest.mark.parametrize(
    "data", ["", "stop", ":17", "stop:", "STOP:17", "stop:1 7", "stop:1:7", "a" * 33 + ":1"]
)
def test_data_that_no_button_of_ours_carries_is_nothing(data: str) -> None:
    update = payload("pressed")
    update["callback_query"]["data"] = data

    assert read(Update.de_json(update), ME) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "/new@OtherBot", "entities": [{"type": "bot_command", "offset": 0, "length": 13}]},
        {"text": ""},
        {"sender_chat": {"id": -1001900000009, "type": "channel", "title": "News"}},
        {"via_bot": {"id": 5, "is_bot": True, "first_name": "Gif"}},
        {"from": {"id": 555, "is_bot": True, "first_name": "Other"}},
        {"from": {"id": 123456, "is_bot": True, "first_name": "Qwen"}},
        {"chat": {"id": 7300001, "type": "private"}, "text": "/new@OtherBot"},
    ],
)
def test_orders_to_other_bots_and_what_machines_write_are_not_overheard(changes: dict[str, Any]) -> None:
    update = payload("group_unaddressed")
    update["message"] |= changes

    assert read(Update.de_json(update), ME) is None


def test_the_words_of_a_message_in_blocks_are_read_like_any_other() -> None:
    update = payload("private_text")
    del update["message"]["text"]
    update["message"]["rich_message"] = {
        "blocks": [
            {"type": "heading", "size": 1, "text": "Cats"},
            {"type": "paragraph", "text": ["They ", {"type": "bold", "text": ["sleep", " well"]}, "."]},
            {"type": "list", "items": [{"blocks": [{"type": "paragraph", "text": "one"}]}]},
            {"type": "table", "cells": [[{"text": "a"}, {"text": "b"}]]},
            {"type": "details", "summary": "More", "blocks": [{"type": "pre", "text": "code"}]},
            {"type": "mathematical_expression", "expression": "x^2"},
            {"type": "divider"},
        ]
    }

    said = read(Update.de_json(update), ME)

    assert isinstance(said, Said)
    assert said.text.split("\n") == ["Cats", "They sleep well.", "one", "a | b", "More", "code", "x^2"]
    assert said.attachments == ()


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("rich_message", {"blocks": [{"type": "photo", "photo": []}]}, "rich_message"),
        ("dice", {"emoji": "🎲", "value": 3}, "dice"),
        ("location", {"latitude": 1.0, "longitude": 2.0}, "location"),
    ],
)
def test_a_message_without_words_names_what_it_carries(field: str, value: object, kind: str) -> None:
    update = payload("private_text")
    del update["message"]["text"]
    update["message"][field] = value

    said = read(Update.de_json(update), ME)

    assert isinstance(said, Said)
    assert (said.text, said.attachments) == ("", (kind,))
