"""The ear that the whole suite runs under hears what it is there for."""

from __future__ import annotations

import logging

from tests.conftest import PLANTED, Ear
from tests.scenarios.stage import CANARIES


def record(text: str, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": text, "name": "bot.test", "pathname": "somewhere.py", "lineno": 7})
    vars(made).update(extra)
    return made


def test_a_planted_word_is_heard_wherever_it_stands_in_a_record() -> None:
    ear = Ear()

    ear.emit(record("a sentence", words=f"{PLANTED[0]} words"))
    ear.emit(record(f"{PLANTED[0]} sentence"))
    ear.emit(record("harmless"))

    assert len(ear.leaks) == 2


def test_a_secret_the_bot_knows_is_taken_out_before_it_is_heard() -> None:
    ear = Ear()

    ear.emit(record(f"key {CANARIES['OPENAI_API_KEY']}"))

    assert ear.leaks == []
