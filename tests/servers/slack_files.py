"""How files come to Slack: a ticket, the bytes, and at last a message that shares them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.servers import slack_events
from tests.servers.slack_events import BOT_USER
from tests.servers.slack_values import Message, SlackError

if TYPE_CHECKING:
    from tests.servers.slack_values import JSON
    from tests.servers.slack_world import World

NAME = 255
LARGEST = 1_000_000_000


@dataclass(slots=True, kw_only=True)
class File:
    """A file on its way, and after it."""

    id: str
    name: str
    length: int
    ticket: str
    content: bytes | None = None
    title: str = ""
    shared: bool = False
    deleted: bool = False

    def as_json(self) -> JSON:
        found: JSON = {"id": self.id, "name": self.name, "title": self.title, "user": BOT_USER}
        found |= {"size": self.length, "mimetype": "text/plain", "filetype": "text", "mode": "hosted"}
        return found | {"is_external": False, "editable": False, "display_as_bot": False}


class Files:
    """All files of a workspace; `refusing` is the status the place for uploads answers with instead of 200."""

    def __init__(self, world: World) -> None:
        self.refusing = 0
        self.base = ""
        self._world = world
        self._files: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def ticket(self, args: JSON) -> JSON:
        """Say where a file may be put."""
        name, length = str(args.get("filename") or ""), str(args.get("length") or "")
        if not 0 < len(name) <= NAME or not length.isdecimal() or not 0 < int(length) <= LARGEST:
            raise SlackError("invalid_arguments")
        number = next(self._numbers)
        file = File(id=f"F0LOOP{number}", name=name, length=int(length), ticket=f"CwABAAAA{number}")
        self._files[file.id] = file
        return {"upload_url": f"{self.base}{file.ticket}", "file_id": file.id}

    async def put(self, request: web.Request) -> web.Response:
        """Take the bytes: as they are, with no token, at the address of a ticket."""
        content = await request.read()
        if self.refusing:
            return web.Response(status=self.refusing, text="upstream trouble")
        file = next((f for f in self._files.values() if f.ticket == request.match_info["ticket"]), None)
        if file is None or request.method != "POST":
            return web.Response(status=404)
        if request.headers.get("Authorization"):
            self._world.violations.append("a token is sent to where files are put")
        if len(content) != file.length:
            return web.Response(status=400, text="bad length")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    def complete(self, args: JSON) -> JSON:
        """Let a message with the files appear, if a channel is named."""
        files = [self._put_file(one) for one in _listed(args)]
        if args.get("channel_id"):
            self._share(files, args)
        return {"files": [{"id": file.id, "title": file.title} for file in files]}

    def delete(self, args: JSON) -> JSON:
        """Take a file back; the message goes with it."""
        file = self._files.get(str(args.get("file")))
        if file is None:
            raise SlackError("file_not_found")
        if file.deleted:
            raise SlackError("file_deleted")
        file.deleted = True
        for channel in self._world.channels.values():
            for message in channel.messages.values():
                if file in message.files:
                    self._world.remove(message)
        return {}

    def _put_file(self, one: JSON) -> File:
        file = self._files.get(str(one.get("id")))
        if file is None or file.content is None or file.shared:
            raise SlackError("file_not_found")
        file.title = str(one.get("title") or file.name)
        return file

    def _share(self, files: list[File], args: JSON) -> None:
        channel = self._world.open_channel({"channel": args["channel_id"]})
        root = str(args.get("thread_ts") or "")
        if root and root not in channel.messages:
            raise SlackError("thread_not_found")
        text = str(args.get("initial_comment") or "")
        message = Message(
            channel=channel.id, ts=self._world.ts(), user=BOT_USER, text=text, bot=True, thread_ts=root
        )
        message.files = files
        for file in files:
            file.shared = True
        self._world.write(message)
        self._world.tell(slack_events.posted(message, channel, self._world.team), channel)


def _listed(args: JSON) -> list[JSON]:
    given = args.get("files")
    try:
        files = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        files = None
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) for one in files):
        raise SlackError("invalid_arguments")
    return files
