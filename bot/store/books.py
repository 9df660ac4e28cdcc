"""What was used: by one person, in one chat, by everybody. Moments are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.limits import month_of
from bot.prices import Money

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Value, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was used. The buckets of tokens are inclusive, as in `Usage`; what nobody reported is not in them."""

    answers: int = 0
    unpriced: int = 0
    """Answers among them of which nobody knows all of the price."""
    cache: int = 0
    """Answers beside them that came from the cache."""
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0
    costs: tuple[Money, ...] = ()
    """What is known of the price, by currency."""

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person or a chat, and what was used there. An empty `id` is what belonged to people who were forgotten."""

    platform: str
    id: str
    name: str = ""
    """Of the newest message: of the person, or in a chat of whom the bot is alone with. Empty: not known."""
    use: Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was used by everybody, or everywhere."""

    whole: Use
    count: int
    """Of the people or chats."""
    shown: tuple[Subject, ...]
    """Some of them, the dearest first."""


class Books:
    """Reads what was paid for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_person(self, turn: StoredTurn, since: float) -> Use:
        """Return what the person of a turn used on this platform."""
        where: dict[str, Value] = {"source": turn.chat.source, "person": turn.person, "since": since}
        return await self._database.look_up(lambda db: _use(db.all("use_of_person", **where)[0]))

    async def of_chat(self, turn: StoredTurn, since: float) -> Use:
        """Return what was used in the chat of a turn with all its threads."""
        where: dict[str, Value] = {"source": turn.chat.source, "chat": turn.chat.chat, "since": since}
        return await self._database.look_up(lambda db: _use(db.all("use_of_chat", **where)[0]))

    async def by_person(self, since: float, shown: range) -> Ledger:
        """Return what everybody used, and those who stand at some places of the list by themselves."""
        return await self._by("use_by_person", since, shown, _person)

    async def by_chat(self, since: float, shown: range) -> Ledger:
        """Return what was used in all chats, and those that stand at some places of the list by themselves."""
        return await self._by("use_by_chat", since, shown, _chat)

    async def _by(
        self, query: str, since: float, shown: range, named: Callable[[Work, sqlite3.Row], Subject]
    ) -> Ledger:
        where: dict[str, Value] = {"since": since, "skip": shown.start, "most": len(shown)}

        def work(db: Work) -> Ledger:
            whole, *rows = db.all(query, **where)
            return Ledger(
                whole=_use(whole), count=whole["subjects"], shown=tuple(named(db, row) for row in rows)
            )

        return await self._database.look_up(work)

    async def spent(self, turn: StoredTurn, currency: str, now: float) -> tuple[int, int]:
        """Return what budgets count for this month, in millionths: of the person of a turn, and of all."""
        month: dict[str, Value] = {"month": month_of(now)[0], "currency": currency}

        def work(db: Work) -> tuple[int, int]:
            own = db.one("spent", source=turn.chat.source, person=turn.person, **month)
            everybody = db.one("spent", source="", person="", **month)
            return (0 if own is None else own["cost"]), (0 if everybody is None else everybody["cost"])

        return await self._database.look_up(work)


def _use(row: sqlite3.Row) -> Use:
    costs = [Money(row[name], name.upper()) for name in ("usd", "cny") if row[name] is not None]
    counts = ("answers", "unpriced", "cache", "prompt", "cached", "completion", "reasoning")
    return Use(**{name: row[name] or 0 for name in counts}, costs=tuple(costs))


def _person(db: Work, row: sqlite3.Row) -> Subject:
    platform, _, _account = row["source"].partition(":")
    where = {"source": row["source"], "person": row["subject"]}
    named = db.one("name_of_person", **where) if row["subject"] else None
    return Subject(platform=platform, id=row["subject"], name=named["name"] if named else "", use=_use(row))


def _chat(db: Work, row: sqlite3.Row) -> Subject:
    platform, _, _account = row["source"].partition(":")
    last = db.one("who_is_in_chat", source=row["source"], chat=row["subject"])
    name = last["name"] if last is not None and not last["shared"] else ""
    return Subject(platform=platform, id=row["subject"], name=name, use=_use(row))
