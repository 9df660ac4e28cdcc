from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import pytest

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from bot.reply.looks import ENOUGH, Looks, Rest
from bot.reply.markdown import repaired
from bot.reply.pages import Pages
from tests.clock import virtual
from tests.fakes import FakeDialect, FakeSurface
from tests.reply.stage import delivering

if TYPE_CHECKING:
    from pathlib import Path

    from bot.ports import Dialect

LONG = 9_000
"""Characters of a page that takes long to turn."""

LIST = "- **a**\n" * 1600
DENSE = {
    "stars": "**a " * 3000,
    "table": "|a" * 60 + "|\n" + "|-" * 60 + "|\n" + ("|*b*" * 60 + "|\n") * 60,
}
"""Texts whose pages take long to turn."""


@dataclass(frozen=True, slots=True)
class Counting(FakeDialect):
    """A dialect that keeps what it was asked."""

    limit: int = 10**6
    asked: list[str] = field(default_factory=list[str])

    def fits(self, markdown: str) -> bool:
        self.asked.append(markdown)
        return len(markdown) <= self.limit


def rested(pages: Pages, looks: Looks, answer: str, note: str = "") -> int:
    """Lay out a whole answer; return how many rests that took."""
    for rests in count():
        looks.begin()
        try:
            pages.grow(answer, finished=True, note=note)
        except Rest:
            continue
        return rests
    raise AssertionError


def test_after_enough_was_looked_at_there_is_a_rest_and_then_it_goes_on() -> None:
    dialect = Counting()
    looks = Looks(dialect)
    texts = [letter * ENOUGH for letter in "abc"]

    assert looks.fits(texts[0])
    with pytest.raises(Rest):
        looks.fits(texts[1])
    looks.begin()
    assert [looks.fits(text) for text in texts[:2]] == [True] * 2
    with pytest.raises(Rest):
        looks.fits(texts[2])

    assert dialect.asked == texts[:2]


def test_what_is_known_is_not_asked_again_until_it_is_over() -> None:
    dialect = Counting()
    looks = Looks(dialect)

    looks.fits("a")
    looks.begin()
    looks.fits("a")
    assert dialect.asked == ["a"]

    looks.end()
    looks.fits("a")
    assert dialect.asked == ["a", "a"]


def test_short_texts_need_no_rest_however_many_there_are() -> None:
    looks = Looks(Counting())

    assert all(looks.fits("a" * n) for n in range(100))


@pytest.mark.parametrize("dialect", [TelegramDialect(), SlackDialect()], ids=["telegram", "slack"])
@pytest.mark.parametrize("name", DENSE)
def test_pages_are_the_same_with_rests_and_without(name: str, dialect: Dialect) -> None:
    straight = Pages(dialect)
    straight.grow(DENSE[name], finished=True, note="*A note.*")
    looks = Looks(dialect)
    pages = Pages(looks)

    rests = rested(pages, looks, DENSE[name], "*A note.*")

    assert rests > 0
    assert pages.boundaries == straight.boundaries
    assert [pages.source(n) for n in range(len(pages))] == [straight.source(n) for n in range(len(straight))]


@pytest.mark.parametrize("longest", [700, 2000, 9000])
def test_between_two_rests_little_is_looked_at(longest: int) -> None:
    dialect = Counting(longest)
    looks = Looks(dialect)
    pages = Pages(looks)
    stretches: list[int] = []
    for _ in range(1000):
        looks.begin()
        before = len(dialect.asked)
        try:
            pages.grow(LIST, finished=True)
        except Rest:
            stretches.append(sum(map(len, dialect.asked[before:])))
            continue
        break

    assert stretches
    assert max(stretches) <= ENOUGH + max(map(len, dialect.asked))


def test_between_two_rests_one_page_is_turned() -> None:
    looks = Looks(Counting(800))
    pages = Pages(looks)
    turned: list[int] = []
    for _ in range(1000):
        looks.begin()
        before = len(pages)
        try:
            pages.grow(LIST, finished=True)
        except Rest:
            turned.append(len(pages) - before)
            continue
        break

    assert len(pages) > 10
    assert sum(turned) == len(pages) - 1
    assert max(turned) == 1


@virtual
async def test_while_a_long_page_is_turned_others_have_their_turn_and_the_answer_may_grow(
    tmp_path: Path,
) -> None:
    dialect = Counting(LONG)
    surface = FakeSurface(dialect=dialect)
    looked: list[int] = []

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("word " * (2 * LONG // 5))
        while not surface.screen:
            for _ in range(50):
                looked.append(sum(map(len, dialect.asked)))
                dialect.asked.clear()
                stage.answer.add("more ")
                await asyncio.sleep(0)
            await asyncio.sleep(0.2)
        stage.answer.finish()

    assert sum(characters > 0 for characters in looked) > 3
    assert max(looked) <= ENOUGH + 2 * LONG
    assert " ".join(surface.screen) == stage.answer.text.strip()


@virtual
async def test_pages_of_which_each_look_is_a_rest_are_shown_while_the_answer_grows_and_at_its_end(
    tmp_path: Path,
) -> None:
    dialect = Counting(4 * ENOUGH)
    surface = FakeSurface(dialect=dialect)
    lengths: set[int] = set()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("word " * ENOUGH)
        for _ in range(400):
            stage.answer.add("more ")
            await asyncio.sleep(0.05)
            lengths.add(sum(map(len, surface.screen)))
        stage.answer.finish("A note.")

    assert len(lengths) > 5
    assert " ".join(surface.screen) == f"{stage.answer.text.strip()}\n\nA note."


def test_marks_that_are_opened_again_and_again_are_taken_for_none() -> None:
    assert repaired("**a " * 8).endswith("a" + "**" * 8)
    assert repaired("**a " * 100) == ("**a " * 100).rstrip()
