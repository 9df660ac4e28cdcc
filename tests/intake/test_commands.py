from __future__ import annotations

import pytest

from bot import phrases
from bot.intake import commands
from bot.intake.commands import UNKNOWN
from bot.model import Command, Pressed
from tests.store.building import ANNA, CHAT, said


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
        ("new", Command("new", is_bare=True)),
        ("New", Command("new", is_bare=True)),
        (" stop ", Command("stop", is_bare=True)),
        ("/new", Command("new", is_bare=True)),
        ("help", Command("help", is_bare=True)),
        ("start", Command("start", is_bare=True)),
        ("/help", Command("help", is_bare=True)),
        ("language", Command("language", is_bare=True)),
        ("language Chinese", Command("language", "Chinese", is_bare=True)),
        ("language of Brazil?", None),
        ("usage all chat", Command("usage", "all chat", is_bare=True)),
        ("usage 本月", Command("usage", "本月", is_bare=True)),
        ("usage of semicolons", None),
        ("forget yes", Command("forget", "yes", is_bare=True)),
        ("model", Command("model", is_bare=True)),
        ("model strong", Command("model", "strong", is_bare=True)),
        ("model Qwen3.8-max", Command("model", "Qwen3.8-max", is_bare=True)),
        ("model 最强", Command("model", "最强", is_bare=True)),
        ("model trains are fun", None),
        ("model railways", None),
        ("role teacher", Command("role", "teacher", is_bare=True)),
        ("role Writing coach", Command("role", "Writing coach", is_bare=True)),
        ("role 写作教练", Command("role", "写作教练", is_bare=True)),
        ("role use Sea Pirate", Command("role", "use Sea Pirate", is_bare=True)),
        ("role models for children", None),
        ("think", Command("think", is_bare=True)),
        ("think high", Command("think", "high", is_bare=True)),
        ("think 高", Command("think", "高", is_bare=True)),
        ("think harder", None),
        ("think about it", None),
        ("stop!", Command("stop", is_bare=True)),
        ("Stop.", Command("stop", is_bare=True)),
        ("停止！", Command("stop", is_bare=True)),
        ("usage?", Command("usage", is_bare=True)),
        ("usage today.", Command("usage", "today", is_bare=True)),
        ("`model`", Command("model", is_bare=True)),
        ("`model fast`", Command("model", "fast", is_bare=True)),
        ("`model fast`.", Command("model", "fast", is_bare=True)),
        ("*model*", Command("model", is_bare=True)),
        ("／new", Command("new", is_bare=True)),
        ("用量", Command("usage", is_bare=True)),
        ("用量 本月", Command("usage", "本月", is_bare=True)),
        ("模型 快速", Command("model", "快速", is_bare=True)),
        ("角色 查看 翻译", Command("role", "查看 翻译", is_bare=True)),
        ("新的对话", Command("new", is_bare=True)),
        ("模型 是什么", None),
        ("停止写作的理由", None),
        ("用量怎么算", None),
        ("stop! it hurts", None),
        ("stop\n", Command("stop", is_bare=True)),
        ("`stop`\nwhat does that do?", None),
        ("role Dr.", Command("role", "Dr.", is_bare=True)),
        ("???", None),
        ("``", None),
        ("forget that", None),
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
    assert {*phrases.COMMANDS, *phrases.ADMIN_COMMANDS} == commands.NAMES


def test_what_is_picked_in_a_menu_is_a_command_with_its_argument() -> None:
    assert commands.picked(press("language", "17.zh")) == Command("language", "zh")


@pytest.mark.parametrize(("control", "value"), [("stop", "17"), ("limited", "17.gotcha"), ("language", "17")])
def test_other_presses_are_none(control: str, value: str) -> None:
    assert commands.picked(press(control, value)) is None


def press(control: str, value: str) -> Pressed:
    return Pressed(key="p", chat=CHAT, person=ANNA, control=control, value=value)
