"""A surface that shows more than pages is told what they are made from; and where writes cost nothing, at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import meters
from bot.errors import RateLimited
from bot.ports import Follows
from tests.clock import now, virtual
from tests.fakes import FakeSurface, Trouble, pace
from tests.reply.stage import delivering, dies

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Growth, Pace


class Following(FakeSurface):
    """Keeps what it was told, and how much of it had been written by then."""

    def __init__(self, limits: Pace | None = None) -> None:
        super().__init__(limits=limits)
        self.told: list[Growth] = []
        self.written_by_then: list[int] = []

    def follow(self, growth: Growth) -> None:
        self.told.append(growth)
        self.written_by_then.append(len(self.writes))


@virtual
async def test_the_source_is_told_before_each_write_and_once_when_all_is_shown(tmp_path: Path) -> None:
    surface = Following()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("**one", " two", " three", every=1.5)
        stage.answer.add("**")
        stage.answer.finish("_note_")

    assert isinstance(surface, Follows)
    assert [growth.text for growth in surface.told][-2:] == ["**one two three**"] * 2
    assert [growth.over for growth in surface.told] == [False] * (len(surface.told) - 1) + [True]
    assert surface.written_by_then == [*range(len(surface.writes)), len(surface.writes)]
    assert all(growth.turn == stage.turn.id for growth in surface.told)


@virtual
async def test_what_is_told_is_stored(tmp_path: Path) -> None:
    surface = Following()
    stored: list[str] = []

    async with delivering(tmp_path, surface) as stage:
        surface.before_write = lambda _: stored.append(stage.stored())
        await stage.types("one ", "two ", "three ", every=1.5)
        stage.answer.finish()

    assert [growth.text for growth in surface.told if not growth.over] == stored


@virtual
async def test_a_line_about_the_waiting_is_told_as_such(tmp_path: Path) -> None:
    surface = Following()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.tell("_Thinking… 2 s_")
        await asyncio.sleep(3)
        stage.answer.add("Done.")
        stage.answer.finish()

    assert [(growth.status, growth.text) for growth in surface.told] == [
        ("_Thinking… 2 s_", ""),
        ("", "Done."),
        ("", "Done."),
    ]


@virtual
async def test_an_answer_that_goes_on_in_another_process_is_not_over(tmp_path: Path) -> None:
    surface = Following()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("half ", every=2)
        stage.answer.pause("_later_")

    assert surface.told
    assert not any(growth.over for growth in surface.told)


@virtual
async def test_after_a_kill_the_source_is_told_from_where_it_is_longer_on(tmp_path: Path) -> None:
    surface = Following()
    await dies(tmp_path, surface, "one ", "two ", "three ")
    surface.told.clear()

    async with delivering(tmp_path, surface, restarts=True) as stage:
        await stage.types("ONE ", "TWO ", "THREE ", "FOUR", every=1.5)
        stage.answer.finish()

    assert surface.told[-1].text == "ONE TWO THREE FOUR"
    assert all(len(growth.text) >= len("one two three ") for growth in surface.told)


@virtual
async def test_where_writes_cost_nothing_a_short_beginning_is_shown_at_once(tmp_path: Path) -> None:
    cheap = FakeSurface(limits=replace(pace(every=0.06), cheap=True))

    async with delivering(tmp_path, cheap) as stage:
        began = now()
        await stage.types("a", every=5)
        stage.answer.finish()

    assert cheap.writes[0].at - began < 0.1


@virtual
async def test_writes_and_silences_are_counted(tmp_path: Path) -> None:
    surface = FakeSurface()
    surface.troubles[1] = Trouble(RateLimited(3.0))
    before = meters.exposition(waiting=0, running=0).decode()

    async with delivering(tmp_path, surface) as stage:
        await stage.types("one ", every=5)
        stage.answer.finish()

    after = meters.exposition(waiting=0, running=0).decode()
    kind = 'bot_writes_total{kind="post",platform="fake"}'
    assert _value(after, kind) - _value(before, kind) == 1


def _value(text: str, name: str) -> float:
    found = [line for line in text.splitlines() if line.startswith(name)]
    return float(found[0].rpartition(" ")[2]) if found else 0.0
