"""`/model` and `/think`: what is chosen, by whom, and what the model is then asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.catalog import Catalog
from bot.errors import ModelBusy, NoAccess
from bot.model import ChatKey, Control, Person, Reasoning, Select
from bot.phrases import say
from bot.turns.tokens import estimate_message
from tests.clock import virtual
from tests.fakes_model import Fail, says
from tests.store.building import BEN, rows
from tests.turns.office import ASKING, LINEUP, Office, office
from tests.turns.test_menus import offered, pick

if TYPE_CHECKING:
    from pathlib import Path

    from bot.turns.asking import Asking

GRADED = replace(
    LINEUP,
    usual="qwen-plus",
    fast="qwen3.8-flash",
    strong="qwen3.8-max",
    catalog=Catalog.load(currency="CNY"),
)
CHINA = replace(ASKING, model="qwen-plus", lineup=GRADED)
ADMIN = Person(id="admin", name="Ada")


def auto(asking: Asking = CHINA) -> Asking:
    return replace(asking, model="auto", lineup=replace(GRADED, usual="auto"))


async def told(o: Office, text: str, **more: Any) -> str:
    """Say something and return what the bot says last; the model has an answer to everything."""
    if not o.model.scripts:
        o.model.script(says("Well."))
    await o.say(text, **more)
    await o.rest()
    return o.chat.messages[-1].text


# ---------------------------------------------------------------- /model


@virtual
async def test_the_models_are_listed_with_context_and_price_and_the_current_one_is_marked(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        text = await told(o, "/model")

        assert text.split("\n") == [
            "**qwen-plus** answers in this chat.",
            "",
            "- **Fast** – `qwen3.8-flash` · 984K · ¥0.8 / ¥2.7",
            "- **Balanced** – `qwen3.7-plus` · 984K · ¥2–6 / ¥8–24",
            "- **Strong** – `qwen3.8-max` · 984K · ¥12 / ¥36",
            "- **Automatic** – I pick for each question",
            "- ✓ `qwen-plus` · 984K · ¥0.8 / ¥2–8",
            "- `other-model` · price not known",
            "",
            say("model_figures", "en", day="2026-11-22"),
        ]
        assert [o.label for o in offered(o).options] == [
            *("Fast", "Balanced", "Strong", "Automatic"),
            *("qwen-plus", "other-model"),
        ]
        assert offered(o).chosen.endswith(".qwen-plus")


@virtual
async def test_what_is_picked_rewrites_the_message_and_answers_from_then_on(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "Before?")
        await told(o, "/model")
        await pick(o, "Strong")
        menus = len(o.chat.messages)
        await told(o, "After?")

        text = o.chat.messages[1].text
        assert menus == 2
        assert text.startswith(say("model_done", "en", choice="Strong"))
        assert "- ✓ **Strong**" in text
        assert [ask.model for ask in o.model.asks] == ["qwen-plus", "qwen3.8-max"]
        assert [turn["model"] for turn in await o.turns() if turn["kind"] == "answer"] == [
            "qwen-plus",
            "qwen3.8-max",
        ]


@pytest.mark.parametrize(
    ("word", "model"),
    [
        ("strong", "qwen3.8-max"),
        ("最强", "qwen3.8-max"),
        ("qwen3.8-max", "qwen3.8-max"),
        ("OTHER-MODEL", "other-model"),
    ],
)
@virtual
async def test_a_model_is_chosen_by_words(tmp_path: Path, word: str, model: str) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, f"/model {word}")
        await told(o, "Hello?")

        assert o.model.asks[-1].model == model


@virtual
async def test_default_goes_by_the_operators_choice_again(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/model fast")
        assert (await told(o, "/model default")).startswith(say("model_done_usual", "en", choice="qwen-plus"))
        await told(o, "Hello?")

        assert o.model.asks[-1].model == "qwen-plus"
        assert await rows(o.database, "preference") == []


@virtual
async def test_a_name_nobody_may_choose_is_answered_with_the_nearest_ones(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        text = await told(o, "/model qwen3.8-`maxi`")

        assert text == say("model_unknown", "en", name="qwen3.8-maxi")
        assert offered(o).options[0].label == "qwen3.8-max"
        await pick(o, "qwen3.8-max")
        await told(o, "Hello?")
        assert o.model.asks[-1].model == "qwen3.8-max"


@virtual
async def test_a_choice_holds_in_its_chat_and_in_no_other(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/model strong")
        await told(o, "Here?")
        await told(o, "There?", chat=ChatKey("fake", "bot", "2"))

        assert [ask.model for ask in o.model.asks] == ["qwen3.8-max", "qwen-plus"]


@virtual
async def test_in_a_shared_chat_only_its_governors_choose(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        assert await told(o, "/model strong", shared=True, person=BEN) == say("not_governor", "en")
        assert await told(o, "/think high", shared=True, person=BEN) == say("not_governor", "en")
        assert "✓ `qwen-plus`" in await told(o, "/model", shared=True, person=BEN)
        await told(o, "/model strong", shared=True, person=ADMIN)
        await told(o, "Hello?", shared=True, person=BEN)

        assert o.model.asks[-1].model == "qwen3.8-max"


@virtual
async def test_a_choice_the_operator_withdrew_gives_way_to_the_usual_one(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/model other-model")
    closed = replace(CHINA, lineup=replace(GRADED, allowed=()))
    async with office(tmp_path, asking=closed) as o:
        await told(o, "Hello?")

        assert o.model.asks[-1].model == "qwen-plus"


@virtual
async def test_where_there_is_one_model_there_is_nothing_to_choose(tmp_path: Path) -> None:
    only = replace(GRADED, fast="qwen-plus", balanced="qwen-plus", strong="qwen-plus", allowed=())
    async with office(tmp_path, asking=replace(CHINA, lineup=only)) as o:
        assert await told(o, "/model") == say("model_only", "en", model="qwen-plus")
        assert o.chat.buttons == [[]]


@virtual
async def test_a_name_too_long_for_a_button_is_chosen_by_writing_it(tmp_path: Path) -> None:
    name = "a-very-long-name-of-a-model-with-many-parts"
    async with office(tmp_path, asking=replace(CHINA, lineup=replace(GRADED, allowed=(name,)))) as o:
        assert f"- `{name}`" in await told(o, "/model")
        assert name not in [option.label for option in offered(o).options]
        assert f"- ✓ `{name}`" in await told(o, f"/model {name}")


@virtual
async def test_of_a_role_and_a_choice_the_later_one_names_the_model(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/model fast")
        await told(o, "/role new Chef\nmodel: strong\nYou cook.")
        await told(o, "/role Chef")
        await told(o, "One?")
        await told(o, "/model balanced")
        await told(o, "Two?")

        assert [ask.model for ask in o.model.asks] == ["qwen3.8-max", "qwen3.7-plus"]


# ---------------------------------------------------------------- auto


@virtual
async def test_auto_picks_by_the_question_and_tells_why(tmp_path: Path) -> None:
    async with office(tmp_path, asking=auto()) as o:
        assert "✓ **Automatic**" in await told(o, "/model")
        await told(o, "Hi!")
        await told(o, "Write a function that sorts dates, please.")
        text = await told(o, "/model")

        assert [ask.model for ask in o.model.asks] == ["qwen3.8-flash", "qwen3.8-max"]
        answers = [turn for turn in await o.turns() if turn["kind"] == "answer"]
        assert [(turn["model"], turn["why"]) for turn in answers] == [
            ("qwen3.8-flash", "short"),
            ("qwen3.8-max", "code"),
        ]
        assert text.endswith(f"{say('model_last', 'en', model='qwen3.8-max')} {say('why_code', 'en')}")


@virtual
async def test_a_word_about_the_last_answer_goes_to_who_gave_it_until_it_is_forgotten(tmp_path: Path) -> None:
    async with office(tmp_path, asking=auto()) as o:
        for text in ("Prove that pi is irrational.", "why?", "/new", "why?"):
            await told(o, text)

        assert [ask.model for ask in o.model.asks] == ["qwen3.8-max", "qwen3.8-max", "qwen3.8-flash"]


@virtual
async def test_all_that_is_said_before_the_answer_begins_counts(tmp_path: Path) -> None:
    async with office(tmp_path, asking=auto()) as o:
        o.model.script(says("So."))
        await o.say("Two doors.", "Think harder: which one?")
        await o.rest()

        assert o.model.asks[-1].model == "qwen3.8-max"
        assert o.model.asks[-1].reasoning == Reasoning(enabled=True, effort="xhigh")


@virtual
async def test_no_reason_is_told_where_the_chat_had_chosen(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "Hi!")

        assert "last answer" not in await told(o, "/model")
        assert [turn["why"] for turn in await o.turns()] == ["", ""]


# ---------------------------------------------------------------- a model that is refused


@virtual
async def test_a_refused_model_is_named_and_the_same_question_asked_of_another_by_a_button(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        o.model.script([Fail(NoAccess())], says("From the other one."), says("Again from it."))
        await o.say("Hello?")
        await o.rest()

        assert o.chat.screen == [say("no_access_other", "en", model="qwen-plus", other="qwen3.7-plus")]
        (button,) = o.chat.messages[-1].versions[-1].controls
        assert isinstance(button, Control)
        assert button.label == say("label_ask", "en", model="qwen3.7-plus")
        await o.pick(button)
        await o.rest()
        assert o.chat.screen == ["From the other one."]
        assert "✓ **Balanced**" in await told(o, "/model") or "✓ `qwen3.7-plus`" in o.chat.messages[-1].text

        await told(o, "And now?")
        assert [ask.model for ask in o.model.asks] == ["qwen-plus", "qwen3.7-plus", "qwen3.7-plus"]
        assert o.model.questions[:2] == ["Hello?", "Hello?"]
        assert [turn["why"] for turn in await o.turns()][1] == "picked"


@virtual
async def test_in_a_shared_chat_the_button_holds_for_its_question_only(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        o.model.script([Fail(NoAccess())], says("From the other one."), says("As usual."))
        await o.say("Hello?", shared=True)
        await o.rest()
        assert o.chat.screen == [say("no_access_once", "en", model="qwen-plus", other="qwen3.7-plus")]
        (button,) = o.chat.messages[-1].versions[-1].controls
        assert isinstance(button, Control)
        await o.pick(button)
        await o.rest()
        await told(o, "And now?", shared=True)

        assert [ask.model for ask in o.model.asks] == ["qwen-plus", "qwen3.7-plus", "qwen-plus"]
        assert await rows(o.database, "preference") == []


@virtual
async def test_a_button_for_a_model_nobody_may_choose_changes_nothing(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        o.model.script([Fail(NoAccess())], says("As usual."))
        await o.say("Hello?")
        await o.rest()
        (button,) = o.chat.messages[-1].versions[-1].controls
        assert isinstance(button, Control)

        await o.pick(replace(button, value=f"{button.value.split('.')[0]}.gpt-9"))
        await o.rest()

        assert [ask.model for ask in o.model.asks] == ["qwen-plus", "qwen-plus"]
        assert await rows(o.database, "preference") == []


@virtual
async def test_where_the_model_that_stands_in_is_refused_too_a_third_one_is_offered(tmp_path: Path) -> None:
    asking = replace(CHINA, model="strong", fallback="qwen3.7-plus")
    async with office(tmp_path, asking=asking) as o:
        o.model.script([Fail(NoAccess())], [Fail(NoAccess())])
        await o.say("Hello?")
        await o.rest()

        assert [ask.model for ask in o.model.asks] == ["qwen3.8-max", "qwen3.7-plus"]
        assert o.chat.screen == [say("no_access_other", "en", model="qwen3.8-max", other="qwen3.8-flash")]


@virtual
async def test_where_there_is_no_other_model_the_operator_is_to_be_told(tmp_path: Path) -> None:
    only = replace(GRADED, fast="qwen-plus", balanced="qwen-plus", strong="qwen-plus", allowed=())
    async with office(tmp_path, asking=replace(CHINA, lineup=only)) as o:
        o.model.script([Fail(NoAccess())])
        await o.say("Hello?")
        await o.rest()

        assert o.chat.screen == [say("no_access", "en", model="qwen-plus")]
        assert o.chat.buttons == [[]]


@virtual
async def test_who_stands_in_is_told_in_its_own_words_how_deeply_to_think(tmp_path: Path) -> None:
    asking = replace(CHINA, model="strong", fallback="qwen-plus")
    async with office(tmp_path, asking=asking) as o:
        await told(o, "/think low")
        o.model.scripts.clear()
        o.model.script([Fail(ModelBusy())], says("Here."))
        await o.say("Hello?")
        await o.rest()

        assert [ask.reasoning for ask in o.model.asks] == [
            Reasoning(enabled=True, effort="low"),
            Reasoning(enabled=True, budget=4096),
        ]


# ---------------------------------------------------------------- /think


@virtual
async def test_how_deeply_to_think_is_offered_and_what_is_picked_is_asked_for(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        text = await told(o, "/think")
        assert text.startswith(say("think_now", "en", depth="Automatic"))
        assert [option.label for option in offered(o).options] == [
            *("Automatic", "Off", "Low", "Medium", "High")
        ]
        await told(o, "One?")
        await told(o, "/think")
        await pick(o, "Medium")
        assert o.chat.messages[-1].text == say("think_done", "en", depth="Medium")
        await told(o, "Two?")
        await told(o, "/model strong")
        await told(o, "Three?")

        assert [ask.reasoning for ask in o.model.asks] == [
            None,
            Reasoning(enabled=True, budget=16_384),
            Reasoning(enabled=True, effort="medium"),
        ]


@virtual
async def test_think_harder_holds_for_its_question_only(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/think off")
        for text in ("Well?", "仔细想想，选哪个？", "And now?"):
            await told(o, text)

        off = Reasoning(enabled=False)
        assert [ask.reasoning for ask in o.model.asks] == [off, Reasoning(enabled=True), off]


@virtual
async def test_a_model_that_takes_no_word_about_thinking_says_so(tmp_path: Path) -> None:
    async with office(tmp_path, asking=CHINA) as o:
        await told(o, "/model other-model")

        assert await told(o, "/think high") == say("think_cannot", "en", model="other-model", word="/model")
        assert [row["name"] for row in await rows(o.database, "preference")] == ["model"]


@virtual
async def test_a_model_that_always_thinks_cannot_be_told_not_to(tmp_path: Path) -> None:
    asking = replace(
        CHINA, model="qwen3.7-max-preview", lineup=replace(GRADED, allowed=("qwen3.7-max-preview",))
    )
    async with office(tmp_path, asking=asking) as o:
        assert await told(o, "/think off") == say(
            "think_always", "en", model="qwen3.7-max-preview", depth="Low"
        )
        assert "Off" not in [option.label for option in offered(o).options]


@virtual
async def test_a_depth_nobody_knows_is_answered_with_those_there_are(tmp_path: Path) -> None:
    async with office(tmp_path, asking=auto()) as o:
        assert await told(o, "/think like a fish") == say("think_unknown", "en", name="like a fish")
        assert isinstance(o.chat.messages[-1].versions[-1].controls[0], Select)


# ---------------------------------------------------------------- how much is asked for


@pytest.mark.parametrize(
    ("asking", "most"),
    [
        (replace(CHINA, max_tokens=100_000), 32_768),
        (replace(CHINA, max_tokens=100), 100),
        (CHINA, None),
        (replace(CHINA, model="other-model", max_tokens=100_000), 100_000),
    ],
)
@virtual
async def test_no_longer_answer_is_asked_for_than_the_model_can_write(
    tmp_path: Path, asking: Asking, most: int | None
) -> None:
    async with office(tmp_path, asking=asking) as o:
        await told(o, "Hello?")

        assert o.model.asks[-1].max_tokens == most


@virtual
async def test_a_model_with_a_small_window_is_sent_less_of_the_past(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[model."other-model"]\ncontext = 2000\noutput = 4000\n')
    lineup = replace(GRADED, catalog=Catalog.load(tmp_path / "own.toml"))
    async with office(tmp_path, asking=replace(CHINA, lineup=lineup)) as o:
        for n in range(5):
            await told(o, f"{n} " + "word " * 300)
        await told(o, "Last?")
        await told(o, "/model other-model")
        await told(o, "Last?")

        large, small = (sum(map(estimate_message, ask.messages)) for ask in o.model.asks[-2:])
        assert small <= 1500 < large
