"""What Slack sent, read as what a person did: pure, no I/O.

One mention arrives twice, as `message` and as `app_mention`, in any order and with different event ids. Both
must give the same event under the same key, so everything here is read from fields that both carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters.slack.menus import name_of
from adapters.slack.quotes import kind, quoted
from bot.model import ChatKey, Edited, MessageRef, Overheard, Person, Pressed, Said, Standing

if TYPE_CHECKING:
    from bot.model import Event

JSON = dict[str, Any]

PLATFORM = "slack"
WRITTEN = {None, "file_share", "thread_broadcast"}
"""Subtypes under which a person wrote something; all others are notes about something else."""
SYSTEM = {"USLACK", "USLACKBOT"}
PRESSED = {"button", "static_select"}
LONG = 3_900
"""Slack cuts a paste into messages of about 4,000 characters: one as long as this is likely a piece."""
REST_OF_PASTE = 1.5

UNREADABLE = (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError)

_TOKEN = re.compile(r"<([^<>\n]+)>")
_FOR_OTHERS = re.compile(r"\s*<(?:@|!subteam\^)")
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who the bot is in its workspace; `enterprise` is empty outside an Enterprise organisation."""

    team: str
    user: str
    bot: str
    enterprise: str = ""

    def is_home(self, team: str) -> bool:
        """Tell whether a person of this team belongs to the workspace that installed the bot.

        A server that names neither workspace nor organisation has only one.
        """
        homes = {self.team, self.enterprise} - {""}
        return bool(team) and (not homes or team in homes)


def read(payload: JSON, me: Me) -> Event | None:
    """Return what a person did, or None for everything the bot has no business with.

    Raises one of `UNREADABLE` for a payload of an unknown shape.
    """
    if payload.get("type") == "block_actions":
        return _pressed(payload, me)
    if payload.get("type") != "event_callback":
        return None
    event = payload["event"]
    if event.get("type") not in {"message", "app_mention"}:
        return None
    if event.get("subtype") == "message_changed":
        return _edited(payload, event, me)
    return _said(payload, event, me)


def split(ref: MessageRef) -> tuple[str, str]:
    """Return the channel and the ts a ref of ours was made of."""
    channel, _, ts = ref.partition(":")
    return channel, ts


def asked_at(route: str) -> str:
    """Return the ts of the message that is answered."""
    return route.partition(" ")[0]


def asked_by(route: str) -> tuple[str, str]:
    """Return the id and the team of the person who is answered; empty if the route does not say."""
    person, _, team = route.partition(" ")[2].partition(" ")
    return person, team


def ref_of(channel: str, ts: str) -> MessageRef:
    """Return the ref of a message: its channel and ts identify it."""
    return MessageRef(f"{channel}:{ts}")


# ---------------------------------------------------------------- messages


def _said(payload: JSON, event: JSON, me: Me) -> Said | Overheard | None:
    person = _author(payload, event, me)
    if person is None:
        return None
    channel, ts, raw = event["channel"], event["ts"], event.get("text") or ""
    direct = _is_direct(channel)
    addressed = direct or event["type"] == "app_mention" or _names(raw, me)
    if not addressed and person.standing is Standing.MACHINE:
        return None
    if not addressed and (not event.get("thread_ts") or _FOR_OTHERS.match(raw)):
        return _overheard(event, person, me)
    return Said(
        key=f"{channel}:{ts}",
        chat=_chat(me, channel, event, ts),
        person=person,
        ref=ref_of(channel, ts),
        text=readable(raw, me),
        sent_at=datetime.fromtimestamp(float(ts), UTC),
        route=f"{ts} {person.id} {_team(payload, event, me)}",
        quote=quoted(event, frozenset({me.user, me.bot} - {""}), partial(readable, me=me), direct=direct),
        addressed=addressed,
        shared=not direct,
        opens=not direct and not event.get("thread_ts"),
        bare_commands=True,  # slash commands do not work in threads
        whispers=not direct,
        quiet=REST_OF_PASTE if len(raw) >= LONG else 0.0,
        attachments=tuple(kind(file) for file in event.get("files") or ()),
    )


def _overheard(event: JSON, person: Person, me: Me) -> Overheard | None:
    """Read what somebody wrote to others: in a channel itself, or in a thread to a person they name first."""
    channel, ts, text = event["channel"], event["ts"], readable(event.get("text") or "", me)
    if not text:
        return None
    return Overheard(
        key=f"{channel}:{ts}",
        chat=ChatKey(PLATFORM, me.team, channel, event.get("thread_ts") or ""),
        person=person,
        text=text,
        sent_at=datetime.fromtimestamp(float(ts), UTC),
    )


def _edited(payload: JSON, event: JSON, me: Me) -> Edited | None:
    """Read a change of text by a person; unfurled links and the bot's own edits arrive in the same way."""
    message, before = event["message"], event.get("previous_message") or {}
    raw, old = message.get("text") or "", before.get("text") or ""
    if message.get("subtype") not in WRITTEN or not message.get("edited") or raw == old:
        return None
    person = _author(payload, message, me)
    if person is None or person.standing is Standing.MACHINE:
        return None
    channel, ts = event["channel"], message["ts"]
    concerns = _is_direct(channel) or message.get("thread_ts") or _names(raw, me) or _names(old, me)
    if not concerns:
        return None
    changed = message["edited"]["ts"]
    return Edited(
        key=f"{channel}:{ts}:{changed}",
        chat=_chat(me, channel, message, ts),
        person=person,
        ref=ref_of(channel, ts),
        text=readable(raw, me),
        edited_at=datetime.fromtimestamp(float(changed), UTC),
        bare_commands=True,
    )


def _author(payload: JSON, message: JSON, me: Me) -> Person | None:
    """Return who wrote it; None for the bot itself, for Slack, and for what nobody wrote."""
    user, bot = message.get("user") or "", message.get("bot_id") or ""
    own_app = bool(bot) and message.get("app_id") == payload.get("api_app_id")
    if user == me.user or (bot and bot == me.bot) or own_app or user in SYSTEM:
        return None
    if bot or message.get("subtype") == "bot_message":
        return Person(id=user or bot, standing=Standing.MACHINE) if user or bot else None
    if not user or message.get("subtype") not in WRITTEN:
        return None
    return Person(id=user, standing=_standing(payload, message, me))


def _team(payload: JSON, message: JSON, me: Me) -> str:
    return str(message.get("user_team") or message.get("team") or payload.get("team_id") or me.team)


def _standing(payload: JSON, message: JSON, me: Me) -> Standing:
    """Judge by the event alone: home team, in a channel that no other organisation shares.

    Messages with files carry no team; in an unshared channel only people of the workspace can write.
    """
    if payload.get("is_ext_shared_channel"):
        return Standing.STRANGER
    teams = [team for name in ("user_team", "source_team", "team") if (team := message.get(name))]
    return Standing.MEMBER if all(me.is_home(team) for team in teams) else Standing.STRANGER


def _chat(me: Me, channel: str, message: JSON, ts: str) -> ChatKey:
    """In a channel the thread under the message is the conversation, in a direct chat the chat itself is."""
    thread = message.get("thread_ts") or ("" if _is_direct(channel) else ts)
    return ChatKey(PLATFORM, me.team, channel, thread)


def _is_direct(channel: str) -> bool:
    # `app_mention` carries no channel_type, but only direct chats have ids with this letter.
    return channel.startswith("D")


# ---------------------------------------------------------------- text


def _names(raw: str, me: Me) -> bool:
    return f"<@{me.user}>" in raw or f"<@{me.user}|" in raw


def readable(raw: str, me: Me) -> str:
    """Return Slack's escaped text as a person reads it, without the mention of the bot."""
    mention = rf"<@{re.escape(me.user)}(?:\|[^<>]*)?>"
    text = re.sub(rf"(?m)^(?:[ \t]*{mention}[:,：，、]?)+[ \t]*", "", raw)
    text = re.sub(rf"[,，]?[ \t]*{mention}", "", text)
    text = _TOKEN.sub(lambda found: _token(found[1]), text).strip()
    # The ampersand last, or `&amp;lt;` would become `<`.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(inner: str) -> str:
    """Return what a person sees for `<inner>`: a mention, a channel, a broadcast, a date or a link."""
    target, _, label = inner.partition("|")
    match target[:1]:
        case "@":
            return f"@{label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
        case _:
            return _link(target, label)


def _link(target: str, label: str) -> str:
    # Slack labels the addresses it found in plain text with that text: nothing to add there.
    bare = _SCHEME.sub("", target).rstrip("/")
    if not label or label == target:
        return target if target.startswith("http") else bare
    return label if not bare or _SCHEME.sub("", label).rstrip("/") == bare else f"{label} ({target})"


# ---------------------------------------------------------------- buttons


def _pressed(payload: JSON, me: Me) -> Pressed | None:
    container, user = payload.get("container") or {"type": "message"}, payload["user"]
    actions = [a for a in payload.get("actions") or () if a.get("type") in PRESSED and a.get("action_id")]
    if container.get("type") != "message" or not actions:
        return None
    action, message = actions[0], payload.get("message") or {}
    channel = container.get("channel_id") or payload["channel"]["id"]
    ts = container.get("message_ts") or message["ts"]
    thread = container.get("thread_ts") or message.get("thread_ts")
    done_at = action.get("action_ts") or payload.get("trigger_id") or ""
    team = user.get("team_id") or (payload.get("team") or {}).get("id")
    return Pressed(
        key=f"{channel}:{ts}:{action['action_id']}:{done_at}",
        chat=_chat(me, channel, {"thread_ts": thread}, ts),
        person=Person(
            id=user["id"],
            name=user.get("name") or user.get("username") or "",
            standing=Standing.MEMBER if not team or me.is_home(team) else Standing.STRANGER,
        ),
        control=name_of(action["action_id"]),
        value=(action.get("selected_option") or action).get("value") or "",
        ref=ref_of(channel, ts),
    )
