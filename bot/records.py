"""What the operator looks at: what was said on all platforms, what it cost, and how the bot is.

Moments are seconds since 1970, UTC. None is unknown, never zero; an empty text is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import ChatKey, Controls, Finish, TurnId, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Tokens and money, as far as they are known."""

    tokens: int | None = None
    money: float | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one request came to: which model was asked, and its cost."""

    model: str = ""
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation in a list. `model`, `role`, `rating` and `remark` are those of its newest answer."""

    number: int
    """Names it among all platforms."""
    chat: ChatKey
    title: str
    """The first words of its first question."""
    started: float
    at: float
    """When its newest turn began."""
    answers: int
    live: bool
    model: str
    role: str
    cost: Cost
    rating: int | None
    remark: str
    chosen: Mapping[str, str]
    """What was chosen for it, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question and what came of it. `turn` is None while the question waits in line."""

    turn: TurnId | None
    is_notice: bool
    """The bot's own words, such as what a command brings."""
    at: float
    question: str
    answer: str = ""
    """Markdown, as far as it was stored."""
    shown: str = ""
    """The same as it may be shown: what an answer that grows or was cut leaves open is closed."""
    thoughts: str = ""
    note: str = ""
    """The bot's own sentence under the answer, as Markdown."""
    state: str
    """`waiting`, `running`, `answered` (whole, and not all of it shown yet), `done` or `failed`."""
    finish: Finish | None = None
    controls: Controls = ()
    model: str = ""
    role: str = ""
    usage: Usage | None = None
    cost: Cost = field(default_factory=Cost)
    again: bool = False
    """Asking once more can help: something failed."""
    rating: int | None = None
    remark: str = ""
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used under one name."""

    name: str
    platform: str = ""
    label: str = ""
    answers: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    money: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was used in some days: by day (oldest first), by model and by person (most first)."""

    days: tuple[Spent, ...]
    models: tuple[Spent, ...]
    people: tuple[Spent, ...]
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that can be chosen for a conversation."""

    name: str
    label: str
    description: str = ""
    model: str = ""
    """Of a role: the model it asks."""
    price: str = ""
    context: int | None = None
    thinks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen, and what holds where nothing was."""

    models: tuple[Option, ...]
    roles: tuple[Option, ...]
    think: tuple[str, ...]
    model: str
    role: str
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    most_tokens: int | None
    """The longest answer that may be asked for."""
    message_characters: int | None
    is_demo: bool
    """No key is set, and a built-in model answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the bot is at this moment. What is well has an empty text, anything else is named in a word."""

    store: str
    platforms: Mapping[str, str]
    model: str
    """As last seen."""
    waiting: int
    running: int

    @property
    def is_ready(self) -> bool:
        """Tell whether people are answered: what they say can be stored, and every platform is heard."""
        return not self.store and not any(self.platforms.values())
