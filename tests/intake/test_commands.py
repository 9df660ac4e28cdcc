from __future__ import annotations

import pytest

from bot import phrases
from bot.intake import commands
from bot.intake.commands import HELP_BARE, UNKNOWN
from bot.model import Command
from tests.store.building import said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/new", Command("new")),
        ("/help", Command("help")),
        ("/start", Command("start")),
        ("/start deep-link", Command("start", "deep-link")),
        ("/stop", Command("stop")),
        ("/NEW", Command("new")),
        ("／new", Command("new")),
        (" /new\n", Command("new")),
        ("/new\u00a0", Command("new")),
        ("/new\u00a0please", Command("new", "please")),
        ("/new\nline two\nline three", Command("new", "line two\nline three")),
        # A lone unknown word is a mistyped command; with more behind it, it is a question.
        ("/nwe", Command(UNKNOWN, "nwe")),
        ("/reset", Command(UNKNOWN, "reset")),
        ("/etc/passwd", None),
        ("/etc is a folder?", None),
        ("/etc what is it", None),
        ("/", None),
        ("//new", None),
        ("/new.", None),
        ("/" + "a" * 33, None),
        ("what does /new do?", None),
        ("> /new", None),
        ("new", None),
        ("stop", None),
        ("", None),
        ("\u0000/new", None),
        ("/ｎｅｗ", None),
    ],
)
def test_where_slash_commands_work_a_command_begins_with_a_slash(text: str, expected: Command | None) -> None:
    assert commands.read(said(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("new", Command("new")),
        ("New", Command("new")),
        (" stop ", Command("stop")),
        ("/new", Command("new")),
        ("help", Command(HELP_BARE)),
        ("start", Command(HELP_BARE)),
        ("/help", Command(HELP_BARE)),
        ("help me", None),
        ("new ideas?", None),
        ("stop it", None),
        ("news", None),
        ("", None),
    ],
)
def test_where_they_do_not_work_a_lone_word_is_a_command(text: str, expected: Command | None) -> None:
    assert commands.read(said(text, bare_commands=True)) == expected


def test_every_command_of_the_menu_is_known() -> None:
    assert set(phrases.COMMANDS) == commands.NAMES
