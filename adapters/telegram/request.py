"""The library's HTTP client, made to hear what a body says, and to overlook what it leaves out.

The library judges by the HTTP status alone. The Bot API promises none: it promises `ok`, and with `false` an
`error_code`. A server that refuses within a 200 would otherwise seem to give answers that cannot be read.
"""

from __future__ import annotations

from typing import Any

import msgspec
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

NOWHERE = {"id": 0, "type": "private"}
SPOKEN = frozenset({"ok", "result", "description", "error_code", "parameters"})
"""What the Bot API's answers are made of."""


class _Verdict(msgspec.Struct):
    ok: bool = True
    error_code: int = 400


class Request(HTTPXRequest):
    """Reports a failure under the status that its body names."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """See `telegram.request.BaseRequest.do_request`."""
        status, body = await super().do_request(*args, **kwargs)
        return verdict(status, body), body

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Return what a body says; of a message that was made no more than its id, for nothing else is used of it.

        Raises TelegramError, also for JSON that is not the Bot API's: a gateway that knows no such address says so in
        a way of its own. A message of which something is missing would be one that was perhaps never made.
        """
        said: Any = HTTPXRequest.parse_json_payload(payload)
        if isinstance(said, dict) and SPOKEN.isdisjoint(said):
            raise TelegramError("not an answer of the Bot API")
        made = said.get("result") if isinstance(said, dict) else None
        if isinstance(made, dict) and isinstance(made.get("message_id"), int):
            return {**said, "result": {"message_id": made["message_id"], "date": 0, "chat": NOWHERE}}
        return said


def verdict(status: int, body: bytes) -> int:
    """Return the HTTP status an answer should have had."""
    if not 200 <= status < 300 or b"false" not in body:  # noqa: PLR2004 - what HTTP calls a success
        return status
    try:
        said = msgspec.json.decode(body, type=_Verdict)
    except (ValueError, RecursionError):
        return status
    failed = not said.ok and 400 <= said.error_code < 600  # noqa: PLR2004 - what HTTP calls a failure
    return said.error_code if failed else status
