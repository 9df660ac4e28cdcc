"""Stopped with twenty answers in the making, while everything it depends on is as bad as it can be."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from typing import TYPE_CHECKING

from tests.ledger import posted
from tests.servers.qwen import Say, Script, Until, answer
from tests.servers.slack import Hanging
from tests.servers.telegram import Hang

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.scenarios.stage import Stage

CHATS = 20
BEGUN = "The first half of the answer stands on the screen already, and it is long enough to be shown. " * 4
REST = "And here is the end."

WAYS = ("growing", "stalled model", "hanging platform", "locked database")


async def stop_once(stage: Stage, way: str) -> float:
    """Stop the bot amid twenty answers, start it again, see every answer end in its message.

    Return the seconds the process took to end after the signal.
    """
    never = asyncio.Event()
    unfinished: Script = [Say(BEGUN), Until(never)]
    stage.qwen.queue(*[unfinished] * CHATS)
    stage.qwen.reply(answer(BEGUN + REST, chunk=100))
    await stage.start()
    _ask(stage)
    await stage.until(lambda: len(posted(stage)) == CHATS)
    with _trouble(stage, way):
        _, seconds = await stage.terminate()
    stage.telegram.mend("*")
    await stage.start()
    await stage.settled()
    await stage.terminate()
    shown = [one for one in posted(stage).values() if not one.gone]
    assert len(shown) == CHATS, len(shown)
    assert all(one.text.rstrip().endswith(REST) for one in shown)
    return seconds


def _ask(stage: Stage) -> None:
    for number in range(CHATS // 2):
        stage.telegram.say(100 + number, "tell me")
        stage.slack.dm(f"U0PERSON{number}", "tell me")


def _trouble(stage: Stage, way: str) -> AbstractContextManager[None]:
    match way:
        case "hanging platform":
            stage.telegram.fail("editMessageText", Hang(), times=10)
            stage.slack.fail("chat.update", Hanging(), times=10)
        case "locked database":
            return _locked(stage.database)
        case _:
            pass
    return nullcontext()


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.rollback()
