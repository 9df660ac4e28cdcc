"""What a reader is told of a model that thinks, and when."""

from __future__ import annotations

import asyncio

import pytest

from adapters.slack.surface import STATUS_EVERY
from bot.phrases import say
from bot.reply.answer import Answer
from bot.turns.thinking import ShowThinking, Thinking
from tests.clock import now, virtual

WHILE = 13
"""Seconds: Slack is told a second time only after fourteen."""


class Heard(Answer):
    """Keeps what was told and what was thought, with the seconds since the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []
        self.looks: list[int] = []
        self._began = now()

    def tell(self, text: str) -> None:
        self.lines.append((round(now() - self._began), text))
        super().tell(text)

    def think(self, text: str) -> None:
        self.looks.append(round(now() - self._began))
        super().think(text)


async def thinks(seconds: int, *, every: float, show: ShowThinking = ShowThinking.OFF) -> Heard:
    """Let a model think aloud for so long, a word each second."""
    heard = Heard()
    thinking = Thinking(
        answer=heard, show=show, every=every, say=lambda key, /, **more: say(key, "en", **more)
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(thinking.run())
        for _ in range(seconds):
            thinking.add("hm ")
            await asyncio.sleep(1)
        thinking.end()
        running.cancel()
    return heard


def line(seconds: int) -> str:
    return say("thinking_for", "en", seconds=seconds)


@virtual
async def test_a_thought_of_a_moment_is_not_told() -> None:
    assert not (await thinks(1, every=5.0)).lines


@virtual
async def test_the_seconds_are_told_again_and_again() -> None:
    heard = await thinks(WHILE, every=5.0)

    assert heard.lines == [(at, line(at)) for at in (2, 7, 12)]
    assert not heard.looks


@virtual
async def test_in_slack_they_cost_few_of_the_edits_that_all_share() -> None:
    heard = await thinks(WHILE, every=STATUS_EVERY)

    assert heard.lines == [(2, line(2))]


@virtual
@pytest.mark.parametrize("show", [ShowThinking.LIVE, ShowThinking.FOLDED])
async def test_thoughts_that_may_be_seen_grow_between_two_lines(show: ShowThinking) -> None:
    heard = await thinks(8, every=8.0, show=show)

    assert heard.looks == [2, 4, 6, 8]
    assert heard.thoughts == "hm " * 8
