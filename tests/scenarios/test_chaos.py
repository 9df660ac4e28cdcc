"""Killed again and again at random, amid busy chats and trouble on the wire. `make soak` does it a thousand times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.chaos import UNLIMITED, Chaos
from tests.scenarios.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20


@pytest.mark.timeout(300)
async def test_twenty_kills_lose_nothing_double_nothing_and_keep_the_order(tmp_path: Path) -> None:
    async with Stage(tmp_path, flood=False, **UNLIMITED) as stage:
        tally = await Chaos(stage, seed=20).run(KILLS)

    assert tally.sound, tally
    assert tally.asked > 5 * KILLS
    assert tally.doubled_deliveries
    # They are promised to be rare. On a busy machine the moment between a post and the note of it is longer.
    assert tally.orphans <= KILLS // 4
