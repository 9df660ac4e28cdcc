"""Qwen through the OpenAI-compatible API.

`client` asks and retries, `wire` keeps the limits of time, `chunks` and `sse` read the stream, `refusals` tells
what a refusal means, `backoff` when to ask again, and `circuit` when not to ask at all. In front of it, where the
account's rate is known, `gate` lets people wait in a `line`.
"""

from __future__ import annotations

from bot.turns.qwen.client import Qwen
from bot.turns.qwen.gate import Gate
from bot.turns.qwen.wire import Timeouts

__all__ = ["Gate", "Qwen", "Timeouts"]
