"""Clocks that jump, a loop that stalls, a machine that sleeps: people notice a delay at most.

The process gets a clock of its own for this, from outside: Python runs `sitecustomize` before the bot.
"""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.ledger import kept, posted
from tests.scenarios.stage import ROOT
from tests.servers.qwen import Pause, Say, Until, answer
from tests.servers.telegram import too_many

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

ANNA, BEN, TEAM = 7, "U0BEN", "C0TEAM"
HOUR = 3600.0
STALL = 1.2

CLOCK = """
import signal, time
from pathlib import Path

from bot import clock

true, wall, file = time.time, clock.wall, Path("{folder}/jump")

def jump():
    try:
        return float(file.read_text())
    except (OSError, ValueError):
        return 0.0

time.time = lambda: true() + jump()
clock.wall = lambda: wall() + jump()
signal.signal(signal.SIGUSR1, lambda *_: time.sleep({stall}))
"""


@pytest.fixture(autouse=True)
def with_a_clock_of_its_own(swift: Stage) -> None:
    (swift.folder / "sitecustomize.py").write_text(CLOCK.format(folder=swift.folder, stall=STALL))
    swift.settings = {**swift.settings, "PYTHONPATH": f"{swift.folder}:{ROOT}"}


def jump(stage: Stage, seconds: float) -> None:
    """Set the bot's clock, as seconds from the true time."""
    (stage.folder / "jump.new").write_text(str(seconds))
    (stage.folder / "jump.new").rename(stage.folder / "jump")


def signalled(stage: Stage, number: signal.Signals) -> None:
    assert stage.process is not None
    stage.process.send_signal(number)


def begun(asked: Asked) -> str:
    """Return what the model begins with: what was said to it last."""
    word = asked.body["messages"][-1]["content"].split()[-1]
    return f"You said {word}. " * 10


def echo(asked: Asked) -> Script:
    return answer(begun(asked) + "The end.", chunk=200)


class Halting:
    """A model that halts in the middle of every answer until the test lets all of them go on, and a while longer."""

    def __init__(self) -> None:
        self._gate = asyncio.Event()

    def __call__(self, asked: Asked) -> Script:
        return [Say(begun(asked)), Until(self._gate), Pause(1.0), *answer("The end.")]

    def go_on(self) -> None:
        self._gate.set()
        self._gate = asyncio.Event()


def texts(stage: Stage) -> list[str]:
    return sorted(one.text for one in posted(stage).values())


# ---------------------------------------------------------------- a clock that jumps


@pytest.mark.parametrize("jumps", [(3 * HOUR,), (-3 * HOUR,), (3 * HOUR, -2 * HOUR, 0.0)], ids=str)
async def test_a_clock_that_jumps_while_the_bot_answers_changes_nothing(
    swift: Stage, jumps: tuple[float, ...]
) -> None:
    model = Halting()
    swift.qwen.reply(model)
    await swift.start()
    opened = swift.slack.sockets.opened

    for n, seconds in enumerate(jumps):
        before = len(posted(swift))
        swift.telegram.say(ANNA, f"telegram{n}")
        swift.slack.dm(BEN, f"slack{n}")
        await swift.until(lambda before=before: len(posted(swift)) == before + 2)  # type: ignore[misc]
        jump(swift, seconds)
        model.go_on()
        await swift.settled()
    swift.qwen.reply(echo)
    swift.slack.mention(TEAM, BEN, "after")
    swift.telegram.say(ANNA + 1, "after")
    await swift.until(lambda: len([text for text in texts(swift) if "after" in text]) == 2)
    await swift.settled()

    assert len(texts(swift)) == 2 * len(jumps) + 2
    assert all(text.endswith("The end.") for text in texts(swift))
    assert swift.slack.sockets.opened == opened
    assert "Traceback" not in swift.log


@pytest.mark.parametrize("seconds", [3 * HOUR, -3 * HOUR])
async def test_a_silence_is_kept_though_the_clock_jumps(swift: Stage, seconds: float) -> None:
    model = Halting()
    swift.qwen.reply(model)
    await swift.start()
    swift.telegram.say(ANNA, "hello")
    await swift.until(lambda: swift.telegram.messages(ANNA))
    swift.telegram.fail("editMessageText", too_many(4))
    model.go_on()
    await swift.until(lambda: "asks for silence" in swift.log)
    jump(swift, seconds)
    await swift.settled()

    refused, *later = swift.telegram.calls_to("editMessageText")
    assert refused.status == 429
    assert later
    assert all(call.at - refused.at >= 4.0 for call in later)
    assert texts(swift)[0].endswith("The end.")


async def test_a_long_paste_is_put_together_though_the_clock_jumps_between_its_pieces(swift: Stage) -> None:
    swift.qwen.reply(answer("I have read it."))
    await swift.start()

    swift.slack.dm(BEN, "first " * 660)
    await swift.until(lambda: kept(swift.database).events)
    jump(swift, -2 * HOUR)
    swift.slack.dm(BEN, "last")
    await swift.until(lambda: swift.slack.replies(swift.slack.dm_of(BEN)))
    await swift.settled()

    asked = "".join(request.body["messages"][-1]["content"] for request in swift.qwen.requests)
    assert asked.count("last") == 1
    assert len(swift.slack.replies(swift.slack.dm_of(BEN))) == 1


@pytest.mark.parametrize("seconds", [5 * HOUR, -5 * HOUR])
async def test_a_clock_that_is_hours_wrong_loses_nothing_of_an_outage(swift: Stage, seconds: float) -> None:
    swift.qwen.reply(echo)
    jump(swift, seconds)
    await swift.start()
    swift.slack.dm(BEN, "hello")
    await swift.until(lambda: texts(swift))
    await swift.settled()
    await swift.kill()
    swift.slack.hold_back()
    swift.slack.dm(BEN, "missed")

    await swift.start()
    await swift.until(lambda: len(texts(swift)) == 2)
    await swift.settled()

    assert "You said missed." in " ".join(texts(swift))


# ---------------------------------------------------------------- a process that stands still


async def test_a_loop_that_stalls_costs_time_and_nothing_else(swift: Stage) -> None:
    model = Halting()
    swift.qwen.reply(model)
    await swift.start()
    for n in range(4):
        swift.telegram.say(ANNA + n, f"telegram{n}")
    await swift.until(lambda: len(posted(swift)) == 4)

    signalled(swift, signal.SIGUSR1)
    await asyncio.sleep(0.1)
    for n in range(4):
        swift.slack.dm(f"U0P{n}", f"slack{n}")
    await swift.until(lambda: len(posted(swift)) == 8)
    model.go_on()
    await swift.slack.settled()
    await swift.settled()

    words = [f"{platform}{n}" for platform in ("slack", "telegram") for n in range(4)]
    assert [re.findall(r"You said (\w+)\.", text)[0] for text in texts(swift)] == words
    firsts = [
        envelope for envelope in swift.slack.envelopes if envelope.payload["event"].get("user") != "U0BOT"
    ]
    assert all(one.acked is not None and one.acked - one.sent[0] < 3.0 for one in firsts)
    assert "the event loop was held up" in swift.log


@pytest.mark.parametrize("is_cut", [False, True], ids=["", "and is cut off"])
async def test_a_machine_that_sleeps_wakes_up_and_goes_on(swift: Stage, is_cut: bool) -> None:
    model = Halting()
    swift.qwen.reply(model)
    await swift.start()
    swift.telegram.say(ANNA, "before")
    swift.slack.dm(BEN, "before")
    await swift.until(lambda: len(posted(swift)) == 2)

    signalled(swift, signal.SIGSTOP)
    swift.telegram.say(ANNA, "asleep")
    swift.slack.dm("U0CARLA", "asleep")
    if is_cut:
        swift.slack.abort()
    else:
        await swift.until(lambda: swift.slack.envelopes[-1].given_up)
    jump(swift, HOUR)
    signalled(swift, signal.SIGCONT)
    model.go_on()
    await swift.until(lambda: len([text for text in texts(swift) if "asleep" in text]) == 2)
    model.go_on()
    await swift.settled()

    said = [re.findall(r"You said (\w+)\.", text)[0] for text in texts(swift)]
    assert said == ["asleep", "asleep", "before", "before"]


# ---------------------------------------------------------------- people and places that go


async def test_an_answer_that_is_hard_to_read_holds_nobody_up(swift: Stage) -> None:
    swift.qwen.queue(answer("![" * 8_000 + "\n\n" + "> " * 8_000 + "\n\nThe end.", chunk=4_000))
    swift.qwen.reply(answer("Here I am."))
    await swift.start()

    swift.telegram.say(ANNA, "write me something odd")
    await swift.until(lambda: swift.telegram.messages(ANNA))
    swift.slack.dm(BEN, "hello")
    await swift.until(lambda: swift.slack.replies(swift.slack.dm_of(BEN)))
    await swift.settled(40.0)

    assert swift.telegram.messages(ANNA)[-1].text.endswith("The end.")
    assert max(swift.slack.acks.values()) < 3.0


async def test_a_bot_that_is_removed_from_a_channel_and_added_again_goes_on_there(swift: Stage) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    root = swift.slack.mention(TEAM, BEN, "one")
    await swift.until(lambda: swift.slack.replies(TEAM))
    await swift.settled()
    swift.slack.world.channel(TEAM).member = False
    swift.slack.say(TEAM, BEN, "two", thread_ts=root)
    await swift.until(lambda: len(kept(swift.database).turns) == 2)
    await swift.settled()
    before = len(swift.slack.calls)
    await asyncio.sleep(2)
    tried = [call.method for call in swift.slack.calls[before:] if call.method.startswith("chat.")]

    swift.slack.world.channel(TEAM).member = True
    swift.slack.say(TEAM, BEN, "three", thread_ts=root)
    await swift.until(lambda: "You said three." in " ".join(texts(swift)))
    await swift.settled()

    assert tried == []
    asked = [one["content"] for one in swift.qwen.requests[-1].body["messages"]]
    assert any("one" in said for said in asked[:-1])
    assert "You said two." not in " ".join(texts(swift))
    # What is looked at last is that nobody is owed an answer: where the bot is not, nobody is.
    swift.slack.world.channel(TEAM).member = False
