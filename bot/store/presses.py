"""What a press under a message of the bot's does, and what somebody is told whose press does nothing.

Stop and ratings take effect at once. What has the model asked once more waits in line like a message, so that it is
never lost and a chat never has two live turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import phrases
from bot.model import Finish, Said, TurnId
from bot.store.limits import first_reached
from bot.store.line import add_deed, insert, is_known

if TYPE_CHECKING:
    import sqlite3

    from bot.model import Command, Edited, Pressed
    from bot.store.line import Accepted, Arrival
    from bot.store.sqlite import Value, Work

CUT = frozenset({Finish.LENGTH, Finish.STOPPED, Finish.BROKEN})
"""How an answer ends that can be gone on with."""
ONCE_MORE = frozenset({"again", "continue"})
RATINGS = {"good": 1, "bad": -1}
NAME_MOST = 100
"""Characters of the name of a model."""
ALL, OTHERS = "all", "others"
"""Arguments of a stop that waits in line: whose questions it stops, and that it stopped nobody's."""


def take_press(db: Work, pressed: Pressed, arrival: Arrival, now: float, accepted: Accepted) -> None:
    """Do what a press asks for. A second delivery of it changes nothing."""
    number, _, _picked = pressed.value.partition(".")
    if not number.isdecimal() or is_known(db, pressed):
        return
    row = _find(db, pressed, int(number[:18]))
    if row is None:
        accepted.told[pressed.key] = phrases.say("told_gone", arrival.language)
        return
    press = _Press(db=db, event=pressed, arrival=arrival, turn=row, now=now, accepted=accepted)
    if key := press.do():
        accepted.told[pressed.key] = phrases.say(key, _tongue(arrival, row))


def stop_for(
    db: Work, said: Said | Edited, arrival: Arrival, *, chat_id: int, now: float, accepted: Accepted
) -> str | None:
    """Stop the answer of a chat, by a command; None if that is done, else the arguments it waits in line with.

    It stops what its author asked, an administrator's stops what anybody asked.
    """
    row = db.one("find_running", chat_id=chat_id, person=said.person.id)
    if row is not None and (row["is_own"] or arrival.is_admin):
        stop(db, chat_id, row["id"], accepted)
        add_deed(db, said, chat_id, row["id"], now)
        return None
    if row is None or db.one("waits_here", chat_id=chat_id, person=said.person.id):
        return ALL if arrival.is_admin else ""
    if not (isinstance(said, Said) and said.whispers):
        return OTHERS
    accepted.told[said.key] = phrases.say("told_not_yours", arrival.language)
    return None


def _find(db: Work, pressed: Pressed, turn_id: int) -> sqlite3.Row | None:
    chat = pressed.chat
    where: dict[str, Value] = {"platform": chat.platform, "account": chat.account, "chat": chat.chat}
    return db.one("find_pressed", turn_id=turn_id, person=pressed.person.id, **where)


def _tongue(arrival: Arrival, row: sqlite3.Row) -> str:
    """Return the language to tell something in: where the platform says nothing about it, that of the answer."""
    is_known_of = arrival.event.person.language or arrival.language != phrases.LANGUAGES[0]
    return arrival.language if is_known_of else str(row["language"])


def stop(db: Work, chat_id: int, turn_id: int, accepted: Accepted) -> bool:
    """Ask a running answer to stop. A stop never waits in line."""
    stopped = [TurnId(row["id"]) for row in db.all("request_stop", chat_id=chat_id, turn_id=turn_id)]
    accepted.stopped += stopped
    return bool(stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    """One press under one turn. What it does returns the key of what is to be told, empty if nothing is."""

    db: Work
    event: Pressed
    arrival: Arrival
    turn: sqlite3.Row
    now: float
    accepted: Accepted

    def do(self) -> str:
        """Do what the button says."""
        control, turn = self.event.control, self.turn
        if control in RATINGS:
            return self._rate()
        if not (turn["is_own"] or self.arrival.is_admin):
            return "told_not_yours"
        if self.arrival.command is not None:
            return self._pick(self.arrival.command)
        if control == "stop":
            return "" if stop(self.db, turn["chat_id"], turn["id"], self.accepted) else "told_over"
        return self._once_more() if control in ONCE_MORE and turn["kind"] == "answer" else ""

    def _once_more(self) -> str:
        """Let the question be answered again, or the answer go on, when its turn comes."""
        turn, chat_id = self.turn, self.turn["chat_id"]
        if turn["state"] == "running" or self.db.one("is_awaited", chat_id=chat_id, turn_id=turn["id"]):
            return "told_running"
        if turn["replaced"]:
            return "told_replaced"
        if self.event.control == "continue" and turn["finish"] not in CUT:
            return "told_over"
        is_busy = self.db.one("is_busy", chat_id=chat_id) is not None
        where: dict[str, Value] = {"language": turn["language"], "route": turn["route"]}
        # After a dot stands the model that is to answer it.
        picked = self.event.value.partition(".")[2][:NAME_MOST]
        is_waiting = self._wait(command=self.event.control, text=picked, onto=turn["id"], **where)
        return "told_waits" if is_waiting and is_busy else ""

    def _rate(self) -> str:
        """Store an opinion, and let the buttons show it unless something else is written in the chat."""
        turn, control = self.turn, self.event.control
        if not turn["is_own"]:
            return "told_rating_not_yours"
        if turn["replaced"]:
            return "told_replaced"
        if turn["kind"] != "answer" or turn["state"] not in {"answered", "done"}:
            return "told_gone"
        self.db.do("press_opinion", turn_id=turn["id"], rating=RATINGS[control])
        add_deed(self.db, self.event, turn["chat_id"], turn["id"], self.now)
        if turn["state"] == "answered":
            # Who ends the turn sees that its buttons are out of date.
            return ""
        reopened = self.db.do("reopen_turn", turn_id=turn["id"])
        self.accepted.stored += reopened
        return "" if reopened else "told_noted"

    def _pick(self, command: Command) -> str:
        """Let a press in a menu wait in line as the command it stands for, by who asked for the menu.

        What comes of it is shown in the menu's message; below an answer, which must stay, in one of its own.
        """
        (menu,) = self.db.all("find_menu", turn_id=self.turn["id"], chat_id=self.turn["chat_id"])
        onto = self.turn["id"] if self.turn["kind"] == "notice" else None
        same: dict[str, Value] = {name: menu[name] for name in ("route", "opens", "bare", "shared")}
        same["language"] = _tongue(self.arrival, menu)
        is_busy = self.db.one("is_busy", chat_id=self.turn["chat_id"]) is not None
        is_waiting = self._wait(command=command.name, text=command.args, onto=onto, **same)
        return "told_waits" if is_waiting and is_busy else ""

    def _wait(self, **values: Value) -> bool:
        """Let the press wait in line like a message, as which it counts; False if a limit keeps it out."""
        chat_id, arrival = self.turn["chat_id"], self.arrival
        if reached := first_reached(self.db, self.event, chat_id, arrival.limits, self.now):
            self.accepted.told[self.event.key] = arrival.excuse(reached)
            return False
        stored = insert(self.db, self.event, chat_id, self.now, kind="command", ref="", **values)
        self.accepted.stored += stored
        return stored
