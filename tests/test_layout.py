from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.config.table import SETTINGS
from tests.mutants import MUTANTS

if TYPE_CHECKING:
    from tests.mutants import Mutant

ROOT = Path(__file__).parent.parent
PINNED = ("requirements.txt", "requirements-dev.txt")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s;<>=\[]", name, maxsplit=1)[0]).lower()


def pins(name: str) -> dict[str, str]:
    """Return the rest of each requirement by package: version, marker and hashes."""
    entries = text(name).replace("\\\n", " ").splitlines()
    return {normal(entry): entry for entry in entries if entry.strip()}


@pytest.mark.parametrize("name", PINNED)
def test_every_package_is_pinned_by_version_and_hash_and_names_no_place(name: str) -> None:
    entries = pins(name).values()

    assert entries
    assert not [
        entry for entry in entries if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)
    ]
    assert not re.search(r"://|file:|^-|^#", text(name), re.MULTILINE)


def test_the_pins_cover_what_the_project_declares() -> None:
    declared = tomllib.loads(text("pyproject.toml"))

    assert {normal(one) for one in declared["project"]["dependencies"]} <= pins("requirements.txt").keys()
    assert {normal(one) for one in declared["dependency-groups"]["dev"]} <= pins(
        "requirements-dev.txt"
    ).keys()


def test_the_tools_stand_on_the_same_versions_as_the_bot() -> None:
    tools = pins("requirements-dev.txt")

    assert {name: entry for name, entry in pins("requirements.txt").items() if tools.get(name) != entry} == {}


def test_every_way_to_serve_starts_the_same_module() -> None:
    assert text("Procfile") == "worker: python -m bot\n"
    assert 'CMD ["python", "-m", "bot"]' in text("Dockerfile")
    assert re.search(r"^ExecStart=\S+/python -m bot$", text("deploy/qwen-bot.service"), re.MULTILINE)


def test_an_image_holds_no_settings() -> None:
    kept = [line for line in text(".dockerignore").splitlines() if line.startswith("!")]

    assert text(".dockerignore").startswith("*\n")
    assert kept == ["!adapters", "!bot", "!requirements.txt"]


def test_the_check_of_a_fresh_clone_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make --no-print-directory test" in text(".ci/run")


def test_the_readme_describes_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)?", text("README.md"), re.MULTILINE)

    assert [name for name, _ in rows] == [setting.name for setting in SETTINGS]
    for setting in SETTINGS:
        shown = dict(rows)[setting.name]
        if shown:
            assert setting.parse(shown) == setting.default


def test_the_readmes_links_lead_somewhere() -> None:
    readme = text("README.md")
    headings = {
        re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-")
        for one in re.findall(r"^#+ (.*)$", readme, re.MULTILINE)
    }

    for target in re.findall(r"\]\(([^)]+)\)", readme):
        if target.startswith("#"):
            assert target[1:] in headings
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_what_each_mutant_breaks_stands_in_the_bot_once(mutant: Mutant) -> None:
    assert [text(name).count(old) for name, old, _ in mutant.changes] == [1] * len(mutant.changes)
