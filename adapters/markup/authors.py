"""Who wrote what a message quotes. People choose their names freely, so none may pass for somebody else's words."""

from __future__ import annotations

from adapters.markup.unseen import without_unseen

YOU, ME = "You", "Me"
"""The bot, and the person in a direct chat, where a name would say less."""
_TAKEN = {YOU.casefold(), ME.casefold()}
_COLONS = str.maketrans(":：", "  ")
"""What stands between a name and its words."""


def one_line(name: str) -> str:
    """Return a name without line ends and colons."""
    return " ".join(name.translate(_COLONS).split())


def unmistaken(name: str) -> str:
    """Return the name, or an empty text for one that looks like the bot or the reader."""
    return "" if without_unseen(name).casefold() in _TAKEN else name
