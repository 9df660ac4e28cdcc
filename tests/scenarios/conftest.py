"""A stage for each scenario, and what every scenario must leave behind: no secret anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import CANARIES, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path, LOG_LEVEL="DEBUG") as stage:
        yield stage
        assert_nothing_leaked(stage)
        assert not stage.telegram.violations
        assert not stage.slack.violations


def assert_nothing_leaked(stage: Stage) -> None:
    secrets = [*CANARIES.values(), stage.telegram.token, stage.slack.bot_token, stage.slack.app_token]
    kept = [path.read_bytes() for path in stage.folder.iterdir() if path.is_file()]
    for secret in secrets:
        assert not [True for content in kept if secret.encode() in content], f"{secret[:6]}… was written down"
