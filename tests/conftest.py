"""Whatever the whole suite makes the bot log, at DEBUG, holds no secret and no word that was planted.

The records pass through the bot's own formatter, as they would in the process. One leak fails the run.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot.log import Redaction, _Text
from tests.scenarios.stage import CANARIES

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANTED = ("CANARY", *CANARIES.values())
"""Tests plant these in messages, answers and settings."""
OWN = ("bot", "adapters")


class Ear(logging.Handler):
    """Hears every record of the bot and keeps those that say too much."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(_Text(Redaction(CANARIES.values())))
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if any(word in line for word in PLANTED):
            self.leaks.append(f"{record.name} at {record.pathname}:{record.lineno}")


EAR = Ear()


@pytest.fixture(scope="session", autouse=True)
def listening() -> Iterator[None]:
    """Hear all records of the bot, and say at the end if any of them said too much."""
    for name in OWN:
        logging.getLogger(name).addHandler(EAR)
    yield
    for name in OWN:
        logging.getLogger(name).removeHandler(EAR)
    assert not EAR.leaks, f"secrets or people's words were logged: {EAR.leaks}"


@pytest.fixture(autouse=True)
def at_debug(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the bot's loggers say everything; the tests of the log itself choose what they want to hear."""
    level = logging.NOTSET if request.path.name == "test_log.py" else logging.DEBUG
    for name in OWN:
        logging.getLogger(name).setLevel(level)
    yield
    for name in OWN:
        logging.getLogger(name).setLevel(logging.NOTSET)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that nobody looked at the page: a line among many dots would not be read."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)}
    for reason in sorted(reasons):
        if "Chromium" in reason:
            terminalreporter.section("THE PAGE WAS NOT TESTED", red=True, bold=True)
            terminalreporter.line(reason.removeprefix("Skipped: "), red=True)
