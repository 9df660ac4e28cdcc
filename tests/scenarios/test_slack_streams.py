"""Answers that grow as Slack's own streams, with the bot as a process of its own."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.ledger import growing, kept
from tests.scenarios.telling import Telling
from tests.servers.qwen import Pause, Say, Think, Until, answer
from tests.servers.slack import Lost, Refused

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Script
    from tests.servers.slack_values import Message

TEAM, ANNA = "C0TEAM", "U0ANNA"
PARAGRAPH = "A sentence of the answer, long enough to be worth a look. " * 4
LONG = "\n\n".join(f"Part {n}. {PARAGRAPH}".strip() for n in range(6))
CODE = "Look:\n\n```python\na = 1\nb = 2\n```\n\nThat is all.\n\n- one\n- two"


@pytest.fixture(autouse=True)
def native(stage: Stage) -> None:
    stage.settings = {**stage.settings, "SLACK_STREAMING": "native"}


def only(stage: Stage) -> Message:
    (reply,) = stage.slack.replies(TEAM)
    return reply


def in_two() -> Telling:
    """Return an answer that waits in its middle, between two paragraphs."""
    middle = LONG.index("Part 3.")
    return Telling(LONG[:middle], LONG[middle:])


def done(stage: Stage) -> bool:
    replies = stage.slack.replies(TEAM)
    return bool(replies) and not any(map(stage.slack.world.streams.open, replies))


async def test_an_answer_grows_as_a_stream_and_is_closed(stage: Stage) -> None:
    told = in_two()
    stage.qwen.reply(told.script)
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    told.go_on()
    await stage.until(lambda: done(stage))

    reply = only(stage)
    assert reply.shown == LONG
    assert not growing(reply)
    assert all(LONG.startswith(version.text) for version in reply.versions)
    assert stage.slack.count("chat.appendStream") >= 1
    assert (stage.slack.count("chat.postMessage"), stage.slack.count("chat.update")) == (0, 0)
    (started,) = [call for call in stage.slack.calls if call.method == "chat.startStream"]
    assert started.args["recipient_user_id"] == ANNA
    assert started.args["recipient_team_id"] == stage.slack.team
    assert reply.metadata is not None


async def test_a_short_answer_costs_one_post(stage: Stage) -> None:
    stage.qwen.reply(answer("One line."))
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    await stage.terminate()

    assert [call.method for call in stage.slack.calls if call.method.startswith("chat.")] == [
        "chat.postMessage"
    ]


async def test_code_is_streamed_line_by_line_and_never_closed_too_early(stage: Stage) -> None:
    begun = CODE[: CODE.index("b = 2")]
    told = Telling(begun, CODE.removeprefix(begun))
    stage.qwen.reply(told.script)
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "code please")
    await stage.until(lambda: stage.slack.replies(TEAM) and only(stage).versions[-1].text == begun)
    told.go_on()
    await stage.until(lambda: done(stage))

    versions = [version.text for version in only(stage).versions]
    assert only(stage).shown == CODE
    assert all(CODE.startswith(text) for text in versions)


async def test_text_that_has_to_be_written_anew_is_edited(stage: Stage) -> None:
    begun = f"{PARAGRAPH.strip()}\n\n````\na = 1\n"
    told = Telling(begun, "b = '```'\n````\n\nThe end.")
    stage.qwen.reply(told.script)
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM) and "a = 1" in only(stage).shown)
    told.go_on()
    await stage.until(lambda: stage.slack.replies(TEAM) and only(stage).shown.endswith("The end."))

    assert only(stage).shown == f"{begun}b = '```'\n````\n\nThe end."
    assert stage.slack.count("chat.startStream") == 1
    assert stage.slack.count("chat.update") >= 1
    assert done(stage)


async def test_an_interrupted_answer_gets_its_button_when_the_stream_closes(stage: Stage) -> None:
    stage.qwen.queue([Say(LONG + "\n\n"), Pause(0.5)])
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: done(stage))

    assert [button["action_id"] for button in only(stage).buttons][:2] == ["again", "continue"]
    assert "broke off" in only(stage).shown


async def test_the_word_stop_stops_a_stream(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.reply([Say(LONG + "\n\n"), Until(never)])
    await stage.start()
    root = stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    assert not growing(only(stage))

    stage.slack.say(TEAM, ANNA, "stop", thread_ts=root)
    await stage.until(lambda: done(stage))

    assert "Stopped" in only(stage).shown
    await stage.until(lambda: stage.qwen.requests[0].left)


@pytest.mark.parametrize(
    "reason",
    ["channel_type_not_supported", "missing_recipient_team_id", "unknown_method", "feature_disabled"],
)
async def test_where_slack_takes_no_stream_the_answer_is_shown_by_edits(stage: Stage, reason: str) -> None:
    stage.slack.fail("chat.startStream", Refused(reason), times=100)
    await stage.start()

    for n, text in enumerate(("tell me", "and again")):
        told = in_two()
        stage.qwen.queue(told.script)
        stage.slack.mention(TEAM, ANNA, text)
        await stage.until(lambda n=n: len(stage.slack.replies(TEAM)) == n + 1)  # type: ignore[misc]
        told.go_on()
        await stage.until(lambda n=n: stage.slack.replies(TEAM)[n].shown == LONG)  # type: ignore[misc]

    assert stage.slack.count("chat.startStream") == 1
    assert stage.slack.count("chat.update") >= 1


async def test_a_stream_that_slack_ended_goes_on_as_edits_of_the_same_message(stage: Stage) -> None:
    told = in_two()
    stage.qwen.reply(told.script)
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    stage.slack.world.streams.lifetime = 0.0
    told.go_on()
    await stage.until(lambda: stage.slack.replies(TEAM) and only(stage).shown == LONG)

    assert stage.slack.count("chat.update") >= 1


async def test_an_append_that_nobody_confirmed_is_not_appended_twice(stage: Stage) -> None:
    stage.slack.fail("chat.appendStream", Lost(), times=1)
    told = in_two()
    stage.qwen.reply(told.script)
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    told.go_on()
    await stage.until(lambda: stage.slack.replies(TEAM) and only(stage).shown == LONG)

    assert all(text.text.count("Part 1.") <= 1 for text in only(stage).versions)
    assert stage.slack.count("chat.postMessage") == 0


async def test_a_bot_killed_in_a_stream_finishes_the_same_message(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Say(LONG + "\n\n"), Until(never)])
    stage.qwen.reply(answer(LONG + "\n\nThe end.", chunk=64))
    await stage.start()
    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))

    await stage.kill()
    await stage.start()
    await stage.until(lambda: only(stage).shown.endswith("The end."))

    assert done(stage)


async def test_many_streams_that_a_kill_left_open_are_closed_no_faster_than_slack_allows(
    stage: Stage,
) -> None:
    count = 5
    unfinished: Script = [Say(LONG + "\n\n"), Until(asyncio.Event())]
    stage.slack.limit(enforced=False)
    stage.settings |= {"PACE": "off"}
    stage.qwen.queue(*[unfinished] * count)
    stage.qwen.reply(answer(LONG + "\n\nThe end.", chunk=300))
    await stage.start()
    for n in range(count):
        stage.slack.mention(TEAM, f"U0P{n}", "tell me")
    await stage.until(lambda: len([page for page in kept(stage.database).pages if page["ref"]]) == count)
    assert all(map(stage.slack.world.streams.open, stage.slack.replies(TEAM)))
    await stage.kill()

    stage.settings |= {"PACE": "on"}
    stage.slack.limit(enforced=True)
    await stage.start()
    await stage.until(
        lambda: all(reply.shown.endswith("The end.") for reply in stage.slack.replies(TEAM)), 60.0
    )
    await stage.settled()

    assert not any(map(stage.slack.world.streams.open, stage.slack.replies(TEAM)))
    assert stage.slack.count("chat.stopStream") == count
    assert not [call.method for call in stage.slack.calls if call.status == 429]
    assert len(stage.slack.replies(TEAM)) == count


async def test_sigterm_closes_a_stream_and_the_next_start_goes_on(stage: Stage) -> None:
    never = asyncio.Event()
    stage.qwen.queue([Say(LONG + "\n\nAnd an unfinished line"), Until(never)])
    stage.qwen.reply(answer(LONG + "\n\nAnd an unfinished line is done.", chunk=64))
    await stage.start()
    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))

    await stage.terminate()
    assert done(stage)
    assert "unfinished line" in only(stage).shown
    assert "restarting" in only(stage).shown
    await stage.start()
    await stage.until(lambda: only(stage).shown.endswith("is done."))


async def test_each_page_is_a_stream_of_its_own(stage: Stage) -> None:
    whole = "\n\n".join(f"Paragraph {n}. {PARAGRAPH}".strip() for n in range(70)) + "\n\nThe end."
    stage.qwen.reply(answer(whole, chunk=300, pause=0.05))
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: done(stage) and stage.slack.replies(TEAM)[-1].shown.endswith("The end."), 40)

    replies = stage.slack.replies(TEAM)
    assert "\n\n".join(reply.shown for reply in replies) == whole
    assert len(replies) >= 2
    assert stage.slack.count("chat.startStream") == len(replies) - (stage.slack.count("chat.postMessage"))


async def test_the_stream_says_that_the_model_thinks_and_for_how_long(stage: Stage) -> None:
    thought = asyncio.Event()
    stage.qwen.reply([Think("Let me see. "), Until(thought), *answer(LONG, chunk=24)])
    await stage.start()

    stage.slack.mention(TEAM, ANNA, "tell me")
    await stage.until(lambda: stage.slack.replies(TEAM))
    tasks = dict(only(stage).tasks)
    thought.set()
    await stage.until(lambda: done(stage))

    ((title, state),) = tasks.values()
    assert re.fullmatch(r"Thinking… \d+ s", title)
    assert state == "in_progress"
    assert [state for _, state in only(stage).tasks.values()] == ["complete"]
    assert only(stage).shown == LONG


async def test_a_direct_chat_without_threads_is_shown_by_edits(stage: Stage) -> None:
    stage.qwen.reply(answer(LONG, chunk=24, pause=0.02))
    await stage.start()

    stage.slack.dm(ANNA, "tell me")
    dm = stage.slack.dm_of(ANNA)
    await stage.until(lambda: stage.slack.replies(dm) and stage.slack.replies(dm)[0].shown == LONG)

    assert stage.slack.count("chat.startStream") == 0
