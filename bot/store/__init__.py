"""What was said, what is being answered and what stands on the screen, in one database.

`open_store(url)` returns the two halves of it: `arrivals` for the way in, `turns` for the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.store.admissions import Admissions
from bot.store.archive import Archive, days_before
from bot.store.arrivals import Arrivals
from bot.store.asks import Asks
from bot.store.books import Books, Ledger, Subject, Use
from bot.store.cached import Cached
from bot.store.chatter import Chatter
from bot.store.health import Health
from bot.store.limits import Spending
from bot.store.line import Accepted, Arrival
from bot.store.memory import Memories, Outlook, Past, Recollection, Remembered, Summary
from bot.store.money import ANSWER, CACHE, MEMORY, Bill
from bot.store.preferences import Preferences
from bot.store.preferences import of_person as person_scope
from bot.store.preferences import of_place as place_scope
from bot.store.presses import CUT, OTHERS
from bot.store.privacy import Entry, Privacy
from bot.store.record import Answered, Conversation, Record
from bot.store.roles import Roles
from bot.store.rows import Heard, StoredTurn, TurnKind, TurnState
from bot.store.silences import Silences
from bot.store.sqlite import Database, open_database
from bot.store.turns import Turns

__all__ = [
    "ANSWER",
    "CACHE",
    "CUT",
    "MEMORY",
    "OTHERS",
    "Accepted",
    "Admissions",
    "Answered",
    "Archive",
    "Arrival",
    "Arrivals",
    "Asks",
    "Bill",
    "Books",
    "Cached",
    "Chatter",
    "Conversation",
    "Entry",
    "Health",
    "Heard",
    "Ledger",
    "Memories",
    "Outlook",
    "Past",
    "Preferences",
    "Privacy",
    "Recollection",
    "Record",
    "Remembered",
    "Roles",
    "Spending",
    "Store",
    "StoredTurn",
    "Subject",
    "Summary",
    "TurnKind",
    "TurnState",
    "Turns",
    "Use",
    "days_before",
    "open_store",
    "path_of",
    "person_scope",
    "place_scope",
]


@dataclass(frozen=True, slots=True)
class Store:
    """The open database."""

    arrivals: Arrivals
    turns: Turns
    preferences: Preferences
    admissions: Admissions
    database: Database

    @property
    def spending(self) -> Spending:
        """Return what the model may still be asked."""
        return Spending(self.database)

    @property
    def books(self) -> Books:
        """Return what was used."""
        return Books(self.database)

    @property
    def cached(self) -> Cached:
        """Return what was answered to first questions."""
        return Cached(self.database)

    @property
    def chatter(self) -> Chatter:
        """Return what was said around the bot."""
        return Chatter(self.database)

    @property
    def record(self) -> Record:
        """Return what people may look at of their own."""
        return Record(self.database)

    @property
    def roles(self) -> Roles:
        """Return the roles that people made."""
        return Roles(self.database)

    @property
    def health(self) -> Health:
        """Return what is to be done."""
        return Health(self.database)

    @property
    def asks(self) -> Asks:
        """Return what requests outside of any conversation cost."""
        return Asks(self.database)

    @property
    def archive(self) -> Archive:
        """Return what the operator looks at."""
        return Archive(self.database)

    @property
    def memories(self) -> Memories:
        """Return what chats are reminded of."""
        return Memories(self.database)

    @property
    def silences(self) -> Silences:
        """Return the silences that were asked for."""
        return Silences(self.database)

    @property
    def privacy(self) -> Privacy:
        """Return what people may see and erase."""
        return Privacy(self.database)

    async def close(self) -> None:
        """Close the database. Nothing may be asked of it afterwards."""
        await self.database.close()


async def open_store(url: str) -> Store:
    """Open the database named by `DATABASE_URL` (`sqlite:///relative` or `sqlite:////absolute`).

    Raises AlreadyRunning, NewerDatabase, or StoreError with a sentence for the operator.
    """
    database = await open_database(path_of(url))
    preferences = Preferences(database)
    await preferences.recall()
    admissions = Admissions(database)
    await admissions.recall()
    return Store(Arrivals(database), Turns(database), preferences, admissions, database)


def path_of(url: str) -> Path:
    """Return the file that `DATABASE_URL` names."""
    return Path(url.removeprefix("sqlite:///"))
