"""Commands that offer choices: what is picked is an order like any other, and rewrites the message it stands in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.model import ChatKey, Control, Finish, Select
from bot.store import TurnKind
from tests.clock import open_watched, virtual
from tests.fakes_model import Pause, says
from tests.store.building import ANNA, BEN, CHAT, accept, claim, rows, said
from tests.turns.office import Office, office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Person


def offered(o: Office) -> Select:
    (select,) = [one for one in o.chat.messages[-1].versions[-1].controls if isinstance(one, Select)]
    return select


async def pick(o: Office, label: str, person: Person = ANNA) -> None:
    """Press the option with this label in the newest menu."""
    (option,) = [option for option in offered(o).options if option.label == label]
    await o.pick(option, person=person)
    await o.rest()


@virtual
async def test_a_choice_is_offered_and_what_is_picked_rewrites_the_message(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/language")
        await o.rest()
        assert [option.label for option in offered(o).options] == ["English", "中文", "Automatic"]
        assert offered(o).chosen == offered(o).options[2].value

        await pick(o, "中文")

        assert [m.text for m in o.chat.messages] == [phrases.say("language_done", "zh")]
        assert offered(o).chosen == offered(o).options[1].value
        await o.say("/help")
        await o.rest()
        assert o.chat.messages[-1].text == phrases.say("help", "zh")


@virtual
@pytest.mark.parametrize("word", ["auto", "Automatic", "自动"])
async def test_who_goes_back_to_the_language_of_their_client_is_told_so_in_it(
    tmp_path: Path, word: str
) -> None:
    chinese = replace(ANNA, language="zh-hans")
    async with office(tmp_path) as o:
        await o.say("/language en", person=chinese)
        await o.rest()
        assert offered(o).options[2].label == "Automatic"
        await o.say(f"/language {word}", person=chinese)
        await o.rest()
        assert o.chat.messages[-1].text == phrases.say("language_auto", "zh")
        assert offered(o).options[2].label == "自动"

        await pick(o, "English", person=chinese)
        await pick(o, "Automatic", person=chinese)
        assert o.chat.messages[-1].text == phrases.say("language_auto", "zh")


@virtual
async def test_a_rewritten_menu_can_be_picked_from_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/language")
        await o.rest()
        for label in ("中文", "自动", "English", "Automatic"):
            await pick(o, label)

        assert len(o.chat.messages) == 1


@virtual
async def test_a_choice_is_the_persons_own_in_every_chat_and_nobody_elses(tmp_path: Path) -> None:
    other = replace(CHAT, chat="2")
    async with office(tmp_path) as o:
        await o.say("/language zh")
        await o.rest()
        await o.say("/new", chat=other)
        await o.say("/new", chat=other, person=BEN)
        await o.rest()

        told = [m.text for m in o.adapter.chat(other).messages]
        assert told == [phrases.say("new_done", "zh"), phrases.say("new_done", "en")]


@virtual
async def test_nobody_picks_from_a_menu_that_somebody_else_asked_for(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/language", shared=True)
        await o.rest()
        before = o.chat.messages[-1].text
        await pick(o, "中文", person=BEN)

        assert o.chat.messages[-1].text == before
        assert [event["command"] for event in await rows(o.database, "event")] == ["language"]


@virtual
async def test_a_pick_waits_until_the_running_answer_is_done(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/language")
        await o.rest()
        (_, chinese, _) = offered(o).options
        o.model.script([Pause(5.0), *says("A long answer.")])
        await o.say("question")
        told = await o.pick(chinese)
        await o.rest()

        assert told == phrases.say("told_waits", "en")
        assert [m.text for m in o.chat.messages] == [phrases.say("language_done", "zh"), "A long answer."]


@virtual
async def test_a_menu_that_was_made_before_a_kill_is_shown_after_it_with_its_choices(tmp_path: Path) -> None:
    menu = (Select("language", "Language", (Control("language", "1.en", "English"),), "1.en"),)
    async with open_watched(tmp_path / "bot.db") as (store, _):
        await accept(store, said("/language"))
        turn, kind = await claim(store), TurnKind.NOTICE
        await store.turns.complete(
            turn, answer="Which?", note="", finish=Finish.STOP, kind=kind, controls=menu
        )
    async with office(tmp_path) as o:
        await o.rest()

        assert [m.text for m in o.chat.messages] == ["Which?"]
        assert o.chat.messages[-1].versions[-1].controls == menu


@virtual
async def test_a_language_nobody_speaks_here_is_answered_with_those_we_do(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await o.say("/language klingon")
        await o.rest()
        assert "English, 中文" in o.chat.messages[-1].text


@virtual
async def test_a_choice_made_where_a_thread_begins_holds_for_the_whole_chat(tmp_path: Path) -> None:
    begins, later = ChatKey("fake", "bot", "1", "10"), ChatKey("fake", "bot", "1", "20")
    async with open_watched(tmp_path / "bot.db") as (store, _):
        await accept(store, said("one", begins, opens=True), said("two", later))
        first, second = await claim(store), await claim(store)

        await store.preferences.choose(first, "role", "everywhere")
        assert await store.preferences.of(later) == {"role": "everywhere"}
        await store.preferences.choose(second, "role", "here")
        assert await store.preferences.of(later) == {"role": "here"}
        assert await store.preferences.of(begins) == {"role": "everywhere"}
