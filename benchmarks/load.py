"""Whether the bot keeps its beat under load: `python -m benchmarks.load`.

The bot runs as a process of its own between loopback servers. Twenty answers grow at 60 chunks a second each, half of
them in Telegram and half in Slack, one of them hostile Markdown; meanwhile other people write on both platforms and get
short answers. Each kind of hostile text has a round, in either platform. Told are what Slack waits for an
acknowledgement, what people wait for the first sign that they were heard, how late the bot's event loop is (as its own
`/metrics` say), and what it costs. The servers share the machine with the bot: how late their loop was stands beside it,
and what they measure is no better than that. Nothing leaves this machine; takes about five minutes, and ends by itself.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks.latency import cpu_seconds
from tests.scenarios.chaos import UNLIMITED
from tests.scenarios.stage import Stage
from tests.scenarios.test_web import Site
from tests.servers.qwen import Done, End, Pause, Say, Use, answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.servers.qwen_script import Asked, Script

ANSWERS, RATE, SECONDS = 20, 60, 15
WRITES_EVERY = 0.25
"""Seconds between two messages of passers-by, on each platform."""
PASSERS_BY = 12
TAIL = 3
"""Seconds more, in which the answers come to their end."""
TICK = 0.01
SIGNS_IN_TELEGRAM = {"sendchataction", "sendmessage", "setmessagereaction"}
SIGNS_IN_SLACK = {"assistant.threads.setStatus", "chat.postMessage", "chat.startStream", "reactions.add"}
HONEST = (
    "## A heading\n\nA paragraph with **bold**, *italic*, `code` and a [link](https://example.com/path), as models "
    "write them.\n\n- an item\n- another **item**\n\n```python\nfor each in range(10):\n    print(each)\n```\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
) * 30
HOSTILE = {
    "images": "![" * 2000,
    "brackets": "[" * 8000,
    "nested quotes": ">" * 8000,
    "nested lists": "\n".join("  " * depth + "- **a" for depth in range(80)) * 2,
    "stars": "**a " * 3000,
    "table": "|a" * 60 + "|\n" + "|-" * 60 + "|\n" + ("|*b*" * 60 + "|\n") * 60,
}


def streamed(text: str) -> Script:
    """Return the script of an answer that comes in equal chunks for the whole time."""
    chunks = RATE * SECONDS
    pieces = (text[len(text) * n // chunks : len(text) * (n + 1) // chunks] for n in range(chunks))
    steps = [step for piece in pieces for step in (Pause(1 / RATE), Say(piece))]
    return [*steps, End(), Use(), Done()]


def reply(asked: Asked) -> Script:
    """Answer as the question says."""
    question = str(asked.body["messages"][-1]["content"])
    for name, text in HOSTILE.items():
        if name in question:
            return streamed(text)
    return streamed(HONEST) if "at length" in question else answer("A short answer, as people like it.")


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Measured:
    """What one round showed, in seconds."""

    acks: list[float] = field(default_factory=list[float])
    unacknowledged: int = 0
    signs: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    unseen: int = 0
    lag: dict[float, float] = field(default_factory=dict[float, float])
    """How many looks at the bot's loop found it at most so late."""
    servers: list[float] = field(default_factory=list[float])
    cpu: float = 0.0
    """Share of one processor."""

    def bound(self, share: float) -> float:
        """Return the bucket of the bot's loop within which this share of the looks lies."""
        most = max(self.lag.values())
        return min(edge for edge, count in self.lag.items() if count >= share * most)


class Round:
    """Twenty answers, one of them hostile, and people who come by."""

    def __init__(self, stage: Stage, question: str, platform: str) -> None:
        self._stage = stage
        self._question = question
        self._platform = platform
        self._said: dict[str, list[tuple[str, float]]] = {"telegram": [], "slack": []}
        self._envelopes = len(stage.slack.envelopes)
        self.measured = Measured()

    async def run(self) -> Measured:
        """Let them all ask, and measure while the answers grow."""
        assert self._stage.process is not None
        pid, began = self._stage.process.pid, time.monotonic()
        cpu, lag = cpu_seconds(pid), await looks(self._stage)
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._tick())
            self._ask()
            await self._come_by(began + SECONDS + TAIL)
            ticking.cancel()
        self.measured.cpu = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
        self.measured.lag = {edge: count - lag[edge] for edge, count in (await looks(self._stage)).items()}
        await asyncio.sleep(1)
        self._collect()
        return self.measured

    def _ask(self) -> None:
        for n in range(ANSWERS):
            in_telegram = n % 2 == 0
            is_hostile = n == (0 if self._platform == "telegram" else 1)
            question = self._question if is_hostile else "tell me at length"
            if in_telegram:
                self._stage.telegram.say(1000 + n, question)
            else:
                self._stage.slack.dm(f"U0LONG{n}", question)

    async def _come_by(self, until: float) -> None:
        n = 0
        while time.monotonic() < until:
            person, n = 900_000 + n % PASSERS_BY, n + 1
            self._said["telegram"].append((str(person), time.monotonic()))
            self._stage.telegram.say(person, "a word")
            await asyncio.sleep(WRITES_EVERY / 2)
            self._said["slack"].append((f"DU0PASSER{person}", self._stage.slack.world.now()))
            self._stage.slack.dm(f"U0PASSER{person}", "a word")
            await asyncio.sleep(WRITES_EVERY / 2)

    async def _tick(self) -> None:
        """Measure how late the servers are."""
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            self.measured.servers.append(time.monotonic() - due)

    def _collect(self) -> None:
        for envelope in self._stage.slack.envelopes[self._envelopes :]:
            if envelope.acked is None:
                self.measured.unacknowledged += 1
            else:
                self.measured.acks.append(envelope.acked - envelope.sent[0])
        for platform, said in self._said.items():
            signs = dict.fromkeys(place for place, _ in said)
            seen = {place: list(self._signs(platform, place)) for place in signs}
            waits = [
                next((at - moment for at in seen[place] if at >= moment), None) for place, moment in said
            ]
            self.measured.signs[platform] = [wait for wait in waits if wait is not None]
            self.measured.unseen += waits.count(None)

    def _signs(self, platform: str, place: str) -> Iterator[float]:
        """Yield when somebody saw that the bot had heard them."""
        if platform == "telegram":
            for call in self._stage.telegram.calls:
                if call.method.lower() in SIGNS_IN_TELEGRAM and str(call.params.get("chat_id")) == place:
                    yield call.at
            return
        for one in self._stage.slack.calls:
            if one.method in SIGNS_IN_SLACK and place in {
                one.args.get("channel"),
                one.args.get("channel_id"),
            }:
                yield one.at


async def looks(stage: Stage) -> dict[float, float]:
    """Return how many looks at its loop the bot has made so far, by how late it was at most."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{Site(stage).address}/metrics".replace("//metrics", "/metrics"))).text
    found = re.findall(r'^bot_loop_lag_seconds_bucket\{le="(.+)"\} (\S+)$', text, re.MULTILINE)
    return {float(edge): float(count) for edge, count in found}


def told(name: str, one: Measured) -> None:
    """Print one round."""
    signs = [wait for waits in one.signs.values() for wait in waits]
    print(
        f"{name:26}{quantile(one.acks, 0.99) * 1000:8.0f}{max(one.acks) * 1000:7.0f}"
        f"{quantile(signs, 0.95) * 1000:9.0f}{one.bound(0.99) * 1000:9.1f}{one.bound(1) * 1000:7.0f}"
        f"{quantile(one.servers, 0.99) * 1000:9.0f}{max(one.servers) * 1000:7.0f}{one.cpu:8.0%}"
        f"   {len(one.acks)} acknowledged, {one.unacknowledged} not; {len(signs)} heard, {one.unseen} not",
        flush=True,
    )


def whole(rounds: Mapping[str, Measured]) -> None:
    """Print all rounds as one, against the aims."""
    every = list(rounds.values())
    acks = [wait for one in every for wait in one.acks]
    lag = Measured(lag={edge: sum(one.lag[edge] for one in every) for edge in every[0].lag})
    print(f"\nSlack's acknowledgement    p99 {quantile(acks, 0.99) * 1000:6.0f} ms  (aim: at most 200)")
    print(f"                           max {max(acks) * 1000:6.0f} ms  (aim: under 1000)")
    for platform in ("telegram", "slack"):
        waits = [wait for one in every for wait in one.signs[platform]]
        print(f"first sign in {platform:12} p95 {quantile(waits, 0.95) * 1000:6.0f} ms  (aim: at most 1000)")
    print(f"the bot's event loop       p99 {lag.bound(0.99) * 1000:6.1f} ms at most  (aim: at most 50)")
    print(f"                           max {lag.bound(1) * 1000:6.0f} ms at most  (aim: at most 250)")
    print(f"CPU of one processor           {statistics.fmean(one.cpu for one in every):6.0%}")


async def one_round(kind: str, platform: str) -> Measured:
    """Run a round with a bot of its own: what Slack's pace leaves to be written would take minutes."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stage(Path(folder), flood=False, WEB="on", WEB_PORT="0", **UNLIMITED) as stage:
            stage.qwen.reply(reply)
            await stage.start()
            await stage.until(lambda: Site(stage).address)
            return await Round(stage, f"{kind} please", platform).run()


async def main(kinds: Sequence[str]) -> None:
    """Run the rounds."""
    print("in ms                       ack p99    max sign p95  lag p99    max servers    max     CPU")
    rounds: dict[str, Measured] = {}
    for title, kind, platform in ((f"{a}, {b}", a, b) for a in kinds for b in ("telegram", "slack")):
        rounds[title] = await one_round(kind, platform)
        told(title, rounds[title])
    whole(rounds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1:] or list(HOSTILE)))
