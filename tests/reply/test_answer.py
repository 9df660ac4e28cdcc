from __future__ import annotations

import asyncio

import pytest

from bot.model import Control
from bot.reply.answer import Answer
from tests.clock import now, virtual


def test_text_grows_by_pieces() -> None:
    answer = Answer()
    for piece in ("Hel", "lo", "", " you"):
        answer.add(piece)

    assert (answer.text, answer.length) == ("Hello you", 9)
    assert answer.text is answer.text


def test_a_restored_text_grows_on() -> None:
    answer = Answer("Hello", floor=5)
    answer.add(" you")

    assert (answer.text, answer.length, answer.floor) == ("Hello you", 9, 5)


def test_the_first_text_takes_the_place_of_a_status() -> None:
    answer = Answer()
    answer.tell("busy")
    before = answer.status
    answer.add("text")

    assert (before, answer.status) == ("busy", "")


def test_starting_anew_forgets_text_and_status() -> None:
    answer = Answer()
    answer.add("text")
    answer.tell("busy")
    answer.restart()

    assert (answer.text, answer.length, answer.status) == ("", 0, "")


def test_finishing_and_pausing_are_different_ends() -> None:
    again = (Control("again", "1", "Again"),)
    finished, paused = Answer("a"), Answer("a")
    finished.finish("note", again)
    paused.pause("restarting")

    assert (finished.finished, finished.paused, finished.note, finished.controls) == (
        True,
        False,
        "note",
        again,
    )
    assert (paused.finished, paused.paused, paused.note, paused.controls) == (False, True, "restarting", ())


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer.add("x"),
        lambda answer: answer.tell("x"),
        lambda answer: answer.restart(),
        lambda answer: answer.finish(),
        lambda answer: answer.pause("x"),
    ],
    ids=["add", "tell", "restart", "finish", "pause"],
)
@virtual
async def test_every_change_wakes_whoever_waits(change: object) -> None:
    answer, seen = Answer(), []
    assert callable(change)

    async def wait() -> None:
        await answer.changed(answer.version)
        seen.append(now())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wait())
        tasks.create_task(wait())
        await asyncio.sleep(7)
        change(answer)

    assert seen == [1007.0, 1007.0]


@virtual
async def test_a_change_that_was_missed_is_noticed_at_once() -> None:
    answer = Answer()
    version = answer.version
    answer.add("x")

    async with asyncio.timeout(0.001):
        await answer.changed(version)


def test_reading_a_long_answer_after_every_piece_stays_cheap() -> None:
    answer = Answer()
    for _ in range(20_000):
        answer.add("word ")
        assert len(answer._parts) <= 20_000

    assert answer.length == len(answer.text) == 100_000
    assert len(answer._parts) == 1
