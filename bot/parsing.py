"""What the text of a setting may be.

Every parser takes a text and returns its value, or raises ValueError with the rest of a sentence that begins
with the setting's name: what is wrong, and what to write instead.
A sentence shows what was written only where that cannot be a secret.
"""

from __future__ import annotations

import ipaddress
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.log import Redaction
from bot.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

EVERYONE = frozenset({"*"})
"""Whoever comes may speak."""

_SHARED_IDS = {
    "777000": "Telegram itself, for posts forwarded from a channel",
    "1087968824": "every anonymous administrator",
    "136817688": "every channel that writes as itself",
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHOWN = 24
"""Characters of a mistake that are shown."""


def shown(text: str) -> str:
    """Return what an operator wrote, short and without anything that looks like a secret."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in Redaction()(text))
    return f"“{printable[:_SHOWN]}…”" if len(printable) > _SHOWN else f"“{printable}”"


def key(text: str) -> Secret:
    """Return an API key: anything that can stand in a header."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(
            "has spaces, line breaks or unusual characters in it: copy it again, with nothing around it."
        )
    return Secret(text)


def token(pattern: str, remedy: str) -> Callable[[str], Secret]:
    """Return a parser for a token of this pattern."""

    def parse(text: str) -> Secret:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(remedy)
        return Secret(text)

    return parse


def url(end: str = "", *, never: str = "") -> Callable[[str], str]:
    """Return a parser for an API's root, made to end with `end`; `never` is what people add too much."""

    def parse(text: str) -> str:
        _check_url(text)
        root = text.rstrip("/")
        if never and root.endswith(never):
            raise ValueError(f"must end before “{never}”: the bot adds that itself.")
        return root + end

    return parse


def _check_url(text: str) -> None:
    if not re.match(r"https?://", text, re.IGNORECASE) or not _has_host(text):
        raise ValueError("is not an address: write it like https://host/path.")
    parts = urlsplit(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            "must be a bare address: remove user and password, and everything from “?” or “#” on."
        )
    if parts.scheme == "http" and not _is_near(parts.hostname or ""):
        raise ValueError(
            "would send the key in clear: use https:// (http:// is for this machine and a private network)."
        )


def _has_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", text)
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Tell whether a host is this machine or in a private network, as a neighbouring container is."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def number(accepts: Callable[[float], bool], remedy: str) -> Callable[[str], float]:
    """Return a parser for a finite decimal number that `accepts` says yes to."""

    def parse(text: str) -> float:
        value = float(text) if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text) else math.nan
        if not math.isfinite(value) or not accepts(value):
            raise ValueError(remedy)
        return value

    return parse


def whole(least: int, remedy: str) -> Callable[[str], int]:
    """Return a parser for a whole number of at least `least`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least:
            raise ValueError(remedy)
        return int(text)

    return parse


def limit(remedy: str) -> Callable[[str], int | None]:
    """Return a parser for a whole number where 0 means that there is no limit."""
    parse = whole(0, remedy)
    return lambda text: parse(text) or None


def money(text: str) -> int | None:
    """Return an amount in millionths; 0 means that there is no limit."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        raise ValueError("must be an amount such as 20 or 7.50, or 0 for no limit.")
    return round(Decimal(text) * 1_000_000) or None


def span(text: str) -> float | None:
    """Return a time in seconds; `off` is None."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text.lower())
    if match is not None:
        return float(match[1]) * _UNITS[match[2]]
    if text.lower() in {"off", "0"}:
        return None
    raise ValueError("must be a time such as 30m, 12h or 7d, or off.")


def choice(*names: str) -> Callable[[str], str]:
    """Return a parser for one of the names, in any case."""

    def parse(text: str) -> str:
        for name in names:
            if text.lower() == name.lower():
                return name
        raise ValueError(f"is not known: write one of {', '.join(names)}.")

    return parse


def database(text: str) -> str:
    """Return the URL of a database the store can open."""
    # SQLite takes that name for a database that is gone when the process is.
    if re.fullmatch(r"sqlite:///(?!:memory:$)[^?#]*[^/?#]", text):
        return text
    raise ValueError(
        "is not understood: only SQLite is supported, as sqlite:///folder/file.db (from the working folder) "
        "or sqlite:////folder/file.db (from the root)."
    )


# ---------------------------------------------------------------- people


def users(check: Callable[[str], None]) -> Callable[[str], frozenset[str] | None]:
    """Return a parser for ids that pass `check`, or `*` alone for everyone; nothing at all is None."""

    def parse(text: str) -> frozenset[str] | None:
        ids = _entries(text)
        if ids == EVERYONE:
            return EVERYONE
        if "*" in ids:
            raise ValueError("holds * and ids: write * alone for everyone, or only the ids.")
        for entry in sorted(ids):
            check(entry)
        return ids or None

    return parse


def admins(checks: dict[str, Callable[[str], None]]) -> Callable[[str], frozenset[str]]:
    """Return a parser for ids of any platform, bare or as `platform:id`; never everyone."""

    def parse(text: str) -> frozenset[str]:
        ids = _entries(text)
        for entry in sorted(ids):
            if entry == "*":
                raise ValueError("must be ids: * would make everyone an administrator.")
            platform, colon, bare = entry.partition(":")
            check = checks.get(platform) if colon else checks["slack" if entry[:1].isalpha() else "telegram"]
            if check is None:
                raise ValueError(
                    f"holds {shown(entry)}: write an id, or platform:id with {' or '.join(checks)}."
                )
            check(bare if colon else entry)
        return ids

    return parse


def _entries(text: str) -> frozenset[str]:
    return frozenset(entry.strip() for entry in text.split(",") if entry.strip())


def telegram_id(entry: str) -> None:
    """Check the id of one person on Telegram; names change owners and are never ids."""
    if entry in _SHARED_IDS:
        raise ValueError(f"holds {entry}, which is no person but {_SHARED_IDS[entry]}: remove it.")
    if not re.fullmatch(r"[1-9][0-9]{0,15}", entry):
        raise ValueError(
            f"holds {shown(entry)}, which is not a person's id: ids are plain numbers such as 123456789. "
            "Names do not count, because they can change hands. Send /start to the bot to learn your id."
        )


def slack_id(entry: str) -> None:
    """Check the id of one person in Slack."""
    if not re.fullmatch(r"[UW][A-Z0-9]{2,}", entry):
        raise ValueError(
            f"holds {shown(entry)}, which is not a member id: ids look like U012AB3CD. "
            "Names do not count. Find the id in the person's Slack profile under “Copy member ID”."
        )
