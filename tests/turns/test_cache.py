"""The cache: the same first question gets the same answer, and nothing else does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import phrases
from bot.errors import ModelBusy
from bot.model import Ask, ChatKey, Finish, Message, Person, Pressed, Reasoning, Standing
from bot.prices import Money
from bot.store import TurnKind
from bot.turns.cache import LONGEST, is_anybodys, key_of, normalised
from bot.turns.listening import Ending
from tests.clock import virtual
from tests.fakes_model import Fail, Pause, says
from tests.store.building import ANNA, BEN, CHAT, OTHER, accept, claim, opened, rows, said
from tests.turns.office import ASKING, office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.turns.office import Office

HOUR = 3600.0
ADMIN = Person(id="admin")
NOTE = phrases.say("cached", "en")
TOKYO = "What is the capital of Japan?"


async def ask(o: Office, text: str = TOKYO, chat: ChatKey = CHAT, **more: Any) -> str:
    """Ask, and return what stands in the newest message."""
    await o.say(text, chat=chat, **more)
    await o.rest()
    return o.adapter.chat(chat).screen[-1]


def others() -> list[ChatKey]:
    """Return chats in which nothing was said yet."""
    return [ChatKey("fake", "bot", f"c{n}") for n in range(10)]


# ---------------------------------------------------------------- what people see


@virtual
async def test_the_same_first_question_of_somebody_else_gets_the_same_answer_at_no_cost(
    tmp_path: Path,
) -> None:
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokyo."), says("About 14 million."))
        assert await ask(o) == "Tokyo."

        assert await ask(o, " what is the  CAPITAL of Japan ？", OTHER, person=BEN) == f"Tokyo.\n\n{NOTE}"

        assert len(o.model.asks) == 1
        assert [one.name for one in o.adapter.chat(OTHER).messages[-1].versions[-1].controls] == ["again"]
        free = (await rows(o.database, "usage"))[-1]
        assert (free["purpose"], free["prompt"], free["cost"], free["person"]) == ("cache", 0, 0, BEN.id)
        await ask(o, "How many live there?", OTHER, person=BEN)
        assert [one.content for one in o.model.asks[-1].messages[1:3]] == [
            " what is the  CAPITAL of Japan ？".strip(),
            "Tokyo.",
        ]


@virtual
async def test_asking_again_asks_the_model_and_renews_what_others_get(tmp_path: Path) -> None:
    first, second, third, *_ = others()
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokio."), says("Tokyo."))
        await ask(o, chat=first)
        await ask(o, chat=second, person=BEN)

        turn = max(turn["id"] for turn in await o.turns())
        await o.inbox.accept(
            [Pressed(key="again", chat=second, person=ADMIN, control="again", value=str(turn))]
        )
        await o.rest()

        assert o.adapter.chat(second).screen == ["Tokyo."]
        assert [row["person"] for row in await rows(o.database, "cached_answer")] == [BEN.id]
        assert await ask(o, chat=third) == f"Tokyo.\n\n{NOTE}"
        assert len(o.model.asks) == 2


async def test_an_answer_that_is_kept_is_given_for_so_long_and_no_longer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        turn = await claim(store)
        await store.cached.keep(turn, ANNA.id, "k", "Tokyo.", now=100.0, until=200.0)

        free = Money(0, "USD")
        found = [
            await store.cached.find(turn, "k", model="m", free=free, now=now)
            for now in (99.0, 100.0, 199.9, 200.0)
        ]
        assert found == [None, "Tokyo.", "Tokyo.", None]


@virtual
async def test_nothing_is_kept_unless_the_operator_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Tokyo."), says("Tokyo!"))
        await ask(o)

        assert await ask(o, chat=OTHER) == "Tokyo!"
        assert await rows(o.database, "cached_answer") == []


@virtual
async def test_a_question_that_follows_another_is_asked(tmp_path: Path) -> None:
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokyo."), says("Hi."), says("As you said."))
        await ask(o)
        await ask(o, "hello", OTHER)

        assert await ask(o, chat=OTHER) == "As you said."


@pytest.mark.parametrize(
    "ending",
    [
        says("Tok", finish=Finish.LENGTH),
        says("Tok", finish=Finish.FILTERED),
        [*says("Tok")[:1], Fail(ModelBusy())],
    ],
    ids=["cut", "filtered", "broken"],
)
@virtual
async def test_what_was_not_answered_whole_is_asked(tmp_path: Path, ending: Any) -> None:
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(ending, says("Tokyo."))
        await ask(o)

        assert await ask(o, chat=OTHER) == "Tokyo."


@virtual
async def test_what_was_stopped_or_answered_by_a_stand_in_is_asked(tmp_path: Path) -> None:
    first, second, third, *_ = others()
    async with office(tmp_path, cache_seconds=HOUR, asking=replace(ASKING, fallback="qwen-flash")) as o:
        o.model.script([*says("Tok")[:1], Pause(100)], [Fail(ModelBusy())], says("Kyoto?"), says("Tokyo."))
        await o.say(TOKYO, chat=first)
        await asyncio.sleep(10)
        await o.press("stop", chat=first)
        await o.rest()

        assert (await ask(o, chat=second)).startswith("Kyoto?")
        assert await ask(o, chat=third) == "Tokyo."


@virtual
async def test_in_a_shared_chat_who_asks_does_not_matter_unless_the_answer_names_them(tmp_path: Path) -> None:
    first, second, third, *_ = others()
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Dear Anna, Tokyo."), says("Tokyo."))
        await ask(o, chat=first, shared=True)

        assert await ask(o, chat=second, shared=True, person=BEN) == "Tokyo."
        assert await ask(o, chat=third, shared=True) == f"Tokyo.\n\n{NOTE}"


@virtual
async def test_alone_and_among_others_are_two_things(tmp_path: Path) -> None:
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokyo."), says("Tokyo, all."))
        await ask(o)

        assert await ask(o, chat=OTHER, shared=True) == "Tokyo, all."


@pytest.mark.parametrize("standing", [Standing.MEMBER, Standing.GUEST], ids=lambda standing: standing.value)
@virtual
async def test_members_guests_and_strangers_are_apart(tmp_path: Path, standing: Standing) -> None:
    first, second, third, *_ = others()
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Among us: Tokyo."), says("Tokyo."))
        await ask(o, chat=first, person=replace(ANNA, standing=standing))

        assert await ask(o, chat=second, person=BEN) == "Tokyo."
        assert NOTE in await ask(o, chat=third, person=replace(BEN, standing=standing))


@virtual
async def test_another_account_is_another_cache(tmp_path: Path) -> None:
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokyo."), says("Tokyo elsewhere."))
        await ask(o)

        assert await ask(o, chat=ChatKey("fake", "another bot", "1")) == "Tokyo elsewhere."


@virtual
async def test_who_asks_to_be_forgotten_takes_along_what_they_brought_in(tmp_path: Path) -> None:
    first, second, *_ = others()
    async with office(tmp_path, cache_seconds=HOUR) as o:
        o.model.script(says("Tokyo."), says("Tokyo anew."))
        await ask(o, chat=first)
        for text in ("/forget", "/forget yes"):
            await ask(o, text)

        assert await rows(o.database, "cached_answer") == []
        assert await ask(o, chat=second, person=BEN) == "Tokyo anew."


async def test_what_is_kept_too_long_goes_by_itself(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said())
        turn = await claim(store)
        for n in range(4):
            await store.cached.keep(turn, ANNA.id, f"k{n}", "a", now=100.0 * n, until=1000.0 + n)

        await store.privacy.tidy(1001.0)
        assert [row["key"] for row in await rows(store.database, "cached_answer")] == ["k2", "k3"]
        await store.privacy.expire(250.0, 1001.0)
        assert [row["key"] for row in await rows(store.database, "cached_answer")] == ["k3"]


# ---------------------------------------------------------------- what is the same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a mutex?", "what is  a MUTEX"),
        ("What is a mutex?", "What is a mutex？！"),
        ("什么是互斥锁？", "什么是互斥锁"),
        ("什么是互斥锁。", "什么是互斥锁？"),
        ("ＨＴＴＰ　２", "http 2"),
        ("café", "CAFE\u0301"),
        ("hello!!!", "hello"),
        ("and then...", "and then…"),
    ],
)
def test_case_space_width_and_marks_at_the_end_make_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is C?", "What is C#?"),
        ("What is C?", "What is C++?"),
        ("What is 5!", "What is 5?"),
        ("What is 5!?", "What is 5?"),
        ("version 1.5", "version 15"),
        ("2⁵", "25"),
        ("½ of 3", "1/2 of 3"),
        ("now here", "nowhere"),
        ("résumé", "resume"),
        ("-5", "5"),
    ],
)
def test_what_means_something_else_is_something_else(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


REQUEST = Ask(model="m", messages=(Message("system", "Be kind."), Message("user", "Why?")))


async def key(store: Any, ask: Ask = REQUEST, *, kept: int = 0, **more: Any) -> str:
    chat = ChatKey("fake", "bot", f"k{len(await rows(store.database, 'chat'))}")
    await accept(store, said(more.pop("text", "Why?"), chat, **more))
    turn = await claim(store)
    return key_of(replace(turn, kept=kept), turn.heard, ask)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"},
        {"temperature": 0.1},
        {"top_p": 0.1},
        {"max_tokens": 7},
        {"reasoning": Reasoning(enabled=False)},
        {"messages": (Message("system", "Be rude."), REQUEST.messages[-1])},
        {"messages": REQUEST.messages[1:]},
    ],
    ids=str,
)
async def test_whatever_shapes_an_answer_makes_it_another_one(tmp_path: Path, change: dict[str, Any]) -> None:
    async with opened(tmp_path) as store:
        assert await key(store) == await key(store, person=BEN) != ""
        assert await key(store, replace(REQUEST, **change)) not in {"", await key(store)}


async def test_who_would_stand_in_makes_no_difference(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        assert await key(store, replace(REQUEST, fallback=replace(REQUEST, model="n"))) == await key(store)


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "said before"},
        {"attachments": ("photo",)},
        {"text": "x" * (LONGEST + 1)},
        {"text": "one\ntwo"},
        {"text": "??"},
        {"kept": 3},
        {
            "ask": replace(
                REQUEST, messages=(*REQUEST.messages, Message("assistant", "So"), REQUEST.messages[-1])
            )
        },
        {"ask": replace(REQUEST, messages=(REQUEST.messages[0], Message("user", "Around: x\n\nWhy?")))},
    ],
    ids=["quote", "attachments", "long", "lines", "no words", "goes on", "has a past", "has chatter"],
)
async def test_what_only_one_person_could_have_asked_has_no_key(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    async with opened(tmp_path) as store:
        text = change.get("text", "Why?")
        ask = change.pop("ask", replace(REQUEST, messages=(REQUEST.messages[0], Message("user", text))))

        assert await key(store, ask, **change) == ""


async def test_what_several_messages_ask_has_no_key(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("Why?"), said("Why?"))
        turn = await claim(store)

        assert key_of(turn, turn.heard, REQUEST) == ""


@pytest.mark.parametrize(
    ("ending", "kept"),
    [
        (Ending(Finish.STOP), True),
        (Ending(Finish.STOP, note="so"), False),
        (Ending(Finish.STOP, kind=TurnKind.NOTICE), False),
        (Ending(Finish.LENGTH), False),
    ],
)
def test_only_a_whole_answer_of_the_model_itself_is_for_others(ending: Ending, kept: bool) -> None:
    assert is_anybodys(ending, "So it is.", ()) is kept


async def test_an_answer_with_a_name_in_it_is_for_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("Why?", person=Person(id="x", name="Dr. Mei 王小明 X"), shared=True))
        heard = (await claim(store)).heard

        answers = ["So, mei!", "王小明你好", "Because of X.", "Drink."]
        assert [is_anybodys(Ending(Finish.STOP), one, heard) for one in answers] == [
            False,
            False,
            True,
            False,
        ]
