"""A model in memory, scripted as data: `[Text("a"), Pause(2), Text("b"), Fail(ModelBusy())]`."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Ask, Finish, Finished, Text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.errors import ModelError
    from bot.model import Delta


@dataclass(frozen=True, slots=True)
class Pause:
    """The model says nothing for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Until:
    """The model says nothing until the test sets the event."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Fail:
    """The model fails."""

    error: ModelError | Exception


Step: TypeAlias = "Delta | Pause | Until | Fail"


def says(*texts: str, finish: Finish = Finish.STOP) -> list[Delta | Pause | Fail]:
    """Return the script of an answer that comes in these pieces, at once."""
    return [*(Text(text) for text in texts), Finished(finish)]


@dataclass(slots=True)
class FakeModel:
    """Plays one script per request; `asks` are the requests, `cut` how many were not read to their end."""

    scripts: deque[Sequence[Step]] = field(default_factory=deque)
    asks: list[Ask] = field(default_factory=list[Ask])
    cut: int = 0

    def script(self, *scripts: Sequence[Step]) -> None:
        """Add what the next requests are answered with."""
        self.scripts.extend(scripts)

    @property
    def questions(self) -> list[str]:
        """Return the last message of each request."""
        return [ask.messages[-1].content for ask in self.asks]

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        self.asks.append(ask)
        whole = False
        try:
            for step in self.scripts.popleft():
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                elif isinstance(step, Until):
                    await step.event.wait()
                elif isinstance(step, Fail):
                    raise step.error
                else:
                    yield step
            whole = True
        finally:
            self.cut += not whole
