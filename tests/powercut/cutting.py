"""Cutting the power of a recorded life again and again, and looking at what is left each time."""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store import open_store
from bot.store.copies import problems_of
from tests.powercut.disk import Disk
from tests.powercut.facts import MARKS, Acknowledged, held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.powercut.recording import Operation

EARLY = 0.1
"""Share of the cuts that fall into the making of the database, which is over soon."""


@dataclass(slots=True)
class Tally:
    """What became of some cuts."""

    cuts: int = 0
    commits: int = 0
    """Acknowledged commits until the power was cut, over all cuts."""
    lost: list[list[str]] = field(default_factory=list[list[str]])
    """Of each cut that lost something acknowledged, what."""
    damaged: list[str] = field(default_factory=list[str])
    """Of each cut after which the file was not sound, what is wrong with it."""

    @property
    def sound(self) -> bool:
        return not self.lost and not self.damaged


class Cutting:
    """Goes through a record once, and cuts at moments that `seed` decides."""

    def __init__(self, operations: Sequence[Operation], seed: int) -> None:
        self._operations = operations
        self._random = random.Random(seed)  # noqa: S311 - nothing here is a secret
        self._disk = Disk()
        self._acknowledged = Acknowledged()
        self.tally = Tally()

    async def run(self, cuts: int) -> Tally:
        """Cut so often. A cut at n is one after n operations."""
        moments = self._moments(cuts)
        for number, operation in enumerate(self._operations):
            while moments and moments[-1] == number:
                moments.pop()
                await self._cut()
            self._do(operation)
        return self.tally

    def _moments(self, cuts: int) -> list[int]:
        """Return when to cut, the last moment first."""
        whole = len(self._operations)
        first = next(n for n, one in enumerate(self._operations) if one.what == "w" and _is_mark(one))
        ends = [first if self._random.random() < EARLY else whole for _ in range(cuts)]
        return sorted((self._random.randrange(end) for end in ends), reverse=True)

    def _do(self, operation: Operation) -> None:
        self._disk.do(operation)
        if operation.what == "w" and self._disk.named(operation.fd) == MARKS:
            self._acknowledged.take(json.loads(operation.content))

    async def _cut(self) -> None:
        left = {
            name: content for name, content in self._disk.after_cut(self._random).items() if name != MARKS
        }
        self.tally.cuts += 1
        self.tally.commits += self._acknowledged.commits
        with tempfile.TemporaryDirectory() as folder:
            problems, there = await look(Path(folder), left)
        if problems:
            self.tally.damaged.append(problems[0])
        if missing := self._acknowledged.missing(there):
            self.tally.lost.append(missing)


def _is_mark(operation: Operation) -> bool:
    return operation.content.startswith(b'{"')


async def look(folder: Path, files: Mapping[str, bytes]) -> tuple[list[str], dict[str, int]]:
    """Let the bot's own store open such files; return what is wrong with them, and the facts they hold."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    path = folder / "bot.db"
    try:
        store = await open_store(f"sqlite:///{path}")
    except StoreError as error:
        return [str(error)], {}
    await store.close()
    return problems_of(path), held(path)
