"""Characters that hide text or turn it around, and how they are taken out."""

from __future__ import annotations

import re

# Tag characters smuggle whole sentences past the eye; only flags of regions (England, Wales, …) need them.
# ZWJ, ZWNJ and variation selectors stay: emoji families and many scripts are written with them.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,7}\U000e007f"
_UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f"  # controls; tab and line ends stay
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u202a-\u202e\u2060-\u206f"  # direction and invisible operators
    "\ud800-\udfff"  # halves of characters: no platform can encode them
    "\U000e0000-\U000e007f]"  # tags
)
_PATTERN = re.compile(f"({_FLAG})|{_UNSEEN}")


def visible(text: str) -> str:
    """Return the text without invisible and direction-changing characters."""
    return text if text.isascii() and text.isprintable() else _PATTERN.sub(r"\1", text)
