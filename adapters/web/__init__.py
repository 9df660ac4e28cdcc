"""The page in your browser, and what programs speak to; docs/web.md says how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.web.adapter import Web

if TYPE_CHECKING:
    from bot.ports import Adapter


def build(*, host: str = "127.0.0.1", port: str = "8080", token: str = "") -> Adapter:
    """Return the adapter; it listens on `host` and `port`, and an empty `token` leaves it unlocked. No I/O."""
    return Web(host=host, port=int(port), token=token)
