"""The operator's verbs as processes, beside a running bot where that matters."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from bot.findings import Severity, clock
from tests.scenarios.stage import Stage
from tests.servers.qwen import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    tmp_path.chmod(0o700)  # noqa: ASYNC240 - a moment
    async with Stage(tmp_path, TELEGRAM_ALLOWED_USERS="7") as stage:
        yield stage


async def verb(stage: Stage, *words: str) -> tuple[int, str]:
    """Run a verb in the environment of the bot; return its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=stage.folder,
        env=stage.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    text = said.decode()
    secrets = (stage.telegram.token, stage.slack.bot_token, stage.slack.app_token, "canary")
    assert not [secret for secret in secrets if secret in text]
    return process.returncode, text


async def test_a_sound_bot_gets_a_clean_report_and_nobody_hears_of_it(stage: Stage) -> None:
    code, said = await verb(stage, "doctor")

    assert code == 0, said
    assert "critical" not in said
    assert "ok        settings: complete" in said
    assert "ok        telegram: accepts the token" in said
    assert "ok        slack: accepts the token" in said
    assert "ok        model: the provider accepts the key" in said
    assert "agrees with this machine's clock" in said
    assert {call.method.lower() for call in stage.telegram.calls} == {"getme"}
    assert not stage.slack.count("chat.postMessage")
    assert not stage.qwen.requests


async def test_wrong_tokens_and_keys_are_critical_and_each_has_a_remedy(stage: Stage) -> None:
    stage.settings |= {
        "OPENAI_API_KEY": "sk-wrong-0123456789",
        "SLACK_BOT_TOKEN": "xoxb-wrong",
        "TELEGRAM_BOT_TOKEN": "123456:wrong",
    }

    code, said = await verb(stage, "doctor")

    assert code == 1
    assert "critical  model: the provider refuses the key" in said
    assert "critical  telegram:" in said
    assert "critical  slack:" in said
    assert "xoxb-wrong" not in said
    assert "sk-wrong" not in said


async def test_all_wrong_settings_are_named(stage: Stage) -> None:
    stage.settings |= {"TEMPERATURE": "9", "OPENAI_API_KEY": ""}

    code, said = await verb(stage, "doctor")

    assert code == 1
    assert "critical  settings: TEMPERATURE" in said
    assert "critical  settings: OPENAI_API_KEY" in said


async def test_a_provider_without_a_list_of_models_is_only_a_note(stage: Stage) -> None:
    stage.settings |= {"OPENAI_API_BASE": stage.qwen.base + "/nothing/here"}

    code, said = await verb(stage, "doctor")

    assert code == 0
    assert "note      model: the provider has no list of models" in said


async def test_what_budgets_there_are_and_which_prices_are_missing_is_named(stage: Stage) -> None:
    stage.settings |= {"BUDGET_PER_MONTH": "20", "PERSON_BUDGET_PER_MONTH": "2.5", "MODELS_ALLOWED": "*"}
    code, said = await verb(stage, "doctor")

    assert code == 0
    assert "ok        budget: $20.00 for everybody, $2.50 for each person, a month" in said
    assert "costs, so it is not asked while there is a budget" in said
    assert "qwen-long" in said

    stage.settings |= {"BUDGET_PER_MONTH": "0", "PERSON_BUDGET_PER_MONTH": "", "MODEL_NAME": "my-own"}
    code, said = await verb(stage, "doctor")

    assert code == 0
    assert "note      budget: none is set" in said
    assert "note      prices: nobody knows what my-own costs, and people are told so" in said
    assert "MODELS_FILE" in said


async def test_risky_choices_are_named(stage: Stage) -> None:
    stage.settings |= {"TELEGRAM_ALLOWED_USERS": "*", "TOKENS_PER_DAY": "0", "PACE": "off"}
    (stage.folder / ".env.local").write_text("LOG_LEVEL=INFO\n")
    (stage.folder / ".env.local").chmod(0o644)

    code, said = await verb(stage, "doctor")

    assert code == 0
    assert "risk      .env.local: others on this machine may read it" in said
    assert "risk      limits: nothing limits what a day may cost" in said
    assert "risk      TELEGRAM_ALLOWED_USERS: everyone may speak, without limits" in said
    assert "risk      PACE: is off" in said


async def test_models_that_are_retired_or_not_in_the_list_are_named(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "qwen-max", "MODELS_ALLOWED": "our-own,qwen-flash"}

    _, said = await verb(stage, "doctor")

    assert "the provider accepts the key" in said
    assert "qwen-max is retired" in said
    assert "such as qwen3.8-max" in said
    assert "our-own is not in the provider's list" in said
    assert "qwen-flash" not in said


async def test_a_grade_is_no_model_that_the_list_must_hold(stage: Stage) -> None:
    stage.settings |= {"MODEL_NAME": "auto"}

    _, said = await verb(stage, "doctor")

    assert "in the provider's list" not in said


async def test_a_server_that_cannot_be_reached_is_a_risk_and_no_failure(stage: Stage) -> None:
    stage.settings |= {"TELEGRAM_API_BASE": "http://127.0.0.1:9", "OPENAI_API_BASE": "http://127.0.0.1:9/v1"}

    code, said = await verb(stage, "doctor")

    assert code == 0
    assert "risk      telegram: cannot be reached now" in said
    assert "risk      model: the provider cannot be reached" in said


async def test_a_running_bot_is_copied_checked_and_examined_without_noticing(stage: Stage) -> None:
    stage.qwen.reply(answer("Noted."))
    await stage.start()
    stage.telegram.say(7, "remember this")
    await stage.until(lambda: stage.telegram.messages(7))

    copied = await verb(stage, "backup", str(stage.folder / "copy.db"))
    again = await verb(stage, "backup", str(stage.folder / "copy.db"))
    checked = await verb(stage, "check", str(stage.folder / "copy.db"))
    live = await verb(stage, "check")
    code, report = await verb(stage, "doctor")
    stage.telegram.say(7, "are you still there?")
    await stage.until(lambda: len(stage.telegram.messages(7)) == 2)

    assert copied[0] == 0
    assert again[0] == 1
    assert "exists already" in again[1]
    assert checked[0] == live[0] == code == 0
    assert "is whole" in checked[1]
    assert "in use by a running bot" in report


async def test_a_page_that_runs_already_and_a_demo_are_no_trouble(stage: Stage) -> None:
    nothing = ("OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    stage.settings |= {**dict.fromkeys(nothing, ""), "WEB_PORT": "0"}
    await stage.spawn()
    await stage.until(lambda: "Open http" in stage.log)
    stage.settings["WEB_PORT"] = stage.log.partition("Open http://127.0.0.1:")[2].partition(" ")[0]

    code, said = await verb(stage, "doctor")

    assert code == 0, said
    assert "note      model: no key is set, so a built-in demo answers" in said
    assert "note      web: open to whoever uses this machine" in said
    assert "web: accepts the token" not in said


async def test_a_backup_needs_only_the_database_to_be_named_rightly(stage: Stage) -> None:
    await stage.start()
    await stage.kill()
    stage.settings |= {"OPENAI_API_KEY": "", "TEMPERATURE": "9"}

    code, said = await verb(stage, "backup", str(stage.folder / "copy.db"))

    assert code == 0, said
    assert (stage.folder / "copy.db").exists()


async def test_a_damaged_database_is_critical(stage: Stage) -> None:
    stage.database.write_bytes(b"noise" * 4096)
    stage.database.chmod(0o644)

    checked, _ = await verb(stage, "check")
    code, said = await verb(stage, "doctor")

    assert checked == code == 1
    assert "critical  database" in said
    assert "restore the file from a backup" in said
    assert f"chmod 600 {stage.database}" in said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["help"], 0),
        (["--help"], 0),
        (["docter"], 2),
        (["backup"], 2),
        (["doctor", "now"], 2),
        (["backup", "--help"], 2),
        (["check", "--json"], 2),
    ],
)
async def test_an_unknown_verb_gets_the_usage_and_no_bot(stage: Stage, words: list[str], code: int) -> None:
    found, said = await verb(stage, *words)

    assert found == code
    assert said.startswith("Usage: python -m bot")
    assert not stage.telegram.calls


def test_a_clock_that_is_off_is_a_risk_with_a_remedy() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    late = format_datetime(now - timedelta(minutes=5), usegmt=True)

    assert clock("x", late, now).severity is Severity.RISK
    assert "300 s" in clock("x", late, now).text
    assert clock("x", late, now).remedy
    assert clock("x", format_datetime(now, usegmt=True), now).severity is Severity.FINE
    assert clock("x", "", now).severity is Severity.NOTE
