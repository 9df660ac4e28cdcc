"""Where a link may lead, and whether its label says so honestly."""

from __future__ import annotations

import re
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from adapters.markup.unseen import without_unseen

_WEB = ("http", "https")

# What looks like a host in a label, whatever signs stand around it; a call (`asyncio.run()`) is none. Names of files
# and of libraries (`main.cpp`, `Node.js`) end in none of the suffixes that exist as top-level domains.
_HOST = re.compile(
    r"(?i)(?<![^\W_])(?<![^\W_]\.)((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{1,59}))(?!\w|-\w|\(\))"
)
_ADDRESS = re.compile(r"(?i)https?://(?:[^\s/?#@]*@)?([^\s/?#:@]+)")
_DOT = re.compile("(?<=[A-Za-z0-9])[\u3002\uff61](?=[A-Za-z0-9])")
"""Full stops that browsers read as dots; NFKC makes dots of the others that look like one."""
_FILES = frozenset(
    [
        "cfg",
        "cpp",
        "css",
        "csv",
        "exe",
        "gif",
        "go",
        "html",
        "ini",
        "ipynb",
        "java",
        "jpeg",
        "jpg",
        "js",
        "json",
        "jsx",
        "lock",
        "pdf",
        "php",
        "png",
        "sql",
        "svg",
        "toml",
        "ts",
        "tsx",
        "txt",
        "xml",
        "yaml",
        "yml",
    ]
)


def web_host(href: str) -> str | None:
    """Return the host of an http(s) address, or None if it is not one that a message may link to."""
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in _WEB or not host or re.search(r"[\s\x00-\x1f<>|\\]", href):
        return None
    return host


def mail_address(href: str) -> str | None:
    """Return the address of a mailto link, or None."""
    scheme, _, rest = href.partition(":")
    address = unquote(rest.partition("?")[0])
    return address if scheme.lower() == "mailto" and re.fullmatch(r"[^\s<>|@]+@[^\s<>|@]+", address) else None


def disguised(label: str, host: str) -> bool:
    """Tell whether the label, as a reader sees it, names another host than the link leads to."""
    seen = normalize("NFKC", _DOT.sub(".", without_unseen(label)))
    named = {name.lower() for name in _HOST.findall(seen)}
    named = {name for name in named if name.rsplit(".", 1)[-1] not in _FILES}
    return any(_bare(name) != _bare(host) for name in named.union(_ADDRESS.findall(seen)))


def _bare(host: str) -> str:
    """Return the host in the one form both sides are compared in."""
    host = host.lower().removeprefix("www.").rstrip(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
