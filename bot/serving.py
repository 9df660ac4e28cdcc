"""Whether the page in the browser is served, and what that asks of the settings. Pure.

Without a platform the page is what the bot is for, so it is served by itself; beside one only if it is asked for.
It lets in whoever reaches it, so it listens to this machine alone, unless there is a token.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from bot.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPERATOR = "operator"
"""The id of the one person who speaks on the page; an administrator."""
HOST, PORT = "127.0.0.1", 8080
_SHORTEST = 16
_HIGHEST_PORT = 65_535


def is_wanted(given: Mapping[str, str], *, alone: bool) -> bool:
    """Tell whether the page is served; `given` are the settings as written, `alone`: no platform is set up."""
    choice = given.get("WEB", "").lower()
    return choice == "on" or (alone and choice != "off")


def mistakes(given: Mapping[str, str]) -> Iterator[str]:
    """Yield what must be changed before the page may be served."""
    if not is_near(given.get("WEB_HOST", HOST)) and "WEB_TOKEN" not in given:
        yield (
            "WEB_TOKEN is missing: WEB_HOST lets other machines reach the page, so set a long random word "
            "(openssl rand -hex 24 makes one), or remove WEB_HOST."
        )


def is_near(host: str) -> bool:
    """Tell whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def host(text: str) -> str:
    """Return an address to listen on. Raises ValueError with a remedy."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if text.lower() == "localhost":
            return "localhost"
    raise ValueError(
        "is not an address of this machine: write 127.0.0.1, or 0.0.0.0 for all of its networks."
    )


def port(text: str) -> str:
    """Return a port, or 0 for one that is free. Raises ValueError with a remedy."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > _HIGHEST_PORT:
        raise ValueError("must be a port from 1 to 65535, such as 8080.")
    return str(int(text))


def token(text: str) -> Secret:
    """Return what opens the page. Raises ValueError with a remedy."""
    if not re.fullmatch(r"[!-~]+", text) or len(text) < _SHORTEST:
        raise ValueError(
            "must have 16 characters or more and no spaces, because it alone keeps others out: "
            "openssl rand -hex 24 makes one."
        )
    return Secret(text)
