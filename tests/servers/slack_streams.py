"""Slack's streaming methods: a message in a thread that only grows, until it is stopped or Slack ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers import slack_events, slack_rules
from tests.servers.slack_events import BOT_USER
from tests.servers.slack_values import Message, SlackError, Version

if TYPE_CHECKING:
    from tests.servers.slack_values import JSON
    from tests.servers.slack_world import World

LIFETIME = 300.0
"""Seconds after which Slack ends a stream by itself, appended to or not."""
CHUNK_TEXT = 12_000
STATES = {"pending", "in_progress", "complete", "error"}


class Streams:
    """All streams of a workspace; `lifetime` may be shortened."""

    def __init__(self, world: World) -> None:
        self.lifetime = LIFETIME
        self._world = world
        self._began: dict[str, float] = {}

    def open(self, message: Message) -> bool:
        """Tell whether the message still shows that somebody is writing it."""
        began = self._began.get(message.ts)
        return began is not None and self._world.now() - began < self.lifetime

    def start(self, args: JSON) -> JSON:
        channel = self._world.open_channel(args)
        root = str(args.get("thread_ts") or "")
        if root not in channel.messages:
            raise SlackError("invalid_thread_ts" if root else "invalid_arguments")
        for name in ("recipient_user_id", "recipient_team_id"):
            if channel.kind != "im" and not args.get(name):
                raise SlackError(f"missing_{name}")
        chunks = _checked(args)
        message = Message(
            channel=channel.id, ts=self._world.ts(), user=BOT_USER, text="", bot=True, thread_ts=root
        )
        channel.messages[message.ts] = message
        self._grow(message, chunks)
        self._began[message.ts] = self._world.now()
        self._world.statuses.pop((channel.id, root), None)
        return {"channel": channel.id, "ts": message.ts}

    def append(self, args: JSON) -> JSON:
        message = self._streaming(args)
        if not (chunks := _checked(args)):
            raise SlackError("no_text")
        self._grow(message, chunks)
        return {"channel": message.channel, "ts": message.ts}

    def stop(self, args: JSON) -> JSON:
        message = self._streaming(args)
        chunks, blocks = _checked(args), list(args.get("blocks") or [])
        if error := slack_rules.blocks_error(blocks) or slack_rules.metadata_error(args.get("metadata")):
            raise SlackError(error)
        self._grow(message, chunks, blocks)
        message.metadata = args.get("metadata") or message.metadata
        del self._began[message.ts]
        self._world.rewrite(message, message.text, message.blocks)
        shown = slack_events.body(message, self._world.team)
        return {"channel": message.channel, "ts": message.ts, "message": shown}

    def _streaming(self, args: JSON) -> Message:
        message = self._world.own(args, "message_not_owned_by_app")
        if not self.open(message):
            raise SlackError("message_not_in_streaming_state")
        return message

    def _grow(self, message: Message, chunks: list[JSON], blocks: list[JSON] | None = None) -> None:
        for chunk in chunks:
            if chunk["type"] == "task_update":
                message.tasks[chunk["id"]] = (chunk["title"], chunk["status"])
        message.text += "".join(chunk["text"] for chunk in chunks if chunk["type"] == "markdown_text")
        body = [{"type": "markdown", "text": message.text}] if message.text.strip() else []
        if error := slack_rules.blocks_error([*body, *(blocks or [])]):
            raise SlackError(error)
        message.blocks = [*body, *(blocks or [])]
        self._world.violations += slack_rules.violations("a stream", {"markdown_text": message.text})
        message.versions.append(Version(self._world.now(), message.text, tuple(message.blocks)))


def _checked(args: JSON) -> list[JSON]:
    """Return the chunks of a call. Raises SlackError."""
    chunks = args.get("chunks") or []
    if args.get("markdown_text"):
        chunks = [{"type": "markdown_text", "text": args["markdown_text"]}, *chunks]
    if not isinstance(chunks, list) or any(map(_wrong, chunks)):
        raise SlackError("invalid_chunks")
    if sum(len(chunk["text"]) for chunk in chunks if chunk["type"] == "markdown_text") > CHUNK_TEXT:
        raise SlackError("msg_too_long")
    return chunks


def _wrong(chunk: JSON) -> bool:
    match chunk.get("type"):
        case "markdown_text":
            return not isinstance(chunk.get("text"), str) or not chunk["text"]
        case "task_update":
            named = all(isinstance(chunk.get(name), str) and chunk[name] for name in ("id", "title"))
            return not named or chunk.get("status") not in STATES
        case _:
            return True
