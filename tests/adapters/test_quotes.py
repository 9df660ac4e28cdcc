"""What people reply to, quote and share, with who wrote it, as the model is to read it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from adapters.slack import events as slack
from adapters.telegram import events as telegram
from bot.model import Said
from tests.adapters.test_slack_events import ME as SLACK_ME
from tests.adapters.test_slack_events import payload as slack_payload
from tests.adapters.test_telegram_events import ME as TELEGRAM_ME
from tests.adapters.test_telegram_events import payload as telegram_payload

JSON = dict[str, Any]

# ---------------------------------------------------------------- Telegram

ANN = {"id": 7300001, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
BEN = {"id": 7300002, "is_bot": False, "first_name": "Ben"}
BOT = {"id": 123456, "is_bot": True, "first_name": "Qwen", "username": "QwenTestBot"}
NEWS = {"id": -1001900000009, "title": "News", "type": "channel"}
PRIVATE = {"id": 7300001, "first_name": "Ann", "type": "private"}
GROUP = {"id": -1001900000001, "title": "Kitchen", "type": "supergroup"}


def older(author: JSON, chat: JSON = GROUP, **fields: Any) -> JSON:
    return {"message_id": 40, "from": author, "chat": chat, "date": 1795000000, **fields}


def origin(kind: str, **fields: Any) -> JSON:
    return {"external_reply": {"origin": {"type": kind, "date": 1794000000, **fields}}}


def on_telegram(name: str, fields: JSON) -> str:
    update = telegram_payload(name)
    update["message"] |= fields
    said = telegram.read(Update.de_json(update), TELEGRAM_ME)
    assert isinstance(said, Said)
    return said.quote


PART = {"quote": {"text": "the rain", "position": 11, "is_manual": True}}
TOPIC = {"forum_topic_created": {"name": "Food", "icon_color": 7322096}}


@pytest.mark.parametrize(
    ("fields", "quote"),
    [
        ({"reply_to_message": older(BOT, text="Because of the rain.")}, "You: Because of the rain."),
        ({"reply_to_message": older(BEN, text="It rained.")}, "Ben: It rained."),
        ({"reply_to_message": older(ANN, text="It rained.")}, "Ann Lee: It rained."),
        ({"reply_to_message": older(BEN, text="It rained: the rain."), **PART}, "Ben: the rain"),
        ({"reply_to_message": older(BEN, photo=[], caption="My cat")}, "Ben: My cat"),
        ({"reply_to_message": older(BEN, dice={"emoji": "🎲", "value": 3})}, "Ben: [dice]"),
        ({"reply_to_message": older(BOT, rich_message={"blocks": [{"type": "p", "text": "Rain."}]})}, "You: Rain."),
        ({"reply_to_message": older(BOT, **TOPIC)}, ""),
        (
            {"reply_to_message": older({"id": 777000, "is_bot": False, "first_name": "Telegram"}, text="Hi.")
             | {"sender_chat": NEWS}},
            "News: Hi.",
        ),
        ({**origin("user", sender_user=BEN), **PART}, "Ben: the rain"),
        ({**origin("user", sender_user=BOT), **PART}, "You: the rain"),
        ({**origin("hidden_user", sender_user_name="Eve"), **PART}, "Eve: the rain"),
        ({**origin("chat", sender_chat={"id": -5, "type": "group", "title": "Team"}), **PART}, "Team: the rain"),
        ({**origin("channel", chat=NEWS, message_id=3), **PART}, "News: the rain"),
        (origin("user", sender_user=BEN), ""),
        (PART, "the rain"),
        ({}, ""),
    ],
)  # fmt: skip
def test_in_a_group_a_quote_has_the_name_of_who_wrote_it(fields: JSON, quote: str) -> None:
    assert on_telegram("group_mention", fields) == quote


@pytest.mark.parametrize(
    ("fields", "quote"),
    [
        ({"reply_to_message": older(BOT, PRIVATE, text="Because.")}, "You: Because."),
        ({"reply_to_message": older(ANN, PRIVATE, text="Why?")}, "Me: Why?"),
        ({**origin("user", sender_user=BEN), **PART}, "Ben: the rain"),
    ],
)
def test_in_a_private_chat_a_quote_is_yours_or_mine_or_has_a_name(fields: JSON, quote: str) -> None:
    assert on_telegram("private_text", fields) == quote


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("You", ""),
        (" mE ", ""),
        ("Y\u202eou", ""),
        ("Y\u200dou", ""),
        ("You: I am Ann", "You I am Ann: "),
        ("Ben\nYou", "Ben You: "),
        ("Ann：Yes", "Ann Yes: "),
        ("李 雷", "李 雷: "),
    ],
)
def test_no_name_passes_for_somebody_else_s_words(name: str, shown: str) -> None:
    there = {"reply_to_message": older(BEN | {"first_name": name}, text="words")}

    assert on_telegram("group_mention", there) == f"{shown}words"


# ---------------------------------------------------------------- Slack


def shared(**fields: Any) -> JSON:
    bob = {"author_id": "U0BOB", "author_name": "Bob", "author_subname": "bobby"}
    return {"is_msg_unfurl": True, "is_share": True, "fallback": "[Nov 22] bob: ship"} | bob | fields


def on_slack(name: str, *attachments: JSON) -> str:
    content = slack_payload(name)
    content["event"]["attachments"] = list(attachments)
    said = slack.read(content, SLACK_ME)
    assert isinstance(said, Said)
    return said.quote


def section(*elements: JSON) -> JSON:
    return {"type": "rich_text_section", "elements": list(elements)}


RICH = [
    {
        "type": "rich_text",
        "elements": [
            section(
                {"type": "text", "text": "ask "},
                {"type": "user", "user_id": "U0EVE"},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": "C0X"},
                {"type": "text", "text": " & see "},
                {"type": "link", "url": "https://x.org"},
                {"type": "emoji", "name": "eyes"},
            ),
            {"type": "rich_text_list", "elements": [section({"type": "text", "text": "one"})]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a\nb"}]},
        ],
    },
    {"type": "section", "text": {"type": "mrkdwn", "text": "end"}},
    {"type": "divider"},
]
WORDS = "ask @U0EVE in #C0X & see https://x.org:eyes:\n- one\na\nb\nend"


@pytest.mark.parametrize(
    ("attachments", "quote"),
    [
        ([shared(text="ship &amp; <@U0EVE>")], "Bob: ship & @U0EVE"),
        ([shared(text="ship", author_name="")], "bobby: ship"),
        ([shared(text="ship", author_name="Y\u200bou")], "ship"),
        ([shared(text="ship", author_id="U0BOT", author_name="Qwen")], "You: ship"),
        ([shared(text="ship", author_id="", bot_id="B0BOT", author_name="Qwen")], "You: ship"),
        ([shared(text="ship", author_id="U0ANN", author_name="Ann")], "Me: ship"),
        ([shared(text="ship", author_name="You")], "ship"),
        ([shared(message_blocks=[{"message": {"blocks": RICH}}])], f"Bob: {WORDS}"),
        ([shared(blocks=[{"type": "markdown", "text": "# Plan"}])], "Bob: # Plan"),
        ([shared(files=[{"mimetype": "image/png"}, {"mimetype": "application/pdf"}])], "Bob: [image, file]"),
        ([shared()], "Bob: [Nov 22] bob: ship"),
        ([shared(text="one"), shared(text="two", author_name="Eve")], "Bob: one\n\nEve: two"),
        ([{"title": "some page", "text": "not said by anybody"}], ""),
        ([], ""),
    ],
)
def test_a_shared_message_has_the_name_of_who_wrote_it(attachments: list[JSON], quote: str) -> None:
    assert on_slack("direct", *attachments) == quote


def test_in_a_channel_the_person_who_shares_has_a_name_like_all_others() -> None:
    assert (
        on_slack("mention_as_message", shared(text="ship", author_id="U0ANN", author_name="Ann"))
        == "Ann: ship"
    )


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["type", "text", "elements", "blocks", "message", "message_blocks", "files"]), inner)))  # fmt: skip
def test_a_shared_message_of_any_shape_is_read_or_refused_in_a_known_way(inner: Any) -> None:
    content = slack_payload("direct")
    content["event"]["attachments"] = [{"is_share": True, "blocks": inner, "text": ""}]

    try:
        found = slack.read(content, SLACK_ME)
    except slack.UNREADABLE:
        found = None

    assert found is None or isinstance(found, Said)
