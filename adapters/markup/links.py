"""Where a link may lead, and whether its label says so honestly."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_WEB = ("http", "https")

# What looks like a host in a label; names of files and of libraries (`main.cpp`, `Node.js`) end in none of
# the suffixes that exist as top-level domains.
_HOST = re.compile(r"(?i)(?:^|[\s(<\[/@])((?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24})(?=$|[\s/:?#)>\],.!])")
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
    """Tell whether the label names another host than the link leads to."""
    named = {name.lower() for name in _HOST.findall(label)}
    named = {name for name in named if name.rsplit(".", 1)[-1] not in _FILES}
    return any(_bare(name) != _bare(host) for name in named)


def _bare(host: str) -> str:
    """Return the host in the one form both sides are compared in."""
    host = host.lower().removeprefix("www.").rstrip(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
