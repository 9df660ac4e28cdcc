"""What is kept of a person: written down for them, or erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import clock
from bot.model import Tone
from bot.store import person_scope
from bot.turns import transcript
from bot.turns.deeds import File, Reply, export

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store import Answered, Preferences, Privacy, Record, Roles
    from bot.turns.deeds import Deed, Order

MARKDOWN, JSON = "md", "json"
CONFIRMED = frozenset({"yes", "是"})
"""What must follow `forget` before anything is erased."""
CONFIRM_SECONDS = 600.0
"""A confirmation counts so long after the same person asked."""


class OwnData:
    """`export` and `forget`."""

    def __init__(self, privacy: Privacy, record: Record, roles: Roles, preferences: Preferences) -> None:
        self._privacy = privacy
        self._preferences = preferences
        self._record = record
        self._roles = roles

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deeds by the names of their commands."""
        return {"export": self.export, "forget": self.forget}

    async def export(self, order: Order) -> Reply:
        """Send a file with all the person asked and was answered; as text in the chat where it takes no files."""
        answers = [one async for one in self._record.answers(order.turn)]
        if not answers:
            return Reply(text=order.say("export_nothing"))
        form = JSON if order.args.casefold() == JSON else MARKDOWN
        other = MARKDOWN if form == JSON else JSON
        button = order.button("export", other, order.say(f"label_as_{other}"))
        is_shared = any(one.shared for one in order.turn.heard)
        entries = await self._privacy.conversation(order.turn, transcript.MOST)
        return Reply(
            text=order.say("export_file_here" if is_shared else "export_file", count=len(answers)),
            controls=(button,),
            file=await self._file(order, answers, form),
            instead=transcript.written(entries, order.language),
        )

    async def _file(self, order: Order, answers: Sequence[Answered], form: str) -> File:
        now, person = clock.wall(), order.turn.person
        summaries = await self._record.summaries(order.turn)
        if form == MARKDOWN:
            title, label = order.say("export_title"), order.say("label_reminded")
            written = export.as_markdown(answers, summaries, title, label, now)
            return File("conversations.md", written)
        owner = person_scope(order.turn.chat, person)
        roles = [role for role in await self._roles.of(owner) if role.owner == owner]
        return File("conversations.json", export.as_json(answers, summaries, person, roles, now))

    async def forget(self, order: Order) -> Reply:
        """Erase what is kept of the person, once they have confirmed it."""
        words = f"{order.word('forget')} yes"
        turn = order.turn
        if order.args.casefold() not in CONFIRMED:
            return _unconfirmed(order, "forget_ask", words)
        if await self._privacy.is_forgotten(turn):
            # An attempt before this one did it, and may have died before the file's log was emptied.
            await self._privacy.scrub()
            return Reply(text=order.say("forget_done"))
        if not await self._privacy.was_asked(turn, clock.wall() - CONFIRM_SECONDS):
            return _unconfirmed(order, "forget_ask", words)
        if await self._privacy.is_busy_elsewhere(turn):
            return _unconfirmed(order, "forget_busy", words)
        await self._privacy.forget(turn)
        # The store has forgotten the language with everything else; this is for what is kept at hand.
        await self._preferences.speak(turn.chat, turn.person, "")
        return Reply(text=order.say("forget_done"))


def _unconfirmed(order: Order, key: str, words: str) -> Reply:
    erase = order.button("forget", "yes", order.say("label_erase"), Tone.DANGER)
    return Reply(text=order.say(key, words=words), controls=(erase,))
