"""How much of a long chat the provider still has: `python -m benchmarks.prefix`.

The bot runs as a process of its own; one person asks fifty questions in Telegram and gets answers of some two hundred
tokens. The loopback Qwen counts tokens and caches what requests to one model begin with, from 256 tokens on, as the
implicit cache does. Beside it stands what the same chat would come to if each request held the newest turns that fit,
as most bots have it. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ledger import kept
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer
from tests.servers.qwen_tokens import ContextCache, prompt

if TYPE_CHECKING:
    from tests.servers.qwen import Asked, Script

PERSON, TURNS = 7, 50
BUDGETS = (32_000, 8000, 4000)
WORDS = [
    "time",
    "year",
    "people",
    "way",
    "day",
    "man",
    "thing",
    "woman",
    "life",
    "child",
    "world",
    "school",
    "state",
    "family",
    "student",
    "group",
    "country",
]
TASK = "You keep the notes"


@dataclass(frozen=True, slots=True)
class Used:
    """What the requests for answers took, in the server's tokens."""

    prompts: tuple[int, ...]
    cached: tuple[int, ...]

    @property
    def share(self) -> float:
        return sum(self.cached) / sum(self.prompts)


def words(count: int, seed: object) -> str:
    chance = random.Random(str(seed))  # noqa: S311 - the same chat every time
    return " ".join(chance.choice(WORDS) for _ in range(count))


def is_task(asked: Asked) -> bool:
    return str(asked.body["messages"][0]["content"]).startswith(TASK)


def model(asked: Asked) -> Script:
    number = len(asked.body["messages"])
    text = (
        words(150, number) if is_task(asked) else words(200, (number, asked.body["messages"][-1]["content"]))
    )
    return answer(text, chunk=200)


async def chat(stage: Stage) -> None:
    """Ask the questions, one after the other, with a moment in between as people leave."""
    for n in range(TURNS):
        stage.telegram.say(PERSON, f"question {n}: {words(30, n)}?")
        await stage.until(lambda n=n: len(stage.telegram.messages(PERSON)) > n)  # type: ignore[misc]
        await stage.settled()
        await asyncio.sleep(0.05)


def used(stage: Stage) -> tuple[Used, int, int]:
    """Return what answers took, how many summaries were made and what they took."""
    with closing(sqlite3.connect(stage.database)) as connection:
        rows = connection.execute("SELECT purpose, prompt, cached FROM usage ORDER BY id").fetchall()
    answers = [row for row in rows if row[0] == "answer"]
    memory = [row[1] for row in rows if row[0] == "memory"]
    return (
        Used(tuple(row[1] for row in answers), tuple(row[2] for row in answers)),
        len(memory),
        sum(memory),
    )


def sliding(stage: Stage, budget: int) -> Used:
    """Return what the same chat takes if each request holds the newest turns that fit."""
    (system, *_) = next(asked for asked in stage.qwen.requests if not is_task(asked)).body["messages"]
    turns = [
        ({"role": "user", "content": turn["question"]}, {"role": "assistant", "content": turn["answer"]})
        for turn in kept(stage.database).turns
    ]
    cache, prompts, cached = ContextCache(), [], []
    for n, (question, _) in enumerate(turns):
        past = turns[:n]
        while len(sent := prompt([system, *(part for pair in past for part in pair), question])) > budget:
            past = past[1:]
        prompts.append(len(sent))
        cached.append(cache.take("m", sent))
    return Used(tuple(prompts), tuple(cached))


async def run(budget: int) -> None:
    """Measure one budget and print it."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, PACE="off", CONTEXT_TOKENS=str(budget)) as stage:
            stage.qwen.counts = True
            stage.qwen.reply(model)
            await stage.start()
            await chat(stage)
            await asyncio.sleep(1)
            await stage.terminate()
            (ours, summaries, spent), plain = used(stage), sliding(stage, budget)
    print(f"{budget:6} tokens of context, {TURNS} turns:")
    print(f"  cached of what was sent      {ours.share:8.1%}  (a sliding window: {plain.share:.1%})")
    print(
        f"  sent for answers             {sum(ours.prompts):8,}  (a sliding window: {sum(plain.prompts):,})"
    )
    print(f"  of it not cached             {sum(ours.prompts) - sum(ours.cached):8,}  ", end="")
    print(f"(a sliding window: {sum(plain.prompts) - sum(plain.cached):,})")
    print(f"  largest request              {max(ours.prompts):8,}")
    print(f"  summaries                    {summaries:8}  ({spent:,} tokens sent for them)")


if __name__ == "__main__":
    for chosen in BUDGETS:
        asyncio.run(run(chosen))
