"""What answers cost, as people and the operator meet it, with the bot as a process of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from bot.phrases import say
from tests.scenarios.test_commands import ANNA, BEN, CHANNEL, SLACK_ANNA, SLACK_BEN, ask, press, tell
from tests.servers.qwen import Fault, Say, Until, Use, answer, flat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Script
    from tests.servers.slack_values import Message

USE = Use(prompt=1240, completion=310, cached=0)
COST = 1240 * 4 // 10 + 310 * 12 // 10
"""Millionths of a dollar that `USE` costs with qwen-plus."""
LINE = "1,240 → 310 tokens · $0.00087"
LONG = "A sentence of the answer that is long enough to be worth a look. " * 12


def priced(text: str) -> Script:
    return answer(text, chunk=40, usage=USE)


async def dm(stage: Stage, text: str, user: str = SLACK_ANNA) -> Message:
    """Write to the bot directly in Slack and return what it answers, once it has come to rest."""
    chat = stage.slack.dm_of(user)
    before = len(stage.slack.replies(chat))
    stage.slack.dm(user, text)
    await stage.until(lambda: len(stage.slack.replies(chat)) > before)
    await stage.settled()
    return stage.slack.replies(chat)[-1]


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5.0)) as connection:
        return connection.execute(query).fetchall()


# ---------------------------------------------------------------- what it cost


async def test_in_telegram_the_cost_stands_under_the_answer_and_usage_sums_it_up(stage: Stage) -> None:
    stage.settings |= {"SHOW_COST": "on", "ADMIN_USERS": f"telegram:{ANNA}"}
    stage.qwen.reply(priced("A mutex is a lock."))
    await stage.start()

    shown = await tell(stage, ANNA, "What is a mutex?")
    assert shown.text == f"A mutex is a lock.\n\n{LINE}"
    await tell(stage, BEN, "And a semaphore?")
    assert "tokens ·" not in str(stage.qwen.requests[-1].body)

    own = await tell(stage, ANNA, "/usage")
    assert "Today · answers: 1 · $0.00087\n• 1,240 tokens in, 0 % of them cached" in own.text
    await press(stage, own, "Everybody this month")
    assert "Everybody this month · answers: 2 · $0.0017" in own.text
    assert len([line for line in own.text.splitlines() if "· $0.00087 · answers: 1" in line]) == 2
    await press(stage, own, "By chat")
    assert "(Telegram) · $0.00087" in own.text


async def test_in_slack_the_cost_stands_under_the_answer_and_usage_is_a_word(stage: Stage) -> None:
    stage.settings |= {"SHOW_COST": "on", "ADMIN_USERS": f"slack:{SLACK_ANNA}"}
    stage.qwen.reply(priced("A mutex is a lock."))
    await stage.start()

    shown = await ask(stage, "What is a mutex?")
    assert LINE in shown.shown
    channel = await ask(stage, "usage all")
    assert say("usage_elsewhere", "en") in channel.shown

    own = await dm(stage, "usage")
    assert "$0.00087" in own.shown
    stage.slack.pick(stage.slack.dm_of(SLACK_ANNA), own.ts, "usage", "Everybody today", user=SLACK_ANNA)
    await stage.until(lambda: "Everybody today" in own.shown and "answers: 1" in own.shown)
    await stage.settled()
    stage.slack.pick(stage.slack.dm_of(SLACK_ANNA), own.ts, "usage", "By chat", user=SLACK_ANNA)
    await stage.until(lambda: f"Slack {CHANNEL}" in own.shown)
    await stage.settled()


async def test_an_answer_that_a_kill_cut_is_paid_for_and_its_line_says_so(stage: Stage) -> None:
    stage.settings |= {"SHOW_COST": "on"}
    stage.qwen.queue([Say(LONG), Until(asyncio.Event())])
    stage.qwen.reply(priced(LONG))
    await stage.start()
    stage.telegram.say(ANNA, "tell me")
    await stage.until(lambda: stage.telegram.messages(ANNA))
    await stage.kill()
    await stage.start()
    await stage.settled()

    (message,) = stage.telegram.messages(ANNA)
    held, paid = rows(stage.database, "SELECT prompt, cost, pending, estimated FROM usage ORDER BY id")
    assert (held[2:], paid) == ((0, 1), (1240, COST, 0, 0))
    assert f"≈ {1240 + held[0]:,} → 310 tokens · $0.0027" in message.text
    assert rows(stage.database, "SELECT DISTINCT cost FROM spent") == [(held[1] + COST,)]


# ---------------------------------------------------------------- budgets


async def test_a_budget_warns_once_ends_in_one_sentence_and_a_restart_forgives_nothing(stage: Stage) -> None:
    stage.settings |= {"PERSON_BUDGET_PER_MONTH": "0.0038", "MAX_TOKENS": "400", "CONTEXT_TOKENS": "1000"}
    stage.qwen.reply(priced("Yes."))
    await stage.start()

    shown = [(await tell(stage, ANNA, f"question {n}")).text for n in range(5)]
    near = say("near_limit_person_budget", "en", percent=91, most="$0.0038").strip("_")
    assert shown[:4] == ["Yes.", "Yes.", "Yes.", f"Yes.\n\n{near}"]
    assert shown[4].startswith("Of your budget for this month $0.00033 of $0.0038 is left, and this question")

    await stage.kill()
    await stage.start()
    asked = len(stage.qwen.requests)
    again = await tell(stage, ANNA, "please")
    assert again.text.startswith("Of your budget for this month $0.00033 of $0.0038 is left")
    assert (await tell(stage, BEN, "and me?")).text == "Yes."
    assert len(stage.qwen.requests) == asked + 1


async def test_in_slack_the_budget_of_all_bounds_administrators_too(stage: Stage) -> None:
    stage.settings |= {
        "BUDGET_PER_MONTH": "0.0010",
        "PERSON_BUDGET_PER_MONTH": "0.0001",
        "ADMIN_USERS": f"slack:{SLACK_ANNA}",
        "MAX_TOKENS": "100",
    }
    stage.qwen.reply(priced("Yes."))
    await stage.start()

    assert "Yes." in (await dm(stage, "question")).shown
    assert say("limit_rest", "en") in (await dm(stage, "another")).shown
    mine = (await dm(stage, "mine", SLACK_BEN)).shown
    assert "Of your budget for this month $0.00010 of $0.00010 is left" in mine
    assert len(stage.qwen.requests) == 1


async def test_a_budget_that_cannot_be_kept_keeps_the_bot_from_starting(stage: Stage) -> None:
    stage.settings |= {"BUDGET_PER_MONTH": "20", "MODEL_NAME": "a-model-of-mine"}

    process = await stage.spawn()
    code = await process.wait()

    assert code == 2
    assert "BUDGET_PER_MONTH cannot be kept: nobody knows what a-model-of-mine costs." in stage.log
    assert "MODELS_FILE" in stage.log


# ---------------------------------------------------------------- the cache


async def test_in_telegram_somebody_else_gets_the_same_answer_and_again_a_new_one(stage: Stage) -> None:
    stage.settings |= {"CACHE_TTL": "1h", "SHOW_COST": "on"}
    stage.qwen.queue(priced("Tokio."))
    stage.qwen.reply(priced("Tokyo."))
    await stage.start()
    await tell(stage, ANNA, "What is the capital of Japan?")

    cached = await tell(stage, BEN, "what is the capital of Japan")
    assert cached.text == f"Tokio.\n\n{say('cached', 'en').strip('_')}"
    assert len(stage.qwen.requests) == 1

    again = next(button for button in cached.buttons if button.label == "Again")
    stage.telegram.press(cached.message_id, again.data, BEN, chat_id=BEN)
    await stage.until(lambda: cached.text == f"Tokyo.\n\n{LINE}")
    await stage.settled()
    used = await tell(stage, BEN, "/usage")
    assert "1 more from the cache, at no cost" in used.text


async def test_in_slack_the_cache_knows_members_and_survives_a_kill(stage: Stage) -> None:
    stage.settings |= {"CACHE_TTL": "1h"}
    stage.qwen.reply(answer("Tokyo."))
    await stage.start()
    await dm(stage, "What is the capital of Japan?")
    await stage.kill()
    await stage.start()

    cached = await dm(stage, "What is the capital of Japan?", SLACK_BEN)

    assert "Tokyo." in cached.shown
    assert "at no cost" in cached.shown
    assert len(stage.qwen.requests) == 1


# ---------------------------------------------------------------- waiting in line


async def test_questions_of_both_platforms_go_out_at_the_accounts_rate(swift: Stage) -> None:
    swift.settings |= {"REQUESTS_PER_MINUTE": "120"}
    swift.qwen.reply(answer("Yes."))
    await swift.start()

    for n in range(4):
        swift.telegram.say(ANNA + n, "question")
        swift.slack.dm(f"U0P{n}", "question")
    await swift.until(lambda: len(swift.qwen.requests) == 8)
    await swift.settled()

    # Two a second: eight take three seconds, or one if each platform had a rate of its own.
    first, *_, last = [asked.arrived for asked in swift.qwen.requests]
    assert last - first > 2.0


async def test_who_waits_for_long_reads_their_place(swift: Stage) -> None:
    swift.settings |= {"REQUESTS_PER_MINUTE": "10"}
    swift.qwen.reply(answer("Yes."))
    await swift.start()

    swift.telegram.say(ANNA, "first")
    swift.telegram.say(BEN, "second")
    await swift.until(lambda: swift.telegram.messages(ANNA) and swift.telegram.messages(BEN))

    messages = [*swift.telegram.messages(ANNA), *swift.telegram.messages(BEN)]
    assert len([True for message in messages if "number 1 in line" in message.text]) == 1
    await swift.until(lambda: [message.text for message in messages] == ["Yes."] * 2)
    await swift.settled()


async def test_a_provider_that_refuses_all_the_same_slows_everybody_down(swift: Stage) -> None:
    swift.settings |= {"REQUESTS_PER_MINUTE": "6000"}
    refused = Fault(429, flat("limit_requests"), {"Retry-After": "2"})
    swift.qwen.queue([refused])
    swift.qwen.reply(answer("Yes."))
    await swift.start()

    swift.telegram.say(ANNA, "first")
    await swift.until(lambda: "the model is asked again" in swift.log)
    swift.telegram.say(BEN, "second")
    await swift.settled()

    first, *later = [asked.arrived for asked in swift.qwen.requests]
    assert len(later) == 2
    assert all(moment - first > 1.9 for moment in later)
