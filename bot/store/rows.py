"""What comes out of the database: rows as values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.model import ChatKey, Command, Control, Controls, Finish, MessageRef, Select, TurnId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class TurnKind(StrEnum):
    """Who speaks in a turn."""

    ANSWER = "answer"
    """The model."""
    NOTICE = "notice"
    """The bot itself; never given to the model."""


class TurnState(StrEnum):
    """How far a turn is. The first two are live: a chat has at most one live turn."""

    RUNNING = "running"
    ANSWERED = "answered"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A stored event, taken by a turn."""

    id: int
    person: str
    name: str
    standing: str = ""
    """What the platform vouched for, as in `Standing`; empty: nobody asked it then."""
    language: str
    ref: MessageRef
    route: str = ""
    text: str
    quote: str
    shared: bool
    attachments: tuple[str, ...]
    sent_at: float
    marked: bool
    opens: bool
    command: Command | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that another turn gave to the same question."""

    text: str
    thoughts: str
    finish: Finish


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A turn as one attempt has leased it; `attempt` fences it against the others."""

    id: TurnId
    attempt: int
    tries: int
    kind: TurnKind
    state: TurnState
    chat_id: int
    chat: ChatKey
    forgotten_to: TurnId
    person: str
    language: str
    route: str
    model: str
    """Which one was asked, or is to be; empty: not decided."""
    why: str
    """The rule that chose it; empty: the chat had."""
    question: str
    answer: str
    thoughts: str
    note: str
    finish: Finish | None
    stop_requested: bool
    place: TurnId
    """Where its question stands in the conversation: the turn that took it, this one or an earlier one."""
    since: TurnId
    """Its conversation begins after this turn."""
    kept: int
    """Characters of the answer that an earlier turn wrote, and that this one goes on from."""
    rating: int | None
    """1 or -1 if who asked gave an opinion."""
    redraws: bool
    """It was over; only the buttons under it are to be drawn anew."""
    offers_again: bool
    controls: Controls
    """The choices under a notice."""
    boundaries: tuple[int, ...]
    pages: tuple[MessageRef | None, ...]
    """The messages on the screen; None where a post was begun and nobody knows whether it happened."""
    heard: tuple[Heard, ...]

    @property
    def again(self) -> bool:
        """Tell whether it answers a question that was answered before."""
        return self.place != self.id

    @property
    def shared(self) -> bool:
        """Tell whether several people can speak in its chat."""
        return any(one.shared for one in self.heard)

    @property
    def opens(self) -> bool:
        """Tell whether it answers the message that begins its thread."""
        return any(one.opens for one in self.heard)


def written_controls(controls: Controls) -> str:
    """Return controls as they are stored."""
    return json.dumps([asdict(control) for control in controls], ensure_ascii=False)


def read_controls(text: str) -> Controls:
    """Return what `written_controls` stored."""
    return tuple(
        Select(
            one["name"], one["label"], tuple(Control(**option) for option in one["options"]), one["chosen"]
        )
        if "options" in one
        else Control(**one)
        for one in json.loads(text)
    )


def heard(row: sqlite3.Row) -> Heard:
    """Read an event row."""
    is_command = row["kind"] == "command"
    return Heard(
        id=row["id"],
        person=row["person"],
        name=row["name"],
        standing=row["standing"],
        language=row["language"],
        ref=MessageRef(row["ref"]),
        route=row["route"],
        text=row["text"],
        quote=row["quote"],
        shared=bool(row["shared"]),
        attachments=tuple(json.loads(row["attachments"])),
        sent_at=row["sent_at"],
        marked=bool(row["marked"]),
        opens=bool(row["opens"]),
        command=Command(row["command"], row["text"], bool(row["bare"])) if is_command else None,
    )


def stored_turn(row: sqlite3.Row, events: Iterable[sqlite3.Row], pages: Iterable[sqlite3.Row]) -> StoredTurn:
    """Read a turn with its events and pages."""
    return StoredTurn(
        id=TurnId(row["id"]),
        attempt=row["attempt"],
        tries=row["tries"],
        kind=TurnKind(row["kind"]),
        state=TurnState(row["state"]),
        chat_id=row["chat_id"],
        chat=ChatKey(row["platform"], row["account"], row["chat"], row["thread"]),
        forgotten_to=TurnId(row["forgotten_to"]),
        person=row["person"],
        language=row["language"],
        route=row["route"],
        model=row["model"] or "",
        why=row["why"],
        question=row["question"],
        answer=row["answer"],
        thoughts=row["thoughts"],
        note=row["note"],
        finish=Finish(row["finish"]) if row["finish"] else None,
        stop_requested=bool(row["stop_requested"]),
        place=TurnId(row["asks"] or row["id"]),
        since=TurnId(row["since"]),
        kept=row["kept"],
        rating=row["rating"],
        redraws=row["state"] == "answered" and row["finished_at"] is not None,
        offers_again=bool(row["offers_again"]),
        controls=read_controls(row["controls"]),
        boundaries=tuple(json.loads(row["boundaries"])),
        pages=tuple(MessageRef(page["ref"]) if page["ref"] is not None else None for page in pages),
        heard=tuple(heard(event) for event in events),
    )
