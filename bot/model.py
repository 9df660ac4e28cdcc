"""The values everything else speaks in: one word per thing.

All are frozen; change makes a copy. Identity and storage are the store's concern.
Durations are seconds, moments are aware UTC datetimes unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

MessageRef = NewType("MessageRef", str)
"""One message on a platform. Only the adapter that made it may take it apart."""

TurnId = NewType("TurnId", int)


class Secret(str):
    """A setting that must never be shown: its `repr` hides it, its `str` is the value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class ChatKey:
    """Where a conversation happens. `account` is the bot's own id or its workspace; `thread` may be empty."""

    platform: str
    account: str
    chat: str
    thread: str = ""

    @property
    def source(self) -> str:
        """Return what names the account among all platforms."""
        return f"{self.platform}:{self.account}"


class Standing(StrEnum):
    """What the platform itself vouches for about a person."""

    MEMBER = "member"
    """Belongs to the workspace that installed the bot."""
    GUEST = "guest"
    """Is let in there for some channels only."""
    STRANGER = "stranger"
    """Nobody vouches for this person: any Telegram user, someone from another workspace."""
    MACHINE = "machine"
    """A bot, a channel speaking as itself, an anonymous administrator: never a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who did something. `id` is the platform's own, and the only thing access is decided by."""

    id: str
    name: str = ""
    language: str = ""
    """The language tag of the person's client, empty where the platform does not tell."""
    standing: Standing = Standing.STRANGER


# ---------------------------------------------------------------- what a person did


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person wrote a message.

    `key` names the event within its account; a second one with the same key changes nothing.
    """

    key: str
    chat: ChatKey
    person: Person
    ref: MessageRef
    text: str
    sent_at: datetime
    route: str = ""
    """The adapter's opaque note to itself, given back to it when the reply is written."""
    quote: str = ""
    """What the message replies to or quotes, as text."""
    addressed: bool = True
    """False: overheard in a place where the bot only speaks if it already takes part."""
    shared: bool = False
    """Several people can speak here, so the model must be told who did."""
    opens: bool = False
    """It begins its thread: what it chooses is meant for the whole chat."""
    bare_commands: bool = False
    """A lone word (`new`, `help`) is a command here, because slash commands do not work."""
    quiet: float = 0.0
    """Seconds to wait for more: this is likely a piece of something (long paste, album, forward)."""
    attachments: tuple[str, ...] = ()
    """Kinds of what came along and cannot be read (`photo`, `voice`, …)."""
    whispers: bool = False
    """Its author can be told something here that nobody else reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A person changed an earlier message of theirs; `text` is the new text."""

    key: str
    chat: ChatKey
    person: Person
    ref: MessageRef
    text: str
    edited_at: datetime | None = None
    """None: the platform does not say."""
    bare_commands: bool = False
    """As in `Said`: a lone word is a command here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A person pressed a button under a reply."""

    key: str
    chat: ChatKey
    person: Person
    control: str
    value: str
    """What the control carried: the id of its turn, and after a dot what was picked."""
    ref: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard:
    """Somebody wrote in a shared chat, and not to the bot. Kept only where its people want the bot to know."""

    key: str
    chat: ChatKey
    person: Person
    text: str
    sent_at: datetime


Event = Said | Edited | Pressed | Overheard


@dataclass(frozen=True, slots=True)
class Command:
    """A `Said` that asks the bot itself for something."""

    name: str
    args: str = ""
    is_bare: bool = False
    """It came without a slash, so what is said about commands has none either."""


# ---------------------------------------------------------------- what is shown


class Tone(StrEnum):
    """How much a button stands out."""

    PLAIN = ""
    PRIMARY = "primary"
    """What most people want here."""
    DANGER = "danger"
    """What cannot be undone."""


BUTTON_BYTES = 40
"""Bytes of what follows the turn in the value of a control: platforms carry little more."""


@dataclass(frozen=True, slots=True)
class Control:
    """A button under a reply: `name` and `value` come back in `Pressed`, `label` is what people read."""

    name: str
    value: str
    label: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Select:
    """A choice of one among several under a reply; `options` share its `name`, and the one picked comes back.

    Platforms that have no lists show a button for each option. `chosen` is the value of the one that holds now.
    """

    name: str
    label: str
    options: tuple[Control, ...]
    chosen: str = ""


Controls = tuple[Control | Select, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """An answer in the making as its source, for a surface that shows more than pages."""

    turn: TurnId
    text: str
    """All the model wrote so far, as it wrote it."""
    status: str
    """The bot's own sentence while there is no text, as Markdown."""
    over: bool
    """The answer is whole and stored, and all of it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What is known of the messages among which a lost one of ours must be."""

    before: tuple[MessageRef, ...]
    """Of the same conversation, surely written before it."""
    known: frozenset[MessageRef]
    """Of the whole account, written since then, and surely not it."""
    lost: int
    """How many posts of the account nobody knows about, this one included."""


class WriteKind(StrEnum):
    """The two ways to write to a chat; platforms limit them separately or together."""

    POST = "post"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Limit:
    """A platform's limit: at most one write per `every` seconds on average, `burst` at once.

    `scope` names what shares it within an account (`chat:42`, `account`, `edits`).
    """

    scope: str
    every: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one chat may be written to: the limits that each kind of write must keep."""

    post: tuple[Limit, ...]
    edit: tuple[Limit, ...]
    typing: tuple[Limit, ...] = ()
    """For the sign that an answer is being made."""
    mark: tuple[Limit, ...] = ()
    """For marking a message."""
    unmark: tuple[Limit, ...] = ()
    erase: tuple[Limit, ...] = ()
    """For taking back a message."""
    find: tuple[Limit, ...] = ()
    """For looking for a message whose ref was lost."""
    status_every: float = 5.0
    """Seconds between two versions of a line that only says how far an answer without text is."""
    cheap: bool = False
    """Writes cost nothing, so a short beginning is shown at once instead of being held for more."""

    def limits(self, kind: WriteKind) -> tuple[Limit, ...]:
        """Return the limits a write of this kind spends from."""
        return self.post if kind is WriteKind.POST else self.edit


# ---------------------------------------------------------------- what the model is asked and says


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """How a model is told to think before it answers; what is left out is as the model does by itself.

    No model takes both a budget and an effort.
    """

    enabled: bool | None = None
    budget: int | None = None
    """Tokens it may think."""
    effort: str = ""
    """The provider's word for how hard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to a model. None means: the provider's own default."""

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    reasoning: Reasoning | None = None
    asker: str = ""
    """Who is served in turn with the others where a line forms; empty: nobody in particular. Never sent."""
    fallback: Ask | None = None
    """The same question to another model, for where `model` refuses for load or access."""


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """The next piece of what the model thinks before it answers; never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request goes out by itself in about `seconds`."""

    seconds: float
    throttled: bool = False
    """The provider limits how much is asked."""
    place: int = 0
    """Its place in our own line, 1 is next; 0: it stands in none, the provider asked for patience."""


class Finish(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    """The model said all it wanted to."""
    LENGTH = "length"
    """The output limit cut it."""
    FILTERED = "filtered"
    """Content inspection cut it."""
    STOPPED = "stopped"
    """A person pressed Stop."""
    BROKEN = "broken"
    """The stream failed after text had arrived."""
    FAILED = "failed"
    """It failed before any text."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The model ended its answer; only `STOP`, `LENGTH` and `FILTERED` come from a model."""

    finish: Finish
    note: str = ""
    """The key of a sentence that people must read under the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one request as the provider billed them; buckets are inclusive.

    `cached` is part of `prompt`, `reasoning` is part of `completion`. None is unknown, never zero.
    """

    prompt: int | None = None
    cached: int | None = None
    completion: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    """Counted here because the provider did not report (a stopped or broken answer)."""


Delta = Text | Thought | Waiting | Usage | Finished
