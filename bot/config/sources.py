"""Where values come from: the real environment, then `.env.local`, then `.env`; the first that names one wins.

An empty value counts as not set. A placeholder left in place of a key or token does too.
"""

from __future__ import annotations

import difflib
import re
from io import StringIO
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from bot import parsing
from bot.config.table import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.config.table import Setting

_NEAR = 0.85
"""How alike two names must be for one to be taken as a misspelling of the other."""
_ALIASES = {
    "API_KEY": "OPENAI_API_KEY",
    "DASHSCOPE_API_KEY": "OPENAI_API_KEY",
    "OPENAI_KEY": "OPENAI_API_KEY",
    "QWEN_API_KEY": "OPENAI_API_KEY",
    "OPENAI_BASE": "OPENAI_API_BASE",
    "OPENAI_BASE_URL": "OPENAI_API_BASE",
    "MODEL": "MODEL_NAME",
    "OPENAI_MODEL": "MODEL_NAME",
    "QWEN_MODEL": "MODEL_NAME",
    "BOT_TOKEN": "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_TOKEN": "TELEGRAM_BOT_TOKEN",
    "SLACK_TOKEN": "SLACK_BOT_TOKEN",
    "ALLOWED_USERS": "TELEGRAM_ALLOWED_USERS",
    "DATABASE": "DATABASE_URL",
}
"""What people call the settings elsewhere, where the names alone are not alike enough."""


def read(environ: Mapping[str, str], folder: Path, problems: list[str]) -> dict[str, str]:
    """Return the values that are set, by name; the names of files are checked for misspellings."""
    given = _known(environ)
    for name in (".env.local", ".env"):
        written = _written(folder / name, problems)
        problems += _misspelled(written, name)
        given = {**_known(written), **given}
    return given


def _known(source: Mapping[str, str]) -> dict[str, str]:
    stripped = {setting.name: source.get(setting.name, "").strip() for setting in SETTINGS}
    return {
        name: value
        for name, value in stripped.items()
        if value and not (_is_key(name) and _is_placeholder(value))
    }


def _written(file: Path, problems: list[str]) -> dict[str, str]:
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors put a mark at the start
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        problems.append(
            f"{file.name} cannot be read: make it a text file in UTF-8 that the bot's user may read."
        )
        return {}
    # Values stand as they are written: a "$" in a token is a "$".
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def _misspelled(written: Mapping[str, str], file: str) -> Iterator[str]:
    for name in written:
        if (meant := _meant(name)) and not written.get(meant):
            yield f"{file} sets {parsing.shown(name)}, which the bot does not know: write {meant} instead."


def _meant(name: str) -> str | None:
    names = [setting.name for setting in SETTINGS]
    if name in names:
        return None
    near = difflib.get_close_matches(name.upper(), names, n=1, cutoff=_NEAR)
    return _ALIASES.get(name.upper()) or (near[0] if near else None)


def _is_key(name: str) -> bool:
    return name.endswith(("_KEY", "_TOKEN", "_SECRET"))


def _is_placeholder(value: str) -> bool:
    # As in .env.example and in other people's instructions: "sk-...", "123456:...", "<token>", "your-key".
    bare = re.sub(r"^(sk-|xox[a-z]-|xapp-|\d+:)", "", value.lower())
    return bool(re.fullmatch(r"[x*.…_-]*|<.*>|your[-_ ].*|change-?me", bare)) or "..." in bare or "…" in bare


def elsewhere(wanted: str, environ: Mapping[str, str]) -> str:
    """Return a hint to a name in the environment that may have been meant for a missing one; empty if there is none.

    The environment also serves other programs, so a name like ours is a hint there, not a mistake.
    """
    near = sorted(name for name in environ if name.isascii() and _meant(name) == wanted)
    return f" ({near[0]} is set, but the bot reads {wanted}.)" if near else ""


def value_of(setting: Setting, given: Mapping[str, str], problems: list[str]) -> object:
    """Return what a setting holds, or its default; what is wrong with it is added to the problems."""
    text = given.get(setting.name)
    if text is None:
        return setting.default
    try:
        text.encode()
        return setting.parse(text)
    except UnicodeEncodeError:
        problems.append(f"{setting.name} holds broken characters: write it in UTF-8.")
    except ValueError as error:
        problems.append(f"{setting.name} {error}")
    return setting.default
