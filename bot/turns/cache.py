"""Answering a question that begins a conversation from what the same question got before.

The same is: the same words to the same model with the same everything else, asked by the same kind of person on the
same account. The key is made of the whole request, so that nothing that shapes an answer can be forgotten in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from bot import clock
from bot.model import Finish
from bot.prices import Money
from bot.store import TurnKind
from bot.turns import spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Ask, Message
    from bot.store import Cached, Heard, StoredTurn
    from bot.turns.listening import Ending

LONGEST = 300
"""Characters of a question that others may ask as well. In more, and in lines of code, case and space mean something."""

# A mark after a figure may be a part of it: 5! is not 5.
_END = re.compile(r"(\d!*)?[.!?…。、,;:]*$")


def normalised(question: str) -> str:
    """Return what two ways to ask the same have in common. Pure."""
    narrow = "".join(map(_narrowed, question))
    folded = unicodedata.normalize("NFC", " ".join(narrow.split()).casefold())
    return _END.sub(lambda match: match[1] or "", folded, count=1).rstrip()


def _narrowed(letter: str) -> str:
    """Return a full or half width form as the letter it is a form of; 2⁵ stays what it is."""
    is_form = unicodedata.decomposition(letter).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", letter) if is_form else letter


def key_of(turn: StoredTurn, heard: Sequence[Heard], ask: Ask) -> str:
    """Return what names the answer to this request among all; empty if nobody else could have asked it. Pure.

    It must be one short message that begins the conversation, quotes nothing and brings nothing along.
    """
    if len(heard) != 1 or turn.kept:
        return ""
    (one,) = heard
    text = normalised(one.text)
    is_simple = text and len(one.text) <= LONGEST and "\n" not in one.text.strip()
    if not is_simple or one.quote or one.attachments or not _begins(ask, spoken.question(heard)):
        return ""
    rest = replace(ask, messages=ask.messages[:-1], fallback=None)
    parts = [turn.chat.platform, turn.chat.account, one.standing, asdict(rest), text]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _begins(ask: Ask, question: str) -> bool:
    """Tell whether the model is given the question and nothing that was said before or around it."""
    return _is_said(ask.messages[-1], question) and all(one.role == "system" for one in ask.messages[:-1])


def _is_said(message: Message, question: str) -> bool:
    return message.role == "user" and message.content == question


def is_anybodys(ending: Ending, answer: str, heard: Sequence[Heard]) -> bool:
    """Tell whether an answer can be given to others: whole, by the model that was asked, and without a name. Pure."""
    is_plain = ending.finish is Finish.STOP and ending.kind is TurnKind.ANSWER and not ending.note
    names = [word.casefold() for one in heard if one.shared for word in re.findall(r"\w{2,}", one.name)]
    return is_plain and not any(name in answer.casefold() for name in names)


class Cache:
    """What was answered lately. Without `seconds` nothing is kept and nothing found."""

    def __init__(self, cached: Cached, seconds: float | None, currency: str) -> None:
        self._cached = cached
        self._seconds = seconds
        self._free = Money(0, currency)

    async def find(self, turn: StoredTurn, heard: Sequence[Heard], ask: Ask) -> str | None:
        """Return what the same question got; None if it must be asked. Who asks again wants another answer."""
        if self._seconds is None or turn.again or not (key := key_of(turn, heard, ask)):
            return None
        return await self._cached.find(turn, key, model=ask.model, free=self._free, now=clock.wall())

    async def keep(
        self, turn: StoredTurn, heard: Sequence[Heard], ask: Ask, *, ending: Ending, answer: str
    ) -> None:
        """Keep an answer for whoever asks the same."""
        if self._seconds is None or not is_anybodys(ending, answer, heard):
            return
        if key := key_of(turn, heard, ask):
            now = clock.wall()
            await self._cached.keep(turn, heard[0].person, key, answer, now=now, until=now + self._seconds)
