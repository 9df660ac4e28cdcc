"""Commands with choices as people meet them, with the bot as a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.phrases import say
from bot.roles import built_in
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.slack_values import Message
    from tests.servers.telegram_world import Shown

ANNA, BEN, TEAM = 7, 8, -1007
SLACK_ANNA, SLACK_BEN, CHANNEL = "U0ANNA", "U0BEN", "C0TEAM"


async def tell(stage: Stage, chat: int, text: str, **more: Any) -> Shown:
    """Write to the bot in Telegram and return its next message, once it has come to rest."""
    before = len(stage.telegram.messages(chat))
    stage.telegram.say(chat, text, **more)
    await stage.until(lambda: len(stage.telegram.messages(chat)) > before)
    await stage.settled()
    return stage.telegram.messages(chat)[-1]


async def press(stage: Stage, message: Shown, label: str, user: int = ANNA) -> None:
    (button,) = [one for one in message.buttons if one.label.removeprefix("✓ ") == label]
    shown = len(message.versions)
    stage.telegram.press(message.message_id, button.data, user, chat_id=message.chat_id)
    await stage.until(lambda: len(message.versions) > shown)
    await stage.settled()


async def ask(
    stage: Stage, text: str, user: str = SLACK_ANNA, channel: str = CHANNEL, thread: str = ""
) -> Message:
    """Mention the bot in Slack and return what it answers, once it has come to rest."""
    before = len(stage.slack.replies(channel))
    stage.slack.mention(channel, user, text, thread_ts=thread or None)
    await stage.until(lambda: len(stage.slack.replies(channel)) > before)
    await stage.settled()
    return stage.slack.replies(channel)[-1]


async def write(stage: Stage, dm: str, text: str) -> None:
    """Write to the bot directly in Slack, and wait until it has come to rest."""
    before = len(stage.slack.replies(dm))
    stage.slack.dm(SLACK_ANNA, text)
    await stage.until(lambda: len(stage.slack.replies(dm)) > before)
    await stage.settled()


async def test_in_telegram_a_role_is_picked_in_the_message_that_offers_it(stage: Stage) -> None:
    stage.qwen.reply(answer("Hallo."))
    await stage.start()

    menu = await tell(stage, ANNA, "/role")
    assert [b.label for b in menu.buttons if b.label.startswith("✓")] == ["✓ Assistant"]
    await press(stage, menu, "Translator")
    assert [b.label for b in menu.buttons if b.label.startswith("✓")] == ["✓ Translator"]
    await tell(stage, ANNA, "Hello.")

    asked = stage.qwen.requests[-1].body
    assert built_in("en")["translator"].prompt in asked["messages"][0]["content"]
    assert asked["temperature"] == 0.3
    assert len(stage.telegram.messages(ANNA)) == 2


async def test_in_telegram_a_group_is_governed_by_its_administrators(stage: Stage) -> None:
    stage.telegram.chat(TEAM, admins=frozenset({BEN}))
    await stage.start()

    refused = await tell(stage, TEAM, "/role translator", user_id=ANNA)
    assert refused.text == say("not_governor", "en")
    chosen = await tell(stage, TEAM, "/role translator", user_id=BEN)
    assert chosen.text.startswith("From your next message on I am Translator.")


async def test_in_telegram_the_record_comes_as_a_file_and_in_pages(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower."))
    await stage.start()
    await tell(stage, ANNA, "What is a tulip?")

    await tell(stage, ANNA, "/export json")
    documents = [m.file for m in stage.telegram.messages(ANNA) if m.file is not None]
    (document,) = documents
    assert document.name == "conversations.json"
    (conversation,) = json.loads(document.content)["conversations"]
    assert [entry["question"] for entry in conversation["entries"]] == ["What is a tulip?"]

    listed = await tell(stage, ANNA, "/history")
    assert "What is a tulip?" in listed.text
    await press(stage, listed, "1. What is a tulip?")
    assert "A flower." in listed.text


async def test_in_telegram_the_bot_speaks_the_language_that_was_chosen_also_after_a_kill(
    stage: Stage,
) -> None:
    await stage.start()
    await tell(stage, ANNA, "/language 中文")
    await stage.kill()
    await stage.start()
    assert (await tell(stage, ANNA, "/new")).text == say("new_done", "zh")


async def test_in_slack_a_role_is_picked_from_a_list_and_holds_for_the_channel(stage: Stage) -> None:
    stage.slack.add_user(SLACK_ANNA, admin=True)
    stage.qwen.reply(answer("Hallo."))
    await stage.start()

    menu = await ask(stage, "role")
    stage.slack.pick(CHANNEL, menu.ts, "role", "Translator", user=SLACK_ANNA)
    await stage.until(lambda: "I am *Translator*" in menu.shown or "I am **Translator**" in menu.shown)
    await stage.settled()
    # One edit: the list and its choices come together.
    assert len(menu.versions) == 2
    await ask(stage, "Hello.", user=SLACK_BEN)

    system = stage.qwen.requests[-1].body["messages"][0]["content"]
    assert built_in("en")["translator"].prompt in system
    refused = await ask(stage, "role assistant", user=SLACK_BEN)
    assert say("not_governor", "en") in refused.shown


async def test_in_slack_somebody_makes_a_role_of_their_own_in_a_direct_message(stage: Stage) -> None:
    stage.qwen.reply(answer("Soup."))
    await stage.start()
    dm = stage.slack.dm_of(SLACK_ANNA)
    for text in ("role new Chef\ntemperature: 0.8\nYou are a chef.", "role chef", "What shall I cook?"):
        await write(stage, dm, text)

    asked = stage.qwen.requests[-1].body
    assert asked["messages"][0]["content"].endswith("You are a chef.")
    assert asked["temperature"] == 0.8


async def test_in_slack_the_record_comes_as_a_file(stage: Stage) -> None:
    stage.qwen.reply(answer("A flower."))
    await stage.start()
    dm = stage.slack.dm_of(SLACK_ANNA)
    stage.slack.dm(SLACK_ANNA, "What is a tulip?")
    await stage.until(lambda: stage.slack.replies(dm))
    await stage.settled()
    stage.slack.dm(SLACK_ANNA, "export")
    await stage.until(lambda: any(message.files for message in stage.slack.messages(dm)))
    (file,) = [file for message in stage.slack.messages(dm) for file in message.files]
    assert file.name == "conversations.md"


async def test_what_is_said_around_the_bot_reaches_the_model_where_a_group_wants_it(stage: Stage) -> None:
    stage.telegram.chat(TEAM, admins=frozenset({ANNA}))
    stage.qwen.reply(answer("Five million."))
    await stage.start()

    await tell(stage, TEAM, "/chatter on", user_id=ANNA)
    stage.telegram.say(TEAM, "The tender is at five million.", user_id=BEN)
    await tell(stage, TEAM, "@QwenTestBot what is the tender?", user_id=ANNA)

    question = stage.qwen.requests[-1].body["messages"][-1]["content"]
    assert "The tender is at five million." in question
    assert question.endswith("what is the tender?")


async def test_an_administrator_lets_a_stranger_in_who_asks_again(stage: Stage) -> None:
    stage.settings |= {"TELEGRAM_ALLOWED_USERS": "99", "ADMIN_USERS": f"telegram:{ANNA}"}
    stage.qwen.reply(answer("Hello, Ben."))
    await stage.start()

    refused = await tell(stage, BEN, "hello")
    assert f"{BEN}" in refused.text
    await tell(stage, ANNA, f"/allow {BEN}")
    assert (await tell(stage, BEN, "hello again")).text == "Hello, Ben."
