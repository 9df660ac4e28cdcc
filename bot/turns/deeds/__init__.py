"""What the bot does itself when it is asked to: one deed for each command.

A command comes as words or as a press in a menu of ours; both are the same order. What a deed returns is shown
like an answer, and a press has it shown in the message that was pressed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot import phrases
from bot.model import Control, Controls, Select, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.model import Command
    from bot.store import StoredTurn


@dataclass(frozen=True, slots=True)
class File:
    """Something too long for a chat."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is told to the person, as Markdown, with the choices under it.

    `file` is sent before; where the platform takes no files, `instead` is told in place of `text`.
    """

    text: str
    controls: Controls = ()
    file: File | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One command in one turn."""

    turn: StoredTurn
    args: str
    is_bare: bool
    """It came without a slash, so what is said about commands has none either."""

    @property
    def language(self) -> str:
        """Return the language of the person who gives the order."""
        return self.turn.language

    def say(self, key: str, /, **values: object) -> str:
        """Return a sentence in that language."""
        return phrases.say(key, self.language, **values)

    def word(self, command: str) -> str:
        """Return a command as this person writes it."""
        return command if self.is_bare else f"/{command}"

    def button(self, command: str, argument: str, label: str, tone: Tone = Tone.PLAIN) -> Control:
        """Return a button that gives an order in its turn; the argument has no spaces, and `BUTTON_BYTES` at most."""
        return Control(command, f"{self.turn.id}.{argument}", label, tone)

    def select(
        self, command: str, label: str, options: Iterable[tuple[str, str]], chosen: str = ""
    ) -> Select:
        """Return a choice among arguments, each with its label."""
        buttons = tuple(self.button(command, argument, text) for argument, text in options)
        return Select(command, label, buttons, f"{self.turn.id}.{chosen}" if chosen else "")


class Deed(Protocol):
    """Does what one command asks for."""

    async def __call__(self, order: Order) -> Reply: ...


class Deeds:
    """Obeys commands; each name has its deed."""

    def __init__(self, deeds: Mapping[str, Deed]) -> None:
        self._deeds = deeds

    async def obey(self, command: Command, turn: StoredTurn) -> Reply:
        """Do what a command asks for and return what to tell the person."""
        order = Order(turn, command.args.strip(), command.is_bare)
        deed = self._deeds.get(command.name)
        return await deed(order) if deed else Reply(text=order.say("unknown_command"))
