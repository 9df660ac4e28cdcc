"""What is known of a person in Slack is kept while Slack cannot tell, and holds nothing that nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.slack import people
from adapters.slack.calls import Calls
from adapters.slack.events import Me
from adapters.slack.people import People
from bot.model import Person, Secret, Standing
from tests.servers.slack import (
    BOT,
    BOT_TOKEN,
    BOT_USER,
    Bare,
    Failing,
    Hanging,
    Limited,
    Refused,
    SlackServer,
)

if TYPE_CHECKING:
    from tests.servers.slack_values import Fault

SAID = Person(id="U1", standing=Standing.MEMBER)


def me(slack: SlackServer) -> Me:
    return Me(team=slack.team, user=BOT_USER, bot=BOT)


@pytest.mark.parametrize(
    "fault", [Failing(), Limited(), Hanging(), Bare(), Refused("internal_error"), Refused("missing_scope")]
)
async def test_a_guest_stays_one_while_slack_cannot_tell(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "FRESH", 0.0)
    async with SlackServer() as slack:
        slack.add_user("U1", name="gus", ultra_restricted=True)
        calls = Calls(Secret(BOT_TOKEN), slack.api_base)
        known = People(calls, patience=0.2 if isinstance(fault, Hanging) else 5.0)
        first = await known.vouch(SAID, me(slack))
        slack.fail("users.info", fault, times=9)
        again = await known.vouch(SAID, me(slack))
        last = await known.vouch(SAID, me(slack))
        await calls.close()

    assert [one.standing for one in (first, again, last)] == [Standing.GUEST] * 3
    assert {one.name for one in (first, again, last)} == {"gus"}


async def test_a_name_holds_nothing_that_nobody_sees() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    async with SlackServer() as slack:
        slack.add_user("U1", name=f"An{hidden}na\u202e\n\n Lee")
        calls = Calls(Secret(BOT_TOKEN), slack.api_base)
        person = await People(calls).vouch(SAID, me(slack))
        await calls.close()

    assert person.name == "Anna Lee"
