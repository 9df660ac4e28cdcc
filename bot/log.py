"""Log records that name their chat and turn, and never a secret.

Redaction sits in the formatter: a filter on a logger does nothing for its children, and a filter on a
handler does not see tracebacks. Everything a record holds passes through it: the sentence, its arguments,
the extra facts, the traceback of every exception in the chain.

Nothing in a record can forge another one: control characters are escaped, and traceback lines are indented.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import re
import secrets as randomness
import sys
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

HELD = (
    "aiohttp.access",
    "aiosqlite",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "markdown_it",
    "openai",
    "slack_bolt",
    "slack_sdk",
    "telegram",
)
"""Libraries that write addresses with tokens or what people said at INFO or DEBUG: held at WARNING."""

_SHORTEST = 8
"""Anything shorter would also hide innocent words; the shapes below still catch it in an address."""

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default={})  # noqa: B039 - never changed
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


@contextmanager
def bind(**fields: object) -> Iterator[None]:
    """Show the fields (`chat`, `turn`) on every record written inside, also in tasks started inside."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def reference() -> str:
    """Return a short random name for an error, to be told to a person and written to the log."""
    return base64.b32encode(randomness.token_bytes(5)).decode()


def configure(level: str, layout: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send all records from `level` up to `stream` (standard error), as `text` or `json` lines.

    Warnings and uncaught exceptions become records too. A second call replaces the first.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(old)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter((_Json if layout == "json" else _Text)(Redaction(secrets)))
    handler.addFilter(_is_wanted)
    root.addHandler(handler)
    root.setLevel(level)
    for name in HELD:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class Redaction:
    """Takes secrets out of a text: the ones it was told, and whatever has the shape of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
        # The longest first, so that a secret which contains another one leaves no rest.
        alternatives = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._known = re.compile(alternatives) if alternatives else None

    def __call__(self, text: str) -> str:
        """Return the text with every secret replaced by `[redacted]`."""
        if self._known:
            text = self._known.sub("[redacted]", text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text


def _forms(secret: str) -> set[str]:
    # The part behind the colon is what makes a Telegram token secret; the id before it is public.
    return {form for part in (secret, secret.partition(":")[2]) for form in _spellings(part)}


def _spellings(text: str) -> set[str]:
    """Return a text as it stands in an address, in JSON, in a page and in the `repr` of a value."""
    quoted = {quote(text), quote(text, safe=""), quote_plus(text)}
    lowered = {re.sub("%..", lambda found: found[0].lower(), one) for one in quoted}
    written = {
        json.dumps(text)[1:-1],
        escape(text),
        repr(text)[1:-1],
        repr(text.encode("utf-8", "replace"))[2:-1],
    }
    return {text, *quoted, *lowered, *written}


_SHAPES = (
    (re.compile(r"\b((?:bot)?\d{5,})(?::|%3A)[\w-]{30,}", re.IGNORECASE), r"\1:[redacted]"),
    (re.compile(r"/bot\d+(?::|%3A)[\w-]+", re.IGNORECASE), "/bot[redacted]"),
    (re.compile(r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+"), "[redacted]"),
    (re.compile(r"(?<![A-Za-z0-9])sk-[\w-]{8,}"), "[redacted]"),
    (re.compile(r"(?i:\bBearer)\s+(?!\[redacted\])[^\s'\"]+"), "Bearer [redacted]"),
    # A WebSocket address of Slack's is as good as a login.
    (re.compile(r"(wss?:(?:\\?/){2}[^\s?'\"<>]+)\?[^\s'\"<>]+"), r"\1?[redacted]"),
    (re.compile(r"\bticket=[^\s&'\"\\]+"), "ticket=[redacted]"),
    (re.compile(r"(\w+://)[^\s/@'\"]+@"), r"\1[redacted]@"),
)

# Control characters, line and paragraph separators, invisible and direction marks, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Formatter(logging.Formatter):
    """Collects what is to be shown, without secrets."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def sentence(self, record: logging.LogRecord) -> str:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments are foreign objects; a record must not fail for them
            text = f"{record.msg} (its arguments do not fit)"
        return self._redact(text)

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        return {name: self._plain(value) for name, value in {**extra, **_bound.get()}.items()}

    def trace(self, record: logging.LogRecord) -> str:
        trace = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        return self._redact("\n".join(filter(None, (trace, record.stack_info or ""))))

    def _plain(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = ":".join(str(getattr(value, field.name)) for field in dataclasses.fields(value))
        return self._redact(str(value))


class _Text(_Formatter):
    """`time LEVEL logger: sentence name=value …`, and the traceback indented below."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {_escaped(name)}={_shown(value)}" for name, value in self.fields(record).items())
        line = f"{_time(record)} {record.levelname} {_escaped(record.name)}: {_escaped(self.sentence(record))}{fields}"
        trace = self.trace(record)
        return line + "".join(f"\n    {_escaped(below)}" for below in trace.split("\n") if trace)


class _Json(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        head = {"time": _time(record), "level": record.levelname, "logger": record.name}
        head |= {"message": self.sentence(record)}
        if trace := self.trace(record):
            head |= {"traceback": trace}
        # A fact with the name of one of ours must not take its place.
        line = {**head, **self.fields(record), **head}
        return _UNSAFE.sub(_json_escape, json.dumps(line, ensure_ascii=False))


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(value: object) -> str:
    text = str(value)
    simple = re.fullmatch(r"[^\s=\"\\]+", text) and not _UNSAFE.search(text)
    return text if simple else _UNSAFE.sub(_json_escape, json.dumps(text, ensure_ascii=False))


def _json_escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def _is_wanted(record: logging.LogRecord) -> bool:
    # A library may set its own logger's level from a variable of its own when it is imported.
    held = any(record.name == name or record.name.startswith(f"{name}.") for name in HELD)
    return not held or record.levelno >= logging.WARNING


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the stream; a record that cannot be written is not shown in any other way."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        # The standard one prints the record's raw arguments.
        sys.stderr.write(f"a log record of {record.name} could not be written\n")


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("bot").critical("uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
