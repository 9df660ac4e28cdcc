"""One person in a chat with the bot, on either platform: what they do, and what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage

ANNA, SLACK_ANNA = 7, "U0ANNA"
TEAM, CHANNEL = -1007, "C0TEAM"


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of the bot's, as it stands on the screen."""

    text: str
    labels: tuple[str, ...]


class InTelegram:
    """Anna in a private chat."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def say(self, text: str) -> str:
        return str(self.stage.telegram.say(ANNA, text))

    def edit(self, message: str, text: str) -> None:
        self.stage.telegram.edit(ANNA, int(message), text)

    def press(self, label: str, n: int = -1) -> None:
        message = self.stage.telegram.messages(ANNA)[n]
        (button,) = [one for one in message.buttons if one.label == label]
        self.stage.telegram.press(message.message_id, button.data, ANNA)

    @property
    def screen(self) -> list[Seen]:
        return [
            Seen(one.text, tuple(button.label for button in one.buttons))
            for one in self.stage.telegram.messages(ANNA)
        ]

    def versions(self, n: int = -1) -> int:
        return len(self.stage.telegram.messages(ANNA)[n].versions)


class InSlack:
    """Anna in a direct message."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.channel = stage.slack.dm_of(SLACK_ANNA)

    def say(self, text: str) -> str:
        return self.stage.slack.dm(SLACK_ANNA, text)

    def edit(self, message: str, text: str) -> None:
        self.stage.slack.rewrite(self.channel, message, text)

    def press(self, label: str, n: int = -1) -> None:
        message = self.stage.slack.replies(self.channel)[n]
        (button,) = [one for one in message.buttons if one["text"]["text"] == label]
        self.stage.slack.press(self.channel, message.ts, button["action_id"], button["value"], SLACK_ANNA)

    @property
    def screen(self) -> list[Seen]:
        return [
            Seen(one.shown, tuple(button["text"]["text"] for button in one.buttons))
            for one in self.stage.slack.replies(self.channel)
        ]

    def versions(self, n: int = -1) -> int:
        return len(self.stage.slack.replies(self.channel)[n].versions)


Person = InTelegram | InSlack


def person(stage: Stage, platform: str) -> Person:
    """Return Anna on a platform."""
    return InTelegram(stage) if platform == "telegram" else InSlack(stage)
