"""A loopback Slack: the Web API, Socket Mode, and what people see of it.

    async with SlackServer() as slack:
        ts = slack.mention("C1", "U1", "what is a lease?")
        await slack.until(lambda: slack.thread("C1", ts))

It speaks the wire protocols the SDK speaks, enforces Slack's limits, and writes down as `violations` what Slack
would let pass and people would suffer from. Times are seconds since the server began.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.servers import slack_events
from tests.servers.slack_events import APP, BOT, BOT_USER
from tests.servers.slack_rules import Tiers
from tests.servers.slack_socket import Sockets
from tests.servers.slack_values import (
    Bare,
    Channel,
    Dropped,
    Failing,
    Fault,
    Hanging,
    Limited,
    Lost,
    Message,
    Page,
    Refused,
    Slow,
    User,
)
from tests.servers.slack_web import WebApi
from tests.servers.slack_world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tests.servers.slack_socket import Envelope
    from tests.servers.slack_values import JSON, Call

__all__ = [
    "APP",
    "APP_TOKEN",
    "BOT",
    "BOT_TOKEN",
    "BOT_USER",
    "Bare",
    "Dropped",
    "Failing",
    "Fault",
    "Hanging",
    "Limited",
    "Lost",
    "Page",
    "Refused",
    "SlackServer",
    "Slow",
]

BOT_TOKEN, APP_TOKEN = "xoxb-loopback", "xapp-1-loopback"


class SlackServer:
    """One workspace with one app, on a loopback port of its own.

    `tiers` enforces the published rate limits; `echo` sends the bot's own posts and edits back as events, as
    Slack does; `redeliver` is how many seconds an envelope may stay unacknowledged (Slack: 3).
    """

    def __init__(
        self,
        *,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        team: str = "T0LOOPBACK",
        redeliver: float = 3.0,
        tiers: bool = False,
        echo: bool = True,
    ) -> None:
        self.bot_token, self.app_token, self.team = bot_token, app_token, team
        self.world = World(team, self._echo)
        self.sockets = Sockets(redeliver=redeliver, now=self.world.now, changed=self._touch)
        self.web = WebApi(
            self.world,
            self.sockets,
            bot_token=bot_token,
            app_token=app_token,
            tiers=Tiers(enforced=tiers),
            changed=self._touch,
        )
        self.api_base = ""
        self._wants_echo = echo
        self._held: list[tuple[Message, list[JSON], bool]] | None = None
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/api/{method}", self.web.handle)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_route("*", "/upload/v1/{ticket}", self.world.files.put)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = int(self._runner.addresses[0][1])
        self.web.link = f"ws://127.0.0.1:{port}/link/"
        self.api_base = f"http://127.0.0.1:{port}/api/"
        self.world.files.base = f"http://127.0.0.1:{port}/upload/v1/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.web.closing.set()
        self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # ------------------------------------------------------------ what people do

    def mention(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        *,
        first: str = "message",
        files: list[JSON] | None = None,
    ) -> str:
        """Mention the bot in a channel and return the message's ts.

        Two deliveries follow, `message` and `app_mention`; `first` names the one that comes first.
        """
        message = self._write(channel, user, f"<@{BOT_USER}> {text}", thread_ts)
        order = (False, True) if first == "message" else (True, False)
        for mention in order:
            self._deliver_said(message, files or [], mention=mention)
        return message.ts

    def say(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: list[JSON] | None = None,
    ) -> str:
        """Write a message that does not mention the bot and return its ts; the text is what Slack would send."""
        message = self._write(channel, user, text, thread_ts)
        self._deliver_said(message, files or [], mention=False)
        return message.ts

    def dm(
        self, user: str, text: str, thread_ts: str | None = None, *, files: list[JSON] | None = None
    ) -> str:
        """Write to the bot directly, in the channel `dm_of(user)`."""
        return self.say(self.dm_of(user), user, text, thread_ts, files=files)

    @staticmethod
    def dm_of(user: str) -> str:
        return f"D{user}"

    def rewrite(self, channel: str, ts: str, text: str) -> None:
        """Let a message's author change it. Where it names the bot then, Slack tells of a mention once more."""
        message = self.message(channel, ts)
        self.world.rewrite(message, text, [])
        where = self.world.channels[channel]
        if where.kind != "im" and f"<@{BOT_USER}>" in text:
            event = slack_events.said(message, where, self.world.users[message.user], files=[], mention=True)
            edited = {"user": message.user, "ts": self.world.ts()}
            self.event(event | {"edited": edited}, shared=where.shared)

    def press(
        self,
        channel: str,
        ts: str,
        action_id: str,
        value: str | None = None,
        user: str = "U1",
        *,
        stale: bool = False,
    ) -> None:
        """Press a button under a message; only `stale` may press one that is not there any more.

        `action_id` is the button's own, or the name it shares with others.
        """
        message = self.message(channel, ts)
        buttons = [b for b in message.buttons if _is_called(b, action_id) and value in {None, b.get("value")}]
        assert buttons or stale, f"there is no button {action_id!r} under {message.shown!r}"
        gone: JSON = {
            "action_id": action_id,
            "value": value or "",
            "text": {"type": "plain_text", "text": "?"},
        }
        self._act(message, slack_events.button(buttons[0] if buttons else gone), user)

    def pick(self, channel: str, ts: str, action_id: str, label: str, user: str = "U1") -> None:
        """Pick the option with this label from a list under a message."""
        message = self.message(channel, ts)
        found = [
            (select, option)
            for select in message.selects
            for option in select["options"]
            if _is_called(select, action_id) and option["text"]["text"] == label
        ]
        assert found, f"there is no {label!r} in {action_id!r} under {message.shown!r}"
        self._act(message, slack_events.picked(*found[0]), user)

    def _act(self, message: Message, action: JSON, user: str) -> None:
        person = self.world.user(user)
        payload = slack_events.pressed(message, action, person, self.team, self.world.ts())
        self.sockets.deliver("interactive", payload)

    def event(self, inner: JSON, *, shared: bool = False, **outer: Any) -> Envelope:
        """Deliver any inner event; `outer` overrides fields of what wraps it."""
        payload = slack_events.callback(inner, team=self.team, shared=shared) | outer
        return self.sockets.deliver("events_api", payload)

    def again(self, envelope: Envelope) -> Envelope:
        """Deliver the same event once more, as Slack does after a reconnect."""
        return self.sockets.deliver(envelope.type, envelope.payload)

    # ------------------------------------------------------------ who and where

    def add_user(self, ident: str, **fields: Any) -> User:
        self.world.users[ident] = User(**({"id": ident, "team": self.team, "name": ident.lower()} | fields))
        return self.world.users[ident]

    def add_channel(self, ident: str, **fields: Any) -> Channel:
        self.world.channels[ident] = Channel(id=ident, **fields)
        return self.world.channels[ident]

    # ------------------------------------------------------------ what people see

    def messages(self, channel: str) -> list[Message]:
        """Return what is in a channel now, threads included, in order of time."""
        known = self.world.channels.get(channel)
        return [message for message in known.messages.values() if not message.deleted] if known else []

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies under a message."""
        return [message for message in self.messages(channel) if message.thread_ts == ts and message.ts != ts]

    def replies(self, channel: str) -> list[Message]:
        """Return what the bot wrote in a channel, threads included."""
        return [message for message in self.messages(channel) if message.bot]

    def message(self, channel: str, ts: str) -> Message:
        return self.world.channels[channel].messages[ts]

    @property
    def violations(self) -> list[str]:
        """What no Slack app may do, in words; empty for a good one."""
        return self.world.violations

    @property
    def statuses(self) -> dict[tuple[str, str], str]:
        """The status shown in each (channel, thread)."""
        return self.world.statuses

    @property
    def envelopes(self) -> list[Envelope]:
        return self.sockets.envelopes

    @property
    def acks(self) -> dict[str, float]:
        """Envelope id → seconds between its first delivery and its acknowledgement."""
        return self.sockets.acks

    @property
    def calls(self) -> list[Call]:
        """Every Web API call in the order of its answer."""
        return self.web.calls

    def count(self, method: str) -> int:
        return sum(call.method == method for call in self.calls)

    # ------------------------------------------------------------ faults

    def hold_back(self) -> None:
        """From now on deliver nothing of what people write, as Slack does for an app that is away for long."""
        self._held = []

    def hand_over(self) -> None:
        """Deliver what was held back, and whatever people write from now on."""
        held, self._held = self._held or [], None
        for message, files, mention in held:
            self._deliver_said(message, files, mention=mention)

    def give_up(self) -> None:
        """Never deliver what was held back, as Slack does after some minutes; what people write from now on it does."""
        self._held = None

    def fail(self, method: str, fault: Fault, times: int = 1, after: int = 0) -> None:
        """Answer the next `times` calls of a method with a fault, once `after` more were answered well."""
        self.web.fail(method, fault, times, after)

    def recover(self, method: str) -> None:
        """Forget the faults of a method."""
        self.web.recover(method)

    def limit(self, *, enforced: bool) -> None:
        """From now on keep the published rate limits, or none."""
        self.web.limit(Tiers(enforced=enforced))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        await self.sockets.disconnect(reason)

    def abort(self) -> None:
        """Cut every Socket Mode connection without a word."""
        self.sockets.abort()

    async def hang_up(self) -> None:
        """Close every Socket Mode connection properly, from this side."""
        await self.sockets.hang_up()

    def freeze(self) -> None:
        """Stop reading from the open connections, so that not even a goodbye is answered."""
        self.sockets.freeze()

    def silence(self, *, pongs: bool = True, events: bool = True) -> None:
        """Let the open connections stop answering pings, or stop carrying events though they answer them."""
        for link in self.sockets.links:
            link.pongs = pongs
            link.deaf = not events

    # ------------------------------------------------------------ waiting

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Return as soon as the condition holds; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def connected(self, times: int = 1, seconds: float = 30.0) -> None:
        """Wait until the app has opened that many connections since the beginning, and one is ready."""
        await self.until(
            lambda: self.sockets.opened >= times and any(link.ready for link in self.sockets.links), seconds
        )

    async def settled(self, seconds: float = 30.0) -> None:
        """Wait until every envelope so far is acknowledged or given up."""
        await self.until(lambda: all(e.acked is not None or e.given_up for e in self.envelopes), seconds)

    # ------------------------------------------------------------ inside

    def _touch(self) -> None:
        self._changed.set()

    def _write(self, channel: str, user: str, text: str, thread_ts: str | None) -> Message:
        self.world.channel(channel)
        person = self.world.user(user)
        message = Message(channel=channel, ts=self.world.ts(), user=person.id, text=text)
        message.thread_ts = thread_ts or ""
        return self.world.write(message)

    def _deliver_said(self, message: Message, files: list[JSON], *, mention: bool) -> None:
        channel, user = self.world.channels[message.channel], self.world.users[message.user]
        if self._held is not None:
            self._held.append((message, files, mention))
            return
        self.event(
            slack_events.said(message, channel, user, files=files, mention=mention), shared=channel.shared
        )

    def _echo(self, event: JSON, channel: Channel) -> None:
        if self._wants_echo or not (event.get("bot_id") or (event.get("message") or {}).get("bot_id")):
            self.event(event, shared=channel.shared)


def _is_called(element: JSON, name: str) -> bool:
    return name in {element["action_id"], element["action_id"].partition(".")[0]}
