"""Which turn is worked at next, and what it takes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.crash import passage
from bot.lineup import PICKED
from bot.store.presses import ALL, ONCE_MORE
from bot.store.rows import StoredTurn, stored_turn

if TYPE_CHECKING:
    import sqlite3

    from bot.model import TurnId
    from bot.store.sqlite import Work


def claim(db: Work, platforms: str, now: float, *, suspects: bool) -> StoredTurn | None:
    """Lease a turn that nobody holds, else one for the chat that waited longest; `platforms` is a JSON list."""
    row = db.one("claim_free", platforms=platforms, suspects=suspects)
    if row is not None:
        _take_in_edits(db, row["id"])
        return _read(db, row["id"])
    while (row := db.one("claim_waiting", platforms=platforms, now=now)) is not None:
        if _take(db, row["id"]):
            return _read(db, row["id"])
        db.do("drop_claimed", turn_id=row["id"])
    return None


def void(db: Work, turn_id: int, attempt: int) -> bool:
    """Take in that the question of a running turn was changed; False if it was not.

    What was answered so far is void then.
    """
    (turn,) = db.all("read_turn", turn_id=turn_id)
    if not db.do("take_edits", turn_id=turn_id, chat_id=turn["chat_id"], place=turn["asks"] or turn_id):
        return False
    db.do("void_answer", turn_id=turn_id, attempt=attempt)
    passage("voided")
    return True


def _take_in_edits(db: Work, turn_id: int) -> None:
    (turn,) = db.all("read_turn", turn_id=turn_id)
    if turn["state"] == "running":
        void(db, turn_id, turn["attempt"])


def _read(db: Work, turn_id: TurnId) -> StoredTurn:
    (row,) = db.all("read_turn", turn_id=turn_id)
    events = db.all("events_of_turn", turn_id=row["asks"] or turn_id)
    return stored_turn(row, events, db.all("pages_of_turn", turn_id=turn_id))


# ---------------------------------------------------------------- what a new turn takes


def _take(db: Work, turn_id: int) -> bool:
    """Take what comes first in the chat; False if nothing that waits is wanted any more."""
    (turn,) = db.all("read_turn", turn_id=turn_id)
    chat_id = turn["chat_id"]
    return (
        _take_edit(db, turn_id, chat_id)
        or _take_press(db, turn_id, chat_id)
        or _take_said(db, turn_id, chat_id)
    )


def _take_edit(db: Work, turn_id: int, chat_id: int) -> bool:
    """Answer the last question anew because it was changed, before whatever was said after it."""
    while (edit := db.one("first_edit", chat_id=chat_id)) is not None:
        old = db.one("newest_of_question", place=edit["onto"])
        if old is not None:
            db.do("take_edits", turn_id=turn_id, chat_id=chat_id, place=edit["onto"])
            _answer_again(db, turn_id, old, edit["person"])
            _take_stop(db, turn_id, chat_id, old["place"])
            return True
        db.do("drop_edits", chat_id=chat_id, place=edit["onto"])
    return False


def _take_press(db: Work, turn_id: int, chat_id: int) -> bool:
    """Answer a question again, or go on with its answer, if a press that says so comes first."""
    while (order := db.one("first_order", chat_id=chat_id)) is not None and order["command"] in ONCE_MORE:
        old = db.one("find_answered", turn_id=order["onto"], chat_id=chat_id)
        if old is not None:
            db.do("take_press", event_id=order["id"], turn_id=turn_id)
            _answer_again(db, turn_id, old, order["person"], picked=order["text"])
            if order["command"] == "continue":
                _go_on(db, turn_id, old)
            _take_stop(db, turn_id, chat_id, old["place"])
            return True
        # Another press, or a change of the question, was quicker.
        db.do("drop_event", event_id=order["id"])
    return False


def _take_said(db: Work, turn_id: int, chat_id: int) -> bool:
    if db.do("take_said", turn_id=turn_id, chat_id=chat_id):
        _take_stop(db, turn_id, chat_id, turn_id)
    elif not db.do("take_command", turn_id=turn_id, chat_id=chat_id):
        return False
    elif menu := db.one("onto_turn", turn_id=turn_id):
        db.do("inherit_pages", turn_id=turn_id, old_id=menu["onto"])
        db.do("supersede_menus", turn_id=turn_id, chat_id=chat_id, first=menu["onto"])
    db.do("address_turn", turn_id=turn_id)
    return True


def _take_stop(db: Work, turn_id: int, chat_id: int, place: int) -> None:
    """Stop at once what somebody wanted stopped before it ran."""
    if db.one("take_stop", turn_id=turn_id, chat_id=chat_id, place=place, all=ALL):
        db.all("request_stop", turn_id=turn_id, chat_id=chat_id)


def _answer_again(db: Work, turn_id: int, old: sqlite3.Row, person: str, *, picked: str = "") -> None:
    """Let the turn answer the question of an older one in its messages, on the account of who wanted it.

    `picked` is the model that is to answer; empty: as the chat goes.
    """
    same = {name: old[name] for name in ("place", "language", "route", "question", "since")}
    chosen = {"model": picked or old["model"], "why": PICKED if picked else ""}
    db.do("answer_again", turn_id=turn_id, person=person, **chosen, **same)
    db.do("replace_turn", turn_id=old["id"])
    db.do("inherit_pages", turn_id=turn_id, old_id=old["id"])
    passage("repeating")


def _go_on(db: Work, turn_id: int, old: sqlite3.Row) -> None:
    """Let the turn begin with what an older one wrote."""
    same = {name: old[name] for name in ("answer", "thoughts", "boundaries")}
    db.do("go_on", turn_id=turn_id, kept=len(old["answer"]), **same)
