"""Short ways to say what tests of the store are about."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.limits import Limits
from bot.model import ChatKey, Command, Edited, Finish, MessageRef, Person, Pressed, Said
from bot.store import Accepted, Arrival, Store, StoredTurn, TurnKind, TurnState, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.model import TurnId
    from bot.store.sqlite import Database

CHAT = ChatKey("fake", "bot", "1")
OTHER = ChatKey("fake", "bot", "2")
ANNA = Person(id="anna", name="Anna")
BEN = Person(id="ben", name="Ben")
NOW = 1_700_000_000.0
PLATFORMS = ("fake",)
AMPLE = Limits(
    person_messages_per_minute=10**6,
    chat_messages_per_minute=10**6,
    person_answers_at_once=10**6,
    person_tokens_per_day=10**12,
    chat_tokens_per_day=10**12,
    tokens_per_day=10**12,
    person_budget_per_month=10**15,
    budget_per_month=10**15,
)
"""Every limit is looked at, and none is reached."""

_numbers = count(1)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """Open the database in a folder, and close it at the end."""
    store = await open_store(f"sqlite:///{folder / 'bot.db'}")
    try:
        yield store
    finally:
        await store.close()


def said(text: str = "hello", chat: ChatKey = CHAT, *, person: Person = ANNA, **more: Any) -> Said:
    """Return a message nobody sent before; its key and its ref are `more["key"]` if given."""
    key = more.pop("key", None) or f"m{next(_numbers)}"
    values = {"ref": MessageRef(f"{chat.chat}:{key}"), "sent_at": datetime.fromtimestamp(NOW, UTC), **more}
    return Said(key=key, chat=chat, person=person, text=text, **values)


def command(name: str, chat: ChatKey = CHAT, **more: Any) -> Arrival:
    """Return a command as the inbox hands it to the store."""
    return Arrival(event=said(f"/{name}", chat, **more), command=Command(name))


def pressed(
    control: str,
    turn: TurnId,
    chat: ChatKey = CHAT,
    *,
    key: str = "",
    person: Person = ANNA,
    ref: MessageRef | None = None,
) -> Arrival:
    """Return a button that was pressed."""
    name, value = key or f"p{next(_numbers)}", str(turn)
    return Arrival(event=Pressed(key=name, chat=chat, person=person, control=control, value=value, ref=ref))


def edited(message: Said, text: str, person: Person = ANNA) -> Arrival:
    """Return a change of an earlier message."""
    key = f"e{next(_numbers)}"
    return Arrival(event=Edited(key=key, chat=message.chat, person=person, ref=message.ref, text=text))


async def accept(store: Store, *what: Said | Arrival, now: float = NOW) -> Accepted:
    """Store one batch."""
    batch = [Arrival(event=one) if isinstance(one, Said) else one for one in what]
    return await store.arrivals.accept(batch, now)


async def claim(store: Store, now: float = NOW) -> StoredTurn:
    """Claim a turn that is known to be there."""
    turn = await store.turns.claim(PLATFORMS, now)
    assert turn is not None
    return turn


async def answer(
    store: Store, turn: StoredTurn, text: str = "answer", *, question: str = "?", finish: Finish = Finish.STOP
) -> None:
    """Bring a turn to its end."""
    await store.turns.begin(turn, question, "qwen")
    await store.turns.complete(turn, answer=text, note="", finish=finish, kind=TurnKind.ANSWER)
    await end(store, turn)


async def end(store: Store, turn: StoredTurn, state: TurnState = TurnState.DONE) -> None:
    """End a turn."""
    await store.turns.end(turn, state, (), NOW)


async def past(store: Store, turn: StoredTurn, most: int = 100) -> list[tuple[str, str]]:
    """Return the questions and answers that a turn is reminded of, oldest first."""
    seen = await store.memories.recall(turn, "qwen", most)
    return [(one.question, one.answer) for one in seen.past]


def texts(turn: StoredTurn) -> list[str]:
    """Return what a turn has heard."""
    return [one.text for one in turn.heard]


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Return a whole table."""

    def read(db: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in db._connection.execute(f"SELECT * FROM {table}")]  # noqa: S608

    return await database.transact(read)
