"""Denial of wallet: nobody can ask without end, everybody is told once, and a restart forgives nothing."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.intake.access import Access
from bot.intake.inbox import Inbox, allowance
from bot.limits import TOLD_AGAIN, Limits, Reached, day_of
from bot.limits import Bound as Kind
from bot.model import ChatKey, Edited, Person, Usage
from bot.phrases import LANGUAGES, limit
from bot.store import Arrival
from tests.intake.test_inbox import Calls
from tests.store.building import (
    AMPLE,
    ANNA,
    BEN,
    CHAT,
    NOW,
    accept,
    answer,
    claim,
    opened,
    pressed,
    rows,
    said,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store, StoredTurn

MIDNIGHT, NEXT = day_of(NOW)


def limited(*events: Any, **limits: Any) -> list[Arrival]:
    """Return arrivals whose excuse names the limit and its end."""
    return [
        Arrival(event=one, limits=Limits(**limits), excuse=lambda r: f"{r.limit.name} {r.most} {r.until:.0f}")
        for one in events
    ]


async def finish(store: Store, now: float = NOW, tokens: int = 0) -> StoredTurn:
    """Answer whatever waits, at a cost."""
    turn = await claim(store, now)
    if tokens:
        await store.turns.used(turn, "qwen", Usage(prompt=tokens, completion=0), now)
    await answer(store, turn)
    return turn


async def excuses(store: Store) -> list[str]:
    return [row["text"] for row in await rows(store.database, "event") if row["command"] == "limited"]


async def stored(store: Store) -> list[str]:
    return [row["text"] for row in await rows(store.database, "event") if row["kind"] == "said"]


# ---------------------------------------------------------------- rates


async def test_beyond_the_rate_one_sentence_is_said_and_then_nothing_until_the_window_ends(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        for n in range(7):
            await accept(store, *limited(said(f"m{n}"), person_messages_per_minute=3), now=NOW + n)

        assert await stored(store) == ["m0", "m1", "m2"]
        assert await excuses(store) == [f"PERSON_MESSAGES 3 {NOW + 60:.0f}"]

        await accept(store, *limited(said("later"), person_messages_per_minute=3), now=NOW + 60.5)
        await accept(store, *limited(said("again too many"), person_messages_per_minute=3), now=NOW + 60.6)

        assert await stored(store) == ["m0", "m1", "m2", "later"]
        assert len(await excuses(store)) == 2


async def test_a_thousand_messages_of_one_person_in_a_minute_cost_what_twenty_cost(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        batches = [[said(f"{n}") for n in range(start, start + 100)] for start in range(0, 1000, 100)]
        for batch in batches:
            await accept(store, *limited(*batch, person_messages_per_minute=20))

        assert len(await stored(store)) == 20
        assert len(await excuses(store)) == 1


async def test_a_chat_has_a_rate_of_its_own_over_all_its_threads_and_people(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for n in range(10):
            where = ChatKey("fake", "bot", "team", thread=str(n))
            event = said(f"m{n}", where, person=Person(id=f"p{n}"))
            await accept(store, *limited(event, chat_messages_per_minute=4), now=NOW + n)

        assert len(await stored(store)) == 4
        assert len(await excuses(store)) == 1


async def test_others_are_taken_while_one_is_beyond_the_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        many = [said(f"a{n}") for n in range(5)]
        await accept(store, *limited(*many, said("mine", person=BEN), person_messages_per_minute=2))

        assert await stored(store) == ["a0", "a1", "mine"]


async def test_the_count_survives_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, *limited(said("one"), said("two"), person_messages_per_minute=2))

    async with opened(tmp_path) as store:
        await accept(store, *limited(said("three"), person_messages_per_minute=2), now=NOW + 1)

        assert await stored(store) == ["one", "two"]


async def test_a_message_delivered_twice_counts_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        one = said("one")
        for _ in range(5):
            await accept(store, *limited(one, person_messages_per_minute=2))
        await accept(store, *limited(said("two"), person_messages_per_minute=2))

        assert await stored(store) == ["one", "two"]


async def test_a_stop_is_never_beyond_a_limit(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, *limited(said("one"), person_messages_per_minute=1))
        turn = await claim(store)

        accepted = await accept(store, *limited_press("stop", turn, person_messages_per_minute=1))

        assert accepted.stopped == [turn.id]


def limited_press(control: str, turn: StoredTurn, **limits: Any) -> list[Arrival]:
    return [replace(pressed(control, turn.id), limits=Limits(**limits), excuse=lambda r: r.limit.name)]


async def test_the_sentence_waits_its_turn_behind_the_running_answer_and_holds_no_word_of_the_message(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, *limited(said("one"), person_messages_per_minute=1))
        turn = await claim(store)
        await accept(store, *limited(said("CANARY", quote="CANARY"), person_messages_per_minute=1))
        await answer(store, turn)

        (heard,) = (await claim(store)).heard

        assert heard.command is not None
        assert heard.command.name == "limited"
        assert "CANARY" not in str(await rows(store.database, "event"))


# ---------------------------------------------------------------- size


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (said("x" * 11), "CHARACTERS"),
        (said("x" * 6, quote="y" * 5), "CHARACTERS"),
        (said("x", attachments=("photo",) * 3), "ATTACHMENTS"),
    ],
)
async def test_what_is_too_large_is_not_stored(tmp_path: Path, event: Any, kind: str) -> None:
    async with opened(tmp_path) as store:
        await accept(store, *limited(event, message_characters=10, message_attachments=2))
        await accept(
            store, *limited(replace(event, key="other"), message_characters=10, message_attachments=2)
        )

        assert await stored(store) == []
        assert [excuse.split()[0] for excuse in await excuses(store)] == [kind]


async def test_a_waiting_message_cannot_grow_beyond_the_limit_by_an_edit(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        message = said("short")
        await accept(store, *limited(message, message_characters=10))

        long = Edited(key="e", chat=CHAT, person=ANNA, ref=message.ref, text="x" * 11)
        await accept(store, *limited(long, message_characters=10))

        assert texts(await claim(store)) == ["short"]


# ---------------------------------------------------------------- answers at once


async def test_one_person_waits_for_no_more_answers_at_once_than_allowed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        chats = [ChatKey("fake", "bot", str(n)) for n in range(4)]
        for chat in chats:
            await accept(store, *limited(said("hi", chat), person_answers_at_once=3))
        await accept(store, *limited(said("more", chats[0]), person_answers_at_once=3))

        assert await stored(store) == ["hi", "hi", "hi", "more"]
        assert len(await excuses(store)) == 1

        await finish(store)
        await accept(store, *limited(said("now", chats[3]), person_answers_at_once=3), now=NOW + 1)

        assert (await stored(store))[-1] == "now"


# ---------------------------------------------------------------- tokens


async def test_who_comes_back_while_a_limit_lasts_is_told_of_it_again(tmp_path: Path) -> None:
    day = {"person_tokens_per_day": 100}
    async with opened(tmp_path) as store:
        await accept(store, *limited(said("one"), **day), now=MIDNIGHT)
        await finish(store, MIDNIGHT, tokens=100)

        for seconds in (1, TOLD_AGAIN, TOLD_AGAIN + 2, TOLD_AGAIN + 3):
            await accept(store, *limited(said("more"), **day), now=MIDNIGHT + seconds)
        assert await excuses(store) == [f"PERSON_TOKENS 100 {NEXT:.0f}"] * 2


@pytest.mark.parametrize("kind", ["person_tokens_per_day", "chat_tokens_per_day", "tokens_per_day"])
async def test_when_the_tokens_of_a_day_are_used_up_nothing_is_taken_until_the_next(
    tmp_path: Path, kind: str
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, *limited(said("one"), **{kind: 100}))
        await finish(store, tokens=100)

        for n in range(5):
            await accept(store, *limited(said("more"), **{kind: 100}), now=NOW + n)
        assert await stored(store) == ["one"]
        assert await excuses(store) == [f"{kind.removesuffix('_per_day').upper()} 100 {NEXT:.0f}"]

        await accept(store, *limited(said("tomorrow"), **{kind: 100}), now=NEXT + 1)
        assert await stored(store) == ["one", "tomorrow"]


async def test_the_tokens_of_one_person_are_not_those_of_another(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        await finish(store, tokens=500)

        await accept(store, *limited(said("mine", person=BEN), person_tokens_per_day=100))

        assert (await stored(store))[-1] == "mine"


async def test_a_request_counts_from_its_beginning_and_still_does_if_the_process_dies(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        await store.turns.reserve(await claim(store), "qwen", 120, NOW)

    async with opened(tmp_path) as store:
        other = ChatKey("fake", "bot", "2")
        await accept(store, *limited(said("two", other), person_tokens_per_day=100), now=NOW + 1)

        assert await stored(store) == ["one"]


async def test_what_was_paid_takes_the_place_of_what_was_reserved(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.turns.reserve(turn, "qwen", 5000, NOW)
        await store.turns.used(turn, "qwen", Usage(prompt=40, completion=2), NOW)
        await store.turns.reserve(turn, "qwen", 5000, NOW)
        await store.turns.unreserve(turn)

        found = [(row["prompt"], row["pending"]) for row in await rows(store.database, "usage")]

        assert found == [(40, 0)]


async def test_asking_again_is_on_the_account_of_who_pressed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one", person=BEN))
        turn = await finish(store, tokens=10)

        await accept(store, replace(pressed("again", turn.id), is_admin=True))

        assert (await claim(store)).person == ANNA.id


async def test_asking_again_beyond_the_limit_leaves_the_answer_as_it_stands(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await finish(store, tokens=100)

        accepted = await accept(store, *limited_press("again", turn, tokens_per_day=100))

        assert list(accepted.told.values()) == ["TOKENS"]
        assert await store.turns.claim(("fake",), NOW) is None
        assert [row["replaced"] for row in await rows(store.database, "turn")] == [0]


async def test_the_last_look_before_the_model_is_asked_sees_what_was_spent_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"), said("two", ChatKey("fake", "bot", "2")))
        await finish(store, tokens=100)
        turn = await claim(store)

        reached = await store.spending.reached(turn, Limits(person_tokens_per_day=100), NOW)

        assert reached == Reached(Kind.PERSON_TOKENS, 100, NEXT)
        assert await store.spending.reached(turn, Limits(person_tokens_per_day=101), NOW) is None


def test_administrators_have_no_limits_of_their_own_but_share_the_common_one() -> None:
    access, limits = Access({}, frozenset({"anna"})), Limits(
        person_messages_per_minute=1, message_characters=2, person_tokens_per_day=3, tokens_per_day=4
    )  # fmt: skip

    assert allowance(access, limits, "anna", CHAT) == Limits(tokens_per_day=4)
    assert allowance(access, limits, "ben", CHAT) == limits


async def test_commands_cost_no_tokens_and_are_still_limited_by_rate(tmp_path: Path) -> None:
    async with bench(tmp_path, Limits(person_messages_per_minute=2, tokens_per_day=10)) as (store, inbox):
        await inbox.accept([said("/help")])
        turn = await finish(store, now=NOW * 2)
        await store.turns.used(turn, "qwen", Usage(prompt=100), datetime.now(UTC).timestamp())

        await inbox.accept([said("a question")])
        await inbox.accept([said("/help")])
        await inbox.accept([said("/help")])

        kinds = [(row["command"], row["text"][:8]) for row in await rows(store.database, "event")]
        assert [command for command, _ in kinds] == ["help", "limited", "help", "limited"]


@asynccontextmanager
async def bench(folder: Path, limits: Limits) -> AsyncIterator[tuple[Store, Inbox]]:
    async with opened(folder) as store:
        access = Access({"fake": frozenset({"*"})}, frozenset())
        yield store, Inbox(access=access, arrivals=store.arrivals, hands=Calls(), limits=limits)


# ---------------------------------------------------------------- sentences, speed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted({*Kind} - {Kind.HELD, Kind.UNPRICED, Kind.REST}))
def test_every_limit_has_a_sentence_with_its_value_or_its_end(kind: Kind, language: str) -> None:
    sentence = limit(Reached(kind, 12345, NOW + 7200), language, NOW)

    assert ("12,345" in sentence) or ("2 hours" in sentence) or ("2 小时" in sentence)


async def test_the_limits_are_looked_up_quickly_in_a_hundred_days_of_usage(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("one"))
        turn = await claim(store)
        await store.database.transact(lambda db: _fill(db, turn.id))
        took = []
        for _ in range(20):
            began = time.perf_counter()
            await store.spending.reached(turn, AMPLE, NOW)
            took.append(time.perf_counter() - began)

        # The quickest of them: the others may have waited for the machine.
        assert min(took) < 0.05


def _fill(db: Any, turn_id: int) -> None:
    """A hundred days of 1,000 requests (a tenth of a million; the day, not the table, decides the cost)."""
    db._connection.executemany(
        "INSERT INTO usage (turn_id, attempt, model, prompt, completion, estimated, at, source, chat, person)"
        " VALUES (?, 1, 'qwen', 1000, 500, 0, ?, 'fake:bot', '1', 'anna')",
        ((turn_id, MIDNIGHT + 86.4 * n - 86_400 * 99) for n in range(100_000)),
    )
