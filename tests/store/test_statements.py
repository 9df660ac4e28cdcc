from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from bot.store.sqlite import queries

FOLDER = Path(__file__).resolve().parents[2] / "bot" / "store"


def test_every_statement_has_a_name_of_its_own() -> None:
    names = [
        name
        for file in FOLDER.glob("*.sql")
        for name in re.findall(r"(?m)^-- name: (\w+)$", file.read_text())
    ]

    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert queries().keys() == set(names)


def test_every_statement_is_used() -> None:
    code = "\n".join(file.read_text() for file in FOLDER.rglob("*.py"))

    assert [name for name in queries() if f'"{name}"' not in code] == []
