"""What a change of a message does: of one that waits, of the command given last, or of the question taken last.

What a message has become counts as what its author says: a question, or a command.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.store.limits import first_reached
from bot.store.line import add_asked, add_order, excuse, find_chat, insert, is_asked
from bot.store.presses import stop, stop_for

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from bot.model import Edited
    from bot.store.line import Accepted, Arrival
    from bot.store.sqlite import Value, Work

_SAME = ("route", "language", "shared", "opens", "quote")


def take_edit(db: Work, edited: Edited, arrival: Arrival, now: float, accepted: Accepted) -> None:
    """Take in the new text, and do what it says instead of what the old one said.

    A change of an older message does nothing: what came after it was said in the light of the old one. Nor does
    one that leaves the text as it was, or makes it longer than a message may be.
    """
    most = arrival.limits.message_characters
    if most is not None and len(edited.text) > most:
        return
    change = _Change(db=db, event=edited, arrival=arrival, now=now, accepted=accepted)
    if not change.take_waiting() and (chat_id := find_chat(db, edited.chat)) is not None:
        change.take_last(chat_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One change of one message."""

    db: Work
    event: Edited
    arrival: Arrival
    now: float
    accepted: Accepted

    @property
    def at(self) -> float:
        """Return when it was made, in seconds since 1970."""
        return self.now if self.event.edited_at is None else self.event.edited_at.timestamp()

    @property
    def whose(self) -> dict[str, Value]:
        """Return what names the message that was changed."""
        return {"ref": self.event.ref, "person": self.event.person.id, "edited_at": self.at}

    def take_waiting(self) -> bool:
        """Change a message that nobody took yet; False if it does not wait."""
        words = self.db.all("waiting_words", source=self.event.chat.source, **self.whose)
        # A question that waits behind the `new` it came with is part of the same message.
        for one in words[1:]:
            self.db.do("drop_event", event_id=one["id"])
        if words:
            self._rewrite(words[0])
        return bool(words)

    def take_last(self, chat_id: int) -> None:
        """Take in a change of the command given last, else one of the question taken last."""
        command = self.arrival.command
        text = self.event.text if command is None else command.args
        obeyed = self.db.one("find_obeyed", chat_id=chat_id, **self.whose)
        if obeyed is not None:
            if (obeyed["command"], obeyed["text"]) != ("" if command is None else command.name, text):
                self._say_instead(obeyed, chat_id, onto=None if command is None else obeyed["turn_id"])
            return
        last = self.db.one("last_question", chat_id=chat_id)
        said = None if last is None else self.db.one("find_said", turn_id=last["turn_id"], **self.whose)
        if said is None or (said["text"] == text and self._asks_as_before(said)):
            return
        if command is None:
            self._ask_anew(said, chat_id)
        else:
            self._withdraw(said["turn_id"], chat_id)
            self._say_instead(said, chat_id)

    # ------------------------------------------------------------ what becomes of it

    def _rewrite(self, waiting: sqlite3.Row) -> None:
        """Let what waits be something else, at its place in the line."""
        chat_id, change = waiting["chat_id"], self._as_it_waits(waiting["chat_id"])
        if change is None:
            self.db.do("drop_event", event_id=waiting["id"])
            return
        command = change.arrival.command
        values: dict[str, Value] = {"kind": "said", "command": "", "bare": 0, "text": self.event.text}
        if command is not None:
            values = {"kind": "command", "command": command.name, "bare": int(command.is_bare)}
            values |= {"text": command.args}
            add_asked(self.db, self.event, chat_id, command, self.now, **self._where(waiting))
        self.db.do("edit_waiting_event", event_id=waiting["id"], edited_at=self.at, **values)

    def _ask_anew(self, said: sqlite3.Row, chat_id: int) -> None:
        """Have the question answered anew, in the messages of its answer."""
        where = {**self._where(said), "ref": "", "onto": said["turn_id"]}
        # A second delivery of the same change has the same key.
        if self._may(chat_id, where) and insert(
            self.db, self.event, chat_id, self.now, kind="command", command="edited", **where
        ):
            self.db.do("edit_said", event_id=said["id"], text=self.event.text, edited_at=self.at)
            self.accepted.stored += 1

    def _say_instead(self, old: sqlite3.Row, chat_id: int, *, onto: int | None = None) -> None:
        """Let it wait in line like a message; what comes of a command is shown in the messages of turn `onto`."""
        where, change = {**self._where(old), "onto": onto}, self._as_it_waits(chat_id)
        if change is None or not self._may(chat_id, where):
            return
        if (command := change.arrival.command) is None:
            stored = insert(
                self.db, self.event, chat_id, self.now, kind="said", text=self.event.text, **where
            )
        else:
            stored = add_order(self.db, self.event, chat_id, command, self.now, **where)
        self.accepted.stored += stored

    # ------------------------------------------------------------ its parts

    def _where(self, old: sqlite3.Row) -> dict[str, Value]:
        """Return what a message keeps however its words are changed."""
        return {"ref": self.event.ref, **{name: old[name] for name in _SAME}}

    def _asks_as_before(self, said: sqlite3.Row) -> bool:
        """Tell whether the same words ask again: what stands behind any command but `new` was no question."""
        command = self.arrival.command
        return command is None or (command.name == "new" and is_asked(said["key"]))

    def _as_it_waits(self, chat_id: int) -> _Change | None:
        """Stop the answer of the chat, if that is what the message says now; None if that was all."""
        command = self.arrival.command
        if command is None or command.name != "stop":
            return self
        args = stop_for(
            self.db, self.event, self.arrival, chat_id=chat_id, now=self.now, accepted=self.accepted
        )
        if args is None:
            return None
        return replace(self, arrival=replace(self.arrival, command=replace(command, args=args)))

    def _withdraw(self, place: int, chat_id: int) -> None:
        """Stop the answer to a question that is none any more."""
        running = self.db.one("find_running", chat_id=chat_id, person=self.event.person.id)
        if running is not None and running["place"] == place:
            stop(self.db, chat_id, running["id"], self.accepted)

    def _may(self, chat_id: int, where: Mapping[str, Value]) -> bool:
        """Tell whether no limit keeps it out; if one does, that is told."""
        arrival = self.arrival
        if not (reached := first_reached(self.db, self.event, chat_id, arrival.limits, self.now)):
            return True
        told = {name: where[name] for name in ("route", "shared")}
        self.accepted.stored += excuse(
            self.db, self.event, arrival, reached, self.now, chat_id=chat_id, **told
        )
        return False
