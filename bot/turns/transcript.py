"""A person's conversation written down for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store import Entry

MOST = 500
"""Answers looked at, newest first."""
ROOM = 30_000
"""Characters: about eight messages on Telegram, which a chat may be sent in half a minute."""


def written(entries: Sequence[Entry], language: str) -> str:
    """Return the conversation as Markdown, oldest first; the newest of it, if it is too long for a chat.

    `entries` are newest first.
    """
    if not entries:
        return phrases.say("export_nothing", language)
    kept: list[str] = []
    room = ROOM
    for entry in entries:
        part = _part(entry)
        room -= len(part)
        if room < 0 and kept:
            break
        kept.append(part)
    head = "export_part" if len(kept) < len(entries) else "export_all"
    return "\n\n".join([phrases.say(head, language, count=len(kept)), *reversed(kept)])


def _part(entry: Entry) -> str:
    asked = "\n".join(f"> {line}" for line in entry.question.splitlines())
    return "\n\n".join(part for part in (f"**{clock.written(entry.at)} UTC**", asked, entry.answer) if part)
