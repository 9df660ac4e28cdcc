"""The way out: turns, leased to one attempt at a time.

Every write names the attempt that makes it; one that has lost its lease gets StaleLease and must leave.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.crash import passage
from bot.errors import StaleLease
from bot.limits import Limits
from bot.model import Finish, MessageRef, Neighbours
from bot.store import money
from bot.store.claims import claim, void
from bot.store.limits import may_tell
from bot.store.moving import merge, move_choices
from bot.store.rows import Earlier, heard, written_controls

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from bot.limits import Reached
    from bot.model import ChatKey, Controls, Usage
    from bot.prices import Money
    from bot.store.money import Bill
    from bot.store.rows import Heard, StoredTurn, TurnKind, TurnState
    from bot.store.sqlite import Database, Value, Work


NO_LIMITS = Limits()


class Turns:
    """The verbs of the worker, of a turn and of its delivery. Moments are seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def adopt(self) -> None:
        """End every lease: this process owns the database alone, so their holders are dead, and have paid."""

        def work(db: Work) -> None:
            db.do("end_leases")
            money.settle_orphans(db)

        await self._database.transact(work)

    async def claim(
        self, platforms: Sequence[str], now: float, *, suspects: bool = True
    ) -> StoredTurn | None:
        """Lease a turn on these platforms: one that nobody holds, else one for the chat that waited longest.

        Without `suspects`, turns that were killed twice without progress are left where they are.
        A lease is held until the turn ends or is released, or its process no longer owns the database.
        """
        return await self._database.transact(
            lambda db: claim(db, json.dumps(platforms), now, suspects=suspects)
        )

    async def next_ready(self, platforms: Sequence[str]) -> float | None:
        """Return when the next waiting message may be taken, or None if none waits."""
        row = await self._database.transact(lambda db: db.one("next_ready", platforms=json.dumps(platforms)))
        return None if row is None or row["ready_at"] is None else float(row["ready_at"])

    async def absorb(self, turn: StoredTurn) -> tuple[Heard, ...]:
        """Take in what was said since, up to the first command; return all the turn has heard."""

        def work(db: Work) -> tuple[Heard, ...]:
            _fence(db.one("hold_turn", **_lease(turn)))
            if db.do("take_said", turn_id=turn.id, chat_id=turn.chat_id):
                db.do("address_turn", turn_id=turn.id)
            return tuple(heard(row) for row in db.all("events_of_turn", turn_id=turn.id))

        return await self._database.transact(work)

    async def is_edited(self, turn: StoredTurn) -> bool:
        """Tell whether the question was changed since the turn took it, or took in its last change."""
        values = {"chat_id": turn.chat_id, "place": turn.place}
        return await self._database.transact(lambda db: db.one("is_edited", **values) is not None)

    async def rehear(self, turn: StoredTurn) -> tuple[Heard, ...]:
        """Take in that the question was changed, and return it; what was answered so far is void."""

        def work(db: Work) -> tuple[Heard, ...]:
            _fence(db.one("hold_turn", **_lease(turn)))
            void(db, turn.id, turn.attempt)
            return tuple(heard(row) for row in db.all("events_of_turn", turn_id=turn.place))

        return await self._database.transact(work)

    async def earlier(self, turn: StoredTurn, question: str) -> Earlier | None:
        """Return what this question was answered with before the turn, None if it was not, or was another one."""
        where: dict[str, Value] = {"turn_id": turn.id, "place": turn.place, "question": question}
        row = await self._database.transact(lambda db: db.one("earlier_answer", **where))
        return Earlier(row["answer"], row["thoughts"], Finish(row["finish"])) if row else None

    async def waiting(self, turn: StoredTurn) -> list[Heard]:
        """Return what waits behind the turn and does not show it yet."""
        rows = await self._database.transact(lambda db: db.all("waiting_unmarked", chat_id=turn.chat_id))
        return [heard(row) for row in rows]

    async def quiet_at(self, turn: StoredTurn) -> float | None:
        """Return from when on nothing more of what waits behind the turn is to come; None if nothing waits."""
        row = await self._database.transact(lambda db: db.one("waiting_until", chat_id=turn.chat_id))
        return None if row is None or row["ready_at"] is None else float(row["ready_at"])

    async def marked(self, event_id: int, *, marked: bool) -> None:
        """Note that a message shows, or no longer shows, that it waits."""
        await self._database.transact(lambda db: db.do("mark_event", event_id=event_id, marked=int(marked)))

    async def dismiss(self, turn: StoredTurn, event_id: int) -> None:
        """Take out of the line what was answered while it waited behind the turn."""
        await self._database.transact(lambda db: db.do("dismiss_event", event_id=event_id, turn_id=turn.id))

    async def begin(self, turn: StoredTurn, question: str, model: str, role: str = "", why: str = "") -> None:
        """Store what the model is about to be asked, and in which role."""
        await self._fenced(turn, "begin_turn", question=question, model=model, role=role, why=why)

    async def checkpoint(
        self,
        turn: StoredTurn,
        answer: str,
        boundaries: Sequence[int],
        posting: int | None,
        *,
        thoughts: str = "",
        tries: int = 0,
    ) -> None:
        """Store what is about to be shown; `posting` is the page that will be a new message.

        `tries` are the attempts at a whole answer that this may be the last of.
        """

        def work(db: Work) -> None:
            values = {"answer": answer, "boundaries": json.dumps(boundaries), "thoughts": thoughts}
            _fence(db.one("checkpoint_turn", tries=tries, **values, **_lease(turn)))
            if posting is not None:
                db.do("intend_page", turn_id=turn.id, n=posting)

        await self._database.transact(work)

    async def give_up(self, turn: StoredTurn) -> None:
        """Store that a sentence stands in place of a whole answer: nobody is to be shown that one again."""
        await self._fenced(turn, "give_up_turn", note=turn.note, again=int(turn.offers_again))

    async def survive(self, turn: StoredTurn, tries: int) -> None:
        """Store how many attempts at a whole answer may have died of it: this one has not, so far."""
        await self._fenced(turn, "survive_turn", tries=tries)

    async def place(self, turn: StoredTurn, n: int, ref: MessageRef) -> None:
        """Store which message shows page `n`."""
        await self._held(turn, "place_page", turn_id=turn.id, n=n, ref=ref)

    async def neighbours(self, turn: StoredTurn) -> Neighbours | None:
        """Return what is known around a page of this turn that may have been posted.

        None if other conversations share the platform's chat: a message there may be theirs.
        """
        return await self._database.transact(lambda db: _neighbours(db, turn))

    async def move(self, turn: StoredTurn, chat: ChatKey, now: float) -> None:
        """Let the turn's conversation go on in another chat of the platform, and release the turn.

        If people are heard in the new chat already, both become one, and the question is answered there.
        """

        def work(db: Work) -> None:
            _fence(db.one("hold_turn", **_lease(turn)))
            place = {"chat": chat.chat, "thread": chat.thread}
            move_choices(db, turn.chat, chat)
            if db.do("move_chat", chat_id=turn.chat_id, **place):
                db.do("drop_pages", turn_id=turn.id)
                db.do("restart_turn", turn_id=turn.id)
                return
            (new_id,) = db.all("find_chat", platform=chat.platform, account=chat.account, **place)[0]
            db.do("end_turn", state="failed", boundaries="[]", now=now, **_lease(turn))
            merge(db, turn.chat_id, new_id, turn_id=turn.id)

        await self._database.transact(work)

    async def drop(self, turn: StoredTurn, n: int) -> None:
        """Forget page `n`: its message is gone, or the answer no longer reaches it."""
        await self._held(turn, "drop_page", turn_id=turn.id, n=n)

    async def complete(
        self,
        turn: StoredTurn,
        *,
        answer: str,
        note: str,
        finish: Finish,
        kind: TurnKind,
        thoughts: str = "",
        again: bool = False,
        forget: bool = False,
        controls: Controls = (),
    ) -> None:
        """Store the whole answer; with `again`, the person is offered to have it made once more.

        With `forget`, the turns before it are no longer given to the model.
        """

        def work(db: Work) -> None:
            values = {"answer": answer, "note": note, "finish": finish.value, "kind": kind.value}
            row = _fence(
                db.one(
                    "complete_turn",
                    thoughts=thoughts,
                    again=int(again),
                    controls=written_controls(controls),
                    **values,
                    **_lease(turn),
                )
            )
            if forget:
                db.do("forget_chat", chat_id=row["chat_id"], turn_id=turn.id)
                db.do("drop_memory", chat_id=row["chat_id"])
                passage("forgetting")

        await self._database.transact(work)

    async def used(
        self,
        turn: StoredTurn,
        model: str,
        usage: Usage,
        now: float,
        *,
        cost: Money | None = None,
        limits: Limits = NO_LIMITS,
        purpose: str = money.ANSWER,
    ) -> Bill:
        """Store what one request to the model cost, in place of what was reserved for it.

        Returned is what the turn has cost so far. Where a budget is nearly used up, the person counts as told.
        """
        request = money.request_of(turn, model, purpose)

        def work(db: Work) -> Bill:
            guess = db.one("reserved_prompt", **_lease(turn))
            bill = money.settle(db, request, usage=usage, cost=cost, limits=limits, now=now)
            if guess is not None:
                db.do("note_guess", guessed=guess["prompt"], **_lease(turn))
            return bill

        return await self._database.transact(work)

    async def reserve(
        self,
        turn: StoredTurn,
        model: str,
        prompt: int,
        now: float,
        *,
        cost: Money | None = None,
        limits: Limits = NO_LIMITS,
        purpose: str = money.ANSWER,
    ) -> Reached | None:
        """Count what a request will cost before it is made: a process that dies meanwhile has paid it.

        Returned is the budget that it would exceed, which then counts as told; it must not be made, and nothing
        is reserved. Of what is asked beside an answer nobody is told.
        """
        request = money.request_of(turn, model, purpose)

        def work(db: Work) -> Reached | None:
            found = money.hold(db, request, prompt=prompt, cost=cost, limits=limits, now=now)
            if found is not None and purpose != money.MEMORY:
                may_tell(db, turn.chat, turn.person, found, now)
            return found

        return await self._database.transact(work)

    async def unreserve(self, turn: StoredTurn) -> None:
        """Take back what was reserved: the request cost nothing."""
        await self._database.transact(lambda db: db.do("drop_reservation", **_lease(turn)))

    async def end(self, turn: StoredTurn, state: TurnState, boundaries: Sequence[int], now: float) -> None:
        """End the turn; its chat may have the next one.

        If somebody gave an opinion on it meanwhile, its buttons do not show that yet, and it is opened again.
        """
        values: dict[str, Value] = {"state": state.value, "boundaries": json.dumps(boundaries), "now": now}

        def work(db: Work) -> None:
            row = _fence(db.one("end_turn", **values, **_lease(turn)))
            if row["rating"] != turn.rating:
                db.do("reopen_turn", turn_id=turn.id)

        await self._database.transact(work)

    async def release(self, turn: StoredTurn) -> None:
        """Give the lease back: the turn goes on at the next start, and this attempt does not count."""
        await self._database.transact(lambda db: db.do("release_turn", **_lease(turn)))

    async def last_choice(self, turn: StoredTurn) -> tuple[str, str] | None:
        """Return which model was asked last before this turn, and the rule that chose it; None if none was.

        What was forgotten does not count.
        """
        row = await self._database.transact(
            lambda db: db.one("last_choice", chat_id=turn.chat_id, before=turn.id, after=turn.forgotten_to)
        )
        return None if row is None else (row["model"], row["why"])

    async def _held(self, turn: StoredTurn, query: str, **values: Value) -> None:
        def work(db: Work) -> None:
            _fence(db.one("hold_turn", **_lease(turn)))
            db.do(query, **values)

        await self._database.transact(work)

    async def _fenced(self, turn: StoredTurn, query: str, **values: Value) -> None:
        await self._database.transact(lambda db: _fence(db.one(query, **values, **_lease(turn))))


def _neighbours(db: Work, turn: StoredTurn) -> Neighbours | None:
    account = {"platform": turn.chat.platform, "account": turn.chat.account}
    (siblings,) = db.all("count_siblings", chat=turn.chat.chat, **account)[0]
    if siblings > 1 or not turn.heard:
        return None
    (lost,) = db.all("count_lost", **account)[0]
    known = db.all("refs_since", event_id=min(one.id for one in turn.heard), turn_id=turn.id, **account)
    pages = [row["ref"] for row in db.all("pages_of_turn", turn_id=turn.id) if row["ref"] is not None]
    return Neighbours(
        before=(*(one.ref for one in turn.heard), *map(MessageRef, pages)),
        known=frozenset(MessageRef(row["ref"]) for row in known),
        lost=lost,
    )


def _lease(turn: StoredTurn) -> dict[str, int]:
    return {"turn_id": turn.id, "attempt": turn.attempt}


def _fence(row: sqlite3.Row | None) -> sqlite3.Row:
    if row is None:
        raise StaleLease
    return row
