"""Killed again and again at random, amid busy chats and trouble on the wire. `make soak` does it a thousand times.

`python -m tests.soak faults` does for long what the second test does for some seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ledger import Kept, Posted
from tests.scenarios.chaos import UNLIMITED, Chaos, half_answers
from tests.scenarios.stage import Stage
from tests.scenarios.trouble import IN_TELEGRAM, LIMITS, Trouble

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
FAULTY_KILLS, FAULTY_LIFE, FAULTY_SHARE = 3, 7.0, 0.08
FAULTY_SEED = 47
"""Of those under which no call hangs until the bot gives it up: that takes up to a minute, and is left to the soak."""


@pytest.mark.timeout(300)
async def test_twenty_kills_lose_nothing_double_nothing_and_keep_the_order(tmp_path: Path) -> None:
    async with Stage(tmp_path, flood=False, **UNLIMITED) as stage:
        tally = await Chaos(stage, seed=20).run(KILLS)

    assert tally.sound, tally
    assert tally.asked > 5 * KILLS
    assert tally.doubled_deliveries
    # They are promised to be rare. On a busy machine the moment between a post and the note of it is longer.
    assert tally.orphans <= KILLS // 4


@pytest.mark.timeout(400)
async def test_amid_faults_of_every_kind_everybody_is_answered_once_or_told_why_not(tmp_path: Path) -> None:
    trouble = Trouble(FAULTY_SEED, FAULTY_SHARE)
    async with Stage(tmp_path, flood=False, **UNLIMITED, **LIMITS) as stage:
        tally = await Chaos(stage, FAULTY_SEED, trouble=trouble, life=FAULTY_LIFE).run(FAULTY_KILLS)

    assert tally.sound, tally
    assert tally.answered
    assert {kind.partition(" ")[0] for kind in trouble.met} >= {"telegram", "slack", "model"}
    assert tally.orphans <= FAULTY_KILLS


async def test_the_fate_of_a_call_hangs_on_the_seed_and_on_the_calls_of_its_method_alone(
    tmp_path: Path,
) -> None:
    one, other = Stage(tmp_path), Stage(tmp_path)
    for stage in (one, other):
        Trouble(FAULTY_SEED, 0.5).begin(stage)

    alone = [one.telegram.luck("sendMessage") for _ in range(200)]
    amid = [(other.telegram.luck("sendMessage"), other.telegram.luck("getUpdates")) for _ in range(200)]

    assert [fate for fate, _ in amid] == alone
    assert 60 < sum(fate is None for fate in alone) < 140
    assert all(any(fault in alone for fault in faults) for faults in IN_TELEGRAM.values())


@pytest.mark.parametrize(
    ("text", "finish", "note", "is_half"),
    [
        ("To q1x: the answer and then it ends end q1x.", "stop", "", False),
        ("To q1x: the answer to this goes on", "stop", "", True),
        ("To q1x q2x: it ends end q1x", "stop", "", True),
        ("To q1x: the answer", "cut", "", True),
        ("To q1x: the answer\n\nIt broke off.", "cut", "It broke off.", False),
        ("You are not on the list.", "stop", "", False),
    ],
)
def test_an_answer_without_its_end_is_seen(text: str, finish: str, note: str, *, is_half: bool) -> None:
    turn = {"id": 1, "finish": finish, "note": note, "replaced": 0}
    page = {"turn_id": 1, "ref": "7:1"}
    seen = Posted(platform="telegram", ref="7:1", chat="7", thread="", texts=(text,), buttons=(), gone=False)

    found = list(half_answers(Kept({}, [turn], [], [page]), {"7:1": seen}))

    assert bool(found) == is_half
