"""Roles: who the model is to be, and with which parameters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

DEFAULT = "assistant"
"""The key of the role a chat has if nobody chose one: the operator's system prompt alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One role. None and empty mean: as the operator set it, or as the chat chose."""

    key: str = ""
    """What names it for ever: a built-in one's word, or the number of a stored one."""
    owner: str = ""
    """The scope of the person whose it is; empty: everybody's."""
    name: str
    description: str = ""
    prompt: str = ""
    model: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None

    @property
    def is_built_in(self) -> bool:
        """Tell whether it comes with the bot."""
        return not self.key.isdecimal()


@cache
def built_in(language: str) -> dict[str, Role]:
    """Return the roles that come with the bot by their keys, in a language; an unknown one gets English."""
    text = resources.files("bot").joinpath("roles.toml").read_text("utf-8")
    return {key: _role(key, values, language) for key, values in tomllib.loads(text).items()}


def _role(key: str, values: dict[str, Any], language: str) -> Role:
    words = {name: values[name].get(language, values[name]["en"]) for name in ("name", "description")}
    parameters = {name: value for name, value in values.items() if name not in {*words, "prompt"}}
    return Role(key=key, prompt=values["prompt"].strip().replace("\n", " "), **words, **parameters)


def with_role(system: str, role: Role) -> str:
    """Return the system prompt of a chat: the operator's rules first, then the role."""
    if not role.prompt:
        return system
    lead = "Your role in this chat. Where it says otherwise than the above, do as it says."
    return "\n\n".join(part for part in (system, lead, role.prompt) if part)
