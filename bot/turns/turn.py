"""One attempt at a turn, from its lease to its end.

The model is read by one task and shown by another, and neither waits for the other. Whatever happens, the
person gets an answer or one sentence that says what to do next, and the database says which.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot import phrases
from bot.crash import passage
from bot.errors import (
    Closed,
    DatabaseGone,
    Moved,
    StaleLease,
    StoreUnavailable,
)
from bot.model import Control, Finish
from bot.ports import Previews
from bot.reply.answer import Answer
from bot.reply.delivery import Delivery
from bot.store import TurnKind, TurnState
from bot.turns import spoken
from bot.turns.aftermath import Aftermath
from bot.turns.asking import Inquiry
from bot.turns.closing import Closing
from bot.turns.listening import Ending, Listener
from bot.turns.obeying import obey
from bot.turns.redrawing import redraw
from bot.turns.refusing import Refusals, is_refused
from bot.turns.signs import Signs
from bot.turns.surrender import harmless, is_endless, is_fatal, is_hopeless
from bot.turns.thinking import Thinking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Ask, Command
    from bot.store import Heard, StoredTurn
    from bot.turns.tools import Tools

log = logging.getLogger(__name__)

MOST_ABSORBED = 5
"""How often an answer nobody has seen yet is begun anew because more was said."""


class Attempt:
    """One attempt. `stop`, `hear` and `pause` may be called at any time, from the same event loop."""

    def __init__(self, turn: StoredTurn, tools: Tools) -> None:
        self.turn = turn = harmless(turn)
        self._tools = tools
        is_open = turn.state is TurnState.RUNNING
        self._kept = turn.kept if is_open else 0
        self._answer = Answer(turn.answer[: self._kept], floor=len(turn.answer) if is_open else 0)
        self._surface = tools.adapters[turn.chat.platform].surface(turn.chat, turn.route)
        self._pacer = tools.pacers.of(turn.chat)
        self._inquiry = Inquiry(
            turn,
            tools.turns,
            asking=tools.asking,
            manners=tools.manners,
            around=tools.surroundings,
            memory=tools.memory,
        )
        self._delivery = self._new_delivery()
        self._aftermath = Aftermath(
            turn, tools.turns, surface=self._surface, pacer=self._pacer, delivery=self._delivery
        )
        self._closing = Closing(turn, tools.turns, answer=self._answer, buttons=tools.buttons, say=self._say)
        self._signs = self._new_signs()
        self._refusals = Refusals(
            turn, tools.turns, adapter=tools.adapters[turn.chat.platform], pacer=self._pacer
        )
        self._thinking = self._new_thinking()
        self._listener = self._new_listener()
        self._reader: asyncio.Task[Ending] | None = None
        self._news = asyncio.Event()
        self._stopped = turn.stop_requested
        self._paused = False
        self._made = False
        self._absorbing = False
        self._absorbed = 0
        self._heard = turn.heard
        self._is_settled = turn.again
        self._edited = False

    def stop(self) -> None:
        """Stop the model; what it said stays."""
        self._stopped = True
        self._interrupt()

    def hear(self) -> None:
        """Something new waits in this chat."""
        self._news.set()

    def pause(self) -> None:
        """Bring what is there to a shown and stored state; the turn goes on in the next process."""
        self._paused = True
        self._interrupt()
        # An answer that is made is shown to its end: it is only a write away.
        if not self._made:
            self._answer.pause(self._say("restarting"))

    async def run(self) -> None:
        """Make the answer, show it, end the turn. Raises nothing but DatabaseGone and CancelledError."""
        try:
            await (self._redraw() if self.turn.redraws else self._work())
        except* DatabaseGone:
            raise
        except* StaleLease:
            log.warning("another attempt has taken over this turn")
        except* StoreUnavailable:
            await self._aftermath.let_go()
        except* Moved as moves:
            await self._aftermath.move(moves)
        except* Closed:
            log.info("the chat is closed to the bot, its turn is given up")
            await self._aftermath.give_up()
        except* Exception as errors:  # noqa: BLE001 - nothing may die silently, nor take the other turns along
            await self._aftermath.fail(errors, self._closing if self._is_open() else None)

    async def _work(self) -> None:
        if is_hopeless(self.turn):
            log.error("an answer that cannot be shown is given up without a word")
            await self._aftermath.end(TurnState.FAILED)
            return
        if is_fatal(self.turn):
            log.error("an answer that seems to kill the process is given up")
            await self._tools.turns.give_up(self.turn)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._delivery.run(), name=f"deliver {self.turn.id}")
            ending = await self._make_with_signs(tasks) if self._is_open() else self._restore()
        if ending is None:
            await self._tools.turns.release(self.turn)
        else:
            passage("shown")
            await self._aftermath.end(TurnState.FAILED if ending.finish is Finish.FAILED else TurnState.DONE)
            if ending.finish is not Finish.FAILED:
                await self._inquiry.remember(self._answer.text)

    def _is_open(self) -> bool:
        return self.turn.state is TurnState.RUNNING

    async def _make_with_signs(self, tasks: asyncio.TaskGroup) -> Ending | None:
        signs = [
            tasks.create_task(
                self._signs.type(self._speaks, lambda: self._delivery.began), name=f"type {self.turn.id}"
            ),
            tasks.create_task(self._thinking.run(), name=f"think {self.turn.id}"),
            tasks.create_task(self._attend(), name=f"attend {self.turn.id}"),
            tasks.create_task(self._refusals.run(), name=f"refuse {self.turn.id}"),
        ]
        ending = await self._make(tasks)
        self._made = ending is not None
        for sign in signs:
            sign.cancel()
        if self._made:
            tasks.create_task(self._signs.rest(), name=f"rest {self.turn.id}")
        if ending is None:
            return None
        return await self._closing.complete(self._listener.signed(self._closing.keep_seen(ending)))

    def _speaks(self) -> bool:
        """Tell whether there is text on its way to the screen; a line about the waiting is none."""
        # A typing sign would take the place of a preview.
        is_seen = self._answer.length > self._kept or isinstance(self._surface, Previews)
        return self._delivery.began and is_seen

    # ------------------------------------------------------------ making the answer

    async def _make(self, tasks: asyncio.TaskGroup) -> Ending | None:
        """Return how the answer ended; None if it is to go on in another process."""
        command = self.turn.heard[0].command if self.turn.heard else None
        if command is not None:
            self._unmark(tasks, self.turn.heard)
            return await self._obey(command)
        if is_endless(self.turn):
            self._unmark(tasks, self.turn.heard)
            return self._listener.failure("gave_up", again=True)
        while True:
            ending = await self._listen(tasks)
            if self._paused:
                return None
            if self._edited:
                await self._hear_anew()
            elif not self._absorbing:
                return ending
            self._absorbed += self._absorbing
            self._absorbing = False
            self._answer.restart()

    async def _hear_anew(self) -> None:
        """Take in that the question was changed: what the reader has seen answers another one."""
        self._edited = False
        self._heard = self._closing.heard = await self._tools.turns.rehear(self.turn)
        self._kept = self._answer.floor = 0
        self._thinking.forget()
        # What was said after an answer had begun waits for its own.
        self._is_settled = self._is_settled or self._delivery.began

    async def _obey(self, command: Command) -> Ending:
        deeds, answer = self._tools.deeds, self._answer
        return await obey(
            command, self.turn, deeds=deeds, answer=answer, surface=self._surface, pacer=self._pacer
        )

    async def _listen(self, tasks: asyncio.TaskGroup) -> Ending:
        """Ask the model once and read it to its end, or until somebody interrupts."""
        heard = self._heard if self._is_settled else await self._take_in()
        self._unmark(tasks, heard)
        asked = spoken.question(heard)
        if not asked:
            unread = any(one.attachments for one in heard)
            self._answer.add(self._say("not_text" if unread else "empty_question"))
            return Ending(Finish.STOP, kind=TurnKind.NOTICE)
        if (hindered := await self._hindrance(heard)) is not None:
            return hindered
        ask = await self._inquiry.ask(asked, heard, before=self._answer.text)
        if ask is None:
            return self._listener.failure("too_long", again=False)
        if not (self._stopped or self._paused or self._absorbing or self._edited):
            self._reader = tasks.create_task(self._hear(ask, heard), name=f"read {self.turn.id}")
            await asyncio.wait([self._reader])
            if not self._reader.cancelled():
                return self._reader.result()
        return Ending(Finish.STOPPED, note=self._say("stopped"))

    async def _hear(self, ask: Ask, heard: Sequence[Heard]) -> Ending:
        """Take the answer from the cache, else ask the model, and keep what it says for whoever asks the same."""
        cache = self._tools.cache
        if (known := await cache.find(self.turn, heard, ask)) is not None:
            self._answer.add(known)
            return Ending(Finish.STOP, note=self._say("cached"), again=True)
        ending = await self._listener.listen(ask)
        await cache.keep(self.turn, heard, ask, ending=ending, answer=self._answer.text)
        return ending

    async def _take_in(self) -> tuple[Heard, ...]:
        """Take in what was said since, once it is whole."""
        await self._inquiry.whole(lambda: self._stopped or self._paused)
        # What comes from here on is taken in by the next round.
        self._absorbing = False
        return await self._tools.turns.absorb(self.turn)

    def _unmark(self, tasks: asyncio.TaskGroup, heard: Sequence[Heard]) -> None:
        """Take the marks off what no longer waits."""
        tasks.create_task(self._signs.unmark(heard), name=f"unmark {self.turn.id}")

    async def _hindrance(self, heard: Sequence[Heard]) -> Ending | None:
        """Return how a turn ends for which the model need not be asked at all."""
        # What is begun is ended.
        if self._inquiry.is_late(heard) and not self._delivery.began:
            self._answer.add(self._say("too_late"))
            return Ending(Finish.STOP, kind=TurnKind.NOTICE)
        if excuse := await self._tools.excuses.of(self.turn):
            if self._kept:
                return Ending(Finish.BROKEN, note=excuse, again=True)
            self._answer.add(excuse)
            return Ending(Finish.STOP, kind=TurnKind.NOTICE)
        return None

    async def _attend(self) -> None:
        """Take in what is said while nothing is shown yet, and a changed question; mark what has to wait."""
        while True:
            self._news.clear()
            waiting = await self._tools.turns.waiting(self.turn)
            self._refusals.take(waiting)
            if not self._stopped and await self._tools.turns.is_edited(self.turn):
                self._edited = True
                self._interrupt()
            if waiting and waiting[0].command is None and self._may_absorb():
                self._absorbing = True
                self._interrupt()
            else:
                await self._signs.mark([one for one in waiting if not is_refused(one)])
            await self._news.wait()

    def _may_absorb(self) -> bool:
        begun = self._delivery.began or self._answer.finished or self._stopped or self._paused
        return not begun and not self.turn.again and self._absorbed < MOST_ABSORBED

    def _interrupt(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    async def _redraw(self) -> None:
        """Bring the buttons of an answer up to date that is over; whatever hinders that, it stays over."""
        if not is_fatal(self.turn):
            self._restore()
            await redraw(self.turn, self._tools.turns, self._delivery, self._news)
        await self._aftermath.end(TurnState.DONE)

    def _restore(self) -> Ending:
        self._made = True
        return self._closing.restore()

    # ------------------------------------------------------------ its parts

    def _say(self, key: str, /, **values: object) -> str:
        return phrases.say(key, self.turn.language, **values)

    def _new_delivery(self) -> Delivery:
        stop = Control("stop", str(self.turn.id), self._say("label_stop"))
        is_command = bool(self.turn.heard) and self.turn.heard[0].command is not None
        return Delivery(
            turn=self.turn,
            answer=self._answer,
            surface=self._surface,
            pacer=self._pacer,
            store=self._tools.turns,
            growing=() if is_command or self.turn.kind is TurnKind.NOTICE else (stop,),
        )

    def _new_signs(self) -> Signs:
        return Signs(
            turn=self.turn,
            surface=self._surface,
            pacer=self._pacer,
            turns=self._tools.turns,
            waiting=self._say("waiting"),
        )

    def _new_thinking(self) -> Thinking:
        return Thinking(
            answer=self._answer,
            show=self._tools.show_thinking,
            every=self._surface.pace.status_every,
            say=self._say,
            before=self.turn.thoughts if self._kept else "",
        )

    def _new_listener(self) -> Listener:
        return Listener(
            turn=self.turn,
            answer=self._answer,
            model=self._tools.model,
            till=self._tools.till,
            thinking=self._thinking,
            say=self._say,
            lineup=self._tools.asking.lineup,
            shorter=self._inquiry.shorter,
        )
