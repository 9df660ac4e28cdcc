"""What the loopback Slack knows: people, channels, messages, calls, and the faults it can be told to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.slack_files import File

JSON = dict[str, Any]


class SlackError(Exception):
    """`ok:false` with this error."""

    def __init__(self, error: str, **extra: str) -> None:
        self.error = error
        self.extra = extra
        super().__init__(error)


@dataclass(frozen=True, slots=True)
class Limited:
    """HTTP 429 with Retry-After; the call is not carried out."""

    retry_after: float = 1.0


@dataclass(frozen=True, slots=True)
class Failing:
    """A server error with a body that is not JSON."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML page, as a proxy or a maintenance screen sends it, or whatever else."""

    status: int = 200
    content: bytes = b""
    type: str = "text/html"


@dataclass(frozen=True, slots=True)
class Refused:
    """`ok:false` with this error."""

    error: str
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Hanging:
    """No answer until the client gives up; `applied` says whether the call was carried out."""

    applied: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """The call is carried out at once and answered after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The call is carried out, then the connection drops instead of an answer."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection drops and nothing was carried out."""


@dataclass(frozen=True, slots=True)
class Bare:
    """Nothing is carried out, and the answer is `ok` with no more than this in it."""

    fields: JSON = field(default_factory=dict[str, Any])


Fault = Limited | Failing | Page | Refused | Hanging | Slow | Lost | Dropped | Bare


@dataclass(slots=True, kw_only=True)
class User:
    """A person or bot; `team` differs from the server's for people from elsewhere."""

    id: str
    team: str
    name: str = ""
    locale: str = "en-US"
    restricted: bool = False
    ultra_restricted: bool = False
    stranger: bool = False
    admin: bool = False
    owner: bool = False
    bot: bool = False

    def as_json(self) -> JSON:
        found: JSON = {"id": self.id, "team_id": self.team, "name": self.name, "real_name": self.name.title()}
        found |= {"is_restricted": self.restricted, "is_ultra_restricted": self.ultra_restricted}
        found |= {"is_admin": self.admin or self.owner, "is_owner": self.owner, "is_primary_owner": False}
        found |= {"is_bot": self.bot, "deleted": False, "profile": {"display_name": self.name}}
        return found | ({"is_stranger": True} if self.stranger else {})


@dataclass(slots=True, kw_only=True)
class Channel:
    """Where messages live; `kind` is channel, group, im or mpim, as in events."""

    id: str
    kind: str = "channel"
    member: bool = True
    archived: bool = False
    creator: str = "U0FOUNDER"
    shared: bool = False
    """Shared with another organisation (Slack Connect)."""
    messages: dict[str, Message] = field(default_factory=dict[str, "Message"])

    def as_json(self) -> JSON:
        found: JSON = {"id": self.id, "creator": self.creator, "is_member": self.member}
        found |= {"is_im": self.kind == "im", "is_mpim": self.kind == "mpim"}
        return found | {"is_archived": self.archived, "is_ext_shared": self.shared}


@dataclass(frozen=True, slots=True)
class Version:
    """What people could read from `at` on (seconds since the server began)."""

    at: float
    text: str
    blocks: tuple[JSON, ...]


@dataclass(slots=True, kw_only=True)
class Message:
    """One message and everything people see of it."""

    channel: str
    ts: str
    user: str
    text: str
    bot: bool = False
    thread_ts: str = ""
    blocks: list[JSON] = field(default_factory=list[JSON])
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list["File"])
    reactions: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    versions: list[Version] = field(default_factory=list[Version])
    tasks: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Of a stream: the title and the state of each task it shows, by id."""
    deleted: bool = False

    @property
    def shown(self) -> str:
        """What a person reads: the blocks where there are any, else the text, both unescaped."""
        return shown(self.text, self.blocks)

    @property
    def buttons(self) -> list[JSON]:
        """The buttons under it, in order."""
        return [element for element in self._elements if element.get("type") == "button"]

    @property
    def selects(self) -> list[JSON]:
        """The choices under it, in order."""
        return [element for element in self._elements if element.get("type") == "static_select"]

    @property
    def _elements(self) -> list[JSON]:
        rows = (block["elements"] for block in self.blocks if block.get("type") == "actions")
        return [element for row in rows for element in row]


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call as it arrived, and what it was answered."""

    method: str
    args: JSON
    at: float
    status: int
    error: str


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def shown(text: str, blocks: list[JSON]) -> str:
    pieces = [piece for block in blocks if (piece := _block_text(block))]
    return unescaped("\n".join(pieces) if blocks else text)


def _block_text(block: JSON) -> str:
    """The readable text of one block; buttons are not text."""
    match block.get("type"):
        case "markdown":
            return str(block.get("text", ""))
        case "section" | "header":
            return str((block.get("text") or {}).get("text", ""))
        case _:
            return ""
