"""`usage`: what people used, told briefly; and to administrators, where nobody reads along, who used what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import clock, phrases
from bot.limits import Limits, month_of
from bot.model import ChatKey, Finish, Finished, Person, Select, Text, Usage
from bot.prices import Money
from bot.store.money import CACHE, MEMORY
from bot.turns.deeds.usage import By, Period, View, asked
from tests.clock import virtual
from tests.fakes_model import says
from tests.store.building import ANNA, BEN, CHAT, OTHER, claim, said
from tests.store.building import accept as store_accept
from tests.store.building import answer as store_answer
from tests.turns.office import ASKING, LINEUP, office

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Control, Delta
    from tests.turns.office import Office

PRICED = replace(ASKING, model="qwen-plus", lineup=replace(LINEUP, usual="qwen-plus"))
ADMIN = Person(id="admin", name="Ada")
DESK = ChatKey("fake", "bot", "desk")
BILLED: list[Delta] = [
    Text("Yes."),
    Usage(prompt=10_000, cached=6_000, completion=2_000, reasoning=500),
    Finished(Finish.STOP),
]
COST = str(Money(10_000 * 4 // 10 + 2_000 * 4, "USD"))
"""Of `BILLED`: qwen-plus takes another price for what it writes where it thought."""


async def told(
    o: Office, text: str = "/usage", chat: ChatKey = CHAT, person: Person = ANNA, **more: bool
) -> str:
    await o.say(text, chat=chat, person=person, **more)
    await o.rest()
    return o.adapter.chat(chat).messages[-1].text


async def ask(o: Office, chat: ChatKey = CHAT, person: Person = ANNA) -> None:
    o.model.script(BILLED)
    await o.say("?", chat=chat, person=person)
    await o.rest()


@virtual
async def test_a_person_reads_what_they_used_today_this_month_and_what_the_chat_did(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        await ask(o)
        await ask(o, OTHER)
        await ask(o, CHAT, BEN)

        own = await told(o)

        used = "20,000 tokens in, 60 % of them cached\n- 4,000 tokens out, 1,000 of them thoughts"
        assert f"**Today** · answers: 2 · $0.024\n- {used}" in own
        assert f"**This month** · answers: 2 · $0.024\n- {used}" in own
        assert "**This chat, this month** · answers: 2 · $0.024" in own
        assert "UTC" in own
        assert "unknown" not in own
        assert o.chat.buttons[-1] == []


@virtual
async def test_thoughts_are_named_only_where_there_were_some(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        o.model.script([Text("Yes."), Usage(prompt=5, completion=7), Finished(Finish.STOP)])
        await o.say("?")
        await o.rest()

        assert "7 tokens out\n" in await told(o)


@virtual
async def test_who_used_nothing_reads_that(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        own = await told(o)

        assert own.count("nothing yet.") == 3


@virtual
async def test_a_price_nobody_knows_is_said_and_is_not_nothing(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        await ask(o)
        for _ in range(2):
            o.model.script([Text("Yes."), Usage(prompt=5), Finished(Finish.STOP)])
            await o.say("?")
            await o.rest()

        own = await told(o)

        assert f"**Today** · answers: 3 · {COST}\n" in own
        assert "- price unknown for 2 of 3 answers" in own


@virtual
async def test_where_no_price_is_known_none_is_shown(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await ask(o)

        assert "**Today** · answers: 1 · price unknown\n" in await told(o)


@virtual
async def test_what_came_from_the_cache_and_what_was_made_beside_are_told_apart(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await store_accept(o.store, said("?"), now=clock.wall())
        turn = await claim(o.store, clock.wall() + 10)
        for purpose, amount in ((CACHE, 0), (CACHE, 0), (MEMORY, 70_000)):
            usage = Usage(prompt=amount // 70, completion=0)
            await o.store.turns.used(
                turn, "m", usage, clock.wall(), cost=Money(amount, "USD"), purpose=purpose
            )
        await store_answer(o.store, turn)

        own = await told(o)

        assert "**Today** · answers: 0 · $0.07" in own
        assert "- 2 more from the cache, at no cost" in own


@virtual
async def test_a_budget_says_how_much_of_it_is_used(tmp_path: Path) -> None:
    limits = Limits(person_budget_per_month=5_000_000, budget_per_month=9_000_000)
    async with office(tmp_path, asking=PRICED, limits=limits) as o:
        await ask(o)

        own = await told(o)
        all_of_it = await told(o, chat=DESK, person=ADMIN)

        assert f"you have used {COST} of $5.00" in own
        assert "$9.00" not in own
        assert f"this month {COST} of $9.00 is used" in all_of_it


# ---------------------------------------------------------------- everybody


@virtual
async def test_an_administrator_chooses_between_times_and_between_people_and_chats(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        await ask(o)
        await ask(o)
        await ask(o, OTHER, BEN)
        desk = o.adapter.chat(DESK)

        own = await told(o, chat=DESK, person=ADMIN)
        (times,) = desk.messages[-1].versions[-1].controls
        assert isinstance(times, Select)
        assert own.startswith(phrases.say("usage_own", "en"))
        assert [one.label for one in times.options] == [
            "Everybody today",
            "Everybody this month",
            "Everybody so far",
        ]

        await o.pick(times.options[1], chat=DESK, person=ADMIN)
        await o.rest()
        (shown,) = desk.messages
        assert "**Everybody this month** · answers: 3 · $0.036" in shown.text
        assert "1. **Anna** · $0.024 · answers: 2 · tokens: 24,000\n2. **Ben** · $0.012" in shown.text

        _, by, mine = shown.versions[-1].controls
        assert isinstance(by, Select)
        await o.pick(by.options[1], chat=DESK, person=ADMIN)
        await o.rest()
        assert "1. **Anna (Fake)** · $0.024" in shown.text

        await o.pick(mine_of(mine), chat=DESK, person=ADMIN)
        await o.rest()
        assert shown.text == own


def mine_of(control: Control | Select) -> Control:
    assert not isinstance(control, Select)
    return control


@virtual
async def test_a_name_cannot_pass_for_markup_and_a_shared_chat_goes_by_its_id(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        o.model.script(says("Yes."), says("Yes."))
        await o.say("?", person=Person(id="x", name="**[Eve]**\n# $5"), shared=True)
        await o.rest()

        people = await told(o, "/usage all", chat=DESK, person=ADMIN)
        chats = await told(o, "/usage chats today", chat=DESK, person=ADMIN)

        assert "1. **Eve 5** ·" in people
        assert f"1. **Fake {CHAT.chat}** ·" in chats


@virtual
async def test_where_others_read_along_an_administrator_sees_their_own_and_where_to_see_the_rest(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        await ask(o)

        shown = await told(o, "/usage all", person=ADMIN, shared=True)

        assert "Anna" not in shown
        assert shown.endswith(phrases.say("usage_elsewhere", "en"))


@virtual
async def test_to_others_there_is_only_their_own_whatever_they_ask_for(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        await ask(o, CHAT, BEN)

        shown = await told(o, "/usage all person", chat=OTHER)

        assert "Ben" not in shown
        assert shown.startswith(phrases.say("usage_own", "en"))
        assert o.adapter.chat(OTHER).buttons == [[]]


@virtual
async def test_a_list_is_no_longer_than_a_phone_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        for n in range(63):
            await ask(o, ChatKey("fake", "bot", f"c{n}"), Person(id=f"p{n}", name=f"P{n}"))

        shown = await told(o, "/usage today", chat=DESK, person=ADMIN)

        assert "10. " in shown
        assert "11. " not in shown
        assert "And 53 more." in shown
        assert labels(o) == ["▶"]


@virtual
async def test_a_long_list_is_turned_over_to_its_end_with_names_on_every_page(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        for n in range(63):
            await ask(o, ChatKey("fake", "bot", f"c{n}"), Person(id=f"p{n}", name=f"Guest{n}"))
        await told(o, "/usage today", chat=DESK, person=ADMIN)

        for n in range(6):
            assert labels(o) == [*["◀"] * (n > 0), "▶"]
            await o.pick(button(o, "▶"), chat=DESK, person=ADMIN)
            await o.rest()
        rest = o.adapter.chat(DESK).messages[-1].text

        assert labels(o) == ["◀"]
        assert [f"{n}. **Guest" in rest for n in (60, 61, 63, 64)] == [False, True, True, False]
        assert "more." not in rest


def button(o: Office, label: str) -> Control:
    (found,) = [one for one in turning(o) if one.label == label]
    return found


def labels(o: Office) -> list[str]:
    return [one.label for one in turning(o)]


def turning(o: Office) -> list[Control]:
    """Return the buttons that turn the list over."""
    shown = o.adapter.chat(DESK).messages[-1].versions[-1].controls
    return [one for one in shown if not isinstance(one, Select) and one.label in {"◀", "▶"}]


@virtual
async def test_what_was_forgotten_belongs_to_nobody(tmp_path: Path) -> None:
    async with office(tmp_path, asking=PRICED) as o:
        before = month_of(clock.wall())[0] - 5.0
        await store_accept(o.store, said("?"), now=before)
        turn = await claim(o.store, before)
        await o.store.turns.used(turn, "m", Usage(prompt=9, completion=1), before, cost=Money(9, "USD"))
        await store_answer(o.store, turn)
        for text in ("/forget", "/forget yes"):
            await told(o, text)

        assert "People who asked to be forgotten" in await told(o, "/usage all", chat=DESK, person=ADMIN)


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("args", "view"),
    [
        ("", None),
        ("mine", None),
        ("please", None),
        ("today", View(Period.TODAY, By.PERSON)),
        ("today.chat", View(Period.TODAY, By.CHAT)),
        ("all.chat.12", View(Period.ALL, By.CHAT, 12)),
        ("12", None),
        ("Chats  ALL", View(Period.ALL, By.CHAT)),
        ("people", View(Period.MONTH, By.PERSON)),
        ("本月 聊天", View(Period.MONTH, By.CHAT)),
    ],
)
def test_a_view_is_asked_for_in_words_or_by_a_button(args: str, view: View | None) -> None:
    assert asked(args) == view
