"""Every way in which a provider's answer can go wrong, all at once: each person reads one text, and it is true."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.servers.qwen import Fault, Pause, Say, Stall, StreamError, answer, envelope, flat
from tests.turns.qwen.test_qwen_faults import BROKEN, GARBLED, HTML, JSON, SSE

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage
    from tests.servers.qwen_script import Asked, Script

HALF = "Half of the answer stands here already, and then nothing comes any more. " * 4
CUT = "broke off"
SETTINGS = {"IDLE_TIMEOUT": "4", "FIRST_TOKEN_TIMEOUT": "4", "ANSWER_TIMEOUT": "20"}
COMPLETION = {"object": "chat.completion", "choices": [{"message": {"content": "x"}}]}
AFTER: dict[str, Script] = {
    **BROKEN,
    **GARBLED,
    "stall": [Stall()],
    "an error": [StreamError(envelope("internal_error", "…"))],
    "an error of the other shape": [StreamError(flat("internal_error", "…"), event="error")],
    "a busy error": [StreamError(envelope("limit_requests", "…"))],
    "an unknown error": [StreamError(flat("something_new", "…"), event="error")],
}
INSTEAD: dict[str, Script] = {
    "a page": [Fault(200, "<html>Welcome to our network</html>", HTML)],
    "a whole completion": [Fault(200, COMPLETION, JSON)],
    "nothing": [Fault(200, "", SSE)],
    "nothing in JSON": [Fault(200, "", JSON)],
    "plain words": [Fault(200, "plain words", {"Content-Type": "text/plain"})],
    "no content": [Fault(204)],
    **{f"status {status}": [Fault(status, "…")] for status in (400, 409, 413, 422, 500, 502, 503, 504)},
    "a redirect": [Fault(307, "", {"Location": "http://127.0.0.1:9/"})],
}
SCRIPTS: dict[str, Script] = {
    **{f"after half: {name}": [Say(HALF), Pause(0.2), *script] for name, script in AFTER.items()},
    **{f"at once: {name}": script for name, script in AFTER.items() if name != "a busy error"},
    **{f"instead: {name}": script for name, script in INSTEAD.items()},
    "sound": answer("All is well.", chunk=4),
}
PEOPLE = {100 + number: name for number, name in enumerate(SCRIPTS)}
TRIES = 3


def question(body: Any) -> str:
    return str(body["messages"][-1]["content"])


def by_name(asked: Asked) -> Script:
    return SCRIPTS[question(asked.body)]


async def test_whatever_the_model_does_each_person_reads_one_text_that_is_true(swift: Stage) -> None:
    swift.settings = {**swift.settings, **SETTINGS}
    swift.qwen.reply(by_name)
    await swift.start()
    for person, name in PEOPLE.items():
        swift.telegram.say(person, name)
    await swift.until(lambda: all(swift.telegram.messages(person) for person in PEOPLE), 90)
    await swift.settled(90)

    shown = {name: [one.text for one in swift.telegram.messages(person)] for person, name in PEOPLE.items()}
    assert {name: texts for name, texts in shown.items() if len(texts) != 1} == {}
    only = {name: texts[0] for name, texts in shown.items()}
    assert only.pop("sound") == "All is well."
    silent = [name for name, text in only.items() if text.startswith("Half") and CUT not in text]
    assert silent == []
    assert [name for name, text in only.items() if name.startswith("after half") and "Half" not in text] == []
    assert [
        name for name, text in only.items() if len(text.replace(HALF.strip(), "")) < len("broke off")
    ] == []
    tries = Counter(question(one.body) for one in swift.qwen.requests)
    assert {name: count for name, count in tries.items() if count > TRIES} == {}
