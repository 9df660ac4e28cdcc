"""Everything that can go wrong, named by what the catcher should do.

BotError
├── Misconfigured            tell the operator every problem with its remedy; do not start
├── StoreError
│   ├── NewerDatabase        written by a newer version; do not start
│   ├── AlreadyRunning       another process owns the database; do not start
│   ├── DatabaseGone         the file was deleted, replaced or damaged under us; stop, nothing more would be kept
│   ├── StaleLease           another attempt owns the turn now; write nothing, leave
│   └── StoreUnavailable     full, locked or read-only; nothing was stored, so acknowledge nothing
├── PlatformError            a write to a platform did not happen, unless it says otherwise
│   ├── RateLimited          write nothing in the scope named for `retry_after` seconds
│   ├── Unavailable          may have happened: repeat an edit, never blindly a post
│   ├── Unreachable          surely did not happen (no connection): try again later
│   ├── Gone                 the message is not there any more: post a new one
│   ├── Closed               the chat is closed to us: give the turn up
│   ├── Moved                the chat has a new id: write there
│   ├── Unfit                the chat does not take this way of showing an answer: show it by edits
│   ├── StillOpen            the message is a stream that nobody closed: close it, then edit it
│   └── Rejected             the body is not accepted: once as plain text, then give up
│       ├── TooLong          the body does not fit: split
│       └── Unsupported      the server has no such method: do without what needs it
└── ModelError               asking the model failed; `phrase` names what the person is told
    ├── KeyRefused           401
    ├── NoAccess             404: model retired or unknown
    │   └── Denied           403: it is there, and not ours
    ├── OutOfCredit          402, arrears, free tier used up
    ├── ModelBusy            429 and overload, after waiting and retrying
    ├── PromptTooLong        the conversation exceeds the context window
    ├── Refused              content inspection refused question or answer
    ├── BadRequest           the request is wrong in another way: a mistake of ours or of a setting
    ├── ModelUnreachable     network trouble or a failing server, before any text
    ├── Interrupted          the stream broke, stalled or ended without a finish reason
    └── OverLimit            nobody was asked: what may be used or spent is used up
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.model import ChatKey


class BotError(Exception):
    """Something this bot knows how to deal with. The docstring is the default message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class Misconfigured(BotError):
    """The settings do not allow a start. `problems` are sentences, each with its remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


# ---------------------------------------------------------------- store


class StoreError(BotError):
    """The database cannot be used."""


class NewerDatabase(StoreError):
    """The database was written by a newer version of this bot."""


class AlreadyRunning(StoreError):
    """Another process is already using this database."""


class DatabaseGone(StoreError):
    """The database was deleted, replaced or damaged while the bot was running."""


class StaleLease(StoreError):
    """Another attempt has taken over this turn."""


class StoreUnavailable(StoreError):
    """The database could not store this now."""


# ---------------------------------------------------------------- platforms


class PlatformError(BotError):
    """A platform did not do what it was asked to."""


class RateLimited(PlatformError):
    """The platform asks for silence.

    `scope` names the `Limit` that must rest for `retry_after` seconds; empty means the whole account.
    """

    def __init__(self, retry_after: float, scope: str = "") -> None:
        self.retry_after = retry_after
        self.scope = scope
        super().__init__("rate limited")


class Unavailable(PlatformError):
    """The platform did not confirm; the write may have happened."""


class Unreachable(PlatformError):
    """There was no connection; the write did not happen."""


class Gone(PlatformError):
    """The message does not exist any more."""


class Closed(PlatformError):
    """The chat is closed to the bot."""


class Moved(PlatformError):
    """The chat goes on under another id."""

    def __init__(self, chat: ChatKey) -> None:
        self.chat = chat
        super().__init__("chat moved")


class Unfit(PlatformError):
    """The chat does not take this way of showing an answer."""


class StillOpen(PlatformError):
    """The message is a stream that nobody has closed."""


class Rejected(PlatformError):
    """The platform does not accept this body."""


class TooLong(Rejected):
    """The platform finds this body too long."""


class Unsupported(Rejected):
    """The server does not know what it is asked to do: whatever needs it is not to be had there."""


# ---------------------------------------------------------------- model


class ModelError(BotError):
    """The model could not be asked. `phrase` is the key of the sentence for the person."""

    phrase: ClassVar[str] = "failed"
    again: ClassVar[bool] = True
    """Whether asking again later can help."""


class KeyRefused(ModelError):
    """The provider refused the API key."""

    phrase = "key_refused"
    again = False


class NoAccess(ModelError):
    """The model does not exist, is retired, or is not open to this key."""

    phrase = "no_access"
    again = False


class Denied(NoAccess):
    """The model is there, and not open to this key."""


class OutOfCredit(ModelError):
    """The provider's account has no credit."""

    phrase = "out_of_credit"
    again = False


class ModelBusy(ModelError):
    """The provider limits the rate, and waiting did not help."""

    phrase = "busy"


class PromptTooLong(ModelError):
    """The conversation is too long for the model."""

    phrase = "too_long"
    again = False

    def __init__(self, message: str = "", *, most: int | None = None) -> None:
        self.most = most
        """How many tokens the model says it takes, if it says so."""
        super().__init__(message)


class Refused(ModelError):
    """The provider's content inspection refused the question or the answer."""

    phrase = "refused"
    again = False


class BadRequest(ModelError):
    """The provider did not understand the request."""

    phrase = "failed"
    again = False


class ModelUnreachable(ModelError):
    """The provider could not be reached, or failed before any text."""

    phrase = "unreachable"


class Interrupted(ModelError):
    """The answer broke off."""

    phrase = "interrupted"


class OverLimit(ModelError):
    """A limit of `most` is reached, until `until` (seconds since 1970); `say` returns the sentence about it in a language."""

    phrase = "limit_tokens"

    def __init__(self, most: int, until: float, say: Callable[[str], str] | None = None) -> None:
        self.most = most
        self.until = until
        self.say = say
        super().__init__("over the limit")
