from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import meters, watch
from bot.desk.watched import Watched
from bot.errors import KeyRefused, Refused
from bot.model import Ask, Finish, Finished, Text, Usage
from tests.clock import stall, virtual
from tests.fakes_model import Fail, FakeModel
from tests.turns.office import office

ASK = Ask(model="qwen-of-the-meters", messages=())


def read(waiting: int = 0, running: int = 0) -> dict[str, float]:
    """Return every sample by its name and labels, as a scraper reads them."""
    text = meters.exposition(waiting=waiting, running=running).decode()
    return {
        f"{sample.name}{sorted(sample.labels.items())}" if sample.labels else sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def grown(before: dict[str, float], name: str) -> float:
    """Return by how much all samples of a name have grown since."""
    return sum(value - before.get(key, 0.0) for key, value in read().items() if key.startswith(name))


def test_every_figure_is_written_down() -> None:
    page = (Path(__file__).parents[1] / "docs" / "web.md").read_text("utf-8")
    names = {
        family.name
        for family in text_string_to_metric_families(meters.exposition(waiting=0, running=0).decode())
    }

    assert len(names) == 10
    assert {name for name in names if f"`{name}`" not in page and f"`{name}_total`" not in page} == set()


def test_what_is_true_now_is_given_with_every_look() -> None:
    seen = read(waiting=3, running=2)

    assert (seen["bot_waiting"], seen["bot_running"]) == (3, 2)


def test_what_is_not_known_now_is_no_number() -> None:
    text = meters.exposition(waiting=None, running=None).decode()

    assert "\nbot_waiting NaN\n" in text
    assert "\nbot_running NaN\n" in text


@virtual
async def test_an_answer_is_counted_by_how_it_ended_and_timed(tmp_path: Path) -> None:
    before = read()
    async with office(tmp_path) as made:
        made.model.script([Text("Hello"), Usage(prompt=3, completion=2), Finished(Finish.STOP)])
        await made.say("Hi")
        await made.rest()

    assert grown(before, "bot_turns_total[('finish', 'stop'), ('platform', 'fake')]") == 1
    assert grown(before, "bot_first_text_seconds_count[('platform', 'fake')]") == 1
    assert grown(before, "bot_answer_seconds_count[('platform', 'fake')]") == 1
    assert grown(before, "bot_writes_total") >= 1


@virtual
async def test_a_command_is_no_answer(tmp_path: Path) -> None:
    before = read()
    async with office(tmp_path) as made:
        await made.say("/help")
        await made.rest()

    assert grown(before, "bot_turns_total") == 0
    assert grown(before, "bot_first_text_seconds_count") == 0


@virtual
async def test_every_beat_is_measured_and_how_late_it_was() -> None:
    before = read()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(watch.watch_loop())
        await asyncio.sleep(10.5 * watch.BEAT)
        stall(0.2)
        await asyncio.sleep(watch.BEAT)
        watching.cancel()

    punctual = [
        grown(before, f"bot_loop_lag_seconds_bucket[('le', '{most}')]") for most in (0.001, 0.1, 0.25)
    ]
    assert punctual == [10, 10, 11]
    assert grown(before, "bot_loop_lag_seconds_sum") == pytest.approx(0.2 - watch.BEAT / 2)


async def test_a_watched_model_says_what_it_says_and_is_remembered_for_it() -> None:
    model = FakeModel()
    model.script(
        [Text("a"), Usage(prompt=7, cached=2), Finished(Finish.STOP)], [Fail(KeyRefused())], [Fail(Refused())]
    )
    watched, before = Watched(model), read()

    told = [delta async for delta in watched.stream(ASK)]
    fine = watched.trouble
    with pytest.raises(KeyRefused):
        [delta async for delta in watched.stream(ASK)]
    refused = watched.trouble
    with pytest.raises(Refused):
        [delta async for delta in watched.stream(ASK)]

    assert told == [Text("a"), Usage(prompt=7, cached=2), Finished(Finish.STOP)]
    assert (fine, refused, watched.trouble) == ("", "KeyRefused", "KeyRefused")
    tokens = "bot_tokens_total[('kind', '{}'), ('model', 'qwen-of-the-meters')]"
    assert [grown(before, tokens.format(kind)) for kind in ("prompt", "cached", "completion")] == [7, 2, 0]
    assert grown(before, "bot_model_failures_total") == 2


async def test_a_model_that_answers_again_is_well_again() -> None:
    model = FakeModel()
    model.script([Fail(KeyRefused())], [Text("a"), Finished(Finish.STOP)])
    watched = Watched(model)

    with pytest.raises(KeyRefused):
        [delta async for delta in watched.stream(ASK)]
    [delta async for delta in watched.stream(ASK)]

    assert watched.trouble == ""
