"""Characters that hide text or turn it around, and how they are taken out.

They smuggle words past the eye: into a model that reads what a person never saw, and out of it into a chat.
ZWJ, ZWNJ, the marks of reading direction and the first sixteen variation selectors stay: emoji families and
many scripts are written with them, one or two at a time. A longer run of them spells something, and goes.
"""

from __future__ import annotations

import re

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,7}\U000e007f"
"""Tag characters spell whole sentences; only flags of regions (England, Wales, …) need them."""
_VARIANT = "(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
"""256 variation selectors spell any byte; only one, right behind a Han character, means a form of it."""
_UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls; tab and line ends stay
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u180e\ufeff\ufff0-\ufffb"  # a vowel separator and a mark nobody sees, and what frames hidden annotations
    "\u202a-\u202e\u2060-\u206f"  # direction and invisible operators
    "\ud800-\udfff"  # halves of characters: no platform can encode them
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # marks of shorthand and of musical notes
    "\U000e0000-\U000e0fff]"  # tags, variation selectors, and what is kept free for more of their kind
)
_SLIM = "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\ufe00-\ufe0f]"
_RUN = f"{_SLIM}(?:{_UNSEEN}*{_SLIM}){{2,}}"
"""Emoji need two in a row at most: how the one before is drawn, and a joiner."""
_PATTERN = re.compile(f"({_FLAG}|{_VARIANT})|{_RUN}|{_UNSEEN}")


def visible(text: str) -> str:
    """Return the text without invisible and direction-changing characters."""
    return text if text.isascii() and text.isprintable() else _PATTERN.sub(r"\1", text)
