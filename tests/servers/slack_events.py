"""The payloads Slack sends: pure builders, in the shape of recorded deliveries."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.slack_values import JSON, Channel, Message, User

APP, BOT_USER, BOT = "A0LOOPBACK", "U0BOT", "B0BOT"


def callback(event: JSON, *, team: str, shared: bool = False) -> JSON:
    """Wrap an inner event in the envelope every Events API delivery has."""
    who = {"enterprise_id": None, "team_id": team, "user_id": BOT_USER, "is_bot": True}
    return {
        "token": "verification",
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
        "event_time": int(time.time()),
        "authorizations": [who | {"is_enterprise_install": False}],
        "is_ext_shared_channel": shared,
        "event_context": "4-loopback",
    }


def said(message: Message, channel: Channel, user: User, *, files: list[JSON], mention: bool) -> JSON:
    """A person's message: as `app_mention` (which has no channel_type) or as `message`."""
    event: JSON = {"type": "app_mention" if mention else "message", "user": user.id, "ts": message.ts}
    event |= {"text": message.text, "team": user.team, "channel": channel.id, "event_ts": message.ts}
    event |= {"client_msg_id": str(uuid.uuid5(uuid.NAMESPACE_OID, message.ts)), "blocks": []}
    if message.thread_ts:
        event |= {"thread_ts": message.thread_ts, "parent_user_id": user.id}
    if files:
        event |= {"subtype": "file_share", "files": files, "upload": False}
    if mention:
        event.pop("subtype", None)
        return event
    return event | {"channel_type": channel.kind}


def posted(message: Message, channel: Channel, team: str) -> JSON:
    """What the bot itself posted, as it comes back."""
    return {
        "type": "message",
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": message.ts,
        **body(message, team),
    }


def body(message: Message, team: str) -> JSON:
    """A message as the Web API and events show it; metadata is left out."""
    found: JSON = {"user": message.user, "type": "message", "ts": message.ts, "text": message.text}
    if message.bot:
        profile = {"id": BOT, "app_id": APP, "name": "bot", "team_id": team}
        found |= {"bot_id": BOT, "app_id": APP, "team": team, "bot_profile": profile}
    if message.blocks:
        found["blocks"] = message.blocks
    if message.files:
        found |= {"subtype": "file_share", "files": [f.as_json() for f in message.files], "upload": False}
    if message.thread_ts:
        found["thread_ts"] = message.thread_ts
    return found


def changed(message: Message, channel: Channel, before: JSON, team: str, ts: str) -> JSON:
    """A message was rewritten, by its author: a person or the bot."""
    after = body(message, team) | {"edited": {"user": message.user, "ts": ts}}
    if not message.bot:
        after |= {"source_team": team, "user_team": team}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": channel.id,
        "channel_type": channel.kind,
        "message": after,
        "previous_message": before,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }


def deleted(message: Message, channel: Channel, before: JSON, ts: str) -> JSON:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "channel": channel.id,
        "channel_type": channel.kind,
        "deleted_ts": message.ts,
        "previous_message": before,
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }


def pressed(message: Message, action: JSON, user: User, team: str, ts: str) -> JSON:
    """A person did something with what is under a message; see `button` and `picked`."""
    container: JSON = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    container["is_ephemeral"] = False
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return {
        "type": "block_actions",
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "api_app_id": APP,
        "token": "verification",
        "container": container,
        "trigger_id": f"{ts}.trigger",
        "team": {"id": team, "domain": "loopback"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": message.channel, "name": "general"},
        "message": body(message, team),
        "state": {"values": {}},
        "response_url": "http://127.0.0.1:9/actions",
        "actions": [action | {"block_id": "b", "action_ts": ts}],
    }


def button(shown: JSON) -> JSON:
    """What an action says of a button."""
    said = {name: shown[name] for name in ("action_id", "text")}
    return said | {"type": "button", "value": shown.get("value", "")}


def picked(shown: JSON, option: JSON) -> JSON:
    """What an action says of an option picked from a list: the list itself has no value."""
    said = {name: shown[name] for name in ("action_id", "placeholder")}
    return said | {"type": "static_select", "selected_option": option}
