"""`history`: a person's past conversations, a page at a time."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from bot import clock
from bot.grammar import is_cjk
from bot.graphemes import clusters
from bot.turns.deeds import Order, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import Control, Controls
    from bot.store import Answered, Conversation, Record
    from bot.turns.deeds import Deed

PAGE = 8
"""Conversations on a page, so that it and its buttons fit a phone."""
OPEN_PAGE = 3
"""Questions with their answers on a page of one conversation."""
WORDS, LABEL = 60, 32
"""The room of a conversation's first words in the list and on its button, in Latin letters; a phone shows forty."""

_PICK = re.compile(r"(?:page\.(\d{1,6})|open\.(\d{1,18})\.(\d{1,18})\.(\d{1,6}))")


class History:
    """The deed. In a shared chat only that chat's conversations are shown."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def deeds(self) -> Mapping[str, Deed]:
        """Return the deed by the name of its command."""
        return {"history": self.look}

    async def look(self, order: Order) -> Reply:
        """Show a page of the list, or of one conversation."""
        match = _PICK.fullmatch(order.args)
        if match and match[2]:
            return await self._open(order, (int(match[2]), int(match[3])), int(match[4]))
        return await self._list(order, int(match[1]) if match else 0)

    async def _list(self, order: Order, page: int) -> Reply:
        found = await self._record.conversations(order.turn, skip=page * PAGE, most=PAGE + 1)
        if not found:
            return Reply(text=order.say("history_nothing"))
        shown = found[:PAGE]
        lines = [f"{page * PAGE + n}. {_line(order, one)}" for n, one in enumerate(shown, 1)]
        options = [
            (f"open.{one.chat_id}.{one.since}.0", _short(f"{page * PAGE + n}. {one.words}", LABEL))
            for n, one in enumerate(shown, 1)
        ]
        select = order.select("history", order.say("label_open"), options)
        turning = _turning(order, page, "page.{}", more=len(found) > PAGE)
        text = "\n".join([order.say("history_list"), "", *lines])
        return Reply(text=text, controls=(select, *turning))

    async def _open(self, order: Order, conversation: tuple[int, int], page: int) -> Reply:
        answers = [one async for one in self._record.answers(order.turn, conversation)]
        shown = answers[page * OPEN_PAGE : (page + 1) * OPEN_PAGE]
        if not shown:
            return await self._list(order, 0)
        argument = f"open.{conversation[0]}.{conversation[1]}." + "{}"
        turning = _turning(order, page, argument, more=len(answers) > (page + 1) * OPEN_PAGE)
        back = order.button("history", "page.0", order.say("label_all"))
        text = "\n\n---\n\n".join(entry(one) for one in shown)
        return Reply(text=text, controls=(*turning, back))


def entry(one: Answered) -> str:
    """Return a question with its answer as Markdown, and what is known about it."""
    facts = [clock.written(one.at), one.model, _tokens(one), {1: "👍", -1: "👎"}.get(one.rating or 0, "")]
    asked = "\n".join(f"> {line}" for line in one.question.splitlines())
    return "\n\n".join(part for part in (f"**{' · '.join(filter(None, facts))}**", asked, one.answer) if part)


def _tokens(one: Answered) -> str:
    if one.prompt is None or one.completion is None:
        return ""
    return f"{one.prompt:,} → {one.completion:,}"


def _line(order: Order, one: Conversation) -> str:
    tokens = "" if one.tokens is None else order.say("history_tokens", count=f"{one.tokens:,}")
    ratings = " ".join(f"{sign}{count}" for sign, count in (("👍", one.liked), ("👎", one.disliked)) if count)
    facts = (order.say("history_answers", count=one.answers), one.models.replace(",", ", "), tokens, ratings)
    told = " · ".join(fact for fact in facts if fact)
    return f"{clock.written(one.at)} **{_plain(_short(one.words, WORDS))}**\n   {told}"


def _turning(order: Order, page: int, argument: str, *, more: bool) -> Controls:
    found: list[Control] = []
    if page:
        found.append(order.button("history", argument.format(page - 1), "◀"))
    if more:
        found.append(order.button("history", argument.format(page + 1), "▶"))
    return tuple(found)


def _short(text: str, most: int) -> str:
    """Return the first words: as many as take so much room, where a Han character has that of two letters."""
    words = " ".join(text.split())[: 2 * most]
    if _room(words) <= most:
        return words
    kept = list(accumulate(clusters(words)))
    return f"{max((one for one in kept if _room(one) < most), key=len, default='').rstrip()}…"


def _room(text: str) -> int:
    return sum(2 if is_cjk(character) else 1 for character in text)


def _plain(text: str) -> str:
    """Return somebody's words so that none of them is read as Markdown."""
    # A backslash before an opening bracket would begin mathematics; without its closing one it opens nothing.
    return re.sub(r"([\\`*_\]<>#|~$])", r"\\\1", text)
