"""What people see of a model that thinks before it answers."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.ledger import growing
from tests.servers.qwen import Pause, Say, Think, Until, answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, TEAM = 7, "C0TEAM"
THOUGHT = "First I look at the **question**. "
LINE = r"(Thinking|正在思考)… \d+ (s|秒)"


def thinking(*after: object, times: int = 8, every: float = 0.3) -> list[object]:
    steps = [step for _ in range(times) for step in (Think(THOUGHT), Pause(every))]
    return [*steps, *after]


async def test_a_short_thought_is_not_worth_a_word(stage: Stage) -> None:
    stage.qwen.reply([Think(THOUGHT), *answer("The answer.")])
    await stage.start()

    stage.telegram.say(ANNA, "why?")
    await stage.until(lambda: stage.telegram.messages(ANNA))

    assert stage.telegram.messages(ANNA)[0].texts == ["The answer."]


async def test_by_default_people_read_for_how_long_and_not_what(stage: Stage) -> None:
    thought = asyncio.Event()
    stage.qwen.reply([Think(THOUGHT), Until(thought), *answer("The answer.", chunk=40)])
    await stage.start()

    stage.telegram.say(ANNA, "为什么?", user={"language_code": "zh"})
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    thought.set()
    await stage.until(lambda: message.text == "The answer.")
    await stage.settled()

    assert message.text == "The answer."
    lines = [text for text in message.texts if text != message.text]
    assert lines
    assert all(re.fullmatch(LINE, line) for line in lines)
    assert not growing(message)


async def test_live_thoughts_grow_in_a_quote_and_give_way_to_the_answer(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "live"}
    more, thought = asyncio.Event(), asyncio.Event()
    stage.qwen.reply(
        [
            Think(THOUGHT),
            *(Until(more), Pause(1.5), Think("Then I look away. ")),
            *(Until(thought), *answer("The answer.")),
        ]
    )
    await stage.start()

    stage.telegram.say(ANNA, "why?")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    assert message.covered("blockquote")[0].startswith("First I look at the question.")
    more.set()
    await stage.until(lambda: "look away" in message.text)
    thought.set()
    await stage.until(lambda: message.text == "The answer.")

    *thoughts, _ = message.texts
    assert all("First I look" in text for text in thoughts)
    assert all(re.search(LINE + r"\Z", text) for text in thoughts)
    assert not message.entities


async def test_folded_thoughts_stay_above_the_answer_and_out_of_the_history(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "folded"}
    stage.qwen.queue(thinking(*answer("**The** answer.")))  # type: ignore[arg-type]
    stage.qwen.reply(answer("Because."))
    await stage.start()
    stage.telegram.say(ANNA, "why?")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    await stage.until(lambda: message.text.endswith("The answer."))

    stage.telegram.say(ANNA, "and why that?")
    await stage.until(lambda: len(stage.telegram.messages(ANNA)) == 2)

    (folded,) = message.covered("expandable_blockquote")
    assert folded == (THOUGHT * 8).replace("**", "").strip()
    assert message.covered("bold")[-1] == "The"
    assert [m["content"] for m in stage.qwen.requests[1].body["messages"][1:]] == [
        "why?",
        "**The** answer.",
        "and why that?",
    ]


async def test_folded_thoughts_only_take_the_room_a_page_leaves(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "folded"}
    whole = "😀" * 1990
    stage.qwen.reply([Think("🤔 ok 👩‍🍳 " * 300), *answer(whole, chunk=300)])
    await stage.start()

    stage.telegram.say(ANNA, "why?")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)
    await stage.until(lambda: not growing(message))

    (folded,) = message.covered("expandable_blockquote")
    assert message.text == f"{folded}\n{whole}"
    assert folded.startswith("…")
    assert re.fullmatch(r"…(🤔|ok|👩‍🍳| )+", folded)
    assert len(stage.telegram.messages(ANNA)) == 1


async def test_a_bot_killed_after_the_answer_was_complete_shows_the_thoughts_again(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "folded", "BOT_CRASH_AT": "answered"}
    stage.qwen.reply(thinking(*answer("The answer.")))  # type: ignore[arg-type]
    await stage.start()
    stage.telegram.say(ANNA, "why?")
    await stage.crashed()
    del stage.settings["BOT_CRASH_AT"]

    await stage.start()
    await stage.until(
        lambda: stage.telegram.messages(ANNA) and stage.telegram.messages(ANNA)[0].text.endswith("answer.")
    )

    (message,) = stage.telegram.messages(ANNA)
    assert message.covered("expandable_blockquote") == [(THOUGHT * 8).replace("**", "").strip()]
    assert len(stage.qwen.requests) == 1


async def test_a_thinking_model_can_be_stopped_from_the_line(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.reply([Think(THOUGHT), Until(never)])
    await stage.start()
    stage.telegram.say(ANNA, "why?")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    (message,) = stage.telegram.messages(ANNA)

    stage.telegram.press(message.message_id, user_id=ANNA)
    await stage.until(lambda: not growing(message))

    assert "Stopped" in message.text
    assert "Thinking" not in message.text


@pytest.mark.parametrize("streaming", ["edit", "native"])
async def test_folded_thoughts_in_slack_stand_in_a_quote(stage: Stage, streaming: str) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "folded", "SLACK_STREAMING": streaming}
    stage.qwen.reply(thinking(*answer("The answer.")))  # type: ignore[arg-type]
    await stage.start()

    stage.slack.mention(TEAM, "U0ANNA", "why?")
    await stage.until(lambda: stage.slack.replies(TEAM))
    (reply,) = stage.slack.replies(TEAM)
    await stage.until(lambda: reply.shown.endswith("The answer."))

    assert reply.shown.startswith("> First I look at the question.")
    assert "**" not in reply.shown
    assert not growing(reply)


async def test_thoughts_without_an_answer_end_in_a_sentence(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SHOW_THINKING": "live"}
    stage.qwen.reply([*thinking(), Say(""), *answer("")])  # type: ignore[list-item]
    await stage.start()

    stage.telegram.say(ANNA, "why?")
    await stage.until(
        lambda: stage.telegram.messages(ANNA) and "nothing to say" in stage.telegram.messages(ANNA)[0].text
    )

    assert "First I look" not in stage.telegram.messages(ANNA)[0].text
