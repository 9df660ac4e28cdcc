"""`make mutants`: can the tests fail? The bot is broken on purpose, one way at a time, and they have to notice.

Each mutant lives in a copy of the tree; only the tests that guard what it breaks are run. The table says how many
of them failed; the exit code is 1 if a mutant survived.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
TREE = ("bot", "adapters", "tests", "pyproject.toml")
SECONDS_MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way to break the bot: in each file, a text and what takes its place."""

    what: str
    changes: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]


CRASHES = "tests/scenarios/test_crash_points.py"

MUTANTS = (
    Mutant(
        what="events are acknowledged before they are stored",
        changes=(
            (
                "adapters/telegram/listen.py",
                "        return told | (dict(await self._inbox.accept(events)) if events else {})\n",
                "        return asyncio.get_running_loop().create_task(self._inbox.accept(events)) and told\n",
            ),
        ),
        tests=("tests/adapters/test_telegram_listen.py",),
    ),
    Mutant(
        what="an event may be stored twice",
        changes=(
            (
                "bot/store/migrations/001-initial.sql",
                "  UNIQUE (source, key)\n) STRICT;\n\nCREATE INDEX wait",
                ") STRICT;\n\nCREATE INDEX wait",
            ),
            (
                "bot/store/line.py",
                '    return db.one("find_event",',
                '    return False and db.one("find_event",',
            ),
        ),
        tests=("tests/store/test_arrivals.py", "tests/store/test_machine.py"),
    ),
    Mutant(
        what="a post is made without a note that it is about to be",
        changes=(
            ("bot/reply/delivery.py", "            write.n if posting else None,\n", "            None,\n"),
        ),
        tests=(f"{CRASHES}::test_killed_at_a_place_the_answer_stands_there_once_and_whole[posted-slack]",),
    ),
    Mutant(
        what="two processes may own one database",
        changes=(
            (
                "bot/store/files.py",
                "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
                "        pass\n",
            ),
        ),
        tests=("tests/store/test_sqlite.py", "tests/scenarios/test_process.py"),
    ),
    Mutant(
        what="an answer without a reason to end counts as whole",
        changes=(
            (
                "bot/turns/qwen/chunks.py",
                "        finished = choice.finish_reason not in _UNFINISHED\n",
                "        finished = True\n",
            ),
        ),
        tests=("tests/turns/qwen", "tests/turns/test_listening.py"),
    ),
)


def main() -> int:
    """Try every mutant and print the table."""
    survived = 0
    for mutant in MUTANTS:
        began = time.monotonic()
        failed, passed = run(mutant)
        survived += not failed
        verdict = f"{failed} failed, {passed} passed" if failed else "SURVIVED"
        sys.stdout.write(f"{mutant.what:55} {verdict:24} {time.monotonic() - began:4.0f} s\n")
        sys.stdout.flush()
    return 1 if survived else 0


def run(mutant: Mutant) -> tuple[int, int]:
    """Return how many tests failed, and passed, with the bot broken in this way."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in TREE:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=ignored)
            else:
                shutil.copy(source, copy / name)
        for name, old, new in mutant.changes:
            change(copy / name, old, new)
        return tested(copy, mutant.tests)


def change(path: Path, old: str, new: str) -> None:
    """Put one text in the place of another. Raises LookupError if it is not there exactly once."""
    text = path.read_text("utf-8")
    if text.count(old) != 1:
        raise LookupError(f"{path.name} does not hold {old.strip()!r} once")
    path.write_text(text.replace(old, new), "utf-8")


def tested(copy: Path, tests: Sequence[str]) -> tuple[int, int]:
    """Run tests in a copy of the tree; return how many failed and how many passed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-x", *tests]
    run = subprocess.run(  # noqa: S603 - our own interpreter and our own tests
        command, cwd=copy, capture_output=True, text=True, timeout=SECONDS_MOST, check=False
    )
    if run.returncode not in {0, 1}:
        raise RuntimeError(f"the tests could not be run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (failed|passed|error)", run.stdout)}
    # A run that broke down before it could count has noticed as well.
    return counts.get("failed", 0) + counts.get("error", 0) or run.returncode, counts.get("passed", 0)


if __name__ == "__main__":
    sys.exit(main())
