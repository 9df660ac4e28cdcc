"""`/history` and `/export`: a person's own record, in pages and as a file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.grammar import parse
from bot.model import Control, Finish, Finished, MessageRef, Select, Text, Usage
from bot.phrases import say
from tests.clock import virtual
from tests.fakes import FakeAdapter, FakeSurface
from tests.fakes_model import Until, says
from tests.store.building import ANNA, BEN, CHAT, rows
from tests.turns.office import Office, office
from tests.turns.test_menus import offered
from tests.turns.test_roles import ADMIN, told

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Controls, Person

OTHER = replace(CHAT, chat="2")


class Filing(FakeSurface):
    """Takes files."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.files: list[tuple[str, bytes]] = []

    async def send_file(self, name: str, content: bytes, *, caption: str, key: str) -> MessageRef:
        self.files.append((name, content))
        return MessageRef(f"file {len(self.files)}")


def controls(o: Office) -> Controls:
    return o.chat.messages[-1].versions[-1].controls


async def press(o: Office, label: str) -> str:
    """Press the button with this label under the newest message and return what the message says then."""
    (found,) = [one for one in flat(controls(o)) if one.label == label]
    await o.pick(found)
    await o.rest()
    return o.chat.messages[-1].text


def flat(offered: Controls) -> list[Control]:
    return [one for control in offered for one in _each(control)]


def _each(control: Control | Select) -> tuple[Control, ...]:
    return control.options if isinstance(control, Select) else (control,)


async def ask(o: Office, question: str, answer: str, **more: Any) -> None:
    o.model.scripts.clear()
    o.model.script([Text(answer), Usage(prompt=10, completion=5), Finished(Finish.STOP)])
    await o.say(question, **more)
    await o.rest()


@virtual
async def test_conversations_are_listed_newest_first_with_what_is_known_of_them(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await ask(o, "What is a *tulip*?", "A flower.")
        await ask(o, "And a rose?", "Too.")
        await told(o, "/new")
        await ask(o, "What is tea?", "A drink.")
        lines = (await told(o, "/history")).split("\n")

        assert lines[0] == say("history_list", "en")
        assert "**What is tea?**" in lines[2]
        assert "answers: 1 · qwen · 15 tokens" in lines[3]
        assert "**What is a \\*tulip\\*?**" in lines[4]
        assert "answers: 2 · qwen · 30 tokens" in lines[5]
        assert [option.label for option in offered(o).options] == ["1. What is tea?", "2. What is a *tulip*?"]


@virtual
async def test_a_conversation_opens_in_the_same_message_and_closes_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        for n in range(5):
            await ask(o, f"Question {n}", f"Answer {n}")
        listed = await told(o, "/history")
        before = len(o.chat.messages)
        first = await press(o, "1. Question 0")
        assert [f"Answer {n}" in first for n in range(5)] == [True] * 3 + [False] * 2
        assert "Answer 4" in await press(o, "▶")
        assert "Answer 0" in await press(o, "◀")
        assert await press(o, "All") == listed
        assert len(o.chat.messages) == before


@virtual
async def test_more_conversations_than_a_page_holds_are_turned_over(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        for n in range(10):
            await ask(o, f"Question {n}", "Yes.")
            await told(o, "/new")
        await told(o, "/history")
        assert "Question 1**" in await press(o, "▶")
        assert [one.label for one in controls(o)] == ["Read", "◀"]


@virtual
async def test_what_others_asked_and_what_was_said_elsewhere_is_not_shown_where_others_read_along(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await ask(o, "a private matter", "Hush.", chat=OTHER)
        await ask(o, "Ben's question", "For Ben.", person=BEN, shared=True)
        await ask(o, "Anna's question", "For Anna.", shared=True)
        shared = await told(o, "/history", shared=True)
        assert "Anna's question" in shared
        assert "private" not in shared
        assert "Ben's" not in shared
        await o.say("/history", chat=OTHER)
        await o.rest()
        assert "Anna's question" in o.adapter.chat(OTHER).messages[-1].text


@virtual
async def test_the_whole_record_comes_as_a_file_to_read_or_for_programs(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=FakeAdapter(sort=Filing)) as o:
        for n in range(120):
            await ask(o, f"Question {n}", f"Answer {n}\n\nwith more")
        await told(o, "/role new Chef\nYou cook.")
        assert await told(o, "/export") == say("export_file", "en", count=120)
        chat = o.chat
        assert isinstance(chat, Filing)
        name, content = chat.files[0]
        assert name == "conversations.md"
        assert content.decode().count("\n> Question ") == 120

        await press(o, say("label_as_json", "en"))
        name, content = chat.files[1]
        assert name == "conversations.json"
        whole = json.loads(content)
        (conversation,) = whole["conversations"]
        assert len(conversation["entries"]) == 120
        last = conversation["entries"][-1]
        assert (last["question"], last["answer"]) == ("Question 119", "Answer 119\n\nwith more")
        assert last["tokens"] == {"prompt": 10, "cached": None, "completion": 5, "reasoning": None}
        assert last["cost"] is None
        assert [role["name"] for role in whole["roles"]] == ["Chef"]


@virtual
async def test_first_words_stand_in_the_list_as_they_were_written(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        words = "See [odd](x), $a$ and *b* ~ \\[c\\] #1"
        await ask(o, words, "Yes.")
        line = (await told(o, "/history")).split("**")[3]
        assert "".join(one.content for token in parse(line) for one in token.children or ()) == words


@virtual
async def test_in_a_group_the_file_is_said_to_hold_what_was_asked_there(tmp_path: Path) -> None:
    adapter = FakeAdapter(sort=Filing)
    async with office(tmp_path, adapter=adapter) as o:
        await ask(o, "What is a tulip?", "A flower.", shared=True)
        assert await told(o, "/export", shared=True) == say("export_file_here", "en", count=1)
        assert await told(o, "/export") == say("export_file", "en", count=1)


@virtual
async def test_where_a_chat_takes_no_files_the_record_is_written_into_it(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("A flower."))
        await o.say("What is a tulip?")
        await o.rest()
        assert "> What is a tulip?\n\nA flower." in await told(o, "/export")


@virtual
async def test_whoever_is_forgotten_leaves_no_role_no_choice_and_no_language(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/language zh")
        await told(o, "/role new Chef\nYou cook secretly.")
        await told(o, "/role chef")
        await told(o, "/role new Baker\nYou bake.", person=BEN)
        await told(o, "/forget")
        assert await told(o, "/forget yes") == say("forget_done", "zh")

        assert [role["name"] for role in await rows(o.database, "role")] == ["Baker"]
        assert await rows(o.database, "preference") == []
        assert await told(o, "/help") == say("help", "en")


@virtual
async def test_what_a_person_asked_is_in_their_file_whoever_it_was_answered_to(tmp_path: Path) -> None:
    """Several may ask together, and an administrator may have anybody's question answered again."""
    async with office(tmp_path, adapter=FakeAdapter(sort=Filing)) as o:
        goes_on = asyncio.Event()
        o.model.script([Text("First."), Until(goes_on), Finished(Finish.STOP)], says("To both of you."))
        await o.say("Wait.", shared=True, person=ADMIN)
        await o.chat.until(1)
        await o.say("from Anna", shared=True, person=ANNA)
        await o.say("from Ben", shared=True, person=BEN)
        goes_on.set()
        await o.rest()
        await ask(o, "Anna alone", "One.", shared=True)
        o.model.script(says("Another."))
        await o.press("again", person=ADMIN)
        await o.rest()

        answers = {person.id: await exported(o, person) for person in (ANNA, BEN, ADMIN)}

        assert answers == {
            ANNA.id: ["To both of you.", "Another."],
            BEN.id: ["To both of you."],
            ADMIN.id: ["First."],
        }


async def exported(o: Office, person: Person) -> list[str]:
    """Return the answers in the file that a person is sent."""
    assert isinstance(o.chat, Filing)
    o.chat.files.clear()
    await told(o, "/export json", shared=True, person=person)
    found = [json.loads(content) for _, content in o.chat.files]
    return [entry["answer"] for one in found for talk in one["conversations"] for entry in talk["entries"]]


@virtual
async def test_a_conversation_is_named_on_its_button_by_its_number_and_as_many_words_as_a_phone_shows(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        await told(o, "很长的问题文字" * 20)
        await told(o, "/new")
        await told(o, "a word " * 20)
        await told(o, "/history")
        labels = [option.label for option in offered(o).options]
        assert labels == ["1. a word a word a word a word…", "2. 很长的问题文字很长的问题文字…"]
