"""The whole core at work in virtual time: inbox, worker, turns and delivery, on a real store."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.catalog import Catalog
from bot.intake.access import Access
from bot.intake.inbox import Inbox
from bot.limits import Limits
from bot.lineup import Lineup
from bot.model import Edited, Person, Pressed, Standing, TurnId
from bot.reply.pacer import Pacers
from bot.troubles import Troubles
from bot.turns.asking import Asking
from bot.turns.cache import Cache
from bot.turns.deeds.composed import composed
from bot.turns.excuses import Excuses
from bot.turns.manner import Manners
from bot.turns.memory.folder import Folder
from bot.turns.memory.recall import Memory
from bot.turns.memory.scribe import Scribe
from bot.turns.offers import Buttons
from bot.turns.surroundings import Surroundings
from bot.turns.till import Till
from bot.turns.tools import Tools
from bot.turns.worker import Worker
from tests.clock import Watched, open_watched
from tests.fakes import FakeAdapter, FakeSurface
from tests.fakes_model import FakeModel
from tests.store.building import ANNA, CHAT, rows, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.model import ChatKey, Control, Said
    from bot.store import Store

REST_SECONDS = 7.0
EVERYONE = frozenset({"*"})
LINEUP = Lineup(
    usual="qwen",
    fast="qwen-flash",
    balanced="qwen3.7-plus",
    strong="qwen3.8-max",
    allowed=("other-model",),
    catalog=Catalog.load(),
)
ASKING = Asking(model="qwen", lineup=LINEUP, system="Be kind.", context_tokens=8000)


@dataclass
class Office:
    """What a test of a turn looks at."""

    store: Store
    database: Watched
    adapter: FakeAdapter
    model: FakeModel
    worker: Worker
    inbox: Inbox

    @property
    def chat(self) -> FakeSurface:
        """The chat most tests talk in."""
        return self.adapter.chat(CHAT)

    async def say(self, *texts: str, chat: ChatKey = CHAT, **more: Any) -> None:
        """Let somebody write, one message after the other."""
        for text in texts:
            await self.inbox.accept([said(text, chat, **more)])

    async def press(self, control: str, turn: int = 0, chat: ChatKey = CHAT, *, person: Person = ANNA) -> str:
        """Let somebody press a button of a turn, or of the newest one; return what only they are told."""
        value = turn or max(turn["id"] for turn in await self.turns())
        key = f"{control} {value} {asyncio.get_running_loop().time()}"
        press = Pressed(key=key, chat=chat, person=person, control=control, value=str(TurnId(value)))
        return (await self.inbox.accept([press])).get(key, "")

    async def edit(self, message: Said, text: str, at: float = 1.0) -> None:
        """Let the author of a message change it, so many seconds after it was written."""
        changed = message.sent_at + timedelta(seconds=at)
        await self.inbox.accept(
            [
                Edited(
                    key=f"edit {message.key} {at} {text}",
                    chat=message.chat,
                    person=message.person,
                    ref=message.ref,
                    text=text,
                    edited_at=changed,
                )
            ]
        )

    async def pick(self, option: Control, *, chat: ChatKey = CHAT, person: Person = ANNA) -> str:
        """Let somebody pick an option of a menu; return what only they are told."""
        key = f"{option.value} {asyncio.get_running_loop().time()}"
        press = Pressed(key=key, chat=chat, person=person, control=option.name, value=option.value)
        return (await self.inbox.accept([press])).get(key, "")

    async def turns(self) -> list[dict[str, Any]]:
        """Return every turn as it is stored."""
        return await rows(self.database, "turn")

    async def states(self) -> list[str]:
        return [turn["state"] for turn in await self.turns()]

    async def rest(self, seconds: float = 3600.0) -> None:
        """Return once nothing is left to do."""
        async with asyncio.timeout(seconds):
            while await self._busy():  # noqa: ASYNC110 - the database is the only witness
                await asyncio.sleep(0.1)

    async def _busy(self) -> bool:
        waiting = [event for event in await rows(self.database, "event") if event["turn_id"] is None]
        return bool(waiting or set(await self.states()) & {"running", "answered"})


class Killed(Exception):
    """The process is gone at once."""


def die() -> None:
    """Let the process be killed here and now."""
    raise Killed


@asynccontextmanager
async def office(
    folder: Path,
    *,
    adapter: FakeAdapter | None = None,
    model: FakeModel | None = None,
    asking: Asking = ASKING,
    limits: Limits | None = None,
    shows_cost: bool = False,
    cache_seconds: float | None = None,
    allowed: frozenset[str] = EVERYONE,
    buttons: Buttons = Buttons.NEEDED,
    summarises: bool = False,
) -> AsyncIterator[Office]:
    """Open on the database in `folder`, and shut down in order at the end; `die` ends it as SIGKILL does.

    Only where it `summarises` does the model also get requests that nobody sees the answer of.
    """
    adapter, model = adapter or FakeAdapter(), model or FakeModel()
    failure: Exception | None = None
    async with open_watched(folder / "bot.db") as (store, database):
        try:
            async with asyncio.TaskGroup() as tasks:
                pacers = Pacers(tasks)
                access = Access({"fake": allowed}, frozenset({"admin"}), store.admissions)
                deeds = composed(
                    store=store,
                    adapters={"fake": adapter},
                    administers=access.is_admin,
                    asking=asking,
                    troubles=Troubles(),
                    limits=lambda _turn: limits or Limits(),
                )
                till = Till(
                    store.turns,
                    card=asking.lineup.card,
                    limits=lambda _turn: limits or Limits(),
                    shows_cost=shows_cost,
                )
                folds = Folder(
                    memories=store.memories,
                    scribe=Scribe(model=model, till=till, cheap="", card=asking.lineup.card),
                    spending=store.spending,
                    limits=lambda _turn: limits or Limits(),
                )
                tools = Tools(
                    turns=store.turns,
                    model=model,
                    adapters={"fake": adapter},
                    pacers=pacers,
                    asking=asking,
                    manners=Manners(asking, store.preferences, store.roles),
                    surroundings=Surroundings(store.chatter),
                    deeds=deeds,
                    excuses=Excuses(
                        store.spending,
                        lambda _turn: limits or Limits(),
                        lambda turn: access.welcomes(
                            [Person(id=turn.person, standing=Standing.MEMBER)], turn.chat
                        ),
                    ),
                    buttons=buttons,
                    till=till,
                    cache=Cache(store.cached, cache_seconds, asking.lineup.catalog.currency),
                    memory=Memory(store.memories, folds),
                )
                worker = Worker(tools)
                inbox = Inbox(
                    access=access,
                    arrivals=store.arrivals,
                    hands=worker,
                    limits=limits,
                    languages=store.preferences,
                )
                tasks.create_task(worker.run())
                summaries = tasks.create_task(folds.run()) if summarises else None
                try:
                    yield Office(store, database, adapter, model, worker, inbox)
                except Killed:
                    raise
                except Exception as error:  # noqa: BLE001 - raised below, as it is and not as one of a group
                    failure = error
                if summaries is not None:
                    summaries.cancel()
                await worker.shut_down(REST_SECONDS)
                pacers.close()
        except* Killed:
            pass
    if failure is not None:
        raise failure
