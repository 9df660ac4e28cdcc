"""How one chat's questions are asked: the operator's settings, and over them what the chat has chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.lineup import PICKED
from bot.roles import DEFAULT, Role, built_in, with_role
from bot.turns.depth import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store import Preferences, Roles, StoredTurn
    from bot.turns.asking import Asking


MODEL, THINK = "model", "think"
FIGURES = ("temperature", "top_p", "max_tokens")
"""The names of the preferences."""


class Manners:
    """Looks up the choices of a chat when a question is asked; they hold from the next question on."""

    def __init__(self, asking: Asking, preferences: Preferences, roles: Roles) -> None:
        self._asking = asking
        self._preferences = preferences
        self._roles = roles

    async def of(self, turn: StoredTurn) -> Asking:
        """Return how this turn's model is asked."""
        picked = await self._picked(turn)
        chosen = await self._preferences.of(turn.chat)
        asking = _played(self._asking, await self._role(chosen.get("role", DEFAULT)))
        model = picked or chosen.get(MODEL) or asking.model
        asking = replace(asking, model=model, depth=named(chosen.get(THINK, "")) or asking.depth)
        return _adjusted(asking, chosen)

    async def _picked(self, turn: StoredTurn) -> str:
        """Return the model somebody picked for this turn; empty: none that may be chosen.

        It holds from then on where one person decides. A shared chat's own choice is for those who govern it.
        """
        if turn.why != PICKED or self._asking.lineup.choice(turn.model) is None:
            return ""
        if not turn.shared:
            await self._preferences.choose(turn, MODEL, turn.model)
        return turn.model

    async def _role(self, key: str) -> Role:
        """Return the chosen role; one that was deleted since is nobody's any more."""
        built = built_in("en")
        return built.get(key) or await self._roles.read(key) or built[DEFAULT]


def _adjusted(asking: Asking, chosen: Mapping[str, str]) -> Asking:
    """Return the asking with the figures that were chosen for the chat itself, which go before a role's."""
    temperature, top_p, most = (chosen.get(name) for name in FIGURES)
    return replace(
        asking,
        temperature=float(temperature) if temperature else asking.temperature,
        top_p=float(top_p) if top_p else asking.top_p,
        max_tokens=int(most) if most else asking.max_tokens,
    )


def _played(asking: Asking, role: Role) -> Asking:
    """Return the asking with what the role says; what it leaves open stays."""
    return replace(
        asking,
        role=role.key,
        system=with_role(asking.system, role),
        model=role.model or asking.model,
        temperature=asking.temperature if role.temperature is None else role.temperature,
        top_p=asking.top_p if role.top_p is None else role.top_p,
        max_tokens=asking.max_tokens if role.max_tokens is None else role.max_tokens,
    )
