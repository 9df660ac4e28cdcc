from __future__ import annotations

from typing import TYPE_CHECKING

from bot.janitor import DAY, Janitor
from bot.model import ChatKey, Person, Usage
from bot.store import Arrival, TurnState
from tests.store.building import (
    BEN,
    CHAT,
    NOW,
    OTHER,
    accept,
    answer,
    claim,
    command,
    end,
    opened,
    pressed,
    rows,
    said,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store, StoredTurn
    from bot.store.sqlite import Work

CANARIES = ("CANARYWORD", "CANARYQUOTE", "CANARYANSWER", "CANARYNAME", "CANARYASKED")
NAMED = Person(id="anna-7301", name="CANARYNAME")


async def talk(store: Store, person: Person = NAMED, chat: ChatKey = CHAT, now: float = NOW) -> StoredTurn:
    """Let somebody ask and be answered, with all that is stored on the way."""
    await accept(store, said("CANARYWORD " * 300, chat, person=person, quote="CANARYQUOTE"), now=now)
    turn = await claim(store, now)
    await store.turns.begin(turn, "CANARYASKED " * 300, "qwen")
    await store.turns.checkpoint(turn, "CANARYANSWER " * 100, (), 0)
    await store.turns.used(turn, "qwen", Usage(prompt=10, completion=5), now)
    await answer(store, turn, "CANARYANSWER " * 500, question="CANARYASKED " * 300)
    return turn


async def forget(store: Store, person: Person = NAMED, chat: ChatKey = CHAT) -> StoredTurn:
    await accept(store, command("forget", chat, person=person))
    turn = await claim(store)
    await store.privacy.forget(turn)
    return turn


def in_files(folder: Path) -> list[str]:
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return [canary for canary in CANARIES if canary.encode() in content]


async def test_what_is_forgotten_is_found_neither_in_the_file_nor_in_its_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for chat in (CHAT, OTHER):
            await talk(store, chat=chat)
        assert in_files(tmp_path) == list(CANARIES)

        await forget(store)

        assert in_files(tmp_path) == []
    assert in_files(tmp_path) == []


async def test_the_words_of_others_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store)
        await accept(store, said("a question of Ben's", person=BEN))
        await answer(store, await claim(store), question="Ben's")

        await forget(store)

        assert [row["text"] for row in await rows(store.database, "event") if row["kind"] == "said"] == [
            "a question of Ben's"
        ]


async def test_who_only_tried_to_stop_an_answer_of_others_has_no_part_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("a question of Anna's", person=NAMED))
        asked = await claim(store)
        await accept(store, command("stop", person=BEN))
        (refused,) = await store.turns.waiting(asked)
        await store.turns.dismiss(asked, refused.id)
        await accept(store, command("export", OTHER, person=BEN))
        elsewhere = await claim(store)
        is_busy = await store.privacy.is_busy_elsewhere(elsewhere)
        await end(store, elsewhere)
        await answer(store, asked, question="Anna's")
        await accept(store, command("export", person=BEN))
        order = await claim(store)

        given = await store.privacy.conversation(order, 10)
        await store.privacy.forget(order)

        assert (is_busy, given) == (False, [])
        assert [row["id"] for row in await rows(store.database, "turn")] == [asked.id, order.id]
        events = await rows(store.database, "event")
        assert [(row["person"], row["kind"]) for row in events] == [(NAMED.id, "said"), (BEN.id, "command")]


async def test_an_answer_given_again_goes_with_its_question(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await talk(store)
        await accept(store, pressed("again", first.id, person=NAMED))
        again = await claim(store)
        await answer(store, again, "CANARYANSWER", question="CANARYASKED")

        await forget(store)

        assert [row["id"] for row in await rows(store.database, "turn")] == [again.id + 1]
        assert in_files(tmp_path) == []


async def test_what_is_asked_elsewhere_while_it_is_erased_is_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store)
        await accept(store, command("forget", person=NAMED))
        erasing = await claim(store)
        await accept(store, said("and this?", OTHER, person=NAMED))
        asked = await claim(store)

        await store.privacy.forget(erasing)
        await answer(store, asked, "Answered.")

        assert [turn["answer"] for turn in await rows(store.database, "turn")] == ["", "Answered."]
        assert in_files(tmp_path) == ["CANARYNAME"]


async def test_places_where_nothing_is_left_are_gone_and_the_one_that_asked_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, chat=OTHER)
        await talk(store)

        await forget(store)

        assert [row["chat"] for row in await rows(store.database, "chat")] == [CHAT.chat]


async def test_use_of_the_day_stays_counted_and_older_use_belongs_to_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, now=NOW - 3 * DAY)
        await talk(store)

        await forget(store)

        found = [
            (row["person"], row["turn_id"], row["prompt"]) for row in await rows(store.database, "usage")
        ]
        assert found == [("", None, 10), ("anna-7301", None, 10)]


async def test_once_the_day_is_over_on_which_they_asked_its_use_belongs_to_nobody_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store)
        await talk(store, BEN)
        await forget(store)

        await store.privacy.tidy(NOW + 60)
        assert [row["person"] for row in await rows(store.database, "usage")] == ["anna-7301", "ben"]

        await store.privacy.tidy(NOW + DAY)
        assert [row["person"] for row in await rows(store.database, "usage")] == ["", "ben"]
        assert await rows(store.database, "limit_told") == []


async def test_older_use_does_not_say_in_which_chat_a_person_was_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for person, chat in ((NAMED, OTHER), (NAMED, CHAT), (BEN, CHAT)):
            await talk(store, person, chat, now=NOW - 3 * DAY)

        await forget(store)

        assert [row["chat"] for row in await rows(store.database, "usage")] == ["", CHAT.chat, CHAT.chat]


async def test_what_could_not_be_read_is_theirs_if_it_holds_their_id(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.arrivals.set_aside("fake:bot", "1", '{"from": "anna-7301", "text": "CANARYWORD"}', NOW)
        await store.arrivals.set_aside("fake:bot", "2", '{"from": "ben"}', NOW)

        await forget(store)

        assert [row["key"] for row in await rows(store.database, "set_aside")] == ["2"]


async def test_who_is_answered_elsewhere_must_wait(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("hi", OTHER, person=NAMED))
        await accept(store, command("forget", person=NAMED))
        elsewhere, asking = await claim(store), await claim(store)

        assert await store.privacy.is_busy_elsewhere(asking)
        await answer(store, elsewhere)
        assert not await store.privacy.is_busy_elsewhere(asking)


async def test_a_confirmation_counts_for_who_asked_where_they_asked_and_not_for_long(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, command("forget", person=NAMED))
        await answer(store, await claim(store))
        asked = []
        for person, chat in ((NAMED, CHAT), (BEN, CHAT), (NAMED, OTHER)):
            await accept(store, command("forget", chat, person=person))
            turn = await claim(store)
            asked.append(
                [await store.privacy.was_asked(turn, NOW - 1), await store.privacy.was_asked(turn, NOW + 1)]
            )
            await answer(store, turn)

        assert asked == [[True, False], [False, False], [False, False]]


async def test_a_conversation_is_given_to_who_had_it_and_to_nobody_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, person=BEN)
        await accept(store, said("mine", person=NAMED))
        await answer(store, await claim(store), "yours", question="mine")
        await talk(store, chat=OTHER)
        await accept(store, command("export", person=NAMED))

        (entry,) = await store.privacy.conversation(await claim(store), 100)

        assert (entry.question, entry.answer) == ("mine", "yours")


# ---------------------------------------------------------------- retention


async def test_what_is_old_goes_and_what_is_young_or_running_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for age in (91, 90.5, 89, 1):
            await talk(store, now=NOW - age * DAY)
        await store.database.transact(_end_when_begun)
        await accept(store, said("waiting since long", OTHER), now=NOW - 100 * DAY)
        running = await claim(store, NOW - 100 * DAY)

        await Janitor(store.privacy, 90).clean(NOW)

        assert len(await rows(store.database, "turn")) == 3
        assert running.id in [row["id"] for row in await rows(store.database, "turn")]
        assert len(await rows(store.database, "usage")) == 2
        assert await rows(store.database, "doomed") == []


async def test_nothing_is_deleted_for_its_age_unless_the_operator_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await talk(store, now=NOW - 4000 * DAY)

        await Janitor(store.privacy, None).clean(NOW)

        assert len(await rows(store.database, "turn")) == 1


async def test_a_question_that_was_asked_again_stays_as_long_as_its_newest_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = await talk(store, now=NOW - 100 * DAY)
        await accept(store, pressed("again", first.id, person=NAMED))
        await answer(store, await claim(store))

        await store.privacy.expire(NOW - 90 * DAY, NOW)
        assert len(await rows(store.database, "turn")) == 2

        await store.privacy.expire(NOW + DAY, NOW)
        await store.privacy.expire(NOW + DAY, NOW)
        assert await rows(store.database, "turn") == []


async def test_what_is_of_no_use_any_more_goes_by_itself(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for n, age in enumerate((8, 6)):
            await store.arrivals.set_aside("fake:bot", str(n), "{}", NOW - age * DAY)

        await Janitor(store.privacy, None).clean(NOW)

        assert [row["key"] for row in await rows(store.database, "set_aside")] == ["1"]


async def test_whom_the_bot_refused_is_in_no_file_a_day_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, Arrival(event=said("?", person=NAMED), refusal="Ask for CANARYWORD"))
        await store.turns.end(await claim(store), TurnState.DONE, (), NOW)
        assert in_files(tmp_path) == ["CANARYWORD"]

        await Janitor(store.privacy, None).clean(NOW + 2 * DAY)

        assert in_files(tmp_path) == []


async def test_a_day_after_a_stranger_was_refused_nothing_is_left_of_them(tmp_path: Path) -> None:
    carl = Person(id="carl-9912")
    async with opened(tmp_path) as store:
        await accept(
            store, Arrival(event=said("?", person=carl), refusal="carl-9912 is unknown"), now=NOW - 2 * DAY
        )
        await store.turns.end(await claim(store), TurnState.DONE, (), NOW - 2 * DAY)
        await talk(store, carl, now=NOW - DAY)
        await accept(store, Arrival(event=said("?", OTHER, person=BEN), refusal="ben is unknown"))
        await store.turns.end(await claim(store), TurnState.DONE, (), NOW)

        await Janitor(store.privacy, None).clean(NOW)

        assert [row["person"] for row in await rows(store.database, "refusal")] == ["ben"]
        told = [(row["person"], row["kind"]) for row in await rows(store.database, "turn")]
        assert told == [("carl-9912", "answer"), ("ben", "notice")]

        await Janitor(store.privacy, None).clean(NOW + 2 * DAY)

        assert [row["kind"] for row in await rows(store.database, "turn")] == ["answer"]
        assert [row["chat"] for row in await rows(store.database, "chat")] == [CHAT.chat]


def _end_when_begun(db: Work) -> None:
    db._connection.execute("UPDATE turn SET finished_at = created_at")
