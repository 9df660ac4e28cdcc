"""The operator's verbs: `python -m bot doctor`, `backup FILE`, `check [FILE]`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot import config
from bot.cli.doctor import examine
from bot.cli.report import worst, written
from bot.errors import Misconfigured, StoreError
from bot.findings import Severity
from bot.store import copies, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

USAGE = """Usage: python -m bot            run the bot
       python -m bot doctor     check settings, tokens, model, database and clock; sends nothing to anybody
       python -m bot backup FILE  copy the database to FILE, also while the bot runs
       python -m bot check [FILE] check the database, or a copy of it
"""
FINE, WRONG, MISUSED = 0, 1, 2


def run(arguments: Sequence[str]) -> int:
    """Obey a verb; return the exit code: 0 is fine, 1 found something wrong, 2 is a misuse."""
    verb, *rest = arguments
    if verb in {"help", "-h", "--help"}:
        sys.stdout.write(USAGE)
        return FINE
    known = _VERBS.get(verb)
    # There are no options, and none is taken for the name of a file.
    if known is None or len(rest) not in known[1] or any(word.startswith("-") for word in rest):
        sys.stderr.write(USAGE)
        return MISUSED
    try:
        return known[0](rest)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG


def _doctor(_: Sequence[str]) -> int:
    findings = asyncio.run(examine(os.environ, Path.cwd()))
    sys.stdout.write(written(findings))
    return WRONG if worst(findings) is Severity.CRITICAL else FINE


def _backup(rest: Sequence[str]) -> int:
    target = Path(rest[0])
    copies.back_up(_database(), target)
    sys.stdout.write(
        f"{target} holds a copy of the database as it was now. Only you may read it; keep it so.\n"
    )
    return FINE


def _check(rest: Sequence[str]) -> int:
    path = Path(rest[0]) if rest else _database()
    problems = copies.problems_of(path)
    for problem in problems:
        sys.stdout.write(f"{path}: {problem}\n")
    if not problems:
        sys.stdout.write(f"{path} is whole; its schema has version {copies.version_of(path)}\n")
    return WRONG if problems else FINE


def _database() -> Path:
    """Return where the database is, also while other settings are wrong: a backup may be needed just then."""
    try:
        return path_of(config.database_url(os.environ, Path.cwd()))
    except Misconfigured as error:
        raise StoreError("; ".join(error.problems)) from error


_VERBS: dict[str, tuple[Callable[[Sequence[str]], int], frozenset[int]]] = {
    "doctor": (_doctor, frozenset({0})),
    "backup": (_backup, frozenset({1})),
    "check": (_check, frozenset({0, 1})),
}
"""What each verb does, and how many words may follow it."""
