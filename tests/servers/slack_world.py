"""The loopback workspace: who is there, what was written, and what each Web API method does to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.servers import slack_events, slack_rules
from tests.servers.slack_events import BOT, BOT_USER
from tests.servers.slack_files import Files
from tests.servers.slack_streams import Streams
from tests.servers.slack_values import Channel, Message, SlackError, User, Version

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.slack_values import JSON

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "chat.postEphemeral": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "assistant.threads.setStatus": "chat:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "users.info": "users:read",
}
HISTORY = {
    "channel": "channels:history",
    "group": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}
READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}
OTHERS = {"app_mentions:read", "metadata.message:read"}


class World:
    """One workspace with one app in it. Methods return the body of `ok:true` or raise SlackError."""

    def __init__(self, team: str, emit: Callable[[JSON, Channel], None]) -> None:
        self.team = team
        self.bot = True
        self.scopes: set[str] = {*SCOPES.values(), *HISTORY.values(), *READ.values(), *OTHERS}
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.ephemerals: list[JSON] = []
        self.violations: list[str] = []
        self.streams = Streams(self)
        self.files = Files(self)
        self._emit = emit
        self._began = time.monotonic()
        self._last_ts = 0

    # ------------------------------------------------------------ what is there

    def now(self) -> float:
        """Seconds since the server began."""
        return time.monotonic() - self._began

    def ts(self) -> str:
        """Return the next message id: seconds and microseconds, always growing."""
        self._last_ts = max(self._last_ts + 1, int(time.time() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, ident: str) -> Channel:
        kind = "im" if ident.startswith("D") else "channel"
        return self.channels.setdefault(ident, Channel(id=ident, kind=kind))

    def user(self, ident: str) -> User:
        return self.users.setdefault(ident, User(id=ident, team=self.team, name=ident.lower()))

    def write(self, message: Message) -> Message:
        """Let a message appear in its channel."""
        message.versions.append(Version(self.now(), message.text, tuple(message.blocks)))
        self.channel(message.channel).messages[message.ts] = message
        return message

    def rewrite(self, message: Message, text: str, blocks: list[JSON]) -> None:
        """Change a message and tell the app, as Slack does for every change by anybody."""
        before = slack_events.body(message, self.team)
        message.text, message.blocks = text, blocks
        message.versions.append(Version(self.now(), text, tuple(blocks)))
        channel = self.channels[message.channel]
        self._emit(slack_events.changed(message, channel, before, self.team, self.ts()), channel)

    def tell(self, event: JSON, channel: Channel) -> None:
        """Let the app hear of something."""
        self._emit(event, channel)

    def remove(self, message: Message) -> None:
        before = slack_events.body(message, self.team)
        message.deleted = True
        channel = self.channels[message.channel]
        self._emit(slack_events.deleted(message, channel, before, self.ts()), channel)

    # ------------------------------------------------------------ Web API

    def call(self, method: str, args: JSON) -> JSON:
        """Carry out one Web API call."""
        handler: Any = getattr(self, f"_{method.replace('.', '_')}", None)
        if handler is None or "." not in method:
            raise SlackError("unknown_method", req_method=method)
        self._permit(SCOPES.get(method, ""))
        self.violations += slack_rules.violations(method, args)
        result: JSON = handler(args)
        return result

    def _permit(self, scope: str) -> None:
        if scope and scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def open_channel(self, args: JSON) -> Channel:
        """Return the channel the app may write to."""
        channel = self._known(args)
        if channel.archived:
            raise SlackError("is_archived")
        if not channel.member:
            raise SlackError("not_in_channel")
        return channel

    def _known(self, args: JSON, name: str = "channel") -> Channel:
        channel = self.channels.get(str(args.get(name, "")))
        if channel is None:
            raise SlackError("channel_not_found")
        return channel

    def _message(self, args: JSON, name: str = "ts") -> Message:
        message = self._known(args).messages.get(str(args.get(name, "")))
        if message is None or message.deleted:
            raise SlackError("message_not_found")
        return message

    def own(self, args: JSON, error: str) -> Message:
        """Return a message of the app's. Raises SlackError."""
        message = self._message(args)
        if not message.bot:
            raise SlackError(error)
        return message

    def _auth_test(self, args: JSON) -> JSON:
        found: JSON = {"url": "https://loopback.slack.com/", "team": "Loopback", "user": "bot"}
        found |= {"team_id": self.team, "user_id": BOT_USER, "is_enterprise_install": False}
        return found | ({"bot_id": BOT} if self.bot else {})

    def _chat_postMessage(self, args: JSON) -> JSON:  # noqa: N802
        channel = self.open_channel(args)
        if error := slack_rules.body_error(args, update=False):
            raise SlackError(error)
        root = str(args.get("thread_ts") or "")
        self._check_root(channel, root)
        text, warning = str(args.get("text") or ""), {}
        if len(text) > slack_rules.POST_TEXT:
            text, warning = text[: slack_rules.POST_TEXT], {"warning": "message_truncated"}
        message = Message(
            channel=channel.id, ts=self.ts(), user=BOT_USER, text=text, bot=True, thread_ts=root
        )
        message.blocks, message.metadata = list(args.get("blocks") or []), args.get("metadata") or None
        self.write(message)
        self.statuses.pop((channel.id, root), None)
        self._emit(slack_events.posted(message, channel, self.team), channel)
        shown = slack_events.body(message, self.team)
        return {"channel": channel.id, "ts": message.ts, "message": shown} | warning

    def _check_root(self, channel: Channel, root: str) -> None:
        if not root:
            return
        found = channel.messages.get(root)
        if found is None:
            raise SlackError("thread_not_found")
        if found.thread_ts not in {"", found.ts}:
            self.violations.append("chat.postMessage answers in the thread of a reply")

    def _chat_update(self, args: JSON) -> JSON:
        self.open_channel(args)
        message = self.own(args, "cant_update_message")
        if self.streams.open(message):
            raise SlackError("streaming_state_conflict")
        message.tasks.clear()
        if error := slack_rules.body_error(args, update=True):
            raise SlackError(error)
        # Metadata that an update leaves out stays; blocks stay only if there is no new text to take their place.
        kept = [] if args.get("text") else message.blocks
        blocks = kept if args.get("blocks") is None else list(args["blocks"])
        if args.get("metadata") is not None:
            message.metadata = args["metadata"] or None
        self.rewrite(message, str(args.get("text") or message.text), blocks)
        return {"channel": message.channel, "ts": message.ts, "text": message.text}

    def _chat_startStream(self, args: JSON) -> JSON:  # noqa: N802
        return self.streams.start(args)

    def _chat_appendStream(self, args: JSON) -> JSON:  # noqa: N802
        return self.streams.append(args)

    def _chat_stopStream(self, args: JSON) -> JSON:  # noqa: N802
        return self.streams.stop(args)

    def _files_getUploadURLExternal(self, args: JSON) -> JSON:  # noqa: N802
        return self.files.ticket(args)

    def _files_completeUploadExternal(self, args: JSON) -> JSON:  # noqa: N802
        return self.files.complete(args)

    def _files_delete(self, args: JSON) -> JSON:
        return self.files.delete(args)

    def _chat_delete(self, args: JSON) -> JSON:
        message = self.own(args, "cant_delete_message")
        self.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def _chat_postEphemeral(self, args: JSON) -> JSON:  # noqa: N802
        self.open_channel(args)
        if error := slack_rules.body_error(args, update=False):
            raise SlackError(error)
        self.ephemerals.append(args)
        return {"message_ts": self.ts()}

    def _reactions_add(self, args: JSON) -> JSON:
        who = self._message(args, "timestamp").reactions.setdefault(str(args.get("name")), set())
        if BOT_USER in who:
            raise SlackError("already_reacted")
        who.add(BOT_USER)
        return {}

    def _reactions_remove(self, args: JSON) -> JSON:
        reactions = self._message(args, "timestamp").reactions
        who = reactions.get(str(args.get("name")), set())
        if BOT_USER not in who:
            raise SlackError("no_reaction")
        who.remove(BOT_USER)
        return {}

    def _users_info(self, args: JSON) -> JSON:
        user = self.users.get(str(args.get("user")))
        if user is None:
            raise SlackError("user_not_found")
        located = str(args.get("include_locale")) in {"1", "true", "True"}
        return {"user": user.as_json() | ({"locale": user.locale} if located else {})}

    def _conversations_info(self, args: JSON) -> JSON:
        channel = self._known(args)
        self._permit(READ[channel.kind])
        return {"channel": channel.as_json()}

    def _conversations_replies(self, args: JSON) -> JSON:
        channel, root = self._known(args), str(args.get("ts"))
        self._permit(HISTORY[channel.kind])
        if root not in channel.messages:
            raise SlackError("thread_not_found")
        return self._page(args, [m for m in channel.messages.values() if root in {m.ts, m.thread_ts}])

    def _conversations_history(self, args: JSON) -> JSON:
        channel = self._known(args)
        self._permit(HISTORY[channel.kind])
        top = [m for m in channel.messages.values() if m.thread_ts in {"", m.ts}]
        return self._page(args, top[::-1])

    def _page(self, args: JSON, messages: list[Message]) -> JSON:
        oldest, limit = str(args.get("oldest") or "0"), int(args.get("limit") or 100)
        start = int(str(args.get("cursor") or "0"))
        chosen = [m for m in messages if not m.deleted and m.ts > oldest]
        rows = [self._row(m, args) for m in chosen[start : start + limit]]
        more = len(chosen) > start + limit
        cursor = {"next_cursor": str(start + limit) if more else ""}
        return {"messages": rows, "has_more": more, "response_metadata": cursor}

    def _row(self, message: Message, args: JSON) -> JSON:
        row = slack_events.body(message, self.team)
        wanted = str(args.get("include_all_metadata")) in {"1", "true", "True"}
        if message.metadata and wanted and "metadata.message:read" in self.scopes:
            row["metadata"] = message.metadata
        return row

    def _assistant_threads_setStatus(self, args: JSON) -> JSON:  # noqa: N802
        channel = self._known(args, "channel_id")
        root = str(args.get("thread_ts") or "")
        if root not in channel.messages:
            raise SlackError("thread_not_found")
        status = str(args.get("status") or "")
        self.statuses[channel.id, root] = status
        if not status:
            del self.statuses[channel.id, root]
        return {}
