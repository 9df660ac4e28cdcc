"""`make soak`: a thousand kills, and what they cost. `python -m tests.soak stop`: a hundred stops. `python -m
tests.soak faults`: fewer kills, while every call of a platform or the model meets any fault there is with 5 %.

It prints its progress, ends by itself, and its exit code says whether everything held. A rate is an upper bound at
95 %: for nothing seen in n tries, that is 3/n (the rule of three).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.scenarios.chaos import UNLIMITED, Chaos, Tally
from tests.scenarios.stage import Stage
from tests.scenarios.stopping import WAYS, stop_once
from tests.scenarios.trouble import LIMITS, SHARE, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUND = 50
"""Kills with one set of servers; then new ones, so that memory and the last summary stay small."""

LIFE = 20.0
"""Seconds a process lives at most amid faults: it has to come to what is hard."""
BATCH = 8
"""Kills with one set of servers amid faults."""
MANNERS: tuple[dict[str, str], ...] = (
    {},
    {"TELEGRAM_STREAMING": "draft", "SLACK_STREAMING": "native"},
)
"""Settings under which the rounds run in turn: answers are shown in different ways."""


def say(text: str) -> None:
    """Print one line now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def soak(kills: int, seed: int) -> bool:
    """Kill so often, in rounds; return whether nothing was lost and nothing doubled."""
    rounds: list[Tally] = []
    while (done := sum(tally.kills for tally in rounds)) < kills:
        began = time.monotonic()
        tally = await one_round(min(ROUND, kills - done), seed + len(rounds))
        rounds.append(tally)
        report(tally, done, time.monotonic() - began)
    return summarise(rounds)


def report(tally: Tally, done: int, seconds: float) -> None:
    """Print what one round came to; `done` kills came before it."""
    say(
        f"{done + tally.kills:5} kills  {tally.asked:5} asked  {len(tally.lost)} lost  "
        f"{len(tally.doubled)} doubled  {tally.orphans} orphans  {len(tally.told)} told to ask again  {seconds:.0f} s"
    )
    for what in (*tally.broken, *tally.disordered):
        say(f"      {what[:200]}")


async def one_round(kills: int, seed: int) -> Tally:
    """Run one set of servers until it has come to rest."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, **UNLIMITED) as stage:
            return await Chaos(stage, seed).run(kills)


async def faults(kills: int, seed: int, share: float) -> bool:
    """Kill so often amid faults of every kind, in rounds; return whether all that is promised held."""
    rounds: list[Tally] = []
    met: Counter[str] = Counter()
    while (done := sum(tally.kills for tally in rounds)) < kills:
        began = time.monotonic()
        manner, trouble = MANNERS[len(rounds) % len(MANNERS)], Trouble(seed + len(rounds), share)
        with tempfile.TemporaryDirectory() as folder:
            async with Stage(Path(folder), flood=False, **UNLIMITED, **LIMITS, **manner) as stage:
                chaos = Chaos(stage, seed + len(rounds), trouble=trouble, life=LIFE)
                rounds.append(await chaos.run(min(BATCH, kills - done)))
        met += trouble.met
        report(rounds[-1], done, time.monotonic() - began)
    say("faults: " + ", ".join(f"{count} {kind}" for kind, count in sorted(met.items())))
    return summarise(rounds)


def summarise(rounds: Sequence[Tally]) -> bool:
    """Print the sums and the rates."""
    kills, asked = sum(one.kills for one in rounds), sum(one.asked for one in rounds)
    lost, doubled = sum(len(one.lost) for one in rounds), sum(len(one.doubled) for one in rounds)
    orphans = sum(one.orphans for one in rounds)
    say(f"{kills} kills, {asked} questions, {sum(one.refused_writes for one in rounds)} writes refused,")
    say(
        f"{sum(one.doubled_deliveries for one in rounds)} deliveries doubled, ",
    )
    say(f"{sum(one.requests for one in rounds) / max(1, asked):.2f} requests per question")
    say(f"lost      {lost:4}   {rate(lost, kills)}")
    say(f"doubled   {doubled:4}   {rate(doubled, kills)}")
    say(f"orphans   {orphans:4}   {rate(orphans, kills)}")
    return all(one.sound for one in rounds)


def rate(count: int, tries: int) -> str:
    """Return what may be said about the rate; for none seen, by the rule of three."""
    if not count:
        return f"under {3 / tries:.2%} of kills at 95 %"
    return f"{count / tries:.2%} of kills"


async def stops(times: int) -> bool:
    """Stop so often, in every way in turn; print the times."""
    seconds: list[float] = []
    for number in range(times):
        way = WAYS[number % len(WAYS)]
        with tempfile.TemporaryDirectory() as folder:
            async with Stage(Path(folder), flood=False, PACE="off") as stage:
                seconds.append(await stop_once(stage, way))
        say(f"{number + 1:4}  {way:16} {seconds[-1]:.2f} s")
    seconds.sort()
    say(f"{times} stops: median {seconds[len(seconds) // 2]:.2f} s, slowest {seconds[-1]:.2f} s")
    return seconds[-1] <= 9.0


def main(arguments: Sequence[str]) -> int:
    """Run what the command line and `KILLS`, `STOPS`, `SEED` and `SHARE` ask for."""
    if arguments[:1] == ["stop"]:
        return 0 if asyncio.run(stops(int(os.environ.get("STOPS", "100")))) else 1
    seed = int(os.environ.get("SEED", "1"))
    if arguments[:1] == ["faults"]:
        kills, share = int(os.environ.get("KILLS", "80")), float(os.environ.get("SHARE", str(SHARE)))
        return 0 if asyncio.run(faults(kills, seed, share)) else 1
    kills = int(os.environ.get("KILLS", "1000"))
    return 0 if asyncio.run(soak(kills, seed)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
