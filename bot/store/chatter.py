"""What was said around the bot, in chats whose people want it to know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.store.preferences import of_place, of_thread

if TYPE_CHECKING:
    from bot.model import ChatKey
    from bot.store.sqlite import Database, Value, Work


class Chatter:
    """Reads and erases it; what is overheard is stored with the arrivals."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def around(self, chat: ChatKey, since: float, most: int) -> list[tuple[str, str]]:
        """Return who said what in a chat since a moment (seconds since 1970), the last `most`, oldest first."""
        scopes = json.dumps([of_place(chat), of_thread(chat)])
        values: dict[str, Value] = {"scopes": scopes, "since": since, "most": most}
        rows = await self._database.transact(lambda db: db.all("read_chatter", **values))
        return [(row["name"], row["text"]) for row in rows]

    async def clear(self, chat: ChatKey) -> None:
        """Erase what was kept of a chat with all its threads."""

        def work(db: Work) -> None:
            db.do("forget_chatter", scope=of_place(chat))

        await self._database.transact(work)
        await self._database.scrub()
