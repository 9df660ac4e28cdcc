"""Answers that grow in Telegram's own previews, and pages as rich messages, with the bot as a process of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from adapters.telegram.draft import SHOWN_ANEW
from tests.ledger import growing
from tests.scenarios.stage import ROOT
from tests.scenarios.telling import Telling
from tests.servers.qwen import Say, Think, Until, answer
from tests.servers.telegram import Lost, refuse
from tests.servers.telegram_world import DRAFT_LIFETIME

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, TEAM = 7, -1007
LONG = "A sentence of the answer that is long enough to be worth a look. " * 12
UNKNOWN = refuse("Not Found: method not found", 404)


@pytest.fixture
def drafts(stage: Stage) -> None:
    stage.settings = {**stage.settings, "TELEGRAM_STREAMING": "draft"}


@pytest.fixture
def rich(stage: Stage) -> None:
    stage.settings = {**stage.settings, "TELEGRAM_RICH": "on"}


@pytest.mark.usefixtures("drafts")
async def test_the_answer_grows_in_a_draft_and_ends_as_one_message(stage: Stage) -> None:
    told = Telling("**Bold** words. ", LONG, LONG)
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    drafted = stage.telegram.chat(ANNA).drafted
    for times in (0, 1):
        so_far = f"Bold words. {LONG * times}".strip()
        await stage.until(lambda so_far=so_far: drafted and drafted[-1].text == so_far)  # type: ignore[misc]
        told.go_on()
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.terminate()

    (message,) = stage.telegram.messages(ANNA)
    whole = f"Bold words. {LONG * 2}".strip()
    assert message.texts == [whole]
    assert not growing(message)
    assert all(whole.startswith(draft.text) and draft.can_stop for draft in drafted)
    assert drafted[-1].entities[0]["type"] == "bold"
    assert len({draft.draft_id for draft in drafted}) == 1
    assert not stage.telegram.drafts(ANNA)


@pytest.mark.usefixtures("drafts")
async def test_the_button_beside_a_draft_stops_the_answer_and_keeps_what_was_said(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.reply([Say(LONG), Until(never)])
    await stage.start()
    stage.telegram.say(ANNA, "tell me", thread=11)
    await stage.until(lambda: stage.telegram.drafts(ANNA, thread=11))

    stage.telegram.stop_draft(ANNA, thread=11)
    await stage.until(lambda: stage.telegram.messages(ANNA, thread=11))

    (message,) = stage.telegram.messages(ANNA)
    assert message.text.startswith(LONG.strip())
    assert "Stopped" in message.text
    await stage.until(lambda: stage.qwen.requests[0].left)


SOONER = 3.0
IMPATIENT = f"""
from adapters.telegram.draft import DraftSurface

DraftSurface.preview_seconds = {SOONER}
"""


@pytest.mark.usefixtures("drafts")
async def test_a_draft_is_shown_anew_before_the_platform_forgets_it(stage: Stage) -> None:
    assert SHOWN_ANEW <= DRAFT_LIFETIME - 10
    # Nobody needs to wait that long to see it happen.
    (stage.folder / "sitecustomize.py").write_text(IMPATIENT)
    stage.settings = {**stage.settings, "PYTHONPATH": f"{stage.folder}:{ROOT}"}
    stage.qwen.reply([Say(LONG), Until(asyncio.Event())])
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: len(stage.telegram.chat(ANNA).drafted) == 2)

    first, second = stage.telegram.chat(ANNA).drafted
    assert first.text == second.text == LONG.strip()
    assert second.at - first.at > SOONER / 2


@pytest.mark.usefixtures("drafts")
async def test_groups_are_shown_by_edits(stage: Stage) -> None:
    told = Telling(LONG, "The end.")
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(TEAM, "@QwenTestBot tell us", user_id=ANNA)
    await stage.until(lambda: stage.telegram.messages(TEAM))
    (message,) = stage.telegram.messages(TEAM)
    told.go_on()
    await stage.until(lambda: message.text == LONG + "The end.")

    assert len(message.versions) >= 2
    assert not stage.telegram.calls_to("sendMessageDraft")


@pytest.mark.usefixtures("drafts")
@pytest.mark.parametrize("refusal", [UNKNOWN, refuse("TEXTDRAFT_PEER_INVALID")])
async def test_a_server_without_drafts_is_asked_once(stage: Stage, refusal: object) -> None:
    stage.telegram.fail("sendMessageDraft", refusal, times=100)  # type: ignore[arg-type]
    await stage.start()

    for chat in (ANNA, 8):
        told = Telling(LONG, "The end.")
        stage.qwen.queue(told.script)
        stage.telegram.say(chat, "tell me")
        await stage.until(lambda chat=chat: stage.telegram.messages(chat))  # type: ignore[misc]
        (message,) = stage.telegram.messages(chat)
        told.go_on()
        await stage.until(lambda message=message: message.text == LONG + "The end.")  # type: ignore[misc]
        assert len(message.versions) >= 2

    assert len(stage.telegram.calls_to("sendMessageDraft")) == 1


@pytest.mark.usefixtures("drafts")
async def test_a_bot_killed_while_it_drafts_answers_in_one_message(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Say(LONG), Until(never)])
    stage.qwen.reply(answer("A short answer.", chunk=4))
    await stage.start()
    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.drafts(ANNA))

    await stage.kill()
    await stage.start()
    await stage.until(lambda: stage.telegram.messages(ANNA))

    assert [message.text for message in stage.telegram.messages(ANNA)] == ["A short answer."]


@pytest.mark.usefixtures("drafts")
async def test_sigterm_posts_what_was_drafted_and_the_next_start_edits_it(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Say(LONG), Until(never)])
    stage.qwen.reply(answer(LONG + "The end.", chunk=64))
    await stage.start()
    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.drafts(ANNA))

    await stage.terminate()
    (message,) = stage.telegram.messages(ANNA)
    assert "restarting" in message.text
    await stage.start()
    await stage.until(lambda: message.text.endswith("The end."))

    assert len(stage.telegram.messages(ANNA)) == 1


@pytest.mark.usefixtures("drafts")
async def test_a_page_that_is_full_is_posted_and_the_next_one_is_drafted(stage: Stage) -> None:
    whole = " ".join(f"Sentence {n} of a long answer." for n in range(300))
    stage.qwen.reply(answer(whole, chunk=200, pause=0.05))
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 3)
    await stage.terminate()

    messages = stage.telegram.messages(ANNA)
    assert " ".join(message.text for message in messages) == whole
    assert all(len(message.versions) == 1 for message in messages)


@pytest.mark.usefixtures("drafts")
async def test_a_draft_says_that_the_model_thinks(stage: Stage) -> None:
    said = asyncio.Event()
    stage.qwen.reply([Think("Hm. "), Until(said), *answer("Here it is.")])
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.chat(ANNA).drafted)
    said.set()
    await stage.until(lambda: stage.telegram.messages(ANNA))

    assert stage.telegram.chat(ANNA).drafted[0].text.startswith("Thinking… ")
    assert [message.texts for message in stage.telegram.messages(ANNA)] == [["Here it is."]]


# ---------------------------------------------------------------- rich messages

TABLE = "# Title\n\nSome words.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1 < 2\n```\n\n"


@pytest.mark.usefixtures("rich")
async def test_a_page_grows_and_ends_as_a_rich_message(stage: Stage) -> None:
    told = Telling(TABLE, LONG)
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    told.go_on()
    await stage.until(lambda: not growing(message))

    assert message.now.rich == (TABLE + LONG).strip()
    assert len(message.versions) >= 2
    assert not any(version.text for version in message.versions)


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize(
    "text",
    [
        "Two lines\nthat must not be joined.",
        "![alt](https://evil.example/leak.png)",
        "<details><summary>More</summary>hidden</details>",
        "Press <tg-button data='x'>me</tg-button>.",
        "See [google.com](https://evil.example/).",
        "The price is $5 and ==marked==.",
        "Turned \u202eround\u202c and hidden\U000e0041\U000e0042.",
    ],
)
async def test_what_telegram_would_read_differently_is_sent_as_text(stage: Stage, text: str) -> None:
    stage.qwen.reply(answer(text))
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.settled()

    (message,) = stage.telegram.messages(ANNA)
    assert message.text
    assert not message.now.rich


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize("refusal", [UNKNOWN, refuse("RICH_MESSAGE_UNSUPPORTED")])
async def test_a_server_without_rich_messages_gets_the_same_page_as_text(
    stage: Stage, refusal: object
) -> None:
    stage.telegram.fail("sendRichMessage", refusal, times=100)  # type: ignore[arg-type]
    stage.qwen.reply(answer(TABLE + LONG))
    await stage.start()

    for chat in (ANNA, 8):
        stage.telegram.say(chat, "tell me")
        await stage.until(lambda chat=chat: stage.telegram.messages(chat))  # type: ignore[misc]
        await stage.settled()

    assert all(stage.telegram.messages(chat)[0].text.endswith(LONG.strip()) for chat in (ANNA, 8))
    assert len(stage.telegram.calls_to("sendRichMessage")) == 1


@pytest.mark.usefixtures("drafts", "rich")
async def test_a_draft_ends_as_a_rich_message(stage: Stage) -> None:
    told = Telling(TABLE, LONG)
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.chat(ANNA).drafted)
    told.go_on()
    await stage.until(lambda: stage.telegram.messages(ANNA))

    (message,) = stage.telegram.messages(ANNA)
    assert message.now.rich == (TABLE + LONG).strip()


@pytest.mark.usefixtures("drafts")
async def test_a_post_after_drafts_that_nobody_confirmed_is_not_lost(stage: Stage) -> None:
    stage.telegram.fail("sendMessage", Lost())
    told = Telling(LONG, "The end.")
    stage.qwen.reply(told.script)
    await stage.start()

    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.chat(ANNA).drafted)
    told.go_on()
    await stage.until(lambda: stage.telegram.messages(ANNA))

    assert all(message.text == LONG + "The end." for message in stage.telegram.messages(ANNA))
