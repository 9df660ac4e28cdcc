"""A Slack adapter that listens to a loopback Slack, for the tests beside it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.slack.adapter import Slack
from adapters.slack.dialect import SlackDialect
from adapters.slack.timing import Timing
from bot.model import Secret
from tests.fakes_inbox import FakeInbox
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SlackServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# A ping may be without an answer for half of this: a machine may be busy for less, and no connection is given up.
QUICK = Timing(
    ping=0.25,
    look=0.02,
    patience=1.0,
    silence=60,
    farewell=2.0,
    longest_wait=0.3,
    question=0.01,
)


@dataclass
class Bench:
    slack: SlackServer
    adapter: Slack
    inbox: FakeInbox
    running: asyncio.Task[None]

    async def stop(self) -> float:
        """Cancel the listening and return how many seconds it took to end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.running.cancel()
        await asyncio.wait([self.running])
        return loop.time() - began


def adapter_of(
    slack: SlackServer,
    *,
    bot_token: str = BOT_TOKEN,
    app_token: str = APP_TOKEN,
    timing: Timing = QUICK,
) -> Slack:
    return Slack(
        bot_token=Secret(bot_token),
        app_token=Secret(app_token),
        api_base=slack.api_base,
        dialect=SlackDialect(),
        timing=timing,
    )


@asynccontextmanager
async def listening(
    slack: SlackServer, timing: Timing = QUICK, inbox: FakeInbox | None = None
) -> AsyncIterator[Bench]:
    """Let an adapter listen; what `run` raises comes out at the end."""
    adapter, inbox = adapter_of(slack, timing=timing), inbox or FakeInbox()
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(adapter.run(inbox))
            try:
                yield Bench(slack, adapter, inbox, running)
            finally:
                running.cancel()
    finally:
        await adapter.close()
