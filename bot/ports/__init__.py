"""What an adapter and a model must offer, and what the core offers them.

A port holds what the core calls and nothing else. Every further ability is a protocol of its own;
a surface that lacks the ability lacks the method: no stubs, no `NotImplementedError`.
"""

from __future__ import annotations

from bot.ports.answering import Model
from bot.ports.desk import Desk, Meets
from bot.ports.platform import Adapter, Connects, Examines, Inbox, Opens, Ranks
from bot.ports.writing import (
    Appends,
    Body,
    Closes,
    Deletes,
    Dialect,
    Files,
    Finds,
    Follows,
    Guesses,
    Marks,
    Previews,
    Quotes,
    Rests,
    Surface,
    Types,
)

__all__ = [
    "Adapter",
    "Appends",
    "Body",
    "Closes",
    "Connects",
    "Deletes",
    "Desk",
    "Dialect",
    "Examines",
    "Files",
    "Finds",
    "Follows",
    "Guesses",
    "Inbox",
    "Marks",
    "Meets",
    "Model",
    "Opens",
    "Previews",
    "Quotes",
    "Ranks",
    "Rests",
    "Surface",
    "Types",
]
