"""Names in a group: Telegram finds `@name` in any text by itself and notifies whoever it is.

A model may write fifty of them. The full-width sign looks alike, is as long, and calls nobody; in code, where
Telegram looks for no names, and in e-mail addresses the sign stays.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import MessageEntity

# As the server finds them: behind anything but a letter, a digit or an underscore, so behind a dot and another sign too.
_NAME = re.compile(r"(?<!\w)@(?=[A-Za-z][A-Za-z0-9_]{2,31}\b)")
_QUIET = frozenset({"code", "pre", "text_link"})


def calling_nobody(text: str, entities: Sequence[MessageEntity]) -> str:
    """Return a text of the same length, in UTF-16 too, that notifies nobody."""
    if "@" not in text:
        return text
    quiet = [range(e.offset, e.offset + e.length) for e in entities if e.type in _QUIET]

    def sign(found: re.Match[str]) -> str:
        at = len(text[: found.start()].encode("utf-16-le", "surrogatepass")) // 2
        return "@" if any(at in one for one in quiet) else "＠"

    return _NAME.sub(sign, text)


def visible(name: str) -> str:
    """Return a name without what nobody sees."""
    # Control characters forge log lines and direction overrides forge names; the joiner builds emoji.
    kept = (c for c in name if c == "\u200d" or not unicodedata.category(c).startswith("C"))
    return "".join(kept).strip()
