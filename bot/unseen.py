"""Characters that hide text or turn it around, and how they are taken out.

They smuggle words past the eye: into a model that reads what a person never saw, and out of it into a chat.
ZWJ, ZWNJ, the marks of reading direction and the first sixteen variation selectors stay: emoji families and
many scripts are written with them, and they carry no text.
"""

from __future__ import annotations

import re

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,7}\U000e007f"
"""Tag characters spell whole sentences; only flags of regions (England, Wales, …) need them."""
_VARIANT = "(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
"""256 variation selectors spell any byte; only one, right behind a Han character, means a form of it."""
_UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f"  # controls; tab and line ends stay
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u180e\ufff9-\ufffb"  # a vowel separator nobody sees, and what frames hidden annotations
    "\u202a-\u202e\u2060-\u206f"  # direction and invisible operators
    "\ud800-\udfff"  # halves of characters: no platform can encode them
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"  # tags and variation selectors
)
_PATTERN = re.compile(f"({_FLAG}|{_VARIANT})|{_UNSEEN}")


def visible(text: str) -> str:
    """Return the text without invisible and direction-changing characters."""
    return text if text.isascii() and text.isprintable() else _PATTERN.sub(r"\1", text)
