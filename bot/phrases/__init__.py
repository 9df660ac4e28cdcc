"""Every sentence the bot itself says. A language is one file of the same name holding `SENTENCES`.

A sentence is short and kind, says what happened and what to do next, and needs plain Markdown at most.
What goes wrong inside stays inside: no codes, no addresses, no names of libraries.
"""

from __future__ import annotations

import math
import re
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from bot.prices import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.limits import Reached

_FIRST = "en"
_FILES = sorted(module.name for module in iter_modules(__path__))

LANGUAGES = (_FIRST, *(name for name in _FILES if name != _FIRST))
"""One for each file here. The first one is spoken where nothing better is known."""

AUTO = "auto"
"""In place of a language: as the person's client says, or by the looks of what they write."""

COMMANDS = (
    "start",
    "help",
    "new",
    "stop",
    "role",
    "model",
    "think",
    "language",
    "history",
    "usage",
    "chatter",
    "export",
    "forget",
)
"""In the order in which menus show them; each has a sentence `menu_<name>`."""

GROUP_COMMANDS = ("new", "stop", "role", "model", "think", "help")
"""What menus show in a shared chat: what concerns everybody there. The others can be typed there too."""

GOVERNOR_COMMANDS = ("chatter",)
"""What menus show to those who govern a shared chat, and in no private one: it is about what others say."""

ADMIN_COMMANDS = ("status", "allow", "deny")
"""For administrators only; to others they are unknown."""

_SENTENCES: dict[str, dict[str, str]] = {
    name: import_module(f"{__name__}.{name}").SENTENCES for name in LANGUAGES
}
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"[A-Za-z]+")


def language(tag: str, text: str = "") -> str:
    """Return one of `LANGUAGES` for a client's language tag, or by the looks of `text` if there is no tag."""
    if tag:
        primary = re.split(r"[-_]", tag.strip().lower())[0]
        return primary if primary in LANGUAGES else LANGUAGES[0]
    return "zh" if _is_chinese(text) else LANGUAGES[0]


def named(word: str) -> str | None:
    """Return the language that somebody names, by its tag or by its name in any of our languages."""
    wanted = word.strip().casefold()
    for code in LANGUAGES:
        names = _SENTENCES[code]["language_names"].casefold().split(", ")
        if wanted == code or wanted in names:
            return code
    return None


def is_automatic(word: str) -> bool:
    """Tell whether somebody names no language: the bot is to go by their client again."""
    return word.strip().casefold() in {AUTO, *(say("label_auto", code).casefold() for code in LANGUAGES)}


def say(key: str, language: str, **values: object) -> str:
    """Return a sentence with its placeholders filled in; an unknown language gets the first one.

    Raises KeyError for an unknown key or a missing value: both are mistakes in the program.
    """
    return _SENTENCES.get(language, _SENTENCES[LANGUAGES[0]])[key].format_map(values)


def beginning(prefixes: tuple[str, ...], language: str) -> dict[str, str]:
    """Return the sentences whose keys begin like this, with their placeholders left open."""
    return {key: text for key, text in _SENTENCES[language].items() if key.startswith(prefixes)}


def limit(reached: Reached, language: str, now: float) -> str:
    """Return the sentence about a limit: what it is and when it ends. `now` is seconds since 1970."""
    wait = duration(reached.until - now, language)
    amounts = {"most": reached.most, "left": reached.left, "needed": reached.needed}
    told = {name: _amount(amount, reached.currency) for name, amount in amounts.items()}
    return say(reached.limit.value, language, wait=wait, **told)


def _amount(amount: int, currency: str) -> str:
    return str(Money(amount, currency)) if currency else f"{amount:,}"


def duration(seconds: float, language: str) -> str:
    """Return a time to wait as people say it, rounded up."""
    for unit, size in (("label_days", 86_400), ("label_hours", 3600), ("label_minutes", 60)):
        if seconds > size * 1.5:
            return say(unit, language, count=math.ceil(seconds / size))
    return say("label_seconds", language, count=max(1, math.ceil(seconds)))


def words() -> dict[str, str]:
    """Return the words for commands in all languages, and their names, each with the name of its command."""
    named = {name: name for name in (*COMMANDS, *ADMIN_COMMANDS)}
    spoken = [(name, say(f"label_word_{name}", code)) for code in LANGUAGES for name in named]
    return named | {word.casefold(): name for name, listed in spoken for word in listed.split(", ")}


def menu(language: str, commands: Sequence[str] = COMMANDS) -> tuple[tuple[str, str], ...]:
    """Return the commands with what each does, as a platform's menu shows them."""
    return tuple((name, say(f"menu_{name}", language)) for name in commands)


def _is_chinese(text: str) -> bool:
    # A Han character carries about as much as a word, so "用 Python 写一个函数" is Chinese. Kana is Japanese.
    return not _KANA.search(text) and len(_HAN.findall(text)) > len(_WORD.findall(text))
