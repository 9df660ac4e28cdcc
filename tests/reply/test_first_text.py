"""The first text after a line about the waiting is a first text: held until it is worth a write, then hurried."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from adapters.telegram.dialect import TelegramBody, TelegramDialect
from bot.model import MessageRef
from bot.reply.pacer import Urgency
from tests.clock import now, virtual
from tests.fakes import FakeSurface
from tests.reply.stage import delivering

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Controls
    from bot.ports import Body


@virtual
async def test_a_short_answer_after_a_thought_costs_one_edit(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.tell("_Thinking… 2 s_")
        await asyncio.sleep(5)
        await stage.types("A short ", "answer.", every=0.2)
        stage.answer.finish()

    assert [write.text for write in surface.writes] == ["_Thinking… 2 s_", "A short answer."]


@virtual
async def test_the_first_text_after_a_thought_goes_before_the_refreshes_of_others(tmp_path: Path) -> None:
    surface = FakeSurface()

    async with delivering(tmp_path, surface) as stage:
        stage.answer.tell("_Thinking… 2 s_")
        await surface.until(1)
        async with asyncio.TaskGroup() as others:
            for _ in range(20):
                others.create_task(stage.pacer.turn(surface.pace.edit, Urgency.REFRESH, now() - 60))
            await asyncio.sleep(0.5)
            began = now()
            stage.answer.add("The answer begins with words enough to be worth a look. " * 5)
            await surface.until(2)
            waited = now() - began
        stage.answer.finish()

    assert waited < 3


MESSAGE = MessageRef("1:1")


class Remembering(FakeSurface):
    """Takes bodies as Telegram's dialect makes them."""

    def __init__(self) -> None:
        super().__init__(dialect=TelegramDialect())
        self.texts: list[str] = []

    async def post(self, body: Body, *, controls: Controls, key: str) -> MessageRef:
        await self.edit(MESSAGE, body, controls=controls)
        return MESSAGE

    async def edit(self, ref: MessageRef, body: Body, *, controls: Controls) -> None:
        assert isinstance(body, TelegramBody)
        self.texts.append(body.text)


@virtual
async def test_thoughts_show_no_mark_that_is_open_while_they_grow(tmp_path: Path) -> None:
    surface = Remembering()
    thoughts = "First **this is bold** and then `code = 1` and\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"

    async with delivering(tmp_path, surface) as stage:
        stage.answer.keeps_thoughts = True
        stage.answer.tell("Thinking")
        for end in range(1, len(thoughts) + 1):
            stage.answer.think(thoughts[:end])
            await asyncio.sleep(1.5)
        stage.answer.think(thoughts + "\n\nI **break")
        stage.answer.add("The answer.")
        stage.answer.finish()

    assert len(surface.texts) >= 30
    assert not [text for text in surface.texts if "*" in text or "`" in text or "|" in text]
    assert surface.texts[-1].endswith("I break\nThe answer.")
