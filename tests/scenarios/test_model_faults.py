"""What people read when the model cannot answer, or another one must."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ledger import kept
from tests.servers.qwen import CloseQuietly, Cut, Fault, Pause, Raw, Say, answer, envelope

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

ANNA = 7
HALF = "Half of the answer stands here already, and then nothing comes any more. " * 4
ARREARS = Fault(
    400, envelope("Arrearage", "Access denied, please make sure your account is in good standing.")
)
FILTERED = Fault(400, envelope("data_inspection_failed", "Input data may contain inappropriate content."))


async def asked(stage: Stage) -> str:
    """Ask one question; return what stands there in the end."""
    turns = len(kept(stage.database).turns)
    stage.telegram.say(ANNA, "hello")
    await stage.until(lambda: len(kept(stage.database).turns) > turns)
    await stage.settled()
    return stage.telegram.messages(ANNA)[-1].text


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([Fault(401, envelope("invalid_api_key"))], "does not accept my key"),
        ([Fault(404, envelope("model_not_found"))], "not available to me"),
        ([ARREARS], "run out of credit"),
        ([FILTERED], "refused this question"),
        ([Fault(200, "<html>maintenance</html>")], "reach the model"),
        ([Say(HALF), Pause(0.2), Cut()], "broke off"),
        ([Say(HALF), Pause(0.2), CloseQuietly()], "broke off"),
        ([Say(HALF), Pause(0.2), Raw(b"data: {not json\n\n")], "broke off"),
        ([CloseQuietly()], "Again"),
    ],
)
async def test_every_failure_of_the_model_is_said_in_one_sentence(
    script: Script, words: str, swift: Stage
) -> None:
    swift.qwen.reply(script)
    await swift.start()

    text = await asked(swift)

    assert words in text
    assert "Traceback" not in text
    assert not [piece for piece in ("http", "127.0.0.1", "Error", "req-") if piece in text]
    assert len(swift.qwen.requests) <= 3


async def test_a_failure_with_no_sentence_of_its_own_can_be_found_in_the_log(swift: Stage) -> None:
    swift.qwen.reply([Fault(400, envelope("InvalidParameter", "temperature must be in [0, 2)"))])
    await swift.start()

    text = await asked(swift)

    named = re.search(r"operator of this bot ([A-Z2-7]{8})\.", text)
    assert named
    assert f"reference={named[1]}" in swift.log


async def test_a_refused_question_does_not_poison_the_next_one(swift: Stage) -> None:
    swift.qwen.queue([FILTERED], answer("Gladly."))
    await swift.start()
    await asked(swift)

    assert await asked(swift) == "Gladly."
    roles = [message["role"] for message in swift.qwen.requests[-1].body["messages"]]
    assert roles == ["system", "user"]


def busy_or(asked: Asked) -> Script:
    if asked.body["model"] == "qwen-plus":
        return [Fault(403, envelope("AccessDenied.Unpurchased", "Access to model denied."))]
    return answer("From the other one.")


async def test_another_model_stands_in_and_says_so(swift: Stage) -> None:
    swift.settings = {**swift.settings, "FALLBACK_MODEL": "qwen-flash"}
    swift.qwen.reply(busy_or)
    await swift.start()

    text = await asked(swift)

    assert text.startswith("From the other one.")
    assert "qwen-flash" in text
    assert [request.body["model"] for request in swift.qwen.requests] == ["qwen-plus", "qwen-flash"]


async def test_where_the_other_model_refuses_too_one_sentence_is_enough(swift: Stage) -> None:
    swift.settings = {**swift.settings, "FALLBACK_MODEL": "qwen-flash"}
    swift.qwen.reply([Fault(404, envelope("model_not_found"))])
    await swift.start()

    text = await asked(swift)

    assert text == (
        "The model qwen-plus is not available to me. "
        "Press the button below, and qwen3.7-plus answers, here and from then on."
    )
