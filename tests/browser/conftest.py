"""One browser for all tests of a worker, a window for each, and one bot for those that need none of their own."""

from __future__ import annotations

import os
import shutil
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.house import KEY, House
from tests.browser.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from playwright.async_api import Browser

    Opens = Callable[..., AbstractAsyncContextManager[Reader]]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
MISSING = "No Chromium is installed, so nobody has looked at the page. Try: make browser"


def chromium() -> str | None:
    """Return where the browser is, if there is one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests in one event loop for all: a browser belongs to the loop it was started in."""
    loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if item.path.parent.name == "browser" and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(loop, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A bot with its page, shared: each test opens a conversation of its own."""
    assert browser.is_connected()
    async with House(tmp_path_factory.mktemp("house"), PACE="off") as house:
        yield house
        assert KEY not in house.log


@pytest_asyncio.fixture(loop_scope="session")
async def opens(browser: Browser) -> Opens:
    """Opens windows: `async with opens(house.url, …) as reader:`; what they complain of fails the test."""

    @asynccontextmanager
    async def open_window(url: str, **looks: Any) -> AsyncIterator[Reader]:
        options = {"viewport": {"width": 1100, "height": 800}, "locale": "en-US", **looks}
        async with AsyncExitStack() as stack:
            context = await stack.enter_async_context(await browser.new_context(**options))
            reader = Reader(context, await context.new_page(), url, touches="has_touch" in looks)
            yield reader
            assert not reader.complaints
            assert not reader.foreign

    return open_window


@pytest_asyncio.fixture(loop_scope="session")
async def reader(opens: Opens, house: House) -> AsyncIterator[Reader]:
    """Somebody at a desk who has just opened the page."""
    async with opens(house.url) as reader:
        await reader.open()
        yield reader


@pytest.fixture(autouse=True)
def nothing_left_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take away what a test wanted the model to say and did not ask for: the next one shares the model."""
    yield
    if "house" in request.fixturenames:
        house: House = request.getfixturevalue("house")
        house.qwen._queue.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def own_house(browser: Browser, tmp_path: Path) -> AsyncIterator[House]:
    """A bot that may be killed."""
    assert browser.is_connected()
    async with House(tmp_path, PACE="off") as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def own_thinker(browser: Browser, tmp_path: Path) -> AsyncIterator[House]:
    """A bot that shows what the model thinks."""
    assert browser.is_connected()
    async with House(tmp_path, PACE="off", SHOW_THINKING="folded") as house:
        yield house
