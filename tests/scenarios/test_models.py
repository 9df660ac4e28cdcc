"""Choosing who answers, as people do it, with the bot as a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.phrases import say
from tests.scenarios.test_commands import ANNA, CHANNEL, SLACK_ANNA, SLACK_BEN, ask, press, tell
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

THINKING = ("enable_thinking", "thinking_budget", "reasoning_effort")


def models(stage: Stage) -> list[str]:
    """Return who was asked, in order."""
    return [asked.body["model"] for asked in stage.qwen.requests]


def depth(stage: Stage) -> dict[str, Any]:
    """Return what the last request said about thinking."""
    body = stage.qwen.requests[-1].body
    return {name: body[name] for name in THINKING if name in body}


async def test_in_telegram_a_model_is_picked_with_its_price_in_view_and_holds_after_a_kill(
    stage: Stage,
) -> None:
    await stage.start()
    menu = await tell(stage, ANNA, "/model")
    assert "Strong – qwen3.8-max · 984K · $2 / $6" in menu.text
    assert [b.label for b in menu.buttons if b.label.startswith("✓")] == ["✓ qwen-plus"]

    await press(stage, menu, "Strong")
    assert menu.text.startswith("From your next message on, Strong answers here.")
    assert [b.label for b in menu.buttons if b.label.startswith("✓")] == ["✓ Strong"]
    await tell(stage, ANNA, "Hello?")
    await stage.kill()
    await stage.start()
    await tell(stage, ANNA, "Hello again?")

    assert models(stage) == ["qwen3.8-max", "qwen3.8-max"]
    assert len(stage.telegram.messages(ANNA)) == 3


async def test_in_slack_a_model_is_picked_from_a_list_and_by_words(stage: Stage) -> None:
    stage.slack.add_user(SLACK_ANNA, admin=True)
    await stage.start()

    menu = await ask(stage, "model")
    assert "qwen3.8-max" in menu.shown
    stage.slack.pick(CHANNEL, menu.ts, "model", "Strong", user=SLACK_ANNA)
    await stage.until(lambda: "answers here." in menu.shown)
    await stage.settled()
    await ask(stage, "Hello?", user=SLACK_BEN)
    chosen = await ask(stage, "model qwen3.8-flash")
    await ask(stage, "And now?", user=SLACK_BEN)
    unknown = await ask(stage, "model qwen3.8-maxi")

    assert "qwen3.8-flash" in chosen.shown
    assert models(stage) == ["qwen3.8-max", "qwen3.8-flash"]
    assert unknown.shown.startswith("I know no model")
    assert unknown.selects[0]["options"][0]["text"]["text"] == "qwen3.8-max"


async def test_a_retired_model_is_named_and_one_press_asks_the_same_question_of_another(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "qwen-max"}
    stage.qwen.reply(answer("Seven."))
    await stage.start()

    message = await tell(stage, ANNA, "How many?")
    assert message.text.startswith("The model qwen-max is not available to me.")
    await press(stage, message, "Ask qwen3.8-max")
    assert message.text == "Seven."
    await tell(stage, ANNA, "And now?")

    assert models(stage) == ["qwen-max", "qwen3.8-max", "qwen3.8-max"]
    assert stage.qwen.requests[1].body["messages"][-1]["content"] == "How many?"
    assert len(stage.telegram.messages(ANNA)) == 2
    assert "a model that is asked is retired" in stage.log


async def test_in_slack_the_button_under_a_retired_model_works_too(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "qwen-max"}
    stage.qwen.reply(answer("Seven."))
    await stage.start()

    reply = await ask(stage, "How many?")
    stage.slack.press(CHANNEL, reply.ts, "again", user=SLACK_ANNA)
    await stage.until(lambda: reply.shown == "Seven.")

    assert models(stage) == ["qwen-max", "qwen3.8-max"]


async def test_auto_asks_the_model_that_suits_and_says_why(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "auto"}
    await stage.start()

    await tell(stage, ANNA, "Hi!")
    assert (models(stage)[-1], depth(stage)) == ("qwen3.8-flash", {"enable_thinking": False})
    await tell(stage, ANNA, "仔细想想，三扇门选哪一扇？")
    assert (models(stage)[-1], depth(stage)) == (
        "qwen3.8-max",
        {"enable_thinking": True, "reasoning_effort": "xhigh"},
    )
    told = await tell(stage, ANNA, "/model")

    assert told.text.endswith(f"The last answer came from qwen3.8-max. {say('why_harder', 'en')}")


async def test_how_deeply_to_think_is_picked_and_told_to_the_provider(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "balanced"}
    await stage.start()

    await tell(stage, ANNA, "One?")
    assert depth(stage) == {}
    menu = await tell(stage, ANNA, "/think")
    await press(stage, menu, "Low")
    await tell(stage, ANNA, "Two?")
    assert depth(stage) == {"enable_thinking": True, "thinking_budget": 4096}
    await tell(stage, ANNA, "/think off")
    await tell(stage, ANNA, "Three?")
    assert depth(stage) == {"enable_thinking": False}


async def test_the_operators_own_list_shows_its_models_and_prices(stage: Stage) -> None:
    (stage.folder / "own.toml").write_text(
        'as_of = 2026-12-01\n[model."qwen-flash"]\nprices.USD = [{ input = 0, output = 0.01 }]\n'
    )
    stage.settings |= {"MODELS_FILE": "own.toml", "MODELS_ALLOWED": "qwen-flash"}
    await stage.start()

    menu = await tell(stage, ANNA, "/model")
    await tell(stage, ANNA, "/model qwen-flash")
    await tell(stage, ANNA, "Hello?")

    assert "qwen-flash · 984K · $0 / $0.01" in menu.text
    assert models(stage) == ["qwen-flash"]
