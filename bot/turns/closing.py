"""The end of an answer: it is stored whole, then its last words, its note and its buttons may be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import meters
from bot.crash import passage
from bot.model import Finish
from bot.store import TurnKind
from bot.turns.listening import Ending
from bot.turns.offers import Over, offered
from bot.turns.spoken import question

if TYPE_CHECKING:
    from bot.model import Controls
    from bot.reply.answer import Answer
    from bot.store import StoredTurn, Turns
    from bot.turns.listening import Say
    from bot.turns.offers import Buttons


class Closing:
    """Closes one turn's answer, once it is made or where it was made by a process before this one."""

    def __init__(self, turn: StoredTurn, turns: Turns, *, answer: Answer, buttons: Buttons, say: Say) -> None:
        self.heard = turn.heard
        """What is answered; a question may change meanwhile."""
        self._turn = turn
        self._turns = turns
        self._answer = answer
        self._buttons = buttons
        self._say = say

    def keep_seen(self, ending: Ending) -> Ending:
        """Prefer what the reader saw before a restart to an answer that was cut before it got as far."""
        is_cut = ending.finish in {Finish.STOPPED, Finish.BROKEN, Finish.FAILED}
        if not is_cut or self._answer.length >= self._answer.floor:
            return ending
        self._answer.restart()
        self._answer.add(self._turn.answer)
        return replace(ending, finish=Finish.BROKEN) if ending.finish is Finish.FAILED else ending

    async def complete(self, ending: Ending) -> Ending:
        """Store the whole answer, then let it be shown to its end. Return how it ended. Raises StoreError."""
        passage("read")
        ending = await self._keep_earlier(ending)
        await self._turns.complete(
            self._turn,
            answer=self._answer.text,
            note=ending.note,
            finish=ending.finish,
            kind=ending.kind,
            thoughts=self._answer.thoughts if self._answer.keeps_thoughts else "",
            again=ending.again,
            forget=ending.forget,
            controls=ending.controls,
        )
        passage("answered")
        if ending.kind is TurnKind.ANSWER:
            meters.answered(self._turn.chat.platform, ending.finish)
        self._answer.finish(ending.note, self._offer(ending) or ending.controls)
        return ending

    async def _keep_earlier(self, ending: Ending) -> Ending:
        """Prefer the answer that stood there to one without a word; the reason there is no other goes under it."""
        has_words = ending.kind is TurnKind.ANSWER and bool(self._answer.text.strip())
        if not self._turn.again or has_words or ending.controls:
            return ending
        earlier = await self._turns.earlier(self._turn, question(self.heard))
        if earlier is None:
            return ending
        reason = ending.note or self._answer.text
        self._answer.restart()
        self._answer.add(earlier.text)
        self._answer.thoughts = earlier.thoughts
        return Ending(earlier.finish, self._say("earlier_kept", reason=reason), again=True)

    async def break_off(self, note: str) -> None:
        """Store what there is of an answer that cannot go on, to be shown by another attempt. Raises StoreError."""
        is_command = bool(self._turn.heard) and self._turn.heard[0].command is not None
        finish = Finish.BROKEN if self._answer.text.strip() else Finish.FAILED
        kind = TurnKind.NOTICE if is_command else TurnKind.ANSWER
        await self.complete(self.keep_seen(Ending(finish, note, again=not is_command, kind=kind)))

    def restore(self) -> Ending:
        """Let an answer be shown that was complete before this process began."""
        turn = self._turn
        if turn.answer:
            self._answer.add(turn.answer)
        self._answer.thoughts, self._answer.keeps_thoughts = turn.thoughts, True
        ending = Ending(turn.finish or Finish.STOP, turn.note, again=turn.offers_again, kind=turn.kind)
        self._answer.finish(turn.note, self._offer(ending) or turn.controls)
        return ending

    def _offer(self, ending: Ending) -> Controls:
        over = Over(
            turn=self._turn.id,
            kind=ending.kind,
            finish=ending.finish,
            has_text=bool(self._answer.text.strip()),
            again=ending.again,
            rating=self._turn.rating,
        )
        return offered(over, self._buttons, self._say)
