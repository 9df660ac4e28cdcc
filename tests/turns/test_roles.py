"""`/role`: chosen, made, changed, shared and deleted, and what the model is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import phrases
from bot.model import ChatKey, Control, Person, Tone
from bot.phrases import say
from bot.roles import Role, built_in, with_role
from bot.turns.deeds import role_form
from tests.clock import virtual
from tests.fakes_model import says
from tests.store.building import BEN
from tests.turns.office import ASKING, Office, office
from tests.turns.test_menus import offered, pick

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = Person(id="admin", name="Ada")
CHEF = "Chef\ndescription: cooks\ntemperature: 0.8\nmax_tokens: 800\nYou are a chef.\nShort steps: please."


async def told(o: Office, text: str, **more: Any) -> str:
    """Say something and return what the bot says last; the model has an answer to everything."""
    if not o.model.scripts:
        o.model.script(says("Well."))
    await o.say(text, **more)
    await o.rest()
    return o.chat.messages[-1].text


def button(o: Office, label: str) -> Control:
    """Return the button with this label under what the bot said last."""
    controls = [one for one in o.chat.messages[-1].versions[-1].controls if isinstance(one, Control)]
    (found,) = [one for one in controls if one.label == say(label, "en")]
    return found


@virtual
async def test_the_roles_that_come_along_are_listed_with_the_current_one_chosen(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        text = await told(o, "/role")
        assert [option.label for option in offered(o).options] == [r.name for r in built_in("en").values()]
        assert offered(o).chosen.endswith(".assistant")
        assert all(role.description in text for role in built_in("en").values())


@virtual
async def test_a_role_that_is_picked_shapes_the_next_question_and_is_stored_with_the_turn(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, asking=replace(ASKING, temperature=1.0, top_p=0.9)) as o:
        await told(o, "/role")
        await pick(o, "Translator")
        assert o.chat.messages[-1].text.split("\n")[0] == say("role_chosen", "en", name="Translator")
        o.model.script(says("Hallo."))
        await told(o, "Hello.")

        (ask,) = o.model.asks
        assert ask.messages[0].content.startswith(f"{ASKING.system}\n\n")
        assert built_in("en")["translator"].prompt in ask.messages[0].content
        assert (ask.temperature, ask.top_p) == (0.3, 0.9)
        assert (await o.turns())[-1]["role"] == "translator"


@virtual
@pytest.mark.parametrize("name", ["translator", "Translator", "翻译"])
async def test_a_role_is_chosen_by_its_name_in_any_language(tmp_path: Path, name: str) -> None:
    async with office(tmp_path) as o:
        await told(o, f"/role {name}")
        await told(o, "Hello.")
        assert (await o.turns())[-1]["role"] == "translator"


@virtual
async def test_a_role_of_several_words_is_chosen_where_words_are_commands(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "role new Sea Pirate\nYou are a pirate.", bare_commands=True)
        await told(o, "role use sea pirate", bare_commands=True)
        await told(o, "Ahoy?")
        assert o.model.asks[-1].messages[0].content.endswith("You are a pirate.")


@virtual
async def test_the_button_of_a_role_that_is_gone_says_so_without_its_number(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/role new Chef\nYou cook.")
        (use,) = [one for one in o.chat.messages[-1].versions[-1].controls if isinstance(one, Control)]
        await told(o, "/role delete chef")
        drop = button(o, "label_delete")
        await o.pick(drop)
        await asyncio.sleep(0.1)
        await o.pick(drop)
        await o.rest()
        assert o.chat.messages[-1].text.startswith(say("role_gone", "en"))
        await o.pick(use)
        await o.rest()
        assert o.chat.messages[0].text.startswith(say("role_gone", "en"))


@virtual
async def test_without_a_role_the_model_is_told_the_operators_words_alone(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/role translator")
        await told(o, "/role assistant")
        await told(o, "Hello.")
        assert o.model.asks[-1].messages[0].content == ASKING.system


@virtual
async def test_a_role_of_ones_own_is_made_shown_changed_used_and_deleted(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, f"/role new {CHEF}") == say("role_made", "en", name="Chef")
        (use,) = o.chat.messages[-1].versions[-1].controls
        await o.pick(use)  # type: ignore[arg-type]
        await o.rest()
        assert o.chat.messages[-1].text.split("\n")[0] == say("role_chosen", "en", name="Chef")
        assert CHEF in await told(o, "/role show chef")

        assert await told(o, "/role edit chef\ntemperature: -\nprompt: You bake.") == say(
            "role_changed", "en", name="Chef"
        )
        await told(o, "A cake?")
        ask = o.model.asks[-1]
        assert (ask.temperature, ask.max_tokens) == (None, 800)
        assert ask.messages[0].content.endswith("You bake.")

        await told(o, "/role delete chef")
        delete = button(o, "label_delete")
        assert delete.tone is Tone.DANGER
        await o.pick(delete)
        await o.rest()
        assert o.chat.messages[-1].text.split("\n")[0] == say("role_deleted", "en", name="Chef")
        await told(o, "A cake?")
        assert o.model.asks[-1].messages[0].content == ASKING.system


@virtual
async def test_what_is_wrong_with_a_role_is_told_all_at_once_and_nothing_is_stored(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        text = await told(o, "/role new 12\ntemperature: 2\ntop_p: zero\nmodel: gpt\nmax_tokens: 0\nPrompt.")
        keys = ("temperature", "top_p", "max_tokens", "name", "model")
        assert sorted(text.split("\n")[:-1]) == sorted(say(f"role_bad_{key}", "en") for key in keys)
        assert text.endswith(say("role_again", "en"))
        assert "Prompt." not in await told(o, "/role")


@virtual
async def test_a_role_of_ones_own_is_changed_and_deleted_by_buttons_in_the_message_of_the_list(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await told(o, f"/role new {CHEF}")
        await told(o, "/role chef")
        await o.pick(button(o, "label_role_new"))
        await o.rest()
        assert "/role new Chef" in o.chat.messages[-1].text
        await o.pick(button(o, "label_role_all"))
        await o.rest()
        await o.pick(button(o, "label_role_edit"))
        await o.rest()
        assert f"/role edit {CHEF}" in o.chat.messages[-1].text
        await o.pick(button(o, "label_role_all"))
        await o.rest()
        await o.pick(button(o, "label_delete"))
        await o.rest()
        assert o.chat.messages[-1].text == say("role_delete_ask", "en", name="Chef")
        await o.pick(button(o, "label_delete"))
        await o.rest()
        assert o.chat.messages[-1].text.startswith(say("role_deleted", "en", name="Chef"))
        assert len(o.chat.messages) == 2


@virtual
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/role edit Chef\ntemperature: 3", "role_bad_temperature"),
        ("/role edit Cook\nYou cook.", "role_unknown"),
        ("/role edit", "role_how_edit"),
        ("/role edit chef", "role_how_change"),
        ("/role new Cook\ntemperature: 3", "role_bad_temperature"),
        ("/role delete", "role_delete_which"),
        ("/role delete Cook", "role_unknown"),
        ("/role use", "role_list"),
    ],
)
async def test_what_was_meant_but_not_written_right_is_said_at_each_step(
    tmp_path: Path, text: str, key: str
) -> None:
    async with office(tmp_path) as o:
        await told(o, f"/role new {CHEF}")
        answered = await told(o, text)
        name = "Cook" if "Cook" in text else "Assistant"
        assert answered.startswith(say(key, "en", name=name, word="/role"))
        assert "``" not in answered.replace("```", "")


@virtual
async def test_the_form_for_a_role_holds_the_name_that_was_given_already(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert "/role new Pirate\ndescription" in await told(o, "/role new Pirate")


@virtual
async def test_a_role_may_name_a_model_that_is_allowed(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/role new Other\nmodel: other-model\nBe other.")
        await told(o, "/role other")
        await told(o, "Hello.")
        assert o.model.asks[-1].model == "other-model"


@virtual
async def test_others_neither_see_nor_change_a_role_of_ones_own(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, f"/role new {CHEF}")
        assert "Chef" not in await told(o, "/role", person=BEN)
        assert say("role_unknown", "en", name="Chef") in await told(o, "/role delete Chef", person=BEN)
        assert await told(o, f"/role new {CHEF}", person=BEN) == say("role_made", "en", name="Chef")
        assert await told(o, f"/role new {CHEF}") == say("role_taken", "en", name="Chef")


@virtual
async def test_an_administrator_shares_a_role_that_nobody_else_can_change(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, f"/role new {CHEF}", person=ADMIN)
        assert say("role_shared", "en", name="Chef") in await told(o, "/role share chef", person=ADMIN)
        assert "Chef" in await told(o, "/role", person=BEN)
        assert await told(o, "/role delete chef", person=BEN) == say("role_not_yours", "en")
        assert await told(o, "/role edit chef\nprompt: evil", person=BEN) == say("role_not_yours", "en")
        assert await told(o, "/role edit translator\nprompt: evil", person=ADMIN) == say(
            "role_built_in", "en"
        )


@virtual
async def test_in_a_group_only_its_administrators_choose(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, "/role translator", shared=True) == say("not_governor", "en")
        chosen = await told(o, "/role translator", shared=True, person=ADMIN)
        assert say("role_chosen", "en", name="Translator") in chosen


@virtual
async def test_a_chat_keeps_its_role_and_another_has_its_own(tmp_path: Path) -> None:
    other = ChatKey("fake", "bot", "2")
    async with office(tmp_path) as o:
        await told(o, "/role translator")
    async with office(tmp_path) as o:
        o.model.script(says("1"), says("2"))
        await o.say("one")
        await o.say("two", chat=other)
        await o.rest()
        systems = {ask.messages[-1].content: ask.messages[0].content for ask in o.model.asks}
        assert systems["one"] != ASKING.system
        assert systems["two"] == ASKING.system


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Chef\nYou cook.", {"prompt": "You cook."}),
        ("Chef\nNote: this is no field.", {"prompt": "Note: this is no field."}),
        (
            "Chef\n描述：做饭\n温度： 0,8\n你是大厨。",
            {"description": "做饭", "temperature": 0.8, "prompt": "你是大厨。"},
        ),
        ("Chef\nprompt: one\ntwo\ntemperature: 1", {"prompt": "one\ntwo\ntemperature: 1"}),
        ("Chef", {}),
        ("", {}),
    ],
)
def test_a_form_is_read_without_losing_anything(text: str, values: dict[str, object]) -> None:
    form = role_form.read(text)
    assert (form.values, form.problems) == (values, [])


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_role_that_comes_along_is_named_and_told_apart(language: str) -> None:
    roles = built_in(language)
    assert len({role.name for role in roles.values()}) == len(roles)
    assert all(role.description and role_form.check_name(role.name) for role in roles.values())


def test_the_operators_words_come_first_and_a_role_alone_is_enough() -> None:
    role = Role(name="x", prompt="Be x.")
    assert with_role("Rules.", role).startswith("Rules.\n\n")
    assert with_role("", role).endswith("Be x.")
