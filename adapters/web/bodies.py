"""What a request may say. Pure; whatever does not fit is refused with a sentence that says what would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from adapters.web.refusals import Refusal, bad_value, too_long
from bot.model import Ask, Message

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
"""What a program may call a conversation."""
MODEL = re.compile(r"[A-Za-z0-9][\w./:-]{0,99}", re.ASCII)
KEY = re.compile(r"[\w.:-]{1,80}", re.ASCII)
PRESSED = re.compile(r"[a-z_]{1,32}")
VALUE = re.compile(r"[0-9]{1,18}(\.\S{1,60})?", re.ASCII)
ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
"""Who may speak, and as whom the model hears it: newer clients write `developer` for what was `system`."""
MOST_MESSAGES = 1_000
MOST_TOKENS = 131_072
HOTTEST = 2
CHOICES = ("role", "model", "temperature", "top_p", "max_tokens", "think")
FOR_ONE_ANSWER = ("model", "temperature", "top_p", "max_tokens")
"""What is said with each question where nothing is stored; a conversation has settings instead."""
_NO_NUMBER = 1e12
"""Nothing of this size is meant; what is no number or endless is not below it either."""
REMARK = 500
"""Characters of a note about an answer."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked in a conversation; `conversation` is empty where a new one begins, `key` where it has no name."""

    conversation: str
    text: str
    key: str = ""


def read(text: str) -> Body:
    """Return the object in a body."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_request", "web_bad_json") from error
    if not isinstance(found, dict):
        raise Refusal(400, "bad_request", "web_bad_json")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def asked(body: Body, most: int | None) -> Ask | Question:
    """Return what `POST /api/chat` asks for; `most` are the characters of one message.

    What would be left unheeded is refused: who names a conversation believes that it is remembered, and who names
    a model that it is this one they pay for.
    """
    if ("messages" in body) == ("message" in body) or ("messages" in body and "conversation" in body):
        raise Refusal(400, "bad_request", "web_either")
    if "messages" not in body:
        for elsewhere in FOR_ONE_ANSWER:
            if body.get(elsewhere) is not None:
                raise Refusal(400, "bad_request", "web_chosen_elsewhere", name=elsewhere)
        name = body.get("conversation") or ""
        if not isinstance(name, str) or (name and not NAME.fullmatch(name)):
            raise bad_value("conversation", "A-Z a-z 0-9 - _, 1–64")
        return Question(name, said(body, "message", most), key(body))
    return Ask(
        model=_model(body),
        messages=_messages(body["messages"], most),
        temperature=number(body, "temperature", low=0, high=HOTTEST, is_below=True),
        top_p=number(body, "top_p", low=0, high=1, is_above=True),
        max_tokens=_longest(body),
    )


def streams(body: Body) -> bool:
    """Tell whether the answer is to come in pieces."""
    wanted = body.get("stream")
    if wanted is not None and not isinstance(wanted, bool):
        raise bad_value("stream", "true, false")
    return wanted is not False


def said(body: Body, name: str, most: int | None) -> str:
    """Return a message."""
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise bad_value(name, "“…”")
    return _fitting(text, most)


def _fitting(text: str, most: int | None) -> str:
    if most is not None and len(text) > most:
        raise too_long(most)
    # Half a surrogate pair is no character, and cannot be sent on.
    return text.encode("utf-8", "replace").decode("utf-8")


def _messages(given: object, most: int | None) -> tuple[Message, ...]:
    wrong = Refusal(400, "bad_request", "web_bad_messages")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_MESSAGES:
        raise wrong
    messages = []
    for one in given:
        role, content = (one.get("role"), _content(one)) if isinstance(one, dict) else (None, None)
        if not isinstance(role, str) or role not in ROLES or content is None:
            raise wrong
        messages.append(Message(ROLES[role], _fitting(content, most)))
    if messages[-1].role != "user" or not messages[-1].content.strip():
        raise wrong
    return tuple(messages)


def _content(message: Body) -> str | None:
    """Return the text of a message, which some clients send in parts; None if it is anything else."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part["text"] for part in parts if _is_text(part)]
    return "".join(texts) if texts and len(texts) == len(parts) else None


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _model(body: Body) -> str:
    name = body.get("model") or ""
    if not isinstance(name, str) or (name and not MODEL.fullmatch(name)):
        raise bad_value("model", "qwen-plus, …")
    return name


def number(
    body: Body, name: str, *, low: float, high: float, is_above: bool = False, is_below: bool = False
) -> float | None:
    """Return a number within its bounds, which it may not reach where `is_above` or `is_below` say so."""
    value = body.get(name)
    if value is None:
        return None
    if (
        not _is_number(value)
        or not low <= value <= high
        or (is_above and value == low)
        or (is_below and value == high)
    ):
        raise bad_value(name, f"{'>' if is_above else '≥'} {low}, {'<' if is_below else '≤'} {high}")
    return float(value)


def whole(body: Body, name: str, most: int) -> int | None:
    """Return a whole number from 1 on."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise bad_value(name, f"1–{most}")
    return value


def _longest(body: Body) -> int | None:
    """Return the tokens an answer may have; newer clients have a longer name for it."""
    longest = whole(body, "max_tokens", MOST_TOKENS)
    return whole(body, "max_completion_tokens", MOST_TOKENS) if longest is None else longest


def key(body: Body) -> str:
    """Return what names a message, so that sending it again changes nothing; empty: nothing does."""
    return matching(body, "key", KEY, "A-Z a-z 0-9 . _ : -, 1–80") if body.get("key") is not None else ""


def matching(body: Body, name: str, pattern: re.Pattern[str], allowed: str) -> str:
    """Return a text of this form."""
    value = body.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise bad_value(name, allowed)
    return value


def chosen(body: Body) -> dict[str, str]:
    """Return the choices of a body as texts; an empty one is the default."""
    found: dict[str, str] = {}
    for name in CHOICES:
        if name in body:
            found[name] = _text(name, body[name])
    unknown = sorted(body.keys() - set(CHOICES))
    if unknown:
        raise bad_value(unknown[0][:40], ", ".join(CHOICES))
    return found


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if not _is_number(value):
        raise bad_value(name, "“…”, 0.7, null")
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _NO_NUMBER


def rating(body: Body) -> int | None:
    """Return 1, -1 or None."""
    value = body.get("rating")
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value in {1, -1}:
        return value
    raise bad_value("rating", "1, -1, null")


def remark(body: Body) -> str | None:
    """Return a note about an answer; None leaves the one there is."""
    value = body.get("note")
    if value is None:
        return None
    if not isinstance(value, str):
        raise bad_value("note", "“…”")
    return _fitting(value.strip(), REMARK)
