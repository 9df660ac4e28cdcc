"""What the bot counts about itself, for whoever watches it. Numbers and names of platforms and models, never people.

Counting costs a microsecond or two and cannot fail. It is kept in memory, as Prometheus expects: a restart begins
at zero, and the figures that bills are made of stand in the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

if TYPE_CHECKING:
    from bot.model import Finish, Usage

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_FIRST = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 13, 30, 60)
_WHOLE = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
_LAG = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

_UNKNOWN = float("nan")

# When each series began is of use to nobody here, and would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call]

_registry = CollectorRegistry()
_turns = Counter("bot_turns", "Answers that ended, by how.", ("platform", "finish"), registry=_registry)
_first = Histogram(
    "bot_first_text_seconds",
    "From taking up a question to its first text on the screen.",
    ("platform",),
    buckets=_FIRST,
    registry=_registry,
)
_whole = Histogram(
    "bot_answer_seconds",
    "From taking up a question to the last write of its answer.",
    ("platform",),
    buckets=_WHOLE,
    registry=_registry,
)
_writes = Counter("bot_writes", "Writes that got through.", ("platform", "kind"), registry=_registry)
_refusals = Counter(
    "bot_refusals", "Times a platform asked for silence (429).", ("platform",), registry=_registry
)
_tokens = Counter(
    "bot_tokens", "Tokens, as they were billed or estimated.", ("model", "kind"), registry=_registry
)
_failures = Counter(
    "bot_model_failures", "Requests the model did not answer whole.", ("error",), registry=_registry
)
_lag = Histogram(
    "bot_loop_lag_seconds",
    "How late the event loop came to what was due, looked at twenty times a second.",
    buckets=_LAG,
    registry=_registry,
)
_waiting = Gauge("bot_waiting", "Messages that wait to be taken up.", registry=_registry)
_running = Gauge("bot_running", "Answers in the making.", registry=_registry)


def answered(platform: str, finish: Finish) -> None:
    """Count an answer that ended."""
    _turns.labels(platform, finish.value).inc()


def began(platform: str, seconds: float) -> None:
    """Note how long a question waited for its first text on the screen."""
    _first.labels(platform).observe(seconds)


def shown(platform: str, seconds: float) -> None:
    """Note how long an answer took until all of it stood on the screen."""
    _whole.labels(platform).observe(seconds)


def wrote(platform: str, kind: str) -> None:
    """Count a write that got through."""
    _writes.labels(platform, kind).inc()


def refused(platform: str) -> None:
    """Count that a platform asked for silence."""
    _refusals.labels(platform).inc()


def used(model: str, usage: Usage) -> None:
    """Count what a request cost; what is unknown is not counted."""
    for kind in ("prompt", "cached", "completion", "reasoning"):
        if (tokens := getattr(usage, kind)) is not None:
            _tokens.labels(model, kind).inc(tokens)


def failed(error: Exception) -> None:
    """Count a request the model did not answer whole."""
    _failures.labels(type(error).__name__).inc()


def lagged(seconds: float) -> None:
    """Note how late the event loop came to what was due."""
    _lag.observe(max(0.0, seconds))


def exposition(*, waiting: int | None, running: int | None) -> bytes:
    """Return all figures in Prometheus' text format; the arguments are what is true at this moment, None: unknown."""
    _waiting.set(_UNKNOWN if waiting is None else waiting)
    _running.set(_UNKNOWN if running is None else running)
    return generate_latest(_registry)
