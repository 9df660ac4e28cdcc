"""What people chose: for themselves, for a chat, for one thread of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.model import ChatKey
    from bot.store.rows import StoredTurn
    from bot.store.sqlite import Database, Work

LANGUAGE = "language"
"""The one preference that is a person's, not a chat's."""


def of_person(chat: ChatKey, person: str) -> str:
    """Return the scope of what a person chose on a platform, wherever they speak."""
    return f"person:{chat.source}:{person}"


def of_place(chat: ChatKey) -> str:
    """Return the scope of what was chosen for a chat with all its threads."""
    return f"chat:{chat.source}:{chat.chat}"


def of_thread(chat: ChatKey) -> str:
    """Return the scope of what was chosen for one thread; the chat's own where it has none."""
    return f"{of_place(chat)}:{chat.thread}" if chat.thread else of_place(chat)


class Preferences:
    """Reads and stores them. Languages are kept at hand, because every message asks for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._languages: dict[str, str] = {}

    async def recall(self) -> None:
        """Learn the languages that were chosen before."""
        rows = await self._database.transact(lambda db: db.all("chosen_languages"))
        self._languages = {row["scope"]: row["value"] for row in rows}

    def language(self, chat: ChatKey, person: str) -> str:
        """Return the language a person chose; empty if they did not."""
        return self._languages.get(of_person(chat, person), "")

    async def of(self, chat: ChatKey) -> Mapping[str, str]:
        """Return what holds in a chat, by name: a thread's own choice goes before its chat's."""
        place, thread = of_place(chat), of_thread(chat)
        scopes = json.dumps([place, thread])
        rows = await self._database.transact(lambda db: db.all("read_preferences", scopes=scopes))
        ordered = sorted(rows, key=lambda row: row["scope"] == thread)
        return {row["name"]: row["value"] for row in ordered}

    async def choose(self, turn: StoredTurn, name: str, value: str) -> None:
        """Store a choice for the turn's chat; an empty value takes it back.

        Chosen in the message that begins a thread, it holds for the whole chat: the thread is only where it
        was said. Chosen later in a thread, it holds for that thread.
        """
        begins = turn.opens or not turn.chat.thread
        await self.choose_in(of_place(turn.chat) if begins else of_thread(turn.chat), name, value)

    async def choose_in(self, scope: str, name: str, value: str) -> None:
        """Store a choice in one scope; an empty value takes it back."""

        def work(db: Work) -> None:
            if value:
                db.do("prefer", scope=scope, name=name, value=value)
            else:
                db.do("prefer_nothing", scope=scope, name=name)

        await self._database.transact(work)

    async def speak(self, chat: ChatKey, person: str, language: str) -> None:
        """Store the language a person chose; empty: by their client again."""
        scope = of_person(chat, person)
        await self.choose_in(scope, LANGUAGE, language)
        self._languages.pop(scope, None)
        if language:
            self._languages[scope] = language
