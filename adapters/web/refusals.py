"""What is answered when something cannot be done: a status, a code for programs and a sentence for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot import clock, errors, phrases

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.errors import ModelError

TOKEN_SETTING, KEY_SETTING = "WEB_TOKEN", "OPENAI_API_KEY"


class Refusal(Exception):
    """Raised wherever a request is handled; the sentence is made in the language of who asked."""

    def __init__(
        self,
        status: int,
        code: str,
        key: str,
        *,
        retry_after: float | None = None,
        say: Callable[[str], str] | None = None,
        **values: object,
    ) -> None:
        self._say = say
        self.status = status
        self.code = code
        self.key = key
        self.values = values
        self.retry_after = retry_after
        super().__init__(code)

    def body(self, language: str) -> dict[str, dict[str, str]]:
        """Return what the interface answers."""
        values = dict(self.values)
        if self.retry_after is not None:
            values.setdefault("wait", phrases.duration(self.retry_after, language))
        message = self._say(language) if self._say else phrases.say(self.key, language, **values)
        return {"error": {"code": self.code, "message": message}}

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        return {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}


def bad_value(name: str, allowed: str) -> Refusal:
    """Return that a field holds something it cannot."""
    return Refusal(400, "bad_request", "web_bad_value", name=name, allowed=allowed)


def too_many(wait: float) -> Refusal:
    """Return that a client asks too much."""
    return Refusal(429, "too_many", "web_too_many", retry_after=wait)


def not_found() -> Refusal:
    """Return that there is nothing under an address."""
    return Refusal(404, "not_found", "web_not_found")


def wrong_method(method: str, allowed: str) -> Refusal:
    """Return that something is asked of an address in a way it does not know."""
    return Refusal(405, "bad_method", "web_bad_method", method=method, allowed=allowed)


def no_conversation() -> Refusal:
    """Return that a conversation does not exist."""
    return Refusal(404, "not_found", "web_no_conversation")


def restarting() -> Refusal:
    """Return that nothing is taken in any more."""
    return Refusal(503, "restarting", "web_restarting", retry_after=3)


def cannot_store() -> Refusal:
    """Return that the database takes nothing."""
    return Refusal(503, "cannot_store", "web_cannot_store", retry_after=5)


def over_limit() -> Refusal:
    """Return that a message was not taken in because of a limit, which was told in the conversation."""
    return Refusal(429, "over_limit", "web_over_limit", retry_after=60)


def too_long(most: int) -> Refusal:
    """Return that a message is too long."""
    return Refusal(413, "too_large", "limit_characters", most=f"{most:,}")


def busy(wait: float) -> Refusal:
    """Return that the provider limits how much is asked of a model."""
    status, code, key = BUSY_MODEL
    return Refusal(status, code, key, retry_after=wait)


BUSY = 10.0
"""Seconds after which a model may be asked again that does not say when."""
BUSY_MODEL = (429, "busy", "web_busy")
_OF_MODEL: dict[type[ModelError], tuple[int, str, str]] = {
    errors.KeyRefused: (401, "key_refused", "key_refused"),
    errors.Denied: (403, "no_access", "no_access"),
    errors.NoAccess: (404, "no_access", "no_access"),
    errors.OutOfCredit: (402, "out_of_credit", "out_of_credit"),
    errors.ModelBusy: BUSY_MODEL,
    errors.PromptTooLong: (413, "too_long", "too_long"),
    errors.Refused: (400, "refused", "refused"),
    errors.ModelUnreachable: (502, "unreachable", "web_unreachable"),
    errors.Interrupted: (502, "interrupted", "web_interrupted"),
}


def of_model(error: ModelError, model: str, reference: str) -> Refusal:
    """Return what is answered when a model failed; `reference` stands in the log."""
    if isinstance(error, errors.OverLimit):
        wait = max(0.0, error.until - clock.wall())
        return Refusal(429, "over_limit", error.phrase, retry_after=wait, say=error.say)
    for kind, (status, code, key) in _OF_MODEL.items():
        if isinstance(error, kind):
            return busy(BUSY) if kind is errors.ModelBusy else Refusal(status, code, key, model=model)
    return Refusal(500, "internal", "web_failed", reference=reference)
