"""The rules Telegram enforces on what a bot sends. Pure: text and JSON in, Refusal or complaints out.

Texts of refusals are the platform's own. A *complaint* is something the platform accepts silently and shows
wrongly (an entity it drops); a test wants to know.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from telegram.constants import ReactionEmoji

from tests.servers.telegram_wire import bad

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100
FILE_LIMIT = 50_000_000
SCOPES = frozenset(
    {
        *("default", "all_private_chats", "all_group_chats", "all_chat_administrators"),
        *("chat", "chat_administrators", "chat_member"),
    }
)
ENTITY_TYPES = frozenset(
    {
        *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic"),
        *("underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre"),
        *("text_link", "text_mention", "custom_emoji", "date_time"),
    }
)
AUTOMATIC = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
"""Types the platform finds by itself; it ignores them in what a bot sends."""
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
REACTIONS = frozenset(str(emoji) for emoji in ReactionEmoji)

Entity = dict[str, Any]


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the platform's measure."""
    return len(text.encode("utf-16-le")) // 2


# ---------------------------------------------------------------- text


def formatted(text: str, entities: Any) -> tuple[str, list[Entity], list[str]]:
    """Return text and entities as the platform stores them, and complaints. Raises Refusal."""
    given = _entity_list(entities)
    for entity in given:
        _check_bounds(text, entity)
    text, kept = _trimmed(text.replace("\0", " "), given)
    if not text:
        raise bad("message text is empty")
    if utf16(text) > TEXT_LIMIT:
        raise bad("message is too long")
    kept.sort(key=lambda e: (e["offset"], -e["length"], e["type"] not in QUOTES, e["type"]))
    return text, kept[:ENTITY_LIMIT], _complaints(kept)


def captioned(text: str, entities: Any) -> tuple[str, list[Entity], list[str]]:
    """Return a caption as `formatted` returns a text; it may be empty. Raises Refusal."""
    if not text.strip():
        return "", [], []
    found = formatted(text, entities)
    if utf16(found[0]) > CAPTION_LIMIT:
        raise bad("message caption is too long")
    return found


def _entity_list(entities: Any) -> list[Entity]:
    if entities is None:
        return []
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise bad("can't parse entities: expected an Array of MessageEntity")
    for entity in entities:
        if entity.get("type") not in ENTITY_TYPES:
            raise bad("can't parse MessageEntity: unsupported type specified")
        if not all(isinstance(entity.get(name), int) for name in ("offset", "length")):
            raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
    return [dict(entity) for entity in entities]


def _check_bounds(text: str, entity: Entity) -> None:
    offset, end = entity["offset"], entity["offset"] + entity["length"]
    starts = {0}
    position = 0
    for character in text:
        position += 2 if ord(character) > 0xFFFF else 1
        starts.add(position)
    if offset < 0 or offset > position:
        raise bad(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset not in starts:
        raise bad(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if end > position:
        raise bad(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
        )
    if end not in starts:
        raise bad(f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol")


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    # White space goes at the end, and at the start up to the first entity; entities shrink with it.
    first = min((entity["offset"] for entity in entities), default=len(text))
    stripped = text.lstrip(" \n")
    lead = min(len(text) - len(stripped), first)
    text = text[lead:].rstrip()
    kept = []
    for entity in entities:
        offset = entity["offset"] - lead
        length = min(entity["length"], utf16(text) - offset)
        if length > 0:
            kept.append(entity | {"offset": offset, "length": length})
    return text, kept


def _complaints(entities: list[Entity]) -> list[str]:
    found = []
    if len(entities) > ENTITY_LIMIT:
        found.append(f"{len(entities)} entities; only {ENTITY_LIMIT} are shown")
    found += [f"{e['type']} entity is ignored in a bot's message" for e in entities if e["type"] in AUTOMATIC]
    found += [
        f"link to {e.get('url')!r} is dropped" for e in entities if e["type"] == "text_link" and not _links(e)
    ]
    return found + _nesting(entities)


def _nesting(entities: list[Entity]) -> list[str]:
    # Entities come sorted by start, the longer first, so one sweep with a stack finds what overlaps.
    found: list[str] = []
    open_ones: list[Entity] = []
    for entity in entities:
        while open_ones and open_ones[-1]["offset"] + open_ones[-1]["length"] <= entity["offset"]:
            open_ones.pop()
        found += [problem for outer in open_ones if (problem := _clash(outer, entity))]
        open_ones.append(entity)
    return found


def _clash(outer: Entity, inner: Entity) -> str:
    names = f"{inner['type']} in {outer['type']}"
    if inner["offset"] + inner["length"] > outer["offset"] + outer["length"]:
        return f"{names} crosses its end"
    if outer["type"] in {"pre", "code"} or (inner["type"] in {"pre", "code"} and outer["type"] not in QUOTES):
        return f"{names}: code mixes with quotes around it only"
    if {outer["type"], inner["type"]} <= QUOTES:
        return f"{names}: quotes do not nest"
    if not {outer["type"], inner["type"]} & (STYLES | QUOTES):
        return f"{names}: neither may hold the other"
    return ""


def _links(entity: Entity) -> bool:
    try:
        parts = urlsplit(str(entity.get("url", "")))
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme in {"tg", "mailto"}:
        return bool(parts.netloc or parts.path)
    # A host the platform links has a dot in it or is IPv6; white space makes the address invalid.
    known = "." in host or ":" in host
    return parts.scheme in {"http", "https"} and known and not re.search(r"\s", str(entity["url"]))


# ---------------------------------------------------------------- rich messages

RICH_LIMIT = 32_768
EXACTLY_ONE = ("markdown", "html", "blocks")


def rich(message: Any) -> str:
    """Return the Markdown of a rich message. Raises Refusal."""
    if not isinstance(message, dict) or sum(name in message for name in EXACTLY_ONE) != 1:
        raise bad("can't parse InputRichMessage")
    markdown = str(message.get("markdown", ""))
    if not markdown.strip():
        raise bad("Rich message must be non-empty")
    if len(markdown) > RICH_LIMIT:
        raise bad("RICH_MESSAGE_TOO_LONG")
    if "<tg-thinking" in markdown:
        raise bad("RICH_VALIDATE_CTOR_NOT_ALLOWED")
    return markdown


def rich_complaints(markdown: str) -> list[str]:
    """Return what a rich message would do that no model's text should: load, hide, draw or join something."""
    prose = re.sub(r"(?ms)^[ >]*(```|~~~).*?^[ >]*\1[`~]*$|`[^`]*`", "", markdown)
    marks = {"an image": r"!\[", "HTML": r"</?[A-Za-z!]", "a mark": r"==\S", "a spoiler": r"\|\|\S"}
    found = [f"the rich message holds {name}" for name, mark in marks.items() if re.search(mark, prose)]
    if re.search(r"(?m)^\w.*[^ \n]\n\w", prose):
        found.append("lines of the rich message are joined to one paragraph")
    return found


# ---------------------------------------------------------------- everything else


def keyboard(markup: Any) -> list[list[dict[str, Any]]]:
    """Return the rows of an inline keyboard. Raises Refusal."""
    if not markup:
        return []
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("object expected as reply markup")
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return [row for row in rows if row]


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad("inline keyboard button text must be non-empty")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if button.get("style") not in {None, "danger", "success", "primary"}:
        raise bad("invalid button style specified")
    if data is None and not button.get("url"):
        raise bad("text buttons are unallowed in the inline keyboard")


def commands(given: Any, language: str) -> list[dict[str, str]]:
    """Return a valid command menu. Raises Refusal."""
    if not isinstance(given, list):
        raise bad("expected an Array of BotCommand")
    if len(given) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    for command in given:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return given


def reaction(given: Any) -> str:
    """Return the one emoji a bot may react with, or an empty string. Raises Refusal."""
    if not given:
        return ""
    if not isinstance(given, list) or len(given) > 1:
        raise bad("REACTIONS_TOO_MANY")
    emoji = str(given[0].get("emoji", ""))
    if given[0].get("type") != "emoji" or emoji not in REACTIONS:
        raise bad("REACTION_INVALID")
    return emoji


def found_entities(text: str) -> list[Entity]:
    """Return what the platform finds in a person's text by itself: commands and mentions."""
    patterns = {"bot_command": r"(?<!\S)/[A-Za-z0-9_]+(@\w+)?", "mention": r"(?<!\w)@[A-Za-z]\w{3,31}"}
    found = [
        {"type": kind, "offset": utf16(text[: m.start()]), "length": utf16(m.group())}
        for kind, pattern in patterns.items()
        for m in re.finditer(pattern, text)
    ]
    return sorted(found, key=lambda entity: int(str(entity["offset"])))
