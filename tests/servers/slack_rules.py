"""What Slack refuses, and how often it may be asked: pure functions of their arguments.

Where the documentation leaves a limit open, the strictest reading is enforced.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.slack_values import JSON

UPDATE_TEXT = 4_000
"""chat.update refuses longer `text`; counted here in bytes as sent, escapes included."""
POST_TEXT = 40_000
"""chat.postMessage cuts `text` here."""
MARKDOWN = 12_000
"""All `markdown` blocks of one message together."""
ALL_BLOCKS = 13_200
BLOCKS = 50
SECTION = 3_000
BUTTON_TEXT, BUTTON_VALUE, ID = 75, 2_000, 255
OPTIONS, OPTION_VALUE, PLACEHOLDER = 100, 150, 150

PING = re.compile(r"<!(?:channel|here|everyone|subteam\^)|<[@#][A-Z0-9]{2,}|<!date\^")
KNOWN_BLOCKS = {"markdown", "section", "actions", "divider", "header", "context", "context_actions"}


def body_error(args: JSON, *, update: bool) -> str:
    """Return the error Slack answers this body with, or an empty string."""
    text, blocks = str(args.get("text") or ""), list(args.get("blocks") or [])
    if args.get("markdown_text"):
        return "markdown_text_conflict" if text or blocks else ""
    if not text and not blocks:
        return "no_text"
    if update and len(text.encode()) > UPDATE_TEXT:
        return "msg_too_long"
    return blocks_error(blocks) or metadata_error(args.get("metadata"))


def blocks_error(blocks: list[JSON]) -> str:
    if len(blocks) > BLOCKS:
        return "msg_blocks_too_many"
    ids = [element.get("action_id") for block in blocks for element in block.get("elements") or []]
    if any(_block_wrong(block) for block in blocks) or len(set(ids)) < len(ids):
        return "invalid_blocks"
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN:
        return "msg_too_long"
    if sum(_size(block) for block in blocks) > ALL_BLOCKS:
        return "msg_blocks_too_long"
    return ""


def metadata_error(metadata: object) -> str:
    if metadata is None or metadata == {}:
        return ""
    if not isinstance(metadata, dict) or not re.fullmatch(r"\w{1,255}", str(metadata.get("event_type", ""))):
        return "invalid_metadata_format"
    return "" if isinstance(metadata.get("event_payload"), dict) else "invalid_metadata_format"


def violations(method: str, args: JSON) -> list[str]:
    """Return what Slack would accept and people would suffer from."""
    found = []
    texts = [str(args.get(name) or "") for name in ("text", "markdown_text", "initial_comment")]
    texts += [str(_text_of(block)) for block in args.get("blocks") or []]
    if any(PING.search(text) for text in texts):
        found.append(f"{method} pings: {next(text for text in texts if PING.search(text))[:80]!r}")
    if args.get("link_names") or args.get("parse") == "full":
        found.append(f"{method} turns names into pings")
    if method == "chat.postMessage":
        found += [
            f"{method} leaves {flag} on" for flag in ("unfurl_links", "unfurl_media") if _on(args, flag)
        ]
    return found


def _on(args: JSON, flag: str) -> bool:
    return args.get(flag) not in (False, "false", "0")


def _block_wrong(block: JSON) -> bool:
    match block.get("type"):
        case "markdown":
            return not isinstance(block.get("text"), str) or not block["text"].strip()
        case "section":
            text = block.get("text") or {}
            return not 0 < len(str(text.get("text", ""))) <= SECTION or text.get("type") not in {
                "mrkdwn",
                "plain_text",
            }
        case "actions":
            return _actions_wrong(block.get("elements") or [])
        case kind:
            return kind not in KNOWN_BLOCKS


def _actions_wrong(elements: list[JSON]) -> bool:
    return not 0 < len(elements) <= 25 or any(_element_wrong(element) for element in elements)


def _element_wrong(element: JSON) -> bool:
    if not 0 < len(str(element.get("action_id", ""))) <= ID:
        return True
    return _select_wrong(element) if element.get("type") == "static_select" else _button_wrong(element)


def _button_wrong(element: JSON) -> bool:
    return (
        element.get("type") != "button"
        or _label_wrong(element.get("text"), BUTTON_TEXT)
        or len(str(element.get("value", ""))) > BUTTON_VALUE
        or element.get("style") not in {None, "primary", "danger"}
    )


def _select_wrong(element: JSON) -> bool:
    options = element.get("options") or []
    return (
        not 0 < len(options) <= OPTIONS
        or any(_option_wrong(option) for option in options)
        or _label_wrong(element.get("placeholder"), PLACEHOLDER)
        or ("initial_option" in element and element["initial_option"] not in options)
    )


def _option_wrong(option: JSON) -> bool:
    return (
        _label_wrong(option.get("text"), BUTTON_TEXT)
        or not 0 < len(str(option.get("value", ""))) <= OPTION_VALUE
    )


def _label_wrong(text: JSON | None, most: int) -> bool:
    found = text or {}
    return found.get("type") != "plain_text" or not 0 < len(str(found.get("text", ""))) <= most


def _text_of(block: JSON) -> str:
    text = block.get("text", "")
    return str(text.get("text", "")) if isinstance(text, dict) else str(text)


def _size(block: JSON) -> int:
    return len(_text_of(block)) + sum(map(_element_size, block.get("elements") or []))


def _element_size(element: JSON) -> int:
    """Count all that an element holds, as Slack does not say what it counts."""
    inner = [_element_size(option) for option in element.get("options") or []]
    return len(_text_of(element)) + len(str(element.get("value", ""))) + sum(inner)


class Bucket:
    """A limit of `per_minute` calls with a short burst."""

    def __init__(self, per_minute: float, burst: int) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._level = float(burst)
        self._at = 0.0

    def take(self, now: float) -> float:
        """Spend one call; return 0, or the whole seconds the caller must wait."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return float(math.ceil((1 - self._level) / self._rate))


TIERS: dict[str, tuple[float, int]] = {
    "chat.postMessage": (60, 3),
    "chat.update": (50, 5),
    "chat.delete": (50, 5),
    "chat.startStream": (20, 5),
    "chat.appendStream": (100, 10),
    "chat.stopStream": (20, 5),
    "chat.postEphemeral": (100, 10),
    "conversations.replies": (50, 5),
    "conversations.history": (50, 5),
    "reactions.add": (50, 5),
    "reactions.remove": (20, 5),
    "users.info": (100, 10),
    "files.getUploadURLExternal": (100, 10),
    "files.completeUploadExternal": (100, 10),
    "files.delete": (50, 5),
}
POSTS = (300.0, 20)
"""The workspace-wide cap on posts: several hundred a minute."""


def scope(method: str, args: JSON) -> str:
    """Name what shares a limit: posts count per channel, everything else per workspace."""
    return f"{method} in {args.get('channel')}" if method == "chat.postMessage" else method


GRACE = 0.1
"""Seconds after a 429 in which another call may still have been under way: refused, but nobody's fault."""


class Tiers:
    """All limits of one app in one workspace."""

    def __init__(self, *, enforced: bool) -> None:
        self._enforced = enforced
        self._buckets: dict[str, Bucket] = {}
        self._waits: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def named(self, method: str, args: JSON, seconds: float, now: float) -> None:
        """Remember that a 429 named a wait."""
        self._waits[scope(method, args)] = now + seconds
        self._since[scope(method, args)] = now

    def ignored(self, method: str, args: JSON, now: float) -> float:
        """Return the seconds still to wait, 0 if no 429 forbids this call."""
        # A client that counts from when it read the answer is a little earlier than we are.
        return max(0.0, self._waits.get(scope(method, args), 0.0) - now - 0.05)

    def knowingly(self, method: str, args: JSON, now: float) -> bool:
        """Tell whether the app can have read the 429: another call may have been under way meanwhile."""
        return now > self._since.get(scope(method, args), now) + GRACE

    def forget(self) -> None:
        """Hold nothing against an app that was started anew, but for its writes: those it can know of."""
        self._waits = {name: wait for name, wait in self._waits.items() if name.startswith("chat.")}

    def wait(self, method: str, args: JSON, now: float) -> float:
        """Spend one call; return 0, or the seconds a 429 must name."""
        if not self._enforced or method not in TIERS:
            return 0.0
        waits = [self._bucket(scope(method, args), TIERS[method]).take(now)]
        if method == "chat.postMessage":
            waits.append(self._bucket(method, POSTS).take(now))
        return max(waits)

    def _bucket(self, name: str, tier: tuple[float, int]) -> Bucket:
        return self._buckets.setdefault(name, Bucket(*tier))
