"""A power cut at any moment takes nothing that was acknowledged. A thousand cuts: `python -m tests.powercut`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.powercut.cutting import Cutting
from tests.powercut.disk import SECTOR, Disk
from tests.powercut.recording import NoRecorder, Operation, compiled, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.powercut.cutting import Tally

CUTS, STEPS = 40, 800


async def cut(folder: Path, synchronous: str) -> Tally:
    """Record a short life of the store, and cut its power so often."""
    try:
        recorder = compiled(folder)
    except NoRecorder as error:
        pytest.skip(f"POWER CUTS ARE NOT TESTED HERE: {error}")
    life = recorded(recorder, folder, steps=STEPS, synchronous=synchronous, seed=1)
    return await Cutting(life, seed=1).run(CUTS)


async def test_a_power_cut_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    tally = await cut(tmp_path, "FULL")

    assert (tally.cuts, tally.lost, tally.damaged) == (CUTS, [], [])
    assert tally.commits > CUTS * 50


async def test_the_same_cuts_take_something_from_a_store_that_does_not_sync_each_commit(
    tmp_path: Path,
) -> None:
    tally = await cut(tmp_path, "NORMAL")

    assert len(tally.lost) > CUTS // 4
    assert not tally.damaged


def disk(*operations: Operation) -> Disk:
    """Return a disk to which so much was done."""
    made = Disk()
    for operation in (Operation("o", 3, 0, b"file"), *operations):
        made.do(operation)
    return made


def found(made: Disk) -> set[bytes]:
    """Return what may be found after many cuts at the same moment."""
    chances = (random.Random(seed) for seed in range(64))  # noqa: S311 - nothing here is a secret
    return {made.after_cut(chance).get("file", b"none") for chance in chances}


def test_what_was_synced_is_there_after_every_cut_and_what_was_not_after_some() -> None:
    made = disk(Operation("w", 3, 0, b"old"), Operation("s", 3, 0, b""))
    assert found(made) == {b"old"}

    made.do(Operation("w", 3, 0, b"new"))
    assert found(made) == {b"old", b"new"}

    made.do(Operation("s", 3, 0, b""))
    assert found(made) == {b"new"}


def test_an_unsynced_write_may_be_torn_between_sectors_and_never_within_one() -> None:
    made = disk(Operation("w", 3, SECTOR - 2, b"aabb"))

    ends = {(content[SECTOR - 2 : SECTOR], content[SECTOR:]) for content in found(made)}

    assert ends == {(b"aa", b"bb"), (b"aa", b""), (b"\0\0", b"bb"), (b"", b"")}


def test_a_file_is_cut_off_and_removed() -> None:
    made = disk(Operation("w", 3, 0, b"old"), Operation("s", 3, 0, b""), Operation("t", 3, 1, b""))
    assert found(made) == {b"old", b"o"}

    made.do(Operation("u", -1, 0, b"file"))
    made.do(Operation("w", 3, 0, b"into nowhere"))
    assert found(made) == {b"none"}


def test_an_opened_file_may_be_emptied_and_a_closed_descriptor_stands_for_another_one() -> None:
    made = disk(Operation("w", 3, 0, b"old"), Operation("s", 3, 0, b""), Operation("c", 3, 0, b""))
    made.do(Operation("o", 3, 0, b"other"))
    made.do(Operation("o", 4, 1, b"file"))
    made.do(Operation("s", 4, 0, b""))

    assert found(made) == {b""}
    assert set(made.files) == {"file", "other"}


def test_a_machine_without_a_compiler_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoRecorder, match="without a C compiler"):
        compiled(tmp_path)


def test_a_process_that_goes_past_the_recorder_measures_nothing(tmp_path: Path) -> None:
    idle = tmp_path / "idle.so"
    idle.write_bytes(b"")

    with pytest.raises(NoRecorder, match="nothing was recorded"):
        recorded(idle, tmp_path, steps=4, synchronous="FULL", seed=1)
