"""How live the page is, and what it costs: `python -m benchmarks.page [watched answers at once]`.

The bot runs as a process with nothing but its page, between a loopback Qwen that sends a piece every 50 ms and
readers that watch the event streams, as browsers do. Told are, in milliseconds, the times from a question to its
first text on a stream and from the model's last piece to the finished answer, and the share of one processor.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from httpx_sse import aconnect_sse

from tests.scenarios.stage import Stage
from tests.scenarios.test_web import ALONE, Site
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

PIECES, EVERY = 100, 0.05
TEXT = "".join(
    f"Word number {number} of **this** answer.\n\n" if number % 8 == 7 else f"Word {number} of it. "
    for number in range(200)
)


async def watched(client: httpx.AsyncClient, name: str) -> dict[str, float]:
    """Ask one question and watch its answer; return when what was seen, in seconds from the question on."""
    loop = asyncio.get_running_loop()
    seen: dict[str, float] = {"events": 0}
    async with aconnect_sse(client, "GET", f"/api/conversations/{name}/events") as source:
        events = source.aiter_sse()
        await anext(events)
        began = loop.time()
        sent = await client.post(f"/api/conversations/{name}/messages", json={"text": "Go on."})
        sent.raise_for_status()
        async for event in events:
            data: dict[str, Any] = event.json()
            shown = data if event.event == "answer" else (data["entries"] or [{}])[-1]
            seen["events"] += 1
            if "first" not in seen and (shown.get("blocks") or shown.get("html")):
                seen["first"] = loop.time() - began
            if shown.get("state") == "done":
                seen["whole"] = loop.time() - began
                return seen
    return seen


def processor_seconds(pid: int) -> float:
    """Return what a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(folder: Path, at_once: int) -> None:
    """Run one round and print its figures."""
    async with Stage(folder) as stage:
        stage.settings = {**ALONE, "LOG_LEVEL": "WARNING", "PERSON_ANSWERS_AT_ONCE": "0"}
        size = len(TEXT) // PIECES
        stage.qwen.reply(answer(TEXT, chunk=size, pause=EVERY))
        site = Site(stage)
        await site.start()
        limits = httpx.Limits(max_connections=2 * at_once + 4)
        async with httpx.AsyncClient(base_url=site.address, timeout=60, limits=limits) as client:
            await watched(client, "warm")
            assert stage.process is not None
            used, began = processor_seconds(stage.process.pid), asyncio.get_running_loop().time()
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(watched(client, f"w{number}")) for number in range(at_once)]
            took = asyncio.get_running_loop().time() - began
            used = processor_seconds(stage.process.pid) - used
        report([one.result() for one in running], used / took, len(TEXT))


def report(seen: Sequence[dict[str, float]], share: float, characters: int) -> None:
    """Print what was seen."""
    made = PIECES * EVERY
    firsts = sorted(1000 * (one["first"] - EVERY) for one in seen)
    lasts = sorted(1000 * (one["whole"] - made) for one in seen)
    events = statistics.mean(one["events"] for one in seen)
    sys.stdout.write(
        f"{len(seen)} answers at once, {characters} characters in {made:.0f} s\n"
        f"first text after the model's   median {statistics.median(firsts):6.0f} ms   worst {firsts[-1]:6.0f} ms\n"
        f"finished after the model was   median {statistics.median(lasts):6.0f} ms   worst {lasts[-1]:6.0f} ms\n"
        f"events for each answer         {events:.0f}\n"
        f"share of one processor         {100 * share:.0f} %, {100 * share / len(seen):.1f} % for each answer\n"
    )


def main() -> None:
    """Measure in a folder of its own."""
    at_once = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        asyncio.run(measure(Path(folder), at_once))


if __name__ == "__main__":
    main()
