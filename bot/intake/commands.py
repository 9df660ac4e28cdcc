"""Which messages ask the bot itself for something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import BARE, Command

if TYPE_CHECKING:
    from bot.model import Said

NAMES = frozenset({"start", "help", "new", "stop", "export", "forget"})
UNKNOWN = "unknown"
HELP_BARE = "help_bare"
"""Help for where the words come without a slash."""

# People type the full-width slash with a Chinese keyboard.
_SLASHED = re.compile(r"[/／]([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)


_CONFIRMED = re.compile(r"/?forget\s+(yes|是)", re.IGNORECASE)


def read(said: Said) -> Command | None:
    """Return the command a message is, or None for a question.

    A lone unknown `/word` is a mistyped command; with more behind it, it is a question that begins with a slash.
    """
    text = said.text.strip()
    if said.bare_commands and (bare := _bare(text)) is not None:
        return bare
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    name, args = match[1].casefold(), (match[2] or "").strip()
    if name in NAMES:
        return Command(name, args)
    return None if args else Command(UNKNOWN, name)


def _bare(text: str) -> Command | None:
    """Return the command that a lone word is; only a confirmation has two."""
    if confirmed := _CONFIRMED.fullmatch(text):
        return Command("forget", f"{confirmed[1]} {BARE}")
    name = text.casefold().lstrip("/")
    if name not in NAMES:
        return None
    if name == "forget":
        return Command(name, BARE)
    return Command(HELP_BARE if name in {"start", "help"} else name)
