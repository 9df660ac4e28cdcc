"""A silence the platform asks for is kept by everything an answer needs, not by its text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import RateLimited, Unavailable
from bot.model import Limit, MessageRef, Pace
from tests.clock import now, virtual
from tests.fakes import AbleSurface, FakeDialect, Finding, Trouble
from tests.reply.stage import delivering, dies

if TYPE_CHECKING:
    from pathlib import Path

    from bot.model import Controls
    from bot.ports import Body

WORDS = [f"word{n:02} of the answer, " for n in range(12)]
CHAT = Limit("chat:1", 1.0)


class Erasing(AbleSurface):
    """Asks once for silence when a message is to be taken back."""

    def __init__(self) -> None:
        limits = Pace(post=(CHAT,), edit=(CHAT,), erase=(Limit("erase", 2.0),))
        super().__init__(dialect=FakeDialect(limit=120), limits=limits)
        self.asked: list[float] = []

    async def delete(self, ref: MessageRef) -> None:
        self.asked.append(now())
        if len(self.asked) == 1:
            raise RateLimited(300.0, "chat.delete")
        await super().delete(ref)


@virtual
async def test_pages_are_taken_back_at_the_platforms_pace_and_after_its_silences(tmp_path: Path) -> None:
    surface = Erasing()
    await dies(tmp_path, surface, *WORDS)
    pages = len(surface.screen)

    async with delivering(tmp_path, surface, restarts=True) as stage:
        stage.answer.add("Short this time.")
        stage.answer.finish()

    first, second, *later = surface.asked
    assert surface.screen == ["Short this time."]
    assert second - first >= 300
    assert len(surface.asked) == pages
    assert [round(at - before, 3) >= 2 for before, at in zip([second, *later], later, strict=False)] == [
        True
    ] * len(later)


class Seeking(Finding):
    """Notes when it is asked to find a message."""

    def __init__(self) -> None:
        limits = Pace(post=(CHAT,), edit=(Limit("edits", 10.0),), find=(Limit("find", 1.0),))
        super().__init__(limits=limits)
        self.sought: list[float] = []

    async def find(self, key: str, body: Body, *, controls: Controls) -> MessageRef | None:
        self.sought.append(now())
        return await super().find(key, body, controls=controls)


@virtual
async def test_a_silence_met_while_a_lost_message_is_looked_for_is_kept(tmp_path: Path) -> None:
    surface = Seeking()
    surface.troubles[1] = Trouble(Unavailable(), happened=True)
    surface.find_troubles = [RateLimited(120.0, "find")]

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("The answer.")
        stage.answer.finish()

    first, second = surface.sought
    assert second - first >= 120
    assert surface.screen == ["The answer."]
    assert len(surface.messages) == 1


@virtual
async def test_the_edit_of_a_message_found_again_is_paid_for_like_any_other(tmp_path: Path) -> None:
    surface = Seeking()
    surface.troubles[1] = Trouble(Unavailable(), happened=True)

    async with delivering(tmp_path, surface) as stage:
        stage.answer.add("The answer. " * 30)
        await surface.until(2)
        found = now()
        stage.answer.add("The end.")
        stage.answer.finish()

    assert surface.screen[0].endswith("The end.")
    assert now() - found >= 10
