"""Who opens connections and asks nothing takes no place from others."""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from adapters.web import entrance, lobby
from adapters.web.lobby import PATIENCE, Lobby
from bot.model import Finish, Finished, Text
from tests.adapters.web_bench import bench, watching
from tests.fakes_model import Until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.adapters.web_bench import Bench


def test_who_asks_nothing_for_too_long_is_overdue_and_who_asked_is_not() -> None:
    lines: Lobby[str] = Lobby()

    assert lines.overdue(["asks", "idles"], 100.0) == []
    lines.serve("asks")
    assert lines.overdue(["asks", "idles", "late"], 99.9 + PATIENCE) == []
    assert lines.overdue(["asks", "idles", "late"], 100.0 + PATIENCE) == ["idles"]
    assert lines.overdue(["asks", "late"], 99.9 + 2 * PATIENCE) == ["late"]


def test_a_connection_that_is_gone_is_forgotten() -> None:
    lines: Lobby[str] = Lobby()
    lines.overdue(["idles"], 100.0)
    lines.serve("asks")
    lines.overdue([], 101.0)

    assert lines.overdue(["idles", "asks"], 100.0 + PATIENCE) == []
    assert lines.overdue(["idles", "asks"], 100.0 + 2 * PATIENCE) == ["idles", "asks"]


async def test_half_a_request_is_let_go_while_an_answer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lobby, "PATIENCE", 1.0)
    monkeypatch.setattr(lobby, "LOOK_EVERY", 0.05)
    async with bench(tmp_path) as page, watching(page, "w1") as watcher:
        go_on = asyncio.Event()
        page.model.script([Text("One"), Until(go_on), Text(" two."), Finished(Finish.STOP)])
        await page.post("/api/conversations/w1/messages", {"text": "Count."}, status=202)
        where = urlsplit(page.web.address)
        halves = [await asyncio.open_connection(where.hostname, where.port) for _ in range(5)]
        for _, writer in halves:
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        async with asyncio.timeout(15):
            ends = [await reader.read() for reader, _ in halves]
        go_on.set()
        for _, writer in halves:
            writer.close()
        await watcher.until(lambda one: one.entries and one.last["state"] == "done")

    assert ends == [b""] * 5
    assert watcher.last["markdown"] == "One two."
    assert watcher.is_cut is False


async def is_served(page: Bench) -> bool:
    with suppress(httpx.TransportError):
        return (await page.client.get("/healthz")).status_code == 200
    return False


async def test_there_is_an_end_to_how_many_connections_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "MOST", 3)
    async with bench(tmp_path) as page:
        where = urlsplit(page.web.address)
        idle = [await asyncio.open_connection(where.hostname, where.port) for _ in range(3)]
        refused, writer = await asyncio.open_connection(where.hostname, where.port)
        said = await refused.read()
        for _, one in [*idle, (refused, writer)]:
            one.close()
            await one.wait_closed()
        async with asyncio.timeout(10):
            while not await is_served(page):  # noqa: ASYNC110 - the server learns of it in its own time
                await asyncio.sleep(0.01)

    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 10" in said


def test_most_files_of_the_process_are_left_to_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = iter([(256, 1024), (1_000_000, 1_000_000), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)])
    monkeypatch.setattr(resource, "getrlimit", lambda _: next(limits))

    assert [entrance.most() for _ in range(3)] == [128, 512, 512]
