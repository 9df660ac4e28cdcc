"""Which messages ask the bot itself for something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import Command

if TYPE_CHECKING:
    from bot.model import Said

NAMES = frozenset({"start", "help", "new", "stop"})
UNKNOWN = "unknown"
HELP_BARE = "help_bare"
"""Help for where the words come without a slash."""

# People type the full-width slash with a Chinese keyboard.
_SLASHED = re.compile(r"[/／]([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)


def read(said: Said) -> Command | None:
    """Return the command a message is, or None for a question.

    A lone unknown `/word` is a mistyped command; with more behind it, it is a question that begins with a slash.
    """
    text = said.text.strip()
    if said.bare_commands and (name := text.casefold().lstrip("/")) in NAMES:
        return Command(HELP_BARE if name in {"start", "help"} else name)
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    name, args = match[1].casefold(), (match[2] or "").strip()
    if name in NAMES:
        return Command(name, args)
    return None if args else Command(UNKNOWN, name)
