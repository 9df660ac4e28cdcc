"""Buttons and choices under a message, as Slack's `actions` blocks. Pure."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bot.model import Control, Select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Controls

JSON = dict[str, Any]

ELEMENTS = 25
"""Elements in one block."""
OPTIONS = 100
"""Options of one choice."""
LABEL, VALUE, PICKED = 75, 2_000, 150
"""Characters of a label, of what a button carries, and of what an option carries."""
AGAIN = "."
"""Parts a control's name from the number of its element: elements of one message may not share an id."""
ROOM = 1_500
"""Characters of all controls together that find room under the longest page."""


def actions(controls: Controls, room: int = ROOM) -> list[JSON]:
    """Return the blocks that hold the controls, or nothing. Choices are shortened to `room` characters in all."""
    room -= sum(_size(control) for control in controls if isinstance(control, Control))
    choices = max(1, sum(isinstance(control, Select) for control in controls))
    elements = [found for one in controls if (found := _element(one, room // choices)) is not None]
    _name_apart(elements)
    return [
        {"type": "actions", "elements": elements[n : n + ELEMENTS]} for n in range(0, len(elements), ELEMENTS)
    ]


def name_of(action_id: str) -> str:
    """Return the name of the control that an element stands for."""
    return action_id.partition(AGAIN)[0]


def _element(control: Control | Select, room: int) -> JSON | None:
    return _button(control) if isinstance(control, Control) else _select(control, room)


def _button(control: Control) -> JSON | None:
    if not control.label.strip() or len(control.value) > VALUE:
        return None
    shown = {
        "type": "button",
        "action_id": control.name,
        "value": control.value,
        "text": _plain(control.label),
    }
    return shown | ({"style": str(control.tone)} if control.tone else {})


def _select(select: Select, room: int) -> JSON | None:
    options = _options(select, room)
    if not options:
        return None
    shown: JSON = {
        "type": "static_select",
        "action_id": select.name,
        "placeholder": _plain(select.label or "…"),
        "options": options,
    }
    chosen = next((option for option in options if option["value"] == select.chosen), None)
    return shown | ({"initial_option": chosen} if chosen else {})


def _options(select: Select, room: int) -> list[JSON]:
    """Return as many options as there is room for, the chosen one among them."""
    takes = [one for one in select.options if one.label.strip() and 0 < len(one.value) <= PICKED]
    most = min(OPTIONS, sum(size <= room for size in accumulate(map(_size, takes))))
    beyond = [one for one in takes[most:] if one.value == select.chosen][:1]
    kept = [*takes[: most - len(beyond)], *beyond] if most else []
    return [{"text": _plain(one.label), "value": one.value} for one in kept]


def _name_apart(elements: Sequence[JSON]) -> None:
    """Give elements of the same name ids of their own; the first keeps the name."""
    seen: dict[str, int] = {}
    for element in elements:
        name = element["action_id"]
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            element["action_id"] = f"{name}{AGAIN}{seen[name]}"


def _size(control: Control) -> int:
    return len(control.name) + min(len(control.label), LABEL) + len(control.value)


def _plain(text: str) -> JSON:
    shown = text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"
    return {"type": "plain_text", "text": shown, "emoji": True}
