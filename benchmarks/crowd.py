"""Does the process grow with the people? `python -m benchmarks.crowd [chats]`, 100,000 unless said otherwise.

The bot runs as a process between the loopback servers; each chat asks one question and is answered, some at a time.
Printed are its memory, threads and open files after the first twentieth, on the way and at the end. The goal is at most
50 MB more than after the first twentieth, and as many threads and files. What misses it is marked, and the exit code
is 1. A thousand chats take some ten seconds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import memory_megabytes
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer

CHATS, AT_ONCE, LOOKS, PATIENCE = 100_000, 100, 20, 120.0
FIRST = 1_000_000
GROWTH, OPEN = 50.0, AT_ONCE
"""Megabytes, and files that may be added: a connection is kept open for each answer that was made at once."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the process holds."""

    memory: float
    threads: int
    files: int

    @classmethod
    def at(cls, pid: int) -> Look:
        place = Path(f"/proc/{pid}")
        return cls(
            memory_megabytes(pid), len(list((place / "task").iterdir())), len(list((place / "fd").iterdir()))
        )

    def has_grown(self, since: Look) -> bool:
        """Tell whether it is more than it may be."""
        opened = max(AT_ONCE * (self.threads - since.threads), self.files - since.files)
        return self.memory - since.memory > GROWTH or opened > OPEN


async def wave(stage: Stage, first: int, count: int) -> None:
    """Let that many people ask, and wait until all are answered and nothing is left to do."""
    people = range(first, first + count)
    for person in people:
        stage.telegram.say(person, "hello")
    await stage.until(lambda: all(stage.telegram.messages(person) for person in people), PATIENCE)
    await stage.settled(PATIENCE)


async def main(chats: int) -> bool:
    """Print what the process holds, and tell whether it has grown."""
    looks: list[Look] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, PACE="off") as stage:
            stage.qwen.reply(answer("Here I am."))
            await stage.start()
            assert stage.process is not None
            each = max(1, chats // LOOKS // AT_ONCE) * AT_ONCE
            for asked in range(0, chats, AT_ONCE):
                await wave(stage, FIRST + asked, AT_ONCE)
                stage.qwen.requests.clear()
                if (asked + AT_ONCE) % each == 0:
                    looks.append(Look.at(stage.process.pid))
                    print(f"{asked + AT_ONCE:>8,} chats: {looks[-1]}", flush=True)
            await stage.terminate()
    grown = looks[-1].has_grown(looks[0])
    print("it has grown: MISSED" if grown else "it has not grown")
    return grown


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else CHATS)))
