"""Every kind of payload Slack sends, and the event it is; payloads are anonymised deliveries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.events import UNREADABLE, Me, read, readable, ref_of, split
from bot.model import ChatKey, Edited, Event, MessageRef, Overheard, Person, Pressed, Said, Standing

PAYLOADS = Path(__file__).parent / "payloads" / "slack"
ME = Me(team="T0HOME", user="U0BOT", bot="B0BOT")
ANN = Person(id="U0ANN", standing=Standing.MEMBER)
TS, ROOT = "1795000000.000100", "1794999000.000200"


def payload(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return content


def event(name: str) -> Event | None:
    return read(payload(name), ME)


def place(channel: str, thread: str = "") -> ChatKey:
    return ChatKey("slack", "T0HOME", channel, thread)


@pytest.mark.parametrize(
    ("team", "enterprise", "homes"),
    [
        ("T1", "", {"T1"}),
        ("T1", "E1", {"T1", "E1"}),
        ("", "E1", {"E1"}),
        ("", "", {"T1", "E1", "T2"}),
    ],
)
def test_only_where_nothing_is_named_everybody_is_at_home(
    team: str, enterprise: str, homes: set[str]
) -> None:
    me = replace(ME, team=team, enterprise=enterprise)

    assert {one for one in ("", "T1", "E1", "T2") if me.is_home(one)} == homes


def in_channel(text: str, channel: str = "C0GEN", thread: str = TS) -> Said:
    return Said(
        key=f"{channel}:{TS}",
        chat=place(channel, thread),
        person=ANN,
        ref=MessageRef(f"{channel}:{TS}"),
        text=text,
        sent_at=datetime.fromtimestamp(1795000000.0001, UTC),
        route=f"{TS} U0ANN T0HOME",
        shared=True,
        opens=thread == TS,
        bare_commands=True,
        whispers=True,
    )


def by(person: Person, said: Said, team: str = "T0HOME") -> Said:
    return replace(said, person=person, route=f"{TS} {person.id} {team}")


def direct(text: str, thread: str = "") -> Said:
    return replace(in_channel(text, "D0ANN", thread), shared=False, opens=False, whispers=False)


def edited(text: str, chat: ChatKey) -> Edited:
    key = f"{chat.chat}:{TS}:1795000060.000000"
    return Edited(
        key=key,
        chat=chat,
        person=ANN,
        ref=MessageRef(f"{chat.chat}:{TS}"),
        text=text,
        edited_at=datetime.fromtimestamp(1795000060, UTC),
        bare_commands=True,
    )


def pressed(chat: ChatKey) -> Pressed:
    return Pressed(
        key=f"{chat.chat}:1795000001.000400:stop:1795000002.500000",
        chat=chat,
        person=replace(ANN, name="ann"),
        control="stop",
        value="42",
        ref=MessageRef(f"{chat.chat}:1795000001.000400"),
    )


def overheard(text: str, channel: str = "C0GEN") -> Overheard:
    said = in_channel(text, channel)
    return Overheard(key=said.key, chat=place(channel), person=ANN, text=text, sent_at=said.sent_at)


QUESTION = "what is a <lease> & why?"
OTHER_BOT = Person(id="U0OTHERBOT", standing=Standing.MACHINE)
STRANGER = Person(id="U0EXT", standing=Standing.STRANGER)

READ: dict[str, Event] = {
    "mention_as_message": in_channel(QUESTION),
    "mention_as_app_mention": in_channel(QUESTION),
    "mention_in_thread": in_channel(QUESTION, thread=ROOT),
    "mention_in_thread_as_app_mention": in_channel(QUESTION, thread=ROOT),
    "thread_without_mention": replace(in_channel("and then?", thread=ROOT), addressed=False),
    "channel_without_mention": overheard("lunch?"),
    "group_message_without_mention": overheard("lunch?", "G0MPIM"),
    "private_channel_mention": in_channel(QUESTION, "G0PRIV"),
    "group_message_mention": in_channel(QUESTION, "G0MPIM"),
    "direct": direct("hello"),
    "direct_in_thread": direct("and then?", ROOT),
    "files": replace(direct("look"), attachments=("image", "file")),
    "files_without_text": replace(direct(""), attachments=("image",)),
    "thread_broadcast": in_channel(QUESTION, thread=ROOT),
    "shared_message": replace(direct("what does this mean?"), quote="ship & @U0BOB"),
    "another_bot_mentions": by(OTHER_BOT, in_channel("deployed")),
    "another_bot_as_app_mention": by(OTHER_BOT, in_channel("deployed")),
    "workflow_without_user": by(Person(id="B0FLOW", standing=Standing.MACHINE), in_channel("daily report")),
    "from_another_workspace": by(STRANGER, in_channel(QUESTION), "T0AWAY"),
    "from_another_workspace_unmarked": by(STRANGER, in_channel(QUESTION), "T0AWAY"),
    "member_in_shared_channel": replace(
        in_channel(QUESTION), person=replace(ANN, standing=Standing.STRANGER)
    ),
    "edited": edited("new", place("C0GEN", TS)),
    "edited_in_direct": edited("new", place("D0ANN")),
    "edited_in_thread": edited("new", place("C0GEN", ROOT)),
    "pressed_stop": pressed(place("C0GEN", ROOT)),
    "pressed_in_direct": pressed(place("D0ANN")),
    "pressed_one_of_several": replace(
        pressed(place("C0GEN", ROOT)),
        key="C0GEN:1795000001.000400:history.2:1795000002.500000",
        control="history",
        value="42.2",
    ),
    "menu_chosen": replace(
        pressed(place("C0GEN", ROOT)),
        key="C0GEN:1795000001.000400:model:1795000002.500000",
        control="model",
        value="42.qwen3.8-max",
    ),
    "pressed_by_a_stranger": replace(pressed(place("C0GEN", ROOT)), person=replace(STRANGER, name="eve")),
}
NOTHING = [
    "another_bot_in_thread",
    "deleted",
    "edited_elsewhere",
    "home_opened",
    "joined",
    "link_unfurled",
    "nobody",
    "own_edit",
    "own_post",
    "own_post_with_another_bot_id",
    "root_deleted",
    "system_note",
    "view_submitted",
]


@pytest.mark.parametrize("name", READ)
def test_what_a_person_did_is_read(name: str) -> None:
    assert event(name) == READ[name]


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_not_for_the_bot_is_nothing(name: str) -> None:
    assert event(name) is None


def test_every_payload_kept_here_is_checked() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == {*READ, *NOTHING}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mention_as_message", "mention_as_app_mention"),
        ("mention_in_thread", "mention_in_thread_as_app_mention"),
        ("another_bot_mentions", "another_bot_as_app_mention"),
    ],
)
def test_both_deliveries_of_a_mention_are_one_event(one: str, other: str) -> None:
    assert event(one) is not None
    assert event(one) == event(other)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"subtype": "bot_message", "bot_id": "B0OTHER"},
        {"subtype": "channel_topic"},
        {"user": "USLACKBOT"},
        {"user": "U0BOT"},
    ],
)
def test_what_machines_write_and_what_has_no_words_is_not_overheard(changes: dict[str, str]) -> None:
    content = payload("channel_without_mention")
    content["event"] |= changes

    assert read(content, ME) is None


@pytest.mark.parametrize("begins", ["<@U0BEN> ", " <@U0BEN|ben>: ", "<!subteam^S1|@devs> "])
def test_who_is_named_first_in_a_thread_is_asked_and_not_the_bot(begins: str) -> None:
    content = payload("thread_without_mention")
    content["event"]["text"] = f"{begins}what do you think?"

    found = read(content, ME)

    assert isinstance(found, Overheard)
    assert found.chat.thread == content["event"]["thread_ts"]
    content["event"]["text"] += " And you, <@U0BOT>?"
    assert isinstance(both := read(content, ME), Said)
    assert both.addressed


def test_a_message_as_long_as_a_cut_paste_waits_for_the_rest() -> None:
    content = payload("direct")
    content["event"]["text"] = "x" * 3_899
    short = read(content, ME)
    content["event"]["text"] = "x" * 3_900
    long = read(content, ME)

    assert isinstance(short, Said)
    assert isinstance(long, Said)
    assert (short.quiet, long.quiet) == (0.0, 1.5)


def test_a_press_is_read_from_the_little_that_every_server_tells() -> None:
    content = payload("pressed_stop")
    sparse = {name: content[name] for name in ("type", "channel", "message", "actions", "team")}
    sparse["user"] = {"id": "U0ANN", "name": "ann"}

    assert read(sparse, ME) == event("pressed_stop")


def test_people_of_the_organisation_are_members() -> None:
    content = payload("mention_as_message")
    content["event"]["user_team"] = "E0ORG"

    at_home = read(content, replace(ME, enterprise="E0ORG"))
    away = read(content, ME)

    assert isinstance(at_home, Said)
    assert isinstance(away, Said)
    assert at_home.person.standing is Standing.MEMBER
    assert away.person.standing is Standing.STRANGER


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<@U0BOT> hi", "hi"),
        ("<@U0BOT|qwen>: hi", "hi"),
        ("  <@U0BOT>,  <@U0BOT> hi", "hi"),
        ("hey <@U0BOT> can you", "hey can you"),
        ("thanks <@U0BOT>, bye", "thanks, bye"),
        ("one\n<@U0BOT>\ntwo", "one\n\ntwo"),
        ("<@U0BOT>：你好", "你好"),
        ("<@U0BOT>，<@U0BOT>、用量", "用量"),
        ("what do you think, <@U0BOT>?", "what do you think?"),
        ("hey, <@U0BOT>, go on", "hey, go on"),
        ("&gt; they said\n<@U0BOT> is it so?", "> they said\nis it so?"),
        ("<@U0BOT>", ""),
        ("ask <@U0BOB> or <@U0EVE|eve>", "ask @U0BOB or @eve"),
        ("in <#C0GEN|general> or <#C0X> or <#C0Y|>", "in #general or #C0X or #C0Y"),
        ("<!here> <!subteam^S1|@devs> <!subteam^S1> <!channel>", "@here @devs @subteam @channel"),
        ("at <!date^1795000000^{date}|22 November>", "at 22 November"),
        ("<https://x.org/a?b=1&amp;c=2|the page>", "the page (https://x.org/a?b=1&c=2)"),
        ("<https://x.org/a>", "https://x.org/a"),
        ("<http://x.org|x.org> <https://x.org/|https://x.org/>", "x.org https://x.org/"),
        ("<mailto:a@x.org|a@x.org> <tel:+49123|+49123>", "a@x.org +49123"),
        ("if a &lt; b &amp;&amp; b &gt; c", "if a < b && b > c"),
        ("&amp;lt; stays", "&lt; stays"),
        ("```\n&lt;@U0BOB&gt;\n```", "```\n<@U0BOB>\n```"),
        ("a <> b", "a <> b"),
        ("a <|b> c", "a b c"),
    ],
)
def test_text_is_what_a_person_reads(raw: str, text: str) -> None:
    assert readable(raw, ME) == text


@given(st.text())
def test_any_text_a_person_types_comes_through_unchanged(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert readable(escaped, ME) == typed.strip()


@given(st.dictionaries(st.sampled_from(["type", "subtype", "user", "bot_id", "text", "ts"]), st.text()))
def test_a_payload_of_any_shape_is_read_or_refused_in_a_known_way(inner: dict[str, str]) -> None:
    content = payload("mention_as_message") | {"event": {"type": "message"} | inner}

    try:
        found = read(content, ME)
    except UNREADABLE:
        found = None

    assert found is None or found.chat.platform == "slack"


def test_a_ref_is_a_channel_and_a_ts() -> None:
    assert split(ref_of("C0GEN", TS)) == ("C0GEN", TS)
