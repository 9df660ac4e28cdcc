"""`/allow` and `/deny`: administrators decide while the bot runs, and what they decided outlives it."""

from __future__ import annotations

import asyncio
import logging
import string
from typing import TYPE_CHECKING

import pytest

from bot.intake.access import Access, Verdict
from bot.model import ChatKey, Finish, Finished, Person, Text
from bot.phrases import ADMIN_COMMANDS, say
from bot.troubles import MOST, Troubles
from bot.turns.deeds.admission import FORMS
from tests.clock import virtual
from tests.fakes_model import Until
from tests.store.building import BEN, CHAT, rows
from tests.turns.office import office
from tests.turns.test_roles import ADMIN, told

if TYPE_CHECKING:
    from pathlib import Path


@virtual
async def test_a_person_who_is_let_in_is_answered_and_one_who_is_kept_out_is_not(tmp_path: Path) -> None:
    async with office(tmp_path, allowed=frozenset({"anna"})) as o:
        assert "do not know you" in await told(o, "hello", person=BEN)
        assert await told(o, "/allow ben", person=ADMIN) == say("admission_allowed", "en", id="ben")
        await told(o, "hello", person=BEN)
        assert len(o.model.asks) == 1
    async with office(tmp_path, allowed=frozenset({"anna"})) as o:
        await told(o, "hello again", person=BEN)
        assert len(o.model.asks) == 1
        assert await told(o, "/deny ben", person=ADMIN) == say("admission_denied", "en", id="ben")
        await told(o, "and now?", person=BEN)
        assert len(o.model.asks) == 1
        await told(o, "/deny anna", person=ADMIN)
        await told(o, "me?")
        assert len(o.model.asks) == 1


@virtual
async def test_what_a_person_had_asked_is_not_answered_once_they_are_kept_out(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        bens, goes_on = ChatKey("fake", "bot", "ben"), asyncio.Event()
        o.model.script([Text("One."), Until(goes_on), Finished(Finish.STOP)])
        await o.say("first", chat=bens, person=BEN)
        await o.adapter.chat(bens).until(1)
        await o.say("second", chat=bens, person=BEN)
        await o.say("/deny ben", person=ADMIN)
        await o.chat.until(1)

        goes_on.set()
        await o.rest()

        assert o.adapter.chat(bens).screen == ["One.", say("denied", "en")]
        assert len(o.model.asks) == 1


@virtual
async def test_for_everybody_else_the_commands_do_not_exist(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        for command in ("/allow ben", "/deny ben", "/allow"):
            assert await told(o, command) == say("unknown_command", "en")
        assert await rows(o.database, "admission") == []


@virtual
async def test_administrators_cannot_be_kept_out_and_ids_must_be_ids(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, "/deny admin", person=ADMIN) == say("admission_admin", "en")
        unclear = say("admission_unclear", "en", word="/allow", example="123456789")
        assert await told(o, "/allow a b c", person=ADMIN) == unclear
        assert await told(o, "/allow elsewhere:1", person=ADMIN) == unclear
        await told(o, "/allow fake:carl", person=ADMIN)
        assert "`fake:carl`" in await told(o, "/allow", person=ADMIN)


@virtual
async def test_whoever_is_kept_out_is_told_so_and_not_how_to_get_in(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        await told(o, "/deny ben", person=ADMIN)
        assert await told(o, "hello", person=BEN) == say("denied", "en")
        assert o.model.asks == []


@virtual
async def test_before_anything_is_decided_the_list_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert (await told(o, "/allow", person=ADMIN)).endswith(say("admission_nobody", "en"))
        await told(o, "/deny ben", person=ADMIN)
        text = await told(o, "/allow", person=ADMIN)
        assert text.endswith(f"{say('admission_decided', 'en')}\n\n- `fake:ben` may not")


@pytest.mark.parametrize("platform", FORMS)
@pytest.mark.parametrize("name", ["Ben", "ben_b", "0", "u0ben"])
def test_a_name_is_no_id_on_any_platform(platform: str, name: str) -> None:
    with pytest.raises(ValueError, match="holds"):
        FORMS[platform](name)


@virtual
async def test_the_help_lists_what_there_is_for_this_person_in_this_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert "/status" not in await told(o, "/help")
        assert "/chatter" not in await told(o, "/help")
        assert "/chatter" in await told(o, "/help", shared=True)
        text = await told(o, "/help", person=ADMIN)
        assert all(f"/{name} – " in text for name in ADMIN_COMMANDS)
        assert "`status` – " in await told(o, "help", person=ADMIN, bare_commands=True)


@pytest.mark.parametrize(("decided", "verdict"), [(True, Verdict.WELCOME), (False, Verdict.DENIED)])
def test_a_decision_goes_before_the_operators_list(decided: bool, verdict: Verdict) -> None:
    class Decided:
        def decided(self, platform: str, person: str) -> bool | None:
            return decided if (platform, person) == (CHAT.platform, "ben") else None

    listed = frozenset[str]() if decided else frozenset({"*"})
    access = Access({"fake": listed}, frozenset({"ada"}), Decided())
    assert access.verdict(BEN, CHAT) is verdict
    assert access.verdict(Person(id="ada"), CHAT) is Verdict.WELCOME
    elsewhere = ChatKey("other", "bot", "1")
    assert access.verdict(BEN, elsewhere) is Verdict.STRANGER


@virtual
async def test_an_administrator_sees_how_the_bot_is_and_nobody_else_does(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        assert await told(o, "/status") == say("unknown_command", "en")
        await told(o, "hello")
        text = await told(o, "/status", person=ADMIN)
        assert "on fake." in text
        assert "- answers being made: 0\n- messages waiting: 0\n- today (UTC): 1 answers" in text
        assert say("status_fine", "en") in text


def test_the_last_troubles_are_counted_by_their_sentence_and_hold_nothing_else() -> None:
    troubles, log = Troubles(), logging.getLogger("bot.test_troubles")
    log.addHandler(troubles)
    try:
        for n in range(3):
            log.warning("the platform asks for silence", extra={"seconds": n})
        log.error("secret %s", "words")
        for letter in string.ascii_letters[: MOST - 1]:
            log.warning(letter)
    finally:
        log.removeHandler(troubles)
    kept = troubles.last()
    assert len(kept) == MOST
    assert kept[-1].sentence == "secret %s"
    assert [one.count for one in kept] == [1] * MOST
