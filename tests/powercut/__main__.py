"""`python -m tests.powercut`: a thousand power cuts, and what they cost. `CUTS=100 SEED=2` for another look.

It prints a line for the store as it is, which must lose nothing, and one for the same store with `synchronous=NORMAL`,
which must lose something: else these cuts could not show a loss. Its exit code says whether both is so; 2 means that
nothing can be measured here. Takes some minutes, and ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.powercut.cutting import Cutting, Tally
from tests.powercut.recording import NoRecorder, compiled, recorded

STEPS = 4000
"""Things the child does: enough that the write-ahead log is written back into the file again and again."""
CUTS_PER_RECORD = 250
"""Then another life is recorded."""


def say(text: str) -> None:
    """Print one line now."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def cut(recorder: Path, cuts: int, synchronous: str, seed: int) -> list[Tally]:
    """Cut so often, in several recorded lives."""
    tallies: list[Tally] = []
    while (done := sum(tally.cuts for tally in tallies)) < cuts:
        number, began = seed + len(tallies), time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            life = recorded(recorder, Path(folder), steps=STEPS, synchronous=synchronous, seed=number)
        cutting = Cutting(life, number)
        tallies.append(asyncio.run(cutting.run(min(CUTS_PER_RECORD, cuts - done))))
        say(f"      {len(life)} operations recorded and cut in {time.monotonic() - began:.0f} s")
    return tallies


def told(synchronous: str, tallies: list[Tally]) -> tuple[int, int]:
    """Print what became of the cuts; return how many lost something, and how many damaged the file."""
    cuts, commits = sum(one.cuts for one in tallies), sum(one.commits for one in tallies)
    lost = [missing for one in tallies for missing in one.lost]
    damaged = [what for one in tallies for what in one.damaged]
    say(
        f"{synchronous:6} {cuts:5} cuts, {commits / cuts:.0f} acknowledged commits before each: {len(lost)} lost some of it"
        f" ({max(map(len, lost), default=0)} facts at most), {len(damaged)} damaged the file"
    )
    for what in (*(f"lost: {', '.join(missing[:5])}" for missing in lost[:3]), *damaged[:3]):
        say(f"      {what[:200]}")
    return len(lost), len(damaged)


def main() -> int:
    """Run what `CUTS` and `SEED` ask for."""
    cuts, seed = int(os.environ.get("CUTS", "1000")), int(os.environ.get("SEED", "1"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            recorder = compiled(Path(folder))
            faults = told("FULL", cut(recorder, cuts, "FULL", seed))
            losses, _ = told("NORMAL", cut(recorder, max(40, cuts // 10), "NORMAL", seed))
    except NoRecorder as error:
        say(f"NOTHING WAS MEASURED: {error}")
        return 2
    if not any(faults):
        say(f"FULL: less than {3 / cuts:.2%} of cuts lose or damage anything, at 95 % (none in {cuts})")
    say(
        f"NORMAL has to lose something, or nothing could be seen here: {'it does' if losses else 'IT DOES NOT'}"
    )
    return 0 if not any(faults) and losses else 1


if __name__ == "__main__":
    sys.exit(main())
