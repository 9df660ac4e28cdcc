"""Who may come in. Pure: requests are their headers, time is an argument.

- Without a token everybody on this machine may. A page of another site, open in a browser here, must not: it could
  have its own name point at this machine, so only local names are answered to. Nor must others whom a tunnel lets in.
- With a token whoever knows it may: programs in each request, browsers once, for a cookie that proves it.
- What a browser sends on behalf of another site is refused in any case.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "session"
LASTS = 30 * 86_400
"""Seconds a browser stays logged in."""
_PROGRAM = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)

_SESSION = re.compile(r"[0-9]{1,12}-[0-9a-f]{16}", re.ASCII)
"""When it ends by itself, in seconds since 1970, and a name that no other has."""
_BEYOND = re.compile(r"[^A-Za-z0-9.:\[\]_-]")


class Door:
    """What the token opens. An empty token: there is no lock."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._key = hashlib.sha256(b"session:" + self._token).digest()
        self._ended: set[str] = set()

    @property
    def has_lock(self) -> bool:
        """Tell whether a token is needed."""
        return bool(self._token)

    def fits(self, token: str) -> bool:
        """Tell whether this is the token; how long it takes tells nothing about it."""
        given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        return self.has_lock and hmac.compare_digest(given, hashlib.sha256(self._token).digest())

    def cookie(self, now: float) -> str:
        """Return what a browser proves with that it was let in; `now` is seconds since 1970."""
        session = f"{int(now) + LASTS}-{secrets.token_hex(8)}"
        return f"{session}.{self._sign(session)}"

    def knows(self, cookie: str, now: float) -> bool:
        """Tell whether a browser was let in, not too long ago, and has not left since."""
        session, _, proof = cookie.partition(".")
        if not _SESSION.fullmatch(session):
            return False
        is_ours = hmac.compare_digest(proof.encode("utf-8", "replace"), self._sign(session).encode())
        return is_ours and _until(session) > now and session not in self._ended

    def end(self, cookie: str, now: float) -> bool:
        """Let a cookie prove nothing any more, whoever kept a copy; False if it proves nothing anyway."""
        if not self.knows(cookie, now):
            return False
        self._ended.add(cookie.partition(".")[0])
        return True

    def ended(self, now: float) -> str:
        """Return the sessions that were ended and would be known otherwise, for `recall` after a restart."""
        self._ended = {session for session in self._ended if _until(session) > now}
        return " ".join(sorted(self._ended))

    def recall(self, ended: str) -> None:
        """Take up what `ended` returned before a restart."""
        self._ended.update(session for session in ended.split() if _SESSION.fullmatch(session))

    def _sign(self, session: str) -> str:
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()


def _until(session: str) -> int:
    return int(session.partition("-")[0])


def bearer(headers: Mapping[str, str]) -> str | None:
    """Return the token a program sends; None if it sends none."""
    found = _PROGRAM.fullmatch(headers.get("Authorization", ""))
    return found[1] if found else None


def is_local(host: str) -> bool:
    """Tell whether a `Host` header names this machine; nobody can make such a name point elsewhere."""
    # Nothing but a name and a port: what else an address may hold is no part of this header.
    if _BEYOND.search(host):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def is_passed_on(headers: Mapping[str, str]) -> bool:
    """Tell whether a proxy or a tunnel on this machine passes on what somebody elsewhere asks.

    Many of them put a local name into `Host`, so that it says nothing about who asks.
    """
    named = [*headers.get("X-Forwarded-For", "").split(","), headers.get("X-Real-IP", "")]
    return "Forwarded" in headers or not all(map(_is_loopback, filter(None, map(str.strip, named))))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_foreign(method: str, headers: Mapping[str, str], *, is_page: bool) -> bool:
    """Tell whether a browser sends this on behalf of another site. A link to a page of ours may stand anywhere."""
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return False
        return not (is_page and method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate")
    # Older browsers name the site they speak for only where something is changed.
    origin = headers.get("Origin")
    return origin is not None and _place(origin) != headers.get("Host", "").lower()


def _place(origin: str) -> str:
    return origin.partition("://")[2].lower()


def client(peer: str, headers: Mapping[str, str]) -> str:
    """Return what names a client: its address, or what the proxy on this machine says it is.

    The last entry is the proxy's own; what stands before it anybody may have written.
    """
    forwarded = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded[:64] if forwarded and _is_loopback(peer) else peer
