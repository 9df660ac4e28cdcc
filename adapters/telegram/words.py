"""What a message says, and whether it is meant for this bot. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from telegram import Message, MessageEntity

from bot.phrases import COMMANDS

if TYPE_CHECKING:
    from telegram import ExternalReplyInfo, User

ATTACHMENTS = (
    *("animation", "audio", "document", "paid_media", "photo", "sticker", "story", "video", "video_note"),
    *("voice", "contact", "dice", "game", "invoice", "venue", "location", "poll", "checklist"),
)
_ALSO_SET = {"animation": "document", "venue": "location"}
"""Kinds under which the platform repeats another one."""

_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?")


def meant(message: Message, me: User) -> str | None:
    """Return the words meant for this bot without its name, None if they are not meant for it."""
    text = text_of(message)
    entities = message.entities or message.caption_entities or _unmarked(text, me)
    command = _COMMAND.match(_covered(text, entities[0])) if entities and _is_command(entities[0]) else None
    if command is not None:
        return _command(text, command, message, me)
    own = [entity for entity in entities if _names(entity, text, me)]
    if message.chat.type != "private" and not own and not answers(message, me):
        return None
    for entity in reversed(own):
        text = _without(text, entity)
    return clean(text)


def _unmarked(text: str, me: User) -> tuple[MessageEntity, ...]:
    """Return the command and the names of ours in a text in which nothing is marked, as some servers send it."""
    command = re.match(rf"{_COMMAND.pattern}(?!\S)", text)
    name = rf"(?<!\w)@{re.escape(_username(me))}(?![A-Za-z0-9_])"
    names = re.finditer(name, text, re.IGNORECASE) if me.username else ()
    return (
        *([MessageEntity(MessageEntity.BOT_COMMAND, 0, units(command[0]))] if command else []),
        *(MessageEntity(MessageEntity.MENTION, units(text[: n.start()]), units(n[0])) for n in names),
    )


def units(text: str) -> int:
    """Return the length as the platform counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _command(text: str, command: re.Match[str], message: Message, me: User) -> str | None:
    name, target = command[1], command[2]
    if target is not None:
        ours = target.lower() == _username(me)
    else:
        # A bare command in a group may be meant for any bot there: ours are known by name.
        ours = message.chat.type == "private" or name.lower() in COMMANDS or answers(message, me)
    return clean(f"/{name}{text[command.end() :]}") if ours else None


def is_command(message: Message, me: User) -> bool:
    """Tell whether the message begins with an order to some bot."""
    entities = message.entities or message.caption_entities or _unmarked(text_of(message), me)
    return bool(entities) and _is_command(entities[0])


def _is_command(entity: MessageEntity) -> bool:
    return entity.type == "bot_command" and entity.offset == 0


def _names(entity: MessageEntity, text: str, me: User) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    covered = _covered(text, entity).lower()
    if (
        entity.type == "bot_command"
    ):  # `please /new@OurBot`: the name is ours, the command is not at the start
        return covered.endswith(f"@{_username(me)}")
    return entity.type == "mention" and covered == f"@{_username(me)}"


def _username(me: User) -> str:
    return (me.username or "").lower()


def answers(message: Message, me: User) -> bool:
    """Tell whether the message replies to one of the bot's."""
    target = message.reply_to_message
    if target is None or target.forum_topic_created is not None or target.from_user is None:
        return False
    return target.from_user.id == me.id


def _covered(text: str, entity: MessageEntity) -> str:
    return _cut(text, entity.offset, entity.offset + entity.length)


def _cut(text: str, start: int, end: int | None) -> str:
    # The platform counts in UTF-16 units.
    return text.encode("utf-16-le", "surrogatepass")[2 * start : None if end is None else 2 * end].decode(
        "utf-16-le", "replace"
    )


def _without(text: str, entity: MessageEntity) -> str:
    before, after = _cut(text, 0, entity.offset), _cut(text, entity.offset + entity.length, None)
    if not before.strip():
        return after.lstrip(" \u00a0,:;，：；")
    if not after.strip() or after[0] in ".,:;!?\n":
        return before.rstrip(" ") + after
    return f"{before.rstrip(' ')} {after.lstrip(' ')}"


def text_of(message: Message) -> str:
    """Return what a message says, as it came."""
    return message.text or message.caption or rich_text(message)


def rich_text(message: Message) -> str:
    """Return the words of a message that has blocks instead of a text, which is newer than the library."""
    rich = message.api_kwargs.get("rich_message") or {}
    return "\n".join(line for block in rich.get("blocks") or () for line in _lines(block))


def _lines(part: Any) -> list[str]:
    """Return the lines of a block and of those in it."""
    if not isinstance(part, dict):
        return [_inline(part)]
    own = [_inline(part[name]) for name in ("summary", "text", "expression", "caption") if part.get(name)]
    rows = [" | ".join(_inline(cell.get("text")) for cell in row) for row in part.get("cells") or ()]
    inner = [
        line for one in (*(part.get("blocks") or ()), *(part.get("items") or ())) for line in _lines(one)
    ]
    return [*own, *rows, *inner]


def _inline(part: Any) -> str:
    """Return a piece of text without how it looks: a string, several pieces, or one with a style around it."""
    match part:
        case str():
            return part
        case list():
            return "".join(map(_inline, part))
        case dict():
            return _inline(part.get("text") or part.get("expression") or "")
        case _:
            return ""


def attached(message: Message | ExternalReplyInfo | None) -> tuple[str, ...]:
    """Return the kinds of what came along."""
    kinds = [kind for kind in ATTACHMENTS if getattr(message, kind, None)]
    for kind in tuple(kinds):
        if _ALSO_SET.get(kind) in kinds:
            kinds.remove(_ALSO_SET[kind])
    without_words = (
        isinstance(message, Message) and "rich_message" in message.api_kwargs and not rich_text(message)
    )
    return (*kinds, *(["rich_message"] if without_words else []))


def clean(text: str) -> str:
    """Return the text without what no database and no wire carries: NUL, and halves of surrogate pairs."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "").strip()
