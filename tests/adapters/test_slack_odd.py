"""An envelope that is not shaped as Slack promises is acknowledged once, and keeps nothing else from being heard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.slack_bench import listening
from tests.servers.slack import SlackServer

ODD: list[tuple[str, dict[str, Any]]] = [
    ("interactive", {"type": "view_submission", "view": {"state": {"values": {}}}}),
    ("interactive", {"type": "view_submission", "view": None}),
    ("interactive", {"type": "block_actions", "user": "U1", "actions": "again"}),
    ("interactive", {"type": "message_action"}),
    ("interactive", {}),
    ("slash_commands", {"command": "/ask", "text": "hello", "user_id": "U1"}),
    ("events_api", {"type": "event_callback", "event": None}),
    ("events_api", {"type": "event_callback", "event": {"type": "app_mention", "user": ["U1"], "ts": 1}}),
    ("events_api", {}),
]


@pytest.mark.parametrize(("kind", "payload"), ODD, ids=[f"{n} {kind}" for n, (kind, _) in enumerate(ODD)])
async def test_an_odd_envelope_is_acknowledged_at_once(kind: str, payload: dict[str, Any]) -> None:
    async with SlackServer() as slack, listening(slack) as bench:
        await slack.connected()
        odd = slack.sockets.deliver(kind, payload)
        slack.dm("U1", "hello")
        await bench.inbox.wait(1)
        await slack.settled()

        assert odd.acked is not None
        assert len(odd.sent) == 1
