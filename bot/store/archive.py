"""What the operator looks at: conversations of all platforms, and what was used. Slices of it, never all at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.limits import day_of
from bot.model import ChatKey, Finish, TurnId, Usage
from bot.prices import MILLION
from bot.records import Cost, Entry, Talk
from bot.store.preferences import of_thread
from bot.store.rows import read_controls
from bot.store.slices import delete_doomed, drop_turns

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from bot.store.sqlite import Database, Value, Work

DAY = 86_400.0
WINDOW = 2_000
"""Turns looked at in one transaction: some ten milliseconds, if they are searched through."""
SUMMED = 500
"""Answers of a conversation whose use is summed up."""
TITLE = 80
LAST = 2**62
"""Beyond every turn."""


class Archive:
    """The verbs of the desk. Moments are seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def talks(
        self, *, query: str, platform: str, before: int | None, most: int
    ) -> tuple[list[Talk], int | None]:
        """Return the conversations of one window of turns; see `ports.Desk`. There may be none in it, and more beyond."""
        words = f"%{_literal(query)}%" if query else ""

        def look(db: Work) -> tuple[list[int], int | None]:
            start = LAST if before is None else before
            where: dict[str, Value] = {"before": start, "window": WINDOW}
            rows = db.all("talks", words=words, platform=platform, most=most, **where)
            found = [int(row["chat_id"]) for row in rows]
            if len(rows) == most:
                return found, int(rows[-1]["last"])
            end = db.one("end_of_window", **where)
            return found, int(end["id"]) if end else None

        found, following = await self._database.look_up(look)
        # One conversation at a time: who looks something up meanwhile must not wait for all of them.
        talks = [await self._talk(chat_id) for chat_id in found]
        return [talk for talk in talks if talk is not None], following

    async def _talk(self, chat_id: int) -> Talk | None:
        """Return a conversation as it stands in a list; None if it was erased meanwhile."""
        return await self._database.look_up(lambda db: _talk(db, chat_id))

    async def chat(self, number: int) -> ChatKey | None:
        """Return the chat of a conversation."""
        row = await self._database.transact(lambda db: db.one("find_talk", chat_id=number))
        return _key(row) if row else None

    async def entries(self, chat: ChatKey, most: int) -> list[Entry]:
        """Return the newest turns of a chat in their places, then what waits; without controls of answers."""

        def work(db: Work) -> list[Entry]:
            chat_id = _find(db, chat)
            if chat_id is None:
                return []
            turns = db.all("turns_of_talk", chat_id=chat_id, most=most)
            waiting = db.all("waiting_events", chat_id=chat_id)
            return [*_entries(db, turns), *(_waiting(row) for row in waiting)]

        return await self._database.transact(work)

    async def entry(self, turn: TurnId) -> tuple[ChatKey, Entry] | None:
        """Return one turn and where it is."""

        def work(db: Work) -> tuple[ChatKey, Entry] | None:
            row = db.one("one_turn", turn_id=turn)
            return (_key(row), _entries(db, [row])[0]) if row else None

        return await self._database.transact(work)

    async def taken(self, chat: ChatKey, key: str) -> TurnId | None:
        """Return the turn that has taken an event."""
        where = {"source": chat.source, "key": key}
        row = await self._database.transact(lambda db: db.one("turn_of_event", **where))
        return None if row is None or row["turn_id"] is None else TurnId(row["turn_id"])

    async def heard(self, chat: ChatKey, key: str) -> bool:
        """Tell whether an event is stored."""
        where = {"source": chat.source, "key": key}
        return await self._database.transact(lambda db: db.one("turn_of_event", **where) is not None)

    async def title(self, chat: ChatKey) -> str:
        """Return the first words of a conversation."""

        def work(db: Work) -> str:
            row = db.one("find_chat", **_place(chat))
            return _title(db, db.all("find_talk", chat_id=row["id"])[0]) if row else ""

        return await self._database.transact(work)

    async def cost(self, chat: ChatKey) -> Cost:
        """Return what the answers of a conversation used, those that others took the place of too."""

        def work(db: Work) -> Cost:
            chat_id = _find(db, chat)
            return (
                Cost() if chat_id is None else _cost(db.all("sums_of_talk", chat_id=chat_id, most=SUMMED)[0])
            )

        return await self._database.transact(work)

    async def rate(self, chat: ChatKey, turn: TurnId, rating: int | None, remark: str | None) -> bool:
        """Store what is thought of an answer; False if the chat has no such."""

        def work(db: Work) -> bool:
            values: dict[str, Value] = {"rating": rating, "remark": remark, "chat_id": _find(db, chat)}
            return db.one("rate_turn", turn_id=turn, **values) is not None

        return await self._database.transact(work)

    async def erase(self, chat: ChatKey, now: float) -> bool:
        """Erase a conversation, in the file and its log.

        False if something in it is being answered; what was erased before that began stays erased.
        """

        def work(db: Work) -> bool:
            chat_id = _find(db, chat)
            if chat_id is not None:
                if db.one("is_talk_live", chat_id=chat_id):
                    return False
                db.do("delete_waiting", chat_id=chat_id)
                db.do("mark_talk", chat_id=chat_id)
                delete_doomed(db, now)
            db.do("delete_choices", scope=of_thread(chat))
            return True

        found = await self._database.transact(lambda db: _find(db, chat))
        await drop_turns(self._database, "mark_some_of_talk", now, chat_id=found)
        erased = await self._database.transact(work)
        if erased:
            await self._database.scrub()
        return erased

    async def used(self, since: float, until: float, currency: str) -> list[sqlite3.Row]:
        """Return what was used within a time, by model; money in one currency."""
        where: dict[str, Value] = {"since": since, "until": until, "currency": currency}
        return await self._database.look_up(lambda db: db.all("used_within", **where))

    async def used_by(self, since: float, until: float, currency: str, most: int) -> list[sqlite3.Row]:
        """Return what was used within a time by the people who used most."""
        where: dict[str, Value] = {"since": since, "until": until, "currency": currency, "most": most}
        return await self._database.look_up(lambda db: db.all("used_by_people", **where))

    async def name(self, source: str, person: str) -> str:
        """Return the name a person had last; empty if it is not known."""
        where = {"source": source, "person": person}
        row = await self._database.transact(lambda db: db.one("name_of_person", **where))
        return str(row["name"]) if row else ""

    async def try_to_write(self, now: float) -> None:
        """Write something that means nothing. Raises StoreUnavailable."""
        await self._database.transact(lambda db: db.do("write_position", source="healthz", value=str(now)))


def days_before(now: float, days: int) -> Iterator[tuple[float, float]]:
    """Yield the beginning and end of the last days of UTC, the oldest first, today last."""
    today, _ = day_of(now)
    for back in range(days - 1, -1, -1):
        yield today - back * DAY, today - (back - 1) * DAY


def _literal(query: str) -> str:
    return query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _place(chat: ChatKey) -> dict[str, str]:
    return {"platform": chat.platform, "account": chat.account, "chat": chat.chat, "thread": chat.thread}


def _find(db: Work, chat: ChatKey) -> int | None:
    row = db.one("find_chat", **_place(chat))
    return int(row["id"]) if row else None


def _key(row: sqlite3.Row) -> ChatKey:
    return ChatKey(row["platform"], row["account"], row["chat"], row["thread"])


# ---------------------------------------------------------------- a conversation in a list


def _talk(db: Work, chat_id: int) -> Talk | None:
    chat, newest = db.one("find_talk", chat_id=chat_id), db.one("newest_of_chat", chat_id=chat_id)
    if chat is None or newest is None:
        return None
    answer = db.one("newest_answer", chat_id=chat_id)
    (sums,) = db.all("sums_of_talk", chat_id=chat_id, most=SUMMED)
    scopes = json.dumps([of_thread(_key(chat))])
    return Talk(
        number=chat_id,
        chat=_key(chat),
        title=_title(db, chat),
        started=chat["created_at"],
        at=newest["created_at"],
        answers=sums["answers"],
        live=newest["state"] in {"running", "answered"},
        model=(answer["model"] or "") if answer else "",
        role=answer["role"] if answer else "",
        cost=_cost(sums),
        rating=answer["rating"] if answer else None,
        remark=answer["remark"] if answer else "",
        chosen={row["name"]: row["value"] for row in db.all("read_preferences", scopes=scopes)},
    )


def _title(db: Work, chat: sqlite3.Row) -> str:
    row = db.one("first_question", chat_id=chat["id"], after=chat["forgotten_to"])
    row = row or db.one("first_question", chat_id=chat["id"], after=0)
    words = " ".join(row["question"].split()) if row else ""
    return words if len(words) <= TITLE else f"{words[:TITLE].rstrip()}…"


def _sum(*parts: int | None) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


# ---------------------------------------------------------------- what stands in it


def _entries(db: Work, turns: Sequence[sqlite3.Row]) -> list[Entry]:
    """Return the turns as they are seen: in the order of their places, and without menus that became something else."""
    events = _events(db, [row["asks"] or row["id"] for row in turns])
    onto = {turn: heard[0]["onto"] for turn, heard in events.items() if heard[0]["onto"] is not None}
    used = _used(db, [row["id"] for row in turns])
    seen = [row for row in turns if row["id"] not in onto.values()]
    seen.sort(key=lambda row: _origin(row["asks"] or row["id"], onto))
    return [_entry(row, events.get(row["asks"] or row["id"], []), used.get(row["id"])) for row in seen]


def _origin(turn: int, onto: dict[int, int]) -> int:
    """Return the turn in whose place this one stands."""
    while (before := onto.get(turn)) is not None and before < turn:
        turn = before
    return turn


def _events(db: Work, turns: Iterable[int]) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = {}
    for row in db.all("events_of_turns", turns=json.dumps(list(turns))):
        if row["kind"] != "pressed":
            found.setdefault(row["turn_id"], []).append(row)
    return found


def _used(db: Work, turns: Iterable[int]) -> dict[int, sqlite3.Row]:
    return {row["turn_id"]: row for row in db.all("usage_of_turns", turns=json.dumps(list(turns)))}


def _usage(row: sqlite3.Row) -> Usage:
    return Usage(
        prompt=row["prompt"],
        cached=row["cached"],
        completion=row["completion"],
        reasoning=row["reasoning"],
        estimated=bool(row["estimated"]),
    )


def _cost(row: sqlite3.Row) -> Cost:
    """Return tokens and money; what is not known of one request is not known of their sum."""
    money = None if row["cost"] is None else row["cost"] / MILLION
    return Cost(
        tokens=_sum(row["prompt"], row["completion"]),
        money=money,
        currency=row["currency"] if money is not None else None,
    )


def _entry(row: sqlite3.Row, events: Sequence[sqlite3.Row], used: sqlite3.Row | None) -> Entry:
    said = "\n\n".join(text for event in events if (text := _said(event)))
    return Entry(
        turn=TurnId(row["id"]),
        is_notice=row["kind"] == "notice",
        at=row["created_at"],
        question=said or row["question"],
        answer=row["answer"],
        thoughts=row["thoughts"],
        note=row["note"],
        state=row["state"],
        finish=Finish(row["finish"]) if row["finish"] else None,
        controls=read_controls(row["controls"]),
        model=row["model"] or "",
        role=row["role"],
        usage=_usage(used) if used else None,
        cost=_cost(used) if used else Cost(),
        again=bool(row["offers_again"]),
        rating=row["rating"],
        remark=row["remark"],
        ended=row["finished_at"],
    )


def _waiting(row: sqlite3.Row) -> Entry:
    return Entry(turn=None, is_notice=False, at=row["stored_at"], question=_said(row), state="waiting")


def _said(event: sqlite3.Row) -> str:
    """Return what was written; a press in a menu is no words, and what broke a limit is not kept."""
    if event["kind"] != "command":
        return str(event["text"])
    if event["command"] == "limited" or event["onto"] is not None:
        return ""
    return f"/{event['command']} {event['text']}".strip()
