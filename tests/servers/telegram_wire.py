"""What travels between a bot and the Telegram server: parameters in, answers and scripted faults out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from aiohttp.web import FileField

if TYPE_CHECKING:
    from aiohttp import web

STRUCTURED = frozenset(
    {
        "allowed_updates",
        "caption_entities",
        "commands",
        "entities",
        "link_preview_options",
        "message_ids",
        "reaction",
        "reply_markup",
        "reply_parameters",
        "rich_message",
        "scope",
    }
)
"""Parameters that form encodings carry as JSON in a string."""


class Refusal(Exception):
    """A call the platform does not carry out.

    `blame` says that the bot should have known better; without it the world changed under the bot.
    """

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        blame: bool = True,
        parameters: dict[str, int] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.blame = blame
        self.parameters = parameters
        self.description = description


def bad(description: str) -> Refusal:
    """A mistake of the bot."""
    return Refusal(f"Bad Request: {description}")


def unlucky(description: str) -> Refusal:
    """Bad luck of the bot: it could not know."""
    return Refusal(f"Bad Request: {description}", blame=False)


# ---------------------------------------------------------------- parameters


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Params:
    """The parameters of one call, structured ones decoded."""

    values: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        value = self.values.get(name)
        if value in (None, ""):
            return default
        try:
            return int(cast("str", value))
        except (TypeError, ValueError):
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.values.get(name) in (True, "true", "True", "1", "yes")

    def structure(self, name: str) -> Any:
        return self.values.get(name)

    def upload(self, name: str) -> Upload:
        """Return a file that came as this field, or as another one that this field names. Raises Refusal."""
        given = self.values.get(name)
        if isinstance(given, str) and given.startswith("attach://"):
            given = self.values.get(given.removeprefix("attach://"))
        if not isinstance(given, Upload):
            raise bad(f"there is no {name} in the request")
        if not given.content:
            raise bad("file must be non-empty")
        return given


async def read_params(request: web.Request) -> dict[str, Any]:
    """Read query and body in any of the encodings the platform knows. Raises Refusal."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "multipart/form-data":
        values |= {name: _part(value) for name, value in (await request.post()).items()}
    elif request.content_type == "application/json":
        values |= _json_body(await request.read())
    else:
        values |= _form_body(await request.read())
    for name in STRUCTURED & values.keys():
        values[name] = _decoded(name, values[name])
    _check_utf8(values)
    return values


def _part(value: Any) -> Any:
    """Return a field of a multipart body: text as it is, a file as what it holds."""
    if isinstance(value, FileField):
        return Upload(value.filename, value.content_type, value.file.read())
    return value


def _json_body(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad("object expected as a request")
    return values


def _form_body(body: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None


def _decoded(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


def _check_utf8(values: dict[str, Any]) -> None:
    try:
        plain = {name: value for name, value in values.items() if not isinstance(value, Upload)}
        json.dumps(plain, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None


# ---------------------------------------------------------------- faults


@dataclass(frozen=True, slots=True)
class Answer:
    """Refuse with this; nothing is carried out."""

    status: int
    description: str
    parameters: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Answer with these bytes; nothing is carried out."""

    status: int
    body: str
    content_type: str = "text/html"


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer; nothing is carried out."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection; nothing is carried out."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Carry the call out, then cut the connection: the bot never hears of it."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Carry the call out at once, answer after so many seconds."""

    seconds: float


Fault = Answer | Raw | Hang | Drop | Lost | Slow

BAD_GATEWAY = Raw(502, "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")
GARBAGE = Raw(200, "<html>captive portal</html>")
UNAUTHORIZED = Answer(401, "Unauthorized")
BLOCKED = Answer(403, "Forbidden: bot was blocked by the user")
RESTART = Answer(500, "Internal Server Error: restart")


def too_many(retry_after: int) -> Answer:
    """429 with its time to wait, in seconds."""
    return Answer(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def refuse(description: str, status: int = 400) -> Answer:
    """400 with this description, which is prefixed as the platform does."""
    prefix = {400: "Bad Request: ", 403: "Forbidden: "}.get(status, "")
    return Answer(status, description if description.startswith(prefix) else prefix + description)


def answer_body(answer: Answer) -> dict[str, Any]:
    """The JSON of a refusal."""
    body: dict[str, Any] = {
        "ok": False,
        "error_code": answer.status,
        "description": answer.description or HTTPStatus(answer.status).phrase,
    }
    return body | ({"parameters": answer.parameters} if answer.parameters else {})


@dataclass(slots=True)
class _Scripted:
    fault: Fault
    times: float
    after: int


class Script:
    """The faults to come, per method in the order they were given."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Scripted]] = {}

    def add(self, method: str, fault: Fault, times: float, after: int) -> None:
        self._waiting.setdefault(method.lower(), []).append(_Scripted(fault, times, after))

    def clear(self, method: str) -> None:
        self._waiting.pop(method.lower(), None)

    def take(self, method: str) -> Fault | None:
        """Return what shall happen to this call; `after` lets that many pass first."""
        for name in (method.lower(), "*"):
            line = self._waiting.get(name, [])
            if not line:
                continue
            if line[0].after > 0:
                line[0].after -= 1
                continue
            return self._use(line)
        return None

    @staticmethod
    def _use(line: list[_Scripted]) -> Fault:
        first = line[0]
        first.times -= 1
        if first.times <= 0:
            line.pop(0)
        return first.fault
