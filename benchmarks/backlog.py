"""Does a backlog hold up the others? `python -m benchmarks.backlog`.

The bot runs as a process between the loopback servers, whose limits are those of the platforms. First some people
ask in Slack while nothing else happens; then a thousand messages of a hundred Telegram chats wait when the bot starts,
and the same people go on asking. Printed are how long each waited for the whole answer, and how long the backlog took.
The goals: all are answered, none twice, and the people in Slack wait less than twice as long (p95). What misses one
is marked, and the exit code is 1. Takes a minute.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.invariants import examine
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from tests.servers.qwen_script import Asked, Script

CHATS, EACH, ASKED, EVERY = 100, 10, 40, 0.1
PEOPLE = [f"U0ANNA{number}" for number in range(4)]
"""No more than the bot looks for missed messages of at once, when somebody writes after an outage."""
RATIO, PATIENCE = 2.0, 300.0


def echo(asked: Asked) -> Script:
    return answer(f"You said {str(asked.body['messages'][-1]['content']).split()}.", chunk=200)


async def waits(stage: Stage) -> list[float]:
    """Ask in Slack, again and again; return the seconds until each answer stood there whole."""
    found = []
    for number in range(ASKED):
        person = PEOPLE[number % len(PEOPLE)]
        channel = stage.slack.dm_of(person)
        before, began = len(stage.slack.replies(channel)), time.monotonic()
        stage.slack.dm(person, "hello")
        await stage.until(lambda: len(stage.slack.replies(channel)) > before, PATIENCE)  # noqa: B023
        await stage.until(lambda: stage.slack.replies(channel)[-1].shown.startswith("You said"), PATIENCE)  # noqa: B023
        found.append(time.monotonic() - began)
        await asyncio.sleep(EVERY)
    return found


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[18]


def write(stage: Stage) -> None:
    """Let people write while the bot is away."""
    people = [1000 + number for number in range(CHATS) for _ in range(EACH)]
    random.Random(7).shuffle(people)  # noqa: S311 - a benchmark that repeats
    for number, person in enumerate(people):
        stage.telegram.say(person, f"w{number}")


async def main() -> bool:
    """Measure, print, and tell whether a goal was missed."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder)) as stage:
            stage.qwen.reply(echo)
            await stage.start()
            alone = await waits(stage)
            await stage.settled(PATIENCE)
            await stage.terminate()
            write(stage)
            began = time.monotonic()
            await stage.start()
            beside = await waits(stage)
            await stage.settled(PATIENCE)
            took = time.monotonic() - began
            await stage.put_down()
            broken = examine(stage).broken
    print(
        f"{CHATS * EACH} messages of {CHATS} chats: {took:.1f} s; lost, doubled or out of order: {len(broken)}"
    )
    for name, seconds in (("alone", alone), ("beside the backlog", beside)):
        print(f"others {name}: p95 {p95(seconds):.2f} s, the longest {max(seconds):.2f} s")
    ratio = p95(beside) / p95(alone)
    print(f"{ratio:.2f} times {'MISSED' if ratio > RATIO else ''}")
    return bool(broken) or ratio > RATIO


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
