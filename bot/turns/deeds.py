"""What the bot does itself when it is asked to: commands, and saying why it does not ask the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock, phrases
from bot.model import BARE
from bot.turns import transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.limits import Limits
    from bot.model import Command
    from bot.store import Privacy, Spending, StoredTurn

REPLIES = {
    "start": "start",
    "help": "help",
    "help_bare": "help_bare",
    "new": "new_done",
    "stop": "stop_nothing",
}
CONFIRMED = frozenset({"yes", "是"})
"""What must follow `forget` before anything is erased."""
CONFIRM_SECONDS = 600.0
"""A confirmation counts so long after the same person asked."""


class Deeds:
    """Obeys commands. `limits` tells what the person of a turn may use."""

    def __init__(
        self, *, privacy: Privacy, spending: Spending, limits: Callable[[StoredTurn], Limits]
    ) -> None:
        self._privacy = privacy
        self._spending = spending
        self._limits = limits

    async def obey(self, command: Command, turn: StoredTurn) -> str:
        """Do what a command asks for and return what to tell the person, as Markdown."""
        match command.name:
            case "limited":
                return command.args
            case "export":
                return await self._export(turn)
            case "forget":
                return await self._forget(command, turn)
            case name:
                return phrases.say(REPLIES.get(name, "unknown_command"), turn.language)

    async def excuse(self, turn: StoredTurn) -> str:
        """Return why the model may not be asked for this turn now; empty if it may.

        A turn that was begun before a restart goes on: its reader has seen a part of it.
        """
        if turn.attempt > 1:
            return ""
        reached = await self._spending.reached(turn, self._limits(turn), clock.wall())
        return "" if reached is None else phrases.limit(reached, turn.language, clock.wall())

    async def _export(self, turn: StoredTurn) -> str:
        entries = await self._privacy.conversation(turn, transcript.MOST)
        return transcript.written(entries, turn.language)

    async def _forget(self, command: Command, turn: StoredTurn) -> str:
        args, is_bare = command.args.removesuffix(BARE).strip(), command.args.endswith(BARE)
        words = "forget yes" if is_bare else "/forget yes"
        if args.casefold() not in CONFIRMED:
            return phrases.say("forget_ask", turn.language, words=words)
        if not await self._privacy.was_asked(turn, clock.wall() - CONFIRM_SECONDS):
            return phrases.say("forget_ask", turn.language, words=words)
        if await self._privacy.is_busy_elsewhere(turn):
            return phrases.say("forget_busy", turn.language, words=words)
        await self._privacy.forget(turn)
        return phrases.say("forget_done", turn.language)
