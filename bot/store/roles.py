"""The roles that people made."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.roles import Role

if TYPE_CHECKING:
    import sqlite3

    from bot.store.sqlite import Database, Value, Work

MOST = 50
"""Roles one person may have."""


class Roles:
    """Reads and stores them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, owner: str) -> list[Role]:
        """Return a person's own roles, then the ones everybody shares."""
        rows = await self._database.transact(lambda db: db.all("roles_for", owner=owner))
        return [_role(row) for row in rows]

    async def read(self, key: str) -> Role | None:
        """Return one stored role by its number; None if it is gone."""
        if not key.isdecimal():
            return None
        row = await self._database.transact(lambda db: db.one("read_role", id=int(key[:18])))
        return _role(row) if row else None

    async def is_full(self, owner: str) -> bool:
        """Tell whether a person has as many roles as they may."""
        (row,) = await self._database.transact(lambda db: db.all("count_roles", owner=owner))
        return int(row["roles"]) >= MOST

    async def add(self, role: Role) -> str | None:
        """Store a role and return its key; None if its owner has one of that name."""
        return _key(await self._database.transact(lambda db: db.one("add_role", **_values(role))))

    async def change(self, role: Role) -> str | None:
        """Store a role anew under its key; None if its owner has another one of that name."""
        values = _values(role) | {"id": int(role.key)}
        values.pop("owner")
        return _key(await self._database.transact(lambda db: db.one("change_role", **values)))

    async def share(self, role: Role) -> bool:
        """Give a role to everybody; False if they have one of that name."""
        return await self._changed("share_role", role)

    async def delete(self, role: Role) -> None:
        """Delete a role; chats that had it go on without."""
        await self._database.transact(lambda db: db.do("delete_role", id=int(role.key)))

    async def _changed(self, query: str, role: Role) -> bool:
        def work(db: Work) -> bool:
            return db.one(query, id=int(role.key)) is not None

        return await self._database.transact(work)


def _values(role: Role) -> dict[str, Value]:
    return {name: value for name, value in asdict(role).items() if name != "key"}


def _key(row: sqlite3.Row | None) -> str | None:
    return None if row is None else str(row["id"])


def _role(row: sqlite3.Row) -> Role:
    return Role(
        key=str(row["id"]),
        owner=row["owner"],
        name=row["name"],
        description=row["description"],
        prompt=row["prompt"],
        model=row["model"],
        temperature=row["temperature"],
        top_p=row["top_p"],
        max_tokens=row["max_tokens"],
    )
