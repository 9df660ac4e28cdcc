"""The buttons under a message, laid out for a phone. Pure."""

from __future__ import annotations

import logging
import unicodedata
from math import ceil
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.model import Control, Select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.model import Controls

log = logging.getLogger(__name__)

MOST = 100
"""Buttons in one keyboard."""
DATA = 64
"""Bytes that a button carries."""
COLUMNS = ((3, 9), (2, 17))
"""How many buttons stand side by side, where no label takes more cells than this; longer ones stand alone.

A phone shows about forty Latin letters in a row, frames included, and cuts the rest. A Han character takes two cells.
"""
CHOSEN = "✓ "


def keyboard(controls: Controls) -> InlineKeyboardMarkup | None:
    """Return the buttons; None where there are none. A choice begins on a row of its own."""
    rows = [row for block in _within(MOST, _blocks(controls)) for row in _rows(block)]
    return InlineKeyboardMarkup([[_button(control) for control in row] for row in rows]) if rows else None


def _blocks(controls: Controls) -> list[list[Control]]:
    """Return what stands together: buttons that follow each other, and the options of a choice."""
    blocks: list[list[Control]] = [[]]
    for control in controls:
        if isinstance(control, Select):
            blocks += [_options(control), []]
        else:
            blocks[-1].append(control)
    return [[control for control in block if _fits(control)] for block in blocks]


def _options(choice: Select) -> list[Control]:
    return [
        Control(choice.name, one.value, CHOSEN + one.label) if one.value == choice.chosen else one
        for one in choice.options
    ]


def _within(most: int, blocks: Iterable[list[Control]]) -> Iterator[list[Control]]:
    """Yield the blocks, the last of them shortened to what may be shown in all."""
    for block in blocks:
        yield block[:most]
        most -= len(block[:most])


def _rows(block: Sequence[Control]) -> list[Sequence[Control]]:
    """Return rows that are as equal as can be."""
    if not block:
        return []
    widest = max(_cells(control.label) for control in block)
    columns = next((count for count, cells in COLUMNS if widest <= cells), 1)
    columns = ceil(len(block) / ceil(len(block) / columns))
    return [block[n : n + columns] for n in range(0, len(block), columns)]


def _cells(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in label)


def _fits(control: Control) -> bool:
    """Tell whether the platform takes the button. One that does not would make it refuse the whole message."""
    if 0 < len(_data(control).encode()) <= DATA and control.label.strip():
        return True
    log.warning("a button does not fit and is left out", extra={"control": control.name})
    return False


def _data(control: Control) -> str:
    return f"{control.name}:{control.value}"


def _button(control: Control) -> InlineKeyboardButton:
    return InlineKeyboardButton(control.label, callback_data=_data(control), style=control.tone or None)
