"""How live the bot is: `python -m benchmarks.latency`.

The bot runs as a process of its own between loopback servers whose limits are off; the model streams 60 chunks
a second for 10 s. Two runs: one with the bot's own pace off, for the latencies, one with it on, for what it
costs. Nothing leaves this machine, and it ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.scenarios.stage import Stage
from tests.servers.qwen import Done, End, Pause, Say, Script, Use

if TYPE_CHECKING:
    from tests.servers.telegram import Shown

PERSON, CHUNKS, RATE, ROUNDS = 7, 600, 60, 3
TICKS = os.sysconf("SC_CLK_TCK")
WORTHY = "The first chunk is a whole paragraph, so that it is worth showing the moment it comes. " * 3


def script(first: str) -> Script:
    """Return 10 s of an answer, its first chunk given."""
    steps = [step for _ in range(CHUNKS - 1) for step in (Pause(1 / RATE), Say("word "))]
    return [Say(first), *steps, End(), Use(), Done()]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_megabytes(pid: int) -> float:
    """Return the memory of a process that stands in RAM."""
    (line,) = [row for row in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines() if "VmRSS" in row]
    return int(line.split()[1]) / 1024


async def round_trip(stage: Stage, person: int) -> tuple[float, float, float, int]:
    """Return seconds to the first text, seconds from the last chunk to the whole text, CPU seconds, writes."""
    assert stage.process is not None
    before = cpu_seconds(stage.process.pid)
    asked = len(stage.qwen.requests) + 1
    stage.telegram.say(person, "tell me")
    request = await stage.qwen.arrived(asked)
    await stage.until(lambda: stage.telegram.messages(person), 30)
    (message,) = stage.telegram.messages(person)
    await stage.until(lambda: not message.buttons, 60)
    first = message.versions[0].at - request.arrived
    assert request.ended is not None
    return (
        first,
        whole_at(message) - request.ended,
        cpu_seconds(stage.process.pid) - before,
        len(message.versions),
    )


def whole_at(message: Shown) -> float:
    """Return when the message first showed the whole text."""
    whole = message.text
    return next(version.at for version in message.versions if version.text == whole)


async def run(*, pace: str) -> None:
    """Measure one setting and print it."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, PACE=pace, BUTTONS="needed") as stage:
            began = time.monotonic()
            await stage.start()
            polled = next(call.at for call in stage.telegram.calls if call.method.lower() == "getupdates")
            await asyncio.sleep(1)
            assert stage.process is not None
            resting = memory_megabytes(stage.process.pid)
            stage.qwen.reply(script(WORTHY))
            rounds = [await round_trip(stage, PERSON + n) for n in range(ROUNDS)]
            await stage.terminate()
    first, last, cpu, writes = (statistics.median(values) for values in zip(*rounds, strict=True))
    print(f"pace {pace}:")
    print(f"  start to first poll          {polled - began:8.2f} s   (aim: under 1.5)")
    print(f"  memory at rest               {resting:8.1f} MB  (aim: under 90)")
    print(f"  first chunk to first text    {first * 1000:8.1f} ms  (aim: under 50)")
    print(f"  last chunk to whole text     {last * 1000:8.1f} ms  (aim: under 50)")
    print(f"  CPU per chunk                {cpu / CHUNKS * 1e6:8.1f} µs  (aim: under 40)")
    print(f"  writes for {CHUNKS} chunks        {writes:8.0f}")


if __name__ == "__main__":
    for chosen in ("off", "on"):
        asyncio.run(run(pace=chosen))
