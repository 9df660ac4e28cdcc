"""What people see when listening is what fails: nothing they write is lost, and nothing is answered twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.ledger import posted
from tests.scenarios.stage import PATIENCE
from tests.servers.qwen import answer
from tests.servers.slack import Dropped, Failing, Limited, Page, Refused
from tests.servers.telegram import BAD_GATEWAY, GARBAGE, UNAUTHORIZED, Drop, refuse, too_many

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script
    from tests.servers.slack import Fault as SlackFault
    from tests.servers.telegram_wire import Fault

ANNA, TEAM, BEN = 7, "C0TEAM", "U0BEN"
CONFLICT = refuse("Conflict: terminated by other getUpdates request; make sure that only one runs", 409)


def echo(asked: Asked) -> Script:
    """Say what was said, without the names of those who said it."""
    words = asked.body["messages"][-1]["content"].split()
    return answer(f"You said {[word for word in words if not word.endswith(':')]}.", chunk=200)


def texts(stage: Stage) -> list[str]:
    return [one.text for one in posted(stage).values()]


# ---------------------------------------------------------------- Telegram


@pytest.mark.parametrize(
    ("fault", "times"),
    [(BAD_GATEWAY, 2), (GARBAGE, 2), (too_many(1), 2), (CONFLICT, 2), (Drop(), 3)],
    ids=["502", "garbage", "429", "409", "drop"],
)
async def test_polls_that_fail_cost_time_and_nothing_else(swift: Stage, fault: Fault, times: int) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    swift.telegram.fail("getUpdates", fault, times=times)

    swift.telegram.say(ANNA, "one")
    await swift.until(lambda: "You said ['one']." in texts(swift))
    swift.telegram.say(ANNA, "two")
    await swift.until(lambda: len(texts(swift)) == 2)
    await swift.settled()

    assert texts(swift) == ["You said ['one'].", "You said ['two']."]
    assert len([line for line in swift.log.splitlines() if "telegram cannot be listened to" in line]) <= 1


async def test_a_token_that_is_withdrawn_ends_the_process_with_one_clear_line(swift: Stage) -> None:
    await swift.start()
    assert swift.process is not None
    swift.telegram.fail("getUpdates", UNAUTHORIZED, times=99)
    swift.telegram.fail("getMe", UNAUTHORIZED, times=99)

    swift.telegram.say(ANNA, "hello")
    async with asyncio.timeout(PATIENCE):
        code = await swift.process.wait()

    assert code != 0
    assert "TELEGRAM_BOT_TOKEN" in swift.log
    assert "Traceback" not in swift.log


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize("how", ["disconnect", "abort", "hang_up"])
async def test_a_connection_that_ends_loses_and_doubles_nothing(swift: Stage, how: str) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    opened = swift.slack.sockets.opened

    swift.slack.dm(BEN, "one")
    ended = getattr(swift.slack, how)()
    if asyncio.iscoroutine(ended):
        await ended
    swift.slack.mention(TEAM, BEN, "two")
    await swift.slack.connected(opened + 1)
    swift.slack.dm("U0CARLA", "three")
    await swift.until(lambda: len(texts(swift)) == 3)
    await swift.slack.settled()
    await swift.settled()

    assert sorted(texts(swift)) == [f"You said ['{word}']." for word in ("one", "three", "two")]


async def test_connections_that_slack_does_not_open_are_asked_for_again(swift: Stage) -> None:
    swift.qwen.reply(echo)
    await swift.start()
    for fault in (Failing(500), Dropped(), Refused("internal_error"), Failing(503), Page(200)):
        swift.slack.fail("apps.connections.open", fault)

    opened, began = swift.slack.sockets.opened, asyncio.get_running_loop().time()
    swift.slack.abort()
    swift.slack.dm(BEN, "one")
    await swift.slack.connected(opened + 1)
    took = asyncio.get_running_loop().time() - began
    await swift.until(lambda: texts(swift), 30.0)
    await swift.slack.settled()
    await swift.settled()

    assert texts(swift) == ["You said ['one']."]
    # The waits between six failures are three seconds; a wait that doubled from one second on would be half a minute.
    assert took <= 12.0


@pytest.mark.parametrize("fault", [Failing(500), Limited(1.0)], ids=["500", "429"])
async def test_slack_not_saying_who_the_bot_is_loses_not_even_the_first_event(
    swift: Stage, fault: SlackFault
) -> None:
    swift.qwen.reply(echo)
    swift.slack.fail("auth.test", fault, times=2)
    swift.slack.dm(BEN, "one")

    await swift.start()
    swift.slack.dm("U0CARLA", "two")
    await swift.until(lambda: len(texts(swift)) == 2)
    await swift.slack.settled()
    await swift.settled()

    assert sorted(texts(swift)) == ["You said ['one'].", "You said ['two']."]


# ---------------------------------------------------------------- no network at all


async def test_what_was_written_while_the_network_was_off_is_answered_in_order(swift: Stage) -> None:
    seconds = 5.0
    swift.settings = {**swift.settings, "LOG_LEVEL": "INFO"}
    swift.qwen.reply(echo)
    await swift.start()
    before = len(swift.log.splitlines())
    await swift.telegram.stop()
    swift.slack.fail("apps.connections.open", Dropped(), times=10**6)
    swift.slack.abort()

    for word in ("one", "two", "three"):
        swift.telegram.say(ANNA, word)
    await asyncio.sleep(seconds)
    written = len(swift.log.splitlines()) - before
    swift.slack.dm(BEN, "four")
    await swift.telegram.start()
    swift.slack.recover("apps.connections.open")
    await swift.until(lambda: "three" in "".join(texts(swift)) and "four" in "".join(texts(swift)), 40.0)
    await swift.settled()

    said = " ".join(one.text for one in swift.telegram.messages(ANNA))
    assert [said.count(word) for word in ("one", "two", "three")] == [1, 1, 1]
    assert said.index("one") < said.index("two") < said.index("three")
    assert written <= seconds
