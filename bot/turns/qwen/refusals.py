"""What a provider's refusal means: which error it is, whether asking again can help, whom it concerns; pure.

Qwen answers with two shapes of error body, also within compatible mode, depending on the layer that refused:
`{"error": {"message", "type", "code"}, "request_id"}` and `{"code", "message", "request_id"}`. The same code
comes in PascalCase, snake_case and dotted, so codes are compared without case and punctuation. Messages get
suffixes and translations; they decide only where status and code say nothing (Model Studio, error codes).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from bot.errors import (
    BadRequest,
    Denied,
    KeyRefused,
    ModelBusy,
    ModelError,
    ModelUnreachable,
    NoAccess,
    OutOfCredit,
    PromptTooLong,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Retry(Enum):
    """Whether and how the same request may go out again."""

    NEVER = "never"
    FEW = "few"
    """The server or the way to it fails: a couple of times."""
    PATIENT = "patient"
    """The rate is limited: as long as patience lasts."""
    SLOW = "slow"
    """The rate rises too quickly: as long as patience lasts, beginning with a longer wait."""
    OTHERWISE = "otherwise"
    """Not the same request, but at once without what it says about thinking."""


class Reach(Enum):
    """What a refusal holds for."""

    CALL = "call"
    MODEL = "model"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal comes to."""

    error: type[ModelError]
    retry: Retry = Retry.NEVER
    reach: Reach = Reach.CALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal, fit for the log: no words of the provider, which may quote the key or the question."""

    meaning: Meaning
    code: str = ""
    """The provider's code in lower case letters and digits, or our own word for what went wrong."""
    status: int | None = None
    request: str = ""
    """The provider's id of the request, to be named to its support."""
    retry_after: float | None = None
    most: int | None = None
    """How many tokens of input the model says it takes, where it refused more."""


BAD_KEY = Meaning(KeyRefused, reach=Reach.ACCOUNT)
NO_CREDIT = Meaning(OutOfCredit, reach=Reach.ACCOUNT)
FREE_TIER = Meaning(OutOfCredit, reach=Reach.MODEL)
NO_MODEL = Meaning(NoAccess, reach=Reach.MODEL)
DENIED = Meaning(Denied, reach=Reach.MODEL)
INSPECTED = Meaning(Refused)
TOO_LONG = Meaning(PromptTooLong)
THROTTLED = Meaning(ModelBusy, Retry.PATIENT)
BURST = Meaning(ModelBusy, Retry.SLOW)
FAILING = Meaning(ModelUnreachable, Retry.FEW)
UNUSABLE = Meaning(ModelUnreachable)
WRONG = Meaning(BadRequest)
NO_WAY_TO_THINK = Meaning(BadRequest, Retry.OTHERWISE)

# `insufficient_quota` is for good at OpenAI; at Qwen it is the limit of tokens per minute, over in a minute.
CODES = {
    "invalidapikey": BAD_KEY,
    "arrearage": NO_CREDIT,
    "prepaidbilloverdue": NO_CREDIT,
    "postpaidbilloverdue": NO_CREDIT,
    "commoditynotpurchased": NO_CREDIT,
    "allocationquotafreetieronly": FREE_TIER,
    "freetieronly": FREE_TIER,
    "accessdenied": DENIED,
    "accessdeniedunpurchased": DENIED,
    "modelaccessdenied": DENIED,
    "workspaceaccessdenied": DENIED,
    "endpointaccessdenied": DENIED,
    "modelnotfound": NO_MODEL,
    "modelnotexist": NO_MODEL,
    "modelnotsupported": NO_MODEL,
    "datainspectionfailed": INSPECTED,
    "internalerroralgodatainspectionfailed": INSPECTED,
    "contentfilter": INSPECTED,
    "contextlengthexceeded": TOO_LONG,
    "badrequesttoolarge": TOO_LONG,
    "limitrequests": THROTTLED,
    "insufficientquota": THROTTLED,
    "throttling": THROTTLED,
    "throttlingratequota": THROTTLED,
    "throttlingallocationquota": THROTTLED,
    "ratelimitexceeded": THROTTLED,
    "modelservingerror": THROTTLED,
    "modelunavailable": THROTTLED,
    "limitburstrate": BURST,
    "throttlingburstrate": BURST,
    "requesttimeout": FAILING,
    "internalerror": FAILING,
    "internalerroralgo": FAILING,
    "systemerror": FAILING,
    "modelservicefailed": FAILING,
}

# Some throttling codes also stand for a used-up free tier, which never recovers; only the words tell.
WORDS_BEFORE_CODES = (("free allocated quota exceeded", FREE_TIER),)

# `invalid_parameter_error` stands for everything from a long prompt to a wrong parameter.
WORDS = (
    ("range of input length", TOO_LONG),
    ("token length exceed", TOO_LONG),
    ("maximum context length", TOO_LONG),
    ("datainspectionfailed", INSPECTED),
    ("model not exist", NO_MODEL),
    ("enable_thinking", NO_WAY_TO_THINK),
    ("thinking_budget", NO_WAY_TO_THINK),
    ("reasoning_effort", NO_WAY_TO_THINK),
    ("make sure your account is in good standing", NO_CREDIT),
)

_LIMIT = re.compile(
    r"range of input length should be \[\d+, ?(\d{1,12})\]|exceed model limit \((\d{1,12}) tokens\)"
    r"|maximum context length (?:is|of) (\d{1,12}) tokens",
    re.IGNORECASE,
)
_LIMIT_LEAST, _LIMIT_MOST = 256, 10**9

STATUSES = {
    401: BAD_KEY,
    402: NO_CREDIT,
    403: DENIED,
    404: NO_MODEL,
    408: FAILING,
    409: FAILING,
    413: TOO_LONG,
    429: THROTTLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complaint:
    code: str
    kind: str
    message: str
    request: str
    status: int | None


def from_response(status: int, body: bytes, headers: Mapping[str, str], now: datetime) -> Refusal:
    """Return what a response other than 2xx means. `now` is aware; header names are in lower case."""
    said = _read(body)
    meaning = _meaning(status, said)
    return Refusal(
        meaning=meaning,
        code=_plain(said.code or said.kind),
        status=status,
        request=_identifier(headers.get("x-request-id") or said.request),
        retry_after=retry_after(headers, now),
        most=named_limit(said.message) if meaning is TOO_LONG else None,
    )


def from_stream(body: bytes) -> Refusal | None:
    """Return what an object without an answer means that came where a chunk should; None if it is no error."""
    said = _read(body)
    if not (said.code or said.message):
        return None
    meaning = _meaning(said.status, said)
    return Refusal(
        meaning=meaning,
        code=_plain(said.code or said.kind),
        status=said.status,
        request=_identifier(said.request),
        most=named_limit(said.message) if meaning is TOO_LONG else None,
    )


def named_limit(message: str) -> int | None:
    """Return how many tokens a model says it takes; None where it names no number, or none that can be meant."""
    found = _LIMIT.search(message)
    most = int(next(filter(None, found.groups()))) if found else 0
    return most if _LIMIT_LEAST <= most <= _LIMIT_MOST else None


def _meaning(status: int | None, said: _Complaint) -> Meaning:
    message = said.message.lower()
    for words, meaning in WORDS_BEFORE_CODES:
        if words in message:
            return meaning
    for name in (said.code, said.kind):
        if (known := CODES.get(_plain(name))) is not None:
            return known
    # A server's fault or a rate limit does not become a refusal by the words in its message.
    if status is None or (400 <= status < 500 and status not in STATUSES):  # noqa: PLR2004
        for words, meaning in WORDS:
            if words in message:
                return meaning
    return _by_status(status)


def _by_status(status: int | None) -> Meaning:
    if status is None or status >= 500:  # noqa: PLR2004
        return FAILING
    return STATUSES.get(status, WRONG)


def _read(body: bytes) -> _Complaint:
    """Return what an error body says, in either shape; empty where it says nothing we can read."""
    try:
        whole = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        whole = None
    outer = whole if isinstance(whole, dict) else {}
    error = outer.get("error")
    inner = error if isinstance(error, dict) else outer
    message = error if isinstance(error, str) else inner.get("message")
    code = inner.get("code")
    return _Complaint(
        code=str(code) if isinstance(code, str | int) else "",
        kind=_text(inner.get("type")),
        message=_text(message),
        request=_text(outer.get("request_id")),
        status=_status(code),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _status(code: object) -> int | None:
    """Return the HTTP status that some servers name as the code of an error within the stream."""
    return code if isinstance(code, int) and 400 <= code < 600 else None  # noqa: PLR2004


def _plain(code: str) -> str:
    return "".join(letter for letter in code[:100].lower() if letter.isascii() and letter.isalnum())


def _identifier(text: str) -> str:
    return text if len(text) <= 100 and text.isascii() and text.isprintable() else ""  # noqa: PLR2004


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds the provider asks us to wait, however it says so; None if it does not."""
    exact = _seconds(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / 1000
    text = headers.get("retry-after", "")
    seconds = _seconds(text)
    return seconds if seconds is not None else _until(text, headers.get("date", ""), now)


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value > 0 and not math.isnan(value) else None


def _until(text: str, date: str, now: datetime) -> float | None:
    """Return the seconds until a moment, by the server's own date where it names one: clocks differ."""
    moment = _moment(text)
    if moment is None:
        return None
    seconds = (moment - (_moment(date) or now)).total_seconds()
    return seconds if seconds > 0 else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
