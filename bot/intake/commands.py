"""Which messages ask the bot itself for something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.model import Command
from bot.phrases import ADMIN_COMMANDS, COMMANDS, LANGUAGES, words
from bot.roles import built_in

if TYPE_CHECKING:
    from bot.model import Edited, Pressed, Said

NAMES = frozenset((*COMMANDS, *ADMIN_COMMANDS))
UNKNOWN = "unknown"
WORDS = words()
"""What gives a command where it needs no slash."""

_ROLES = "|".join(re.escape(role.name) for code in LANGUAGES for role in built_in(code).values())
"""Roles that come with the bot, some of which have names of more than one word."""

_WORDS_AFTER = {
    "forget": r"yes|是",
    "role": r"(?:use|show|new|create|edit|delete|share|使用|查看|新建|修改|删除|共享)\b.*|[\w.-]{1,32}|"
    + _ROLES,
    "model": r"fast|balanced|strong|auto(?:matic)?|default|[快均平强最自默][^\s，。？！]{0,3}|(?=\S*\d|qw)[\w.:/@+-]{2,64}",
    "think": r"off|low|medium|high|auto(?:matic)?|default|关闭?|低|中等?|高|自动|默认",
    "allow": r"(?:[a-z]+:)?<?@?[A-Z0-9]{2,40}>?",
    "deny": r"(?:[a-z]+:)?<?@?[A-Z0-9]{2,40}>?",
    "export": r"md|json",
    "usage": r"(?:(?:today|month|all|person|people|chats?|mine|今[天日]|本月|这个月|全部|人|聊天)(?:\s+|$)){1,2}",
    "chatter": r"on|off|开|打开|关|关闭",
    "language": r"[^\W\d]{2,12}|[a-z]{2}-[a-z]{2,4}",
}
"""What may follow a command that came without a slash; with anything else behind it, it is a question."""

# People type the full-width slash with a Chinese keyboard.
_SLASHED = re.compile(r"[/／]([A-Za-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL)
_BARE = re.compile(r"[/／]?(\w{1,32})(?:\s+(.*))?", re.DOTALL)
# As a word is called out, or stands in our own help: `stop`, *stop*, stop!
_DRESSED = re.compile(r"([`*_~]*)(?P<bare>[^\n]*?)\1[.!?…。！？～~]*\s*")


def read(said: Said | Edited) -> Command | None:
    """Return the command a message is, or has become by a change; None for a question.

    A lone unknown `/word` is a mistyped command; with more behind it, it is a question that begins with a slash.
    """
    text = said.text.strip()
    if said.bare_commands and (bare := _bare(text) or _bare(_undressed(text))) is not None:
        return bare
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    name, args = match[1].casefold(), (match[2] or "").strip()
    if name in NAMES:
        return Command(name, args)
    return None if args else Command(UNKNOWN, name)


def picked(pressed: Pressed) -> Command | None:
    """Return the command that a press in a menu stands for: its argument follows the turn, after a dot."""
    _, dot, argument = pressed.value.partition(".")
    return Command(pressed.control, argument) if dot and pressed.control in NAMES else None


def _undressed(text: str) -> str:
    """Return one line of text without marks around it and behind it."""
    match = _DRESSED.fullmatch(text)
    return match["bare"] if match else text


def _bare(text: str) -> Command | None:
    """Return the command that a word is, alone or with what may follow it."""
    match = _BARE.fullmatch(text)
    if match is None or (name := WORDS.get(match[1].casefold(), "")) not in NAMES:
        return None
    args = (match[2] or "").strip()
    if args and not re.fullmatch(_WORDS_AFTER.get(name, "(?!)"), args, re.IGNORECASE | re.DOTALL):
        return None
    return Command(name, args, is_bare=True)
