"""What was erased is not taken in again, however late and however often a platform hands it over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.janitor import DAY, Janitor
from bot.model import Overheard
from bot.store import Arrival
from tests.store.building import (
    ANNA,
    BEN,
    CHAT,
    NOW,
    OTHER,
    accept,
    answer,
    claim,
    command,
    opened,
    rows,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Said
    from bot.store import Store

LATE = 60.0


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def sent(text: str, seconds: float, **more: Any) -> Said:
    """Return a message that was sent so long before NOW."""
    return said(text, sent_at=at(NOW - seconds), **more)


async def ask(store: Store, *messages: Said) -> None:
    await accept(store, *messages)
    await answer(store, await claim(store))


async def forget(store: Store) -> None:
    """Let Anna be forgotten, now."""
    await accept(store, command("forget", person=ANNA))
    turn = await claim(store)
    await store.privacy.forget(turn)
    await answer(store, turn)


async def test_a_message_that_was_erased_is_not_heard_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = sent("what is a lease?", 10)
        await ask(store, question)
        await forget(store)

        accepted = await accept(store, question, now=NOW + LATE)

        assert accepted.stored == 0
        assert [row["command"] for row in await rows(store.database, "event")] == ["forget"]


async def test_what_a_person_wrote_before_they_were_forgotten_is_not_heard_and_what_they_write_after_it_is(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await forget(store)

        before = await accept(store, sent("missed", 1, chat=OTHER), now=NOW + LATE)
        after = await accept(store, sent("I am back", -1, chat=OTHER), now=NOW + LATE)

        assert (before.stored, after.stored) == (0, 1)


async def test_what_a_person_writes_in_the_very_second_after_is_heard(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, command("forget", person=ANNA, sent_at=at(NOW + 0.7)))
        turn = await claim(store)
        await store.privacy.forget(turn)
        await answer(store, turn)

        after = await accept(store, sent("I am back", 0, chat=OTHER), now=NOW + LATE)

        assert after.stored == 1


async def test_the_words_of_others_that_went_along_are_not_answered_a_second_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        bens = sent("and what is a mutex?", 9, person=BEN)
        await ask(store, sent("what is a lease?", 10), bens)
        await forget(store)

        again = await accept(store, bens, now=NOW + LATE)
        other = await accept(store, sent("something else", 9, person=BEN, chat=OTHER), now=NOW + LATE)

        assert (again.stored, other.stored) == (0, 1)


async def test_what_was_deleted_for_its_age_is_not_answered_a_second_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        question = sent("what is a lease?", 2 * DAY)
        await accept(store, question, now=NOW - 2 * DAY)
        turn = await claim(store, NOW - 2 * DAY)
        await answer(store, turn)
        await Janitor(store.privacy, 1).clean(NOW + 2 * DAY)
        assert await rows(store.database, "event") == []

        accepted = await accept(store, question, now=NOW + 2 * DAY)

        assert accepted.stored == 0


async def test_what_is_said_around_the_bot_is_not_kept_either(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await forget(store)
        scope = f"chat:fake:bot:{CHAT.chat}"
        await store.database.transact(lambda db: db.do("prefer", scope=scope, name="chatter", value="on"))

        for n, moment in enumerate((NOW - 1, NOW + 1)):
            heard = Overheard(key=f"o{n}", chat=CHAT, person=ANNA, text=str(n), sent_at=at(moment))
            await accept(store, Arrival(event=heard), now=NOW + LATE)

        assert [row["text"] for row in await rows(store.database, "chatter")] == ["1"]


async def test_what_is_remembered_of_it_names_nobody_and_goes_after_a_week(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await ask(store, sent("what is a lease?", 10, key="secret-key"))
        await forget(store)
        marks = [row["mark"] for row in await rows(store.database, "forgotten")]
        assert len(marks) == 2
        assert not [mark for mark in marks for name in (ANNA.id, "secret-key") if name in mark]

        await store.privacy.tidy(NOW + 7 * DAY)
        assert len(await rows(store.database, "forgotten")) == 2
        await store.privacy.tidy(NOW + 9 * DAY)

        assert await rows(store.database, "forgotten") == []
