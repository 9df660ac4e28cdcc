"""How long from the start to the first poll? `python -m benchmarks.start [messages]`, a million unless said otherwise.

The bot runs as a process between the loopback servers, on the database of `million.py`: started after an orderly end,
and after a SIGKILL amid twenty answers. The goal is 3 s on a machine that does nothing else; what misses it is marked,
and the exit code is 1. Takes some three minutes, most of them to fill the database.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.million import MESSAGES, prepare
from tests.scenarios.stage import Stage
from tests.servers.qwen import Say, Until, answer

GOAL, TIMES, PEOPLE = 3.0, 3, range(100, 120)
PATIENCE = 120.0


def polls(stage: Stage) -> int:
    """Return how often the bot asked for updates."""
    return len([call for call in stage.telegram.calls if call.method.lower() == "getupdates"])


async def started(stage: Stage) -> float:
    """Start the bot; return the seconds until its first poll."""
    before, began = polls(stage), time.monotonic()
    await stage.spawn()
    await stage.until(lambda: polls(stage) > before, PATIENCE)
    return time.monotonic() - began


async def killed_amid_answers(stage: Stage) -> None:
    """Let people be answered, and kill the bot while none of the answers is whole."""
    stage.qwen.queue(*[[Say("An answer that does not end. " * 20), Until(asyncio.Event())] for _ in PEOPLE])
    for person in PEOPLE:
        stage.telegram.say(person, "tell me")
    await stage.until(lambda: all(stage.telegram.messages(person) for person in PEOPLE), PATIENCE)
    await stage.kill()


async def main(messages: int) -> int:
    """Print how long each start took; return how many missed the goal."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, PACE="off") as stage:
            stage.qwen.reply(answer("Here I am."))
            await prepare(stage.database, messages)
            for _ in range(TIMES):
                orderly = await started(stage)
                await killed_amid_answers(stage)
                killed = await started(stage)
                await stage.settled(PATIENCE)
                await stage.terminate()
                for name, seconds in (("after an orderly end", orderly), ("after SIGKILL", killed)):
                    missed += seconds > GOAL
                    print(f"{name:<24} {seconds:5.2f} s {'MISSED' if seconds > GOAL else ''}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES))))
