"""A person's own record: their conversations, and the answers in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator

    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Value, Work

SLICE = 100
"""Answers read in one transaction, so that nobody waits behind an export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said in one chat between two new beginnings. `at` is when it was last answered in."""

    chat_id: int
    since: int
    at: float
    words: str
    """The first question."""
    answers: int
    models: str
    tokens: int | None
    liked: int
    disliked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One question with its answer and what is known about it; None is unknown. Moments are seconds since 1970."""

    conversation: tuple[int, int]
    """The chat's number and where its conversation begins."""
    platform: str
    chat: str
    thread: str
    at: float
    question: str
    answer: str
    model: str
    role: str
    finish: str
    rating: int | None
    prompt: int | None
    cached: int | None
    completion: int | None
    reasoning: int | None
    cost: int | None
    """Millionths of the currency."""
    currency: str | None


class Record:
    """Reads it. Where several people can read along, only what was said in that very chat is the turn's person's to see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversations(self, turn: StoredTurn, *, skip: int, most: int) -> list[Conversation]:
        """Return up to `most` conversations of the turn's person, the newest first."""

        def work(db: Work) -> list[Conversation]:
            rows = db.all("conversations_of", skip=skip, most=most, **_visible(turn))
            return [_conversation(db, row, turn.person) for row in rows]

        return await self._database.look_up(work)

    async def summaries(self, turn: StoredTurn) -> dict[tuple[int, int], str]:
        """Return the summaries of conversations that the turn's person had alone, by conversation."""
        rows = await self._database.look_up(lambda db: db.all("summaries_of", **_visible(turn)))
        return {(row["chat_id"], row["since"]): row["summary"] for row in rows}

    async def answers(
        self, turn: StoredTurn, conversation: tuple[int, int] | None = None
    ) -> AsyncIterator[Answered]:
        """Yield all answers to what the turn's person asked, or those of one conversation, oldest first."""
        chat_id, since = conversation or (None, None)
        values: dict[str, Value] = {"conversation": chat_id, "since": since, **_visible(turn)}
        found = await self._database.look_up(lambda db: db.all("asked_by_person", **values))
        ids = [row["id"] for row in found]
        for n in range(0, len(ids), SLICE):
            for row in await self._slice(ids[n : n + SLICE]):
                yield _answered(row)

    async def _slice(self, ids: list[int]) -> list[sqlite3.Row]:
        return await self._database.look_up(lambda db: db.all("answers_among", ids=json.dumps(ids)))


def _visible(turn: StoredTurn) -> dict[str, Value]:
    shared = any(one.shared for one in turn.heard)
    return {
        "person": turn.person,
        "platform": turn.chat.platform,
        "account": turn.chat.account,
        "chat": turn.chat.chat if shared else "",
    }


def _conversation(db: Work, row: sqlite3.Row, person: str) -> Conversation:
    where: dict[str, Value] = {"chat_id": row["chat_id"], "first": row["first"]}
    first = db.one("first_words", **where)
    (facts,) = db.all("models_of_conversation", last=row["last"], since=row["since"], person=person, **where)
    known = facts["prompt"] is not None or facts["completion"] is not None
    return Conversation(
        chat_id=row["chat_id"],
        since=row["since"],
        at=row["at"],
        words=first["question"] if first else "",
        answers=row["answers"],
        models=facts["models"] or "",
        tokens=(facts["prompt"] or 0) + (facts["completion"] or 0) if known else None,
        liked=row["liked"] or 0,
        disliked=row["disliked"] or 0,
    )


def _answered(row: sqlite3.Row) -> Answered:
    same = (
        "platform",
        "chat",
        "thread",
        "question",
        "answer",
        "role",
        "rating",
        "prompt",
        "cached",
        "completion",
    )
    return Answered(
        conversation=(row["chat_id"], row["since"]),
        at=row["created_at"],
        model=row["model"] or "",
        finish=row["finish"] or "",
        reasoning=row["reasoning"],
        cost=row["cost"],
        currency=row["currency"],
        **{name: row[name] for name in same},
    )
