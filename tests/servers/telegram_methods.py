"""What each Bot API method does. Named as in the API, in snake case; every one may raise Refusal."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.servers import telegram_rules as rules
from tests.servers.telegram_wire import Params, Refusal, bad, unlucky
from tests.servers.telegram_world import Button, Chat, Draft, Shown, Version, World, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.telegram_queue import Updates

PRESS_LIFETIME = 150.0
"""Seconds in which a callback query can be answered."""

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"),
    }
)


@dataclass(slots=True)
class Press:
    """A callback query on its way."""

    id: str
    at: float
    answer: dict[str, Any] | None = None


class Methods:
    """All methods but getUpdates, which waits. `complain` hears of what the platform accepts but spoils."""

    def __init__(self, world: World, updates: Updates, complain: Callable[[str], None]) -> None:
        self._world = world
        self._updates = updates
        self._complain = complain
        self.presses: dict[str, Press] = {}
        self.menus: dict[tuple[str, str], list[dict[str, str]]] = {}

    # ------------------------------------------------------------ the account

    def get_me(self, params: Params) -> dict[str, Any]:
        return self._world.bot

    def set_webhook(self, params: Params) -> bool:
        self._updates.webhook = params.text("url")
        return self.delete_webhook(params) if not self._updates.webhook else True

    def delete_webhook(self, params: Params) -> bool:
        self._updates.webhook = ""
        if params.flag("drop_pending_updates"):
            self._updates.forget()
        return True

    def get_webhook_info(self, params: Params) -> dict[str, Any]:
        return {
            "url": self._updates.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.waiting),
        }

    def set_my_commands(self, params: Params) -> bool:
        scope, language = _scope(params), params.text("language_code")
        if scope.startswith("chat:"):
            self._world.open_chat(int(scope.removeprefix("chat:")))
        self.menus[scope, language] = rules.commands(params.structure("commands"), language)
        return True

    def get_my_commands(self, params: Params) -> list[dict[str, str]]:
        return self.menus.get((_scope(params), params.text("language_code")), [])

    def delete_my_commands(self, params: Params) -> bool:
        self.menus.pop((_scope(params), params.text("language_code")), None)
        return True

    def get_chat(self, params: Params) -> dict[str, Any]:
        chat = self._chat(params)
        return chat.as_json() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {}}

    def get_chat_administrators(self, params: Params) -> list[dict[str, Any]]:
        chat = self._chat(params)
        if chat.kind == "private":
            raise bad("there are no administrators in the private chat")
        return [_admin(number, owns=place == 0) for place, number in enumerate(sorted(chat.admins))]

    # ------------------------------------------------------------ messages

    def send_message(self, params: Params) -> dict[str, Any]:
        return self._send(params, self._version(params))

    def _send(self, params: Params, version: Version) -> dict[str, Any]:
        chat = self._chat(params)
        target = self._world.reply_target(chat, params.structure("reply_parameters"))
        # Without a topic of its own, a reply goes to the topic of what it replies to.
        carried = (chat.messages[target].thread or 0) if target else 0
        thread = self._world.thread(chat, params.number("message_thread_id", carried))
        shown = self._world.put(chat, self._world.bot, version, thread=thread, reply_to=target)
        chat.drafts = {key: draft for key, draft in chat.drafts.items() if key[0] != thread}
        return self._world.as_json(shown)

    def send_document(self, params: Params) -> dict[str, Any]:
        upload = params.upload("document")
        if len(upload.content) > rules.FILE_LIMIT:
            raise Refusal("Request Entity Too Large", status=413)
        chat = self._chat(params)
        if chat.no_files:
            raise unlucky("not enough rights to send documents to the chat")
        text, entities, complaints = rules.captioned(
            params.text("caption"), params.structure("caption_entities")
        )
        for complaint in complaints:
            self._complain(complaint)
        version = Version(text, tuple(entities), **_buttons(params), file=upload, at=time.monotonic())
        return self._send(params, version)

    def edit_message_text(self, params: Params) -> dict[str, Any]:
        shown = self._own_message(params)
        if shown.file is not None:
            raise bad("there is no text in the message to edit")
        rich = params.structure("rich_message") is not None
        return self._show(shown, self._rich(params) if rich else self._version(params))

    def edit_message_reply_markup(self, params: Params) -> dict[str, Any]:
        shown = self._own_message(params)
        version = replace(shown.now, **_buttons(params), at=time.monotonic())
        return self._show(shown, version)

    def delete_message(self, params: Params) -> bool:
        chat = self._chat(params)
        shown = self._world.message(chat, params.number("message_id"), "message to delete not found")
        if shown.author != self._world.bot and chat.kind != "private":
            raise bad("message can't be deleted")
        shown.deleted_at = time.monotonic()
        return True

    def send_message_draft(self, params: Params) -> bool:
        chat = self._chat(params)
        if chat.kind != "private":
            raise bad("TEXTDRAFT_PEER_INVALID")
        if not params.number("draft_id"):
            raise bad("DRAFT_ID_INVALID")
        text, entities = params.text("text"), list[rules.Entity]()
        if text:
            text, entities, complaints = rules.formatted(text, params.structure("entities"))
            for complaint in complaints:
                self._complain(complaint)
        thread, number = (
            self._world.thread(chat, params.number("message_thread_id")),
            params.number("draft_id"),
        )
        draft = Draft(number, thread, text, tuple(entities), params.flag("can_stop"), time.monotonic())
        # Another draft takes the place of the one that is shown.
        chat.drafts = {key: old for key, old in chat.drafts.items() if key[0] != thread}
        chat.drafts[thread, number] = draft
        chat.drafted.append(draft)
        return True

    def send_rich_message(self, params: Params) -> dict[str, Any]:
        return self._send(params, self._rich(params))

    def set_message_reaction(self, params: Params) -> bool:
        chat = self._chat(params)
        shown = self._world.message(chat, params.number("message_id"), "message to react not found")
        shown.reaction = rules.reaction(params.structure("reaction"))
        return True

    def send_chat_action(self, params: Params) -> bool:
        chat = self._chat(params)
        if params.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        thread = self._world.thread(chat, params.number("message_thread_id"))
        chat.actions.append((time.monotonic(), params.text("action"), thread))
        return True

    def answer_callback_query(self, params: Params) -> bool:
        press = self.presses.get(params.text("callback_query_id"))
        if press is None or press.answer is not None or time.monotonic() - press.at > PRESS_LIFETIME:
            raise unlucky("query is too old and response timeout expired or query ID is invalid")
        if len(params.text("text")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        press.answer = dict(params.values)
        return True

    # ------------------------------------------------------------ helpers

    def _chat(self, params: Params) -> Chat:
        if not params.text("chat_id"):
            raise bad("chat_id is empty")
        return self._world.open_chat(params.number("chat_id"))

    def _version(self, params: Params) -> Version:
        if params.text("parse_mode"):
            raise bad("unsupported parse_mode")
        text, entities, complaints = rules.formatted(params.text("text"), params.structure("entities"))
        for complaint in complaints:
            self._complain(complaint)
        return Version(text, tuple(entities), **_buttons(params), at=time.monotonic())

    def _rich(self, params: Params) -> Version:
        markdown = rules.rich(params.structure("rich_message"))
        for complaint in rules.rich_complaints(markdown):
            self._complain(complaint)
        return Version("", (), **_buttons(params), rich=markdown, at=time.monotonic())

    def _own_message(self, params: Params) -> Shown:
        chat = self._chat(params)
        shown = self._world.message(chat, params.number("message_id"), "message to edit not found")
        if shown.author != self._world.bot:
            # A bot that looks for a message it lost cannot know whose the ids are that it has never seen.
            raise unlucky("message can't be edited")
        return shown

    def _show(self, shown: Shown, version: Version) -> dict[str, Any]:
        if version == shown.now:
            raise unlucky(NOT_MODIFIED)
        shown.versions.append(version)
        return self._world.as_json(shown) | {"edit_date": int(time.time())}


def _buttons(params: Params) -> dict[str, Any]:
    """Return what a version holds of a keyboard."""
    rows = rules.keyboard(params.structure("reply_markup"))
    buttons = [
        Button(b["text"], b.get("callback_data", b.get("url", "")), b.get("style", ""))
        for row in rows
        for b in row
    ]
    return {"buttons": tuple(buttons), "layout": tuple(map(len, rows))}


def _admin(user_id: int, *, owns: bool) -> dict[str, Any]:
    """Return a ChatMember with all the fields that the platform always names."""
    member = {"user": person(user_id), "is_anonymous": False}
    if owns:
        return member | {"status": "creator"}
    rights = ("manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members")
    more = ("change_info", "invite_users", "post_stories", "edit_stories", "delete_stories", "be_edited")
    return member | {"status": "administrator"} | {f"can_{right}": False for right in (*rights, *more)}


def _scope(params: Params) -> str:
    """Return the type of a menu's scope, with the chat where it is one. Raises Refusal."""
    scope = params.structure("scope") or {}
    name = str(scope.get("type", "default"))
    if name not in rules.SCOPES:
        raise bad("unsupported scope specified")
    return f"{name}:{scope['chat_id']}" if "chat_id" in scope else name


def table(methods: Methods) -> dict[str, tuple[str, Callable[[Params], object]]]:
    """Return every method by its lower-case name, with its proper name."""
    found: dict[str, tuple[str, Callable[[Params], object]]] = {}
    for name in dir(methods):
        if not name.startswith("_") and callable(getattr(methods, name)):
            first, *rest = name.split("_")
            proper = first + "".join(part.title() for part in rest)
            found[proper.lower()] = (proper, getattr(methods, name))
    return found
