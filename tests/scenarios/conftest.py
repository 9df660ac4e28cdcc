"""A stage for each scenario, and what every scenario must leave behind: see `tests.invariants`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.invariants import examine
from tests.ledger import posted
from tests.scenarios.stage import CANARIES, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path, LOG_LEVEL="DEBUG") as stage:
        yield stage
        await assert_sound(stage)


@pytest.fixture
async def swift(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage without limits of pace, for scenarios that are not about them."""
    async with Stage(tmp_path, flood=False, PACE="off", LOG_LEVEL="DEBUG") as stage:
        yield stage
        await assert_sound(stage)


async def assert_sound(stage: Stage) -> None:
    await stage.put_down()
    assert_nothing_leaked(stage)
    findings = examine(stage)
    assert not findings.broken
    assert len(findings.orphans) <= stage.crashes, findings.orphans


def assert_nothing_leaked(stage: Stage) -> None:
    secrets = [*CANARIES.values(), stage.telegram.token, stage.slack.bot_token, stage.slack.app_token]
    kept = [path.read_bytes() for path in stage.folder.iterdir() if path.is_file()]
    said = [repr(asked.body).encode() for asked in stage.qwen.requests]
    said += [text.encode() for message in posted(stage).values() for text in message.texts]
    kept += said
    for secret in secrets:
        assert not [True for content in kept if secret.encode() in content], f"{secret[:6]}… was written down"
