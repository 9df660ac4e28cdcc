"""What a message is made of, without what anybody said in it: enough to find out why it could not be read. Pure.

Whose message it is cannot be known before it is read, so no word of it may be kept: the person may be one the bot
must keep nothing of. Most faults show in the shape anyway: a field is missing, or of another type.
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MOST_FIELDS = 50
"""Of one object or list."""
DEEPEST = 20
SMALL = 100_000
"""Counts, offsets and lengths are smaller; ids, moments and phone numbers are not."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")
_KIND = re.compile(r"[a-z][a-z_]{0,40}")
_ODD_NUMBER = re.compile(r"\d+[.e][\d.e+-]{0,20}")


def shape_of(raw: str) -> str:
    """Return a message's JSON with its values described in place of what they say."""
    try:
        return json.dumps(_shape(json.loads(raw), "", 0), sort_keys=True)
    except (ValueError, RecursionError):
        return json.dumps(f"{len(raw)} characters that cannot be taken apart")


def _shape(value: Json, name: str, depth: int) -> Json:
    if not isinstance(value, dict | list):
        return _described(value, name)
    if depth >= DEEPEST:
        return "deeper than one looks"
    if isinstance(value, list):
        return [_shape(one, name, depth + 1) for one in value[:MOST_FIELDS]]
    return {_field(key): _shape(value[key], key, depth + 1) for key in list(value)[:MOST_FIELDS]}


def _described(value: str | float | bool | None, name: str) -> Json:
    match value:
        case str():
            return value if _is_harmless(value, name) else f"text of {len(value)}"
        case bool() | None:
            return value
        case int():
            return value if abs(value) < SMALL else f"number of {len(str(abs(value)))} digits"
        case float():
            return "a fraction"


def _field(name: str) -> str:
    return name if _NAME.fullmatch(name) else f"name of {len(name)}"


def _is_harmless(text: str, name: str) -> bool:
    """Tell whether a text is one of the platform's own words, or a number that was spelled out oddly."""
    is_kind = name.endswith("type") and _KIND.fullmatch(text) is not None
    return is_kind or _ODD_NUMBER.fullmatch(text) is not None
