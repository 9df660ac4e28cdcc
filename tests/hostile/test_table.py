"""The table of hostile cases is whole, and says the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hostile.table import ABSENT, HELD

ROOT = Path(__file__).resolve().parents[2]
LAST = 135


def sources() -> str:
    found = [
        path
        for room in ("bot", "adapters")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".sql"}
    ]
    return "\n".join(path.read_text("utf-8") for path in found)


def names_of_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return set(
        re.findall(
            r"^(?:async )?def (test_\w+)", "\n".join(f.read_text("utf-8") for f in files), re.MULTILINE
        )
    )


def test_every_case_has_its_place_once() -> None:
    held = [int(case[1:4]) for case in HELD]
    absent = [number for numbers, _, _ in ABSENT.values() for number in numbers]

    assert sorted(held + absent) == list(range(1, LAST + 1))


def test_every_test_the_table_names_exists() -> None:
    known = names_of_tests()
    missing = {
        name for tests in HELD.values() for name in tests if not any(one.startswith(name) for one in known)
    }

    assert not missing


@pytest.mark.parametrize("feature", ABSENT)
def test_nothing_of_the_kind_is_in_the_code(feature: str) -> None:
    _, marks, _ = ABSENT[feature]

    assert not re.findall(marks, sources())


def test_no_answer_of_ours_is_broadcast_from_a_thread_to_its_channel() -> None:
    assert "reply_broadcast" not in sources()
