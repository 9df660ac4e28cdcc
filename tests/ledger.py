"""What a scenario left behind, read as plain rows: the database on one side, what people see on the other."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.stage import Stage
    from tests.servers.slack_values import Message
    from tests.servers.telegram_world import Shown

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One message of the bot's: what stood in it, and whether it still stands there."""

    platform: str
    ref: str
    chat: str
    thread: str
    texts: tuple[str, ...]
    buttons: tuple[str, ...]
    """The names of its buttons now, without what they carry."""
    gone: bool
    is_file: bool = False
    """It carries a file, and so is no page of an answer."""

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def place(self) -> tuple[float, str]:
        """Its place in the order of its chat."""
        return float(self.ref.rpartition(":")[2]), self.ref


def growing(message: Shown | Message) -> bool:
    """Tell whether an answer looks as if it went on: it has the button that stops it."""
    buttons = (
        button if isinstance(button, dict) else {"action_id": button.data} for button in message.buttons
    )
    return any(re.split(r"[:.]", button["action_id"])[0] == "stop" for button in buttons)


def posted(stage: Stage) -> dict[str, Posted]:
    """Return every message the bot ever wrote, by its ref, in the order of each chat."""
    found = [*_in_telegram(stage), *_in_slack(stage)]
    return {message.ref: message for message in sorted(found, key=lambda one: one.place)}


def _in_telegram(stage: Stage) -> list[Posted]:
    return [
        Posted(
            platform="telegram",
            ref=f"{chat.id}:{shown.message_id}",
            chat=str(chat.id),
            thread=str(shown.thread or ""),
            texts=tuple(shown.texts),
            buttons=tuple(button.data.partition(":")[0] for button in shown.buttons),
            gone=shown.deleted_at is not None,
            is_file=shown.file is not None,
        )
        for chat in stage.telegram.world.chats.values()
        for shown in chat.messages.values()
        if shown.author is stage.telegram.bot
    ]


def _in_slack(stage: Stage) -> list[Posted]:
    return [
        Posted(
            platform="slack",
            ref=f"{channel.id}:{message.ts}",
            chat=channel.id,
            thread=message.thread_ts,
            texts=(*(version.text for version in message.versions[:-1]), message.shown),
            buttons=tuple(button["action_id"].partition(".")[0] for button in message.buttons),
            gone=message.deleted,
            is_file=bool(message.files),
        )
        for channel in stage.slack.world.channels.values()
        for message in channel.messages.values()
        if message.bot
    ]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of the database; `damage` is what its own checks complain about."""

    chats: dict[int, Row]
    turns: list[Row]
    events: list[Row]
    pages: list[Row]
    damage: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing waits and nothing is being answered."""
        live = [turn for turn in self.turns if turn["state"] in {"running", "answered"}]
        return not live and not [event for event in self.events if event["turn_id"] is None]


UNSETTLED = """
    SELECT EXISTS (SELECT 1 FROM turn WHERE state IN ('running', 'answered'))
        OR EXISTS (SELECT 1 FROM event WHERE turn_id IS NULL)
"""


def is_settled(database: Path) -> bool:
    """Tell the same as `Kept.settled` without reading every row: whoever waits for it looks fifty times a second."""
    if not database.exists() or not database.stat().st_size:
        return True
    with closing(_reading(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'turn'").fetchone():
            return True
        return not connection.execute(UNSETTLED).fetchone()[0]


def is_silent(database: Path) -> bool:
    """Tell whether a silence that a platform asked for is written down."""
    with closing(_reading(database)) as connection:
        return connection.execute("SELECT 1 FROM silence").fetchone() is not None


def _reading(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5.0)


def kept(database: Path, *, checked: bool = False) -> Kept:
    """Read the database beside a bot that may be running; `checked` also looks for damage."""
    if not database.exists() or not database.stat().st_size:
        return Kept({}, [], [], [])
    with closing(_reading(database)) as connection:
        connection.row_factory = sqlite3.Row
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'turn'").fetchone():
            return Kept({}, [], [], [])
        return Kept(
            {row["id"]: row for row in _rows(connection, "SELECT * FROM chat")},
            _rows(connection, "SELECT * FROM turn ORDER BY id"),
            _rows(connection, "SELECT * FROM event ORDER BY id"),
            _rows(connection, "SELECT * FROM page ORDER BY turn_id, n"),
            _damage(connection) if checked else (),
        )


def _rows(connection: sqlite3.Connection, query: str) -> list[Row]:
    return [dict(row) for row in connection.execute(query)]


def _damage(connection: sqlite3.Connection) -> tuple[str, ...]:
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
    loose = [f"{row[0]} points nowhere" for row in connection.execute("PRAGMA foreign_key_check")]
    return (*said, *loose)
