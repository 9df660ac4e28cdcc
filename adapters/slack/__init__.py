"""Slack: mentions, threads and direct messages over Socket Mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.adapter import Slack
from adapters.slack.dialect import SlackDialect

if TYPE_CHECKING:
    from bot.model import Secret
    from bot.ports import Adapter


def build(
    *,
    bot_token: Secret,
    app_token: Secret,
    api_base: str = "https://slack.com/api/",
    streaming: str = "edit",
) -> Adapter:
    """Return the adapter; `streaming` is `edit` or `native`. No I/O."""
    return Slack(
        bot_token=bot_token,
        app_token=app_token,
        api_base=api_base,
        dialect=SlackDialect(),
        streams=streaming == "native",
    )
