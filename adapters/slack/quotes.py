"""Messages that were shared into a message, with who wrote them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.markup.authors import ME, YOU, one_line, unmistaken
from adapters.markup.unseen import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

JSON = dict[str, Any]

_SIGNS = {"user": "@", "usergroup": "@", "broadcast": "@", "channel": "#"}
_SHOWN = ("text", "url", "user_id", "usergroup_id", "range", "channel_id", "fallback")
"""What a piece of rich text shows, the first that it has."""


def quoted(event: JSON, bots: frozenset[str], read: Callable[[str], str], *, direct: bool) -> str:
    """Return the shared messages, each behind the name of who wrote it; empty if there are none.

    `bots` are the ids under which the bot itself writes; `read` turns Slack's text into a person's.
    """
    shared = [
        one for one in event.get("attachments") or () if one.get("is_msg_unfurl") or one.get("is_share")
    ]
    found = []
    for one in shared:
        words = _words(one, read)
        author = _author(one, bots, event.get("user") if direct else None)
        found.append(f"{author}: {words}" if words and author else words)
    return "\n\n".join(filter(None, found))


def kind(file: JSON) -> str:
    """Return what a file is, in a word."""
    major = (file.get("mimetype") or "").partition("/")[0]
    return major if major in {"image", "audio", "video"} else "file"


def _words(shared: JSON, read: Callable[[str], str]) -> str:
    """Return the text; without one, what the blocks say, what is attached, or what Slack would notify of."""
    if text := read(shared.get("text") or ""):
        return text
    inner = [one.get("message") or {} for one in shared.get("message_blocks") or ()]
    blocks = [block for one in (shared, *inner) for block in one.get("blocks") or ()]
    if text := "\n".join(filter(None, map(_block, blocks))).strip():
        return text
    kinds = [kind(file) for one in (shared, *inner) for file in one.get("files") or ()]
    return f"[{', '.join(kinds)}]" if kinds else read(shared.get("fallback") or "")


def _block(block: JSON) -> str:
    """Return the words of a block."""
    match block.get("type"):
        case "rich_text":
            return "\n".join(_lines(block.get("elements") or ()))
        case "section" | "header":
            return str((block.get("text") or {}).get("text", ""))
        case "markdown":
            return str(block.get("text", ""))
        case _:
            return ""


def _lines(elements: Iterable[JSON]) -> Iterator[str]:
    """Yield the lines of sections, quotes, code and lists; a list holds sections of its own."""
    for element in elements:
        inner = element.get("elements") or ()
        if element.get("type") == "rich_text_list":
            yield from (f"- {line}" for line in _lines(inner))
        else:
            yield "".join(map(_inline, inner))


def _inline(element: JSON) -> str:
    """Return what a person sees of a piece of rich text, which holds nothing escaped."""
    kind_of = str(element.get("type", ""))
    if kind_of == "emoji":
        return f":{element.get('name', '')}:"
    return _SIGNS.get(kind_of, "") + next((str(element[name]) for name in _SHOWN if element.get(name)), "")


def _author(shared: JSON, bots: frozenset[str], own: str | None) -> str:
    author = shared.get("author_id") or ""
    if author in bots or shared.get("bot_id") in bots:
        return YOU
    if own and author == own:
        return ME
    return unmistaken(one_line(visible(shared.get("author_name") or shared.get("author_subname") or "")))
