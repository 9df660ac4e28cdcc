"""How fresh the screens are, against the best possible: `python -m benchmarks.freshness [chats …]`.

The bot runs as a process between loopback servers that enforce Telegram's documented limits; every chat gets
its answer at the same time, 60 chunks a second for 10 s. Prints the staleness over the optimum under the same
limits, how the worst chat fares against the average, the writes, and what the platform would have punished.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.optimum import Chunk, area, best_area, share
from tests.scenarios.stage import Stage
from tests.servers.qwen import Asked, Done, End, Pause, Say, Script, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY, OVERALL = 1.0, 30.0
"""Telegram's documented limits: a message a second in a chat, thirty a second in all."""
CHUNKS, RATE, WORD = 600, 60, "word "


class Watch(list[Say]):
    """A script that notes when each of its chunks was taken from it."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: list[Chunk] = []

    def __len__(self) -> int:
        return CHUNKS

    def __iter__(self) -> Iterator[object]:  # type: ignore[override]
        for _ in range(CHUNKS):
            yield Pause(1 / RATE)
            self.chunks.append((time.monotonic(), len(WORD)))
            yield Say(WORD)
        yield from (End(), Use(), Done())

    def __getitem__(self, index: object) -> object:  # type: ignore[override]
        return Pause(0)


async def measure(chats: int) -> None:
    """Let `chats` people ask at once, and print how their screens did."""
    watches: dict[str, Watch] = {}

    def script(asked: Asked) -> Script:
        return watches.setdefault(asked.body["messages"][-1]["content"], Watch())  # type: ignore[return-value]

    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder)) as stage:
            await stage.start()
            stage.qwen.reply(script)
            people = range(1000, 1000 + chats)
            began = time.monotonic()
            for person in people:
                stage.telegram.say(person, f"question of {person}")
            whole = (WORD * CHUNKS).strip()
            await stage.until(lambda: all(_whole(stage, person, whole) for person in people), 120)
            report(stage, watches, people, began)
            await stage.terminate()


def _whole(stage: Stage, person: int, whole: str) -> bool:
    messages = stage.telegram.messages(person)
    return bool(messages) and messages[-1].text == whole


def report(stage: Stage, watches: dict[str, Watch], people: range, began: float) -> None:
    """Print one line of figures."""
    every = share(EVERY, OVERALL, len(people))
    mine, best, writes = [], [], []
    for place, person in enumerate(people):
        chunks = watches[f"question of {person}"].chunks
        (message,) = stage.telegram.messages(person)
        mine.append(area(chunks, [(version.at, len(version.text)) for version in message.versions]))
        best.append(best_area(chunks, every, place / OVERALL))
        writes.append(len(message.versions))
    calls = max(request.arrived for request in stage.qwen.requests) - began
    print(
        f"{len(people):4} chats: staleness {sum(mine) / sum(best):5.2f} of the optimum (aim: under 1.15), "
        f"worst chat {max(mine) / statistics.mean(mine):4.2f} of the average (aim: under 1.5), "
        f"{statistics.mean(writes):5.1f} writes a chat, all models asked within {calls:4.2f} s (aim: 1), "
        f"{len(stage.telegram.violations)} violations (aim: 0) {stage.telegram.violations[:2] or ''}"
    )


if __name__ == "__main__":
    for number in [int(argument) for argument in sys.argv[1:]] or [1, 10, 50, 200]:
        asyncio.run(measure(number))
