"""Whether a limit is reached: counted from what is stored, so that a restart forgives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.limits import MINUTE, TOLD_AGAIN, TOLD_FOR, Bound, Limits, Reached, day_of
from bot.model import Said
from bot.store.money import used_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model import ChatKey, Edited, Pressed
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Value, Work


class Spending:
    """What the model may still be asked. Moments are seconds since 1970."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reached(self, turn: StoredTurn, limits: Limits, now: float) -> Reached | None:
        """Return the limit of tokens or money that this turn would break; it counts as told then."""

        def work(db: Work) -> Reached | None:
            found = next(_spendings(db, turn.chat, turn.person, limits, now), None)
            if found is not None:
                may_tell(db, turn.chat, turn.person, found, now)
            return found

        return await self._database.transact(work)

    async def is_used_up(self, turn: StoredTurn, limits: Limits, now: float) -> bool:
        """Tell whether a request on the turn's account would break a limit of tokens or money; nobody is told of it."""

        def work(db: Work) -> bool:
            return next(_spendings(db, turn.chat, turn.person, limits, now), None) is not None

        return await self._database.transact(work)


def first_reached(
    db: Work, event: Said | Edited | Pressed, chat_id: int, limits: Limits, now: float
) -> Reached | None:
    """Return the first limit that this event would break."""
    return next(_reached(db, event, chat_id, limits, now), None)


def may_tell(db: Work, chat: ChatKey, person: str, reached: Reached, now: float) -> bool:
    """Tell whether nobody was told of this lately; from now on somebody was."""
    of_chat = reached.limit in {Bound.CHAT_MESSAGES, Bound.CHAT_TOKENS}
    told = {
        "source": chat.source,
        "subject": f"chat:{chat.chat}" if of_chat else person,
        "name": reached.limit.value,
    }
    if db.one("limit_told_until", now=now, **told):
        return False
    db.do("tell_limit", until=min(reached.until, now + TOLD_AGAIN), **told)
    return True


def _reached(
    db: Work, event: Said | Edited | Pressed, chat_id: int, limits: Limits, now: float
) -> Iterator[Reached]:
    yield from _size(event, limits, now)
    yield from _rates(db, event, limits, now)
    yield from _at_once(db, event, chat_id, limits, now)
    yield from _spendings(db, event.chat, event.person.id, limits, now)


def _spendings(db: Work, chat: ChatKey, person: str, limits: Limits, now: float) -> Iterator[Reached]:
    yield from _tokens(db, chat, person, limits, now)
    yield from used_up(db, chat.source, person, limits, now)


def _size(event: Said | Edited | Pressed, limits: Limits, now: float) -> Iterator[Reached]:
    if not isinstance(event, Said):
        return
    most = limits.message_characters
    if most is not None and len(event.text) + len(event.quote) > most:
        yield Reached(Bound.CHARACTERS, most, now + TOLD_FOR)
    most = limits.message_attachments
    if most is not None and len(event.attachments) > most:
        yield Reached(Bound.ATTACHMENTS, most, now + TOLD_FOR)


def _rates(db: Work, event: Said | Edited | Pressed, limits: Limits, now: float) -> Iterator[Reached]:
    window: dict[str, Value] = {"source": event.chat.source, "since": now - MINUTE, "now": now}
    if (most := limits.person_messages_per_minute) is not None:
        row = db.one("nth_of_person", n=most, person=event.person.id, **window)
        if row:
            yield Reached(Bound.PERSON_MESSAGES, most, row["stored_at"] + MINUTE)
    if (most := limits.chat_messages_per_minute) is not None:
        row = db.one("nth_of_chat", n=most, chat=event.chat.chat, **window)
        if row:
            yield Reached(Bound.CHAT_MESSAGES, most, row["stored_at"] + MINUTE)


def _at_once(
    db: Work, event: Said | Edited | Pressed, chat_id: int, limits: Limits, now: float
) -> Iterator[Reached]:
    if (most := limits.person_answers_at_once) is None:
        return
    (row,) = db.all("answers_elsewhere", source=event.chat.source, person=event.person.id, chat_id=chat_id)
    if row["chats"] >= most:
        yield Reached(Bound.ANSWERS, most, now + TOLD_FOR)


def _tokens(db: Work, chat: ChatKey, person: str, limits: Limits, now: float) -> Iterator[Reached]:
    since, until = day_of(now)
    day = {"since": since, "until": until}
    own, source = limits.person_tokens_per_day, chat.source
    if own is not None and _sum(db, "tokens_of_person", source=source, person=person, **day) >= own:
        yield Reached(Bound.PERSON_TOKENS, own, until)
    shared = limits.chat_tokens_per_day
    if shared is not None and _sum(db, "tokens_of_chat", source=source, chat=chat.chat, **day) >= shared:
        yield Reached(Bound.CHAT_TOKENS, shared, until)
    total = limits.tokens_per_day
    if total is not None and _sum(db, "tokens_of_all", **day) >= total:
        yield Reached(Bound.TOKENS, total, until)


def _sum(db: Work, query: str, **values: str | float) -> int:
    (row,) = db.all(query, **values)
    return int(row["tokens"])
