"""How an answer is shown by streams and previews: in virtual time, with every way in which they end."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.errors import RateLimited, Unavailable, Unfit, Unreachable
from tests.clock import BEGINNING, virtual
from tests.reply.live import AGAIN_BUTTON, Previewing, Streaming
from tests.reply.stage import delivering

if TYPE_CHECKING:
    from pathlib import Path

    from bot.errors import PlatformError

PARAGRAPH = "A paragraph of the answer that says something. " * 5


def paragraphs(count: int) -> list[str]:
    return [f"Part {n}. {PARAGRAPH}".strip() + "\n\n" for n in range(count)]


# ---------------------------------------------------------------- streams


@virtual
async def test_a_stream_is_closed_before_the_platform_ends_it_and_edited_from_then_on(tmp_path: Path) -> None:
    surface = Streaming()

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*paragraphs(20), every=20)
        stage.answer.finish()

    stops = [one for one in surface.done if one.verb == "stop"]
    assert surface.screen == ["".join(paragraphs(20)).strip()]
    assert [round(one.at - surface.done[0].at) for one in stops] == [240]
    assert len(surface.writes) >= 5
    assert surface.buttons == [[]]


@virtual
async def test_a_stream_is_closed_in_time_even_if_the_model_says_nothing(tmp_path: Path) -> None:
    surface = Streaming()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("".join(paragraphs(3)))
        await asyncio.sleep(290)
        closed = not surface.open
        stage.answer.finish()

    assert closed
    assert surface.screen == ["".join(paragraphs(3)).strip()]


@virtual
async def test_a_stream_keeps_its_own_limits_and_leaves_the_edits_alone(tmp_path: Path) -> None:
    surface = Streaming()

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*paragraphs(40), every=0.1)
        stage.answer.finish(controls=AGAIN_BUTTON)

    appends = [one.at for one in surface.done if one.verb == "append"]
    assert all(b - a >= 0.499 for a, b in pairwise(appends))
    assert not surface.writes
    assert surface.screen == ["".join(paragraphs(40)).strip()]
    assert surface.buttons == [["again"]]


@virtual
@pytest.mark.parametrize("verb", ["append", "stop"])
@pytest.mark.parametrize("error", [Unavailable(), Unfit()])
async def test_whatever_ends_a_stream_the_message_is_edited(
    tmp_path: Path, verb: str, error: PlatformError
) -> None:
    surface = Streaming()
    surface.refusals[verb] = [error]

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add(paragraphs(1)[0])
        await asyncio.sleep(5)
        surface.end(surface.messages[0].ref)
        await stage.types(*paragraphs(5)[1:], every=2)
        stage.answer.finish()

    assert surface.screen == ["".join(paragraphs(5)).strip()]
    assert [one.verb for one in surface.done] == ["start"]


@virtual
@pytest.mark.parametrize("error", [RateLimited(5.0, "appends"), Unreachable()])
async def test_an_append_that_surely_did_not_happen_is_made_again(
    tmp_path: Path, error: PlatformError
) -> None:
    surface = Streaming()
    surface.refusals["append"] = [error]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*paragraphs(6), every=1)
        stage.answer.finish()

    assert surface.screen == ["".join(paragraphs(6)).strip()]
    assert not surface.writes


@virtual
async def test_a_start_that_nobody_confirmed_is_not_streamed_again(tmp_path: Path) -> None:
    surface = Streaming()
    surface.refusals["start"] = [Unavailable()]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*paragraphs(6), every=1)
        stage.answer.finish()

    assert not surface.done
    assert surface.screen == ["".join(paragraphs(6)).strip()]


@virtual
async def test_a_list_that_cannot_be_appended_for_long_is_edited(tmp_path: Path) -> None:
    surface = Streaming()
    items = [f"- {PARAGRAPH}".strip() + "\n" for _ in range(20)]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*paragraphs(2), *items, every=1)
        shown = surface.screen[0]
        stage.answer.finish()

    assert [one.verb for one in surface.done][-1] == "stop"
    assert shown.count("- A paragraph") >= 18
    assert surface.screen == ["".join([*paragraphs(2), *items]).strip()]


@virtual
async def test_a_line_about_the_waiting_begins_the_stream(tmp_path: Path) -> None:
    surface = Streaming()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.tell("Thinking… 2 s")
        await asyncio.sleep(5)
        stage.answer.tell("Thinking… 7 s")
        await asyncio.sleep(5)
        await stage.types(*paragraphs(2), every=5)
        stage.answer.finish()

    assert [(one.verb, one.status) for one in surface.done] == [
        ("start", "Thinking… 2 s"),
        ("append", "Thinking… 7 s"),
        ("append", "Thinking… 7 s"),
        ("append", ""),
        ("stop", ""),
    ]
    assert surface.screen == ["".join(paragraphs(2)).strip()]


# ---------------------------------------------------------------- previews


@virtual
async def test_previews_keep_their_pace_and_the_answer_is_posted_once(tmp_path: Path) -> None:
    surface = Previewing()

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*(f"word{n} " for n in range(60)), every=0.1)
        stage.answer.finish(controls=AGAIN_BUTTON)

    assert all(b.at - a.at >= 0.599 for a, b in pairwise(surface.shown))
    assert surface.shown[0].at < BEGINNING + 0.2
    assert all(preview.stoppable for preview in surface.shown)
    assert len(surface.writes) == 1
    assert surface.buttons == [["again"]]


@virtual
async def test_a_preview_is_renewed_while_nothing_is_said_and_not_stored(tmp_path: Path) -> None:
    surface = Previewing()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("Some words")
        await asyncio.sleep(65)
        stored = stage.stored()
        stage.answer.finish()

    assert [round(preview.at - surface.shown[0].at) for preview in surface.shown] == [0, 20, 40, 60]
    assert stored == ""
    assert surface.screen == ["Some words"]


@virtual
async def test_a_preview_that_got_lost_does_not_make_the_post_a_doubtful_one(tmp_path: Path) -> None:
    surface = Previewing()
    surface.refusals = [Unavailable(), Unreachable()]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*(f"word{n} " for n in range(60)), every=0.1)
        stage.answer.finish()

    assert surface.shown
    assert len(surface.screen) == 1


@virtual
async def test_where_previews_are_not_taken_the_answer_is_edited(tmp_path: Path) -> None:
    surface = Previewing()
    surface.refusals = [Unfit()]

    async with delivering(tmp_path, surface) as stage:
        await stage.types(*(f"word{n} " for n in range(60)), every=0.1)
        stage.answer.finish()

    assert not surface.shown
    assert len(surface.writes) > 3
    assert len(surface.screen) == 1
