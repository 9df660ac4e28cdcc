"""The form in which people write down a role: its name, then lines `field: value`, then the prompt. Pure.

pirate
description: talks like one
temperature: 1.1
You are a pirate. …
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.sampling import is_temperature, is_top_p

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.roles import Role

NAME_MOST, DESCRIPTION_MOST, PROMPT_MOST = 32, 120, 8000
TOKENS_MOST = 1_000_000

_FIELDS = {
    **dict.fromkeys(("description", "描述", "说明"), "description"),
    **dict.fromkeys(("model", "模型"), "model"),
    **dict.fromkeys(("temperature", "温度"), "temperature"),
    **dict.fromkeys(("top_p", "top-p", "核采样"), "top_p"),
    **dict.fromkeys(("max_tokens", "max tokens", "最大长度"), "max_tokens"),
    **dict.fromkeys(("prompt", "提示词"), "prompt"),
    **dict.fromkeys(("name", "名称", "名字"), "name"),
}
_LINE = re.compile(r"\s*([^:：\n]{2,12}?)\s*[:：]\s*(.*)")
_NOTHING = frozenset({"-", "default", "none", "默认", "无"})
"""Takes a value back."""


@dataclass(slots=True)
class Form:
    """What was written: the values by their fields, and the keys of the sentences about what is wrong."""

    name: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    problems: list[str] = field(default_factory=list[str])

    def applied(self, role: Role) -> Role:
        """Return the role with what was written; the rest stays."""
        return replace(role, **self.values)


def read(text: str) -> Form:
    """Read a form. Nothing is lost: what is no field belongs to the prompt."""
    first, _, rest = text.strip().partition("\n")
    form = Form(first.strip())
    lines = rest.split("\n")
    while lines and (match := _LINE.fullmatch(lines[0])) and (name := _FIELDS.get(match[1].casefold())):
        lines.pop(0)
        if name == "prompt":
            lines.insert(0, match[2])
            break
        _take(form, name, match[2].strip())
    if prompt := "\n".join(lines).strip():
        _take(form, "prompt", prompt)
    return form


def check_name(name: str) -> bool:
    """Tell whether a role may be called this: one line that is no number, which stands for a stored role."""
    return 0 < len(name) <= NAME_MOST and name.isprintable() and not name.isdecimal()


def _take(form: Form, name: str, text: str) -> None:
    try:
        form.values[name] = _PARSERS[name]("" if text.casefold() in _NOTHING else text)
    except ValueError:
        form.problems.append(f"role_bad_{name}")


def _text(most: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) > most:
            raise ValueError
        return text

    return parse


def _name(text: str) -> str:
    if not check_name(text):
        raise ValueError
    return text


def _number(fits: Callable[[float], bool]) -> Callable[[str], float | None]:
    def parse(text: str) -> float | None:
        if not text:
            return None
        value = float(text.replace(",", "."))
        if not fits(value):
            raise ValueError
        return value

    return parse


def _tokens(text: str) -> int | None:
    if not text:
        return None
    value = int(text.replace(",", ""))
    if not 1 <= value <= TOKENS_MOST:
        raise ValueError
    return value


_PARSERS: dict[str, Callable[[str], object]] = {
    "name": _name,
    "description": _text(DESCRIPTION_MOST),
    "prompt": _text(PROMPT_MOST),
    "model": _text(100),
    "temperature": _number(is_temperature),
    "top_p": _number(is_top_p),
    "max_tokens": _tokens,
}
