"""One person at the page: what they see and do. Whatever the page fetches or complains about is kept."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.browser.house import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request

expect.set_options(timeout=PATIENCE * 1000)

_REST = """() => new Promise((done) => {
  let last = scrollY, still = 0;
  const look = () => {
    still = scrollY === last ? still + 1 : 0;
    last = scrollY;
    still < 10 ? requestAnimationFrame(look) : done(last);
  };
  look();
})"""


class Reader:
    """A page in a browser window of its own."""

    def __init__(self, context: BrowserContext, page: Page, url: str, *, touches: bool = False) -> None:
        self.context = context
        self.touches = touches
        self.page = page
        self.url = url
        self.fetched: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", self._error)

    def _request(self, request: Request) -> None:
        self.fetched.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        # A bot that is away cannot be reached, and the browser says so; that is no mistake of the page.
        if message.type in ("error", "warning") and "net::ERR_" not in message.text:
            self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))

    @property
    def foreign(self) -> list[str]:
        """Whatever was fetched from elsewhere than the bot itself."""
        home = urlsplit(self.url).netloc
        return [url for url in self.fetched if urlsplit(url).netloc not in (home, "")]

    # ------------------------------------------------------------ what is seen

    @property
    def entries(self) -> Locator:
        return self.page.locator("article.entry")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.page.locator("article.entry").last.locator(".answer")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def conversation(self) -> str:
        """The name of the conversation that is open."""
        return self.page.url.rpartition("/")[2]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def finished(self, number: int = 1) -> None:
        """Wait until so many answers are complete, and nothing goes on."""
        done = self.page.locator("article.entry:is([data-state=done], [data-state=failed])")
        await expect(done).to_have_count(number)
        await expect(self.entries).to_have_count(number)

    async def until(self, script: str, seconds: float = PATIENCE) -> None:
        """Wait until an expression is true on the page; the page itself may evaluate no text."""
        async with asyncio.timeout(seconds):
            while not await self.page.evaluate(script):  # noqa: ASYNC110 - it is the browser that changes
                await asyncio.sleep(0.05)

    async def rest(self) -> float:
        """Wait until the page has stopped scrolling for some frames; return where it stands."""
        place: float = await self.page.evaluate(_REST)
        return place

    # ------------------------------------------------------------ what is done

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.url + path)
        await expect(self.page.locator("#main > section")).to_be_visible()

    async def write(self, text: str) -> None:
        """Type into the box, as it has the focus."""
        await self.box.fill(text)

    async def ask(self, text: str) -> None:
        """Write a question, send it as people do with what they have, and wait until it stands there."""
        await self.box.fill(text)
        if self.touches:
            await self.button("Send").tap()
        else:
            await self.box.press("Enter")
        await expect(
            self.page.locator(".question", has_text=re.compile(re.escape(text[:40])))
        ).to_be_visible()

    async def go_to(self, place: str) -> None:
        await self.page.get_by_role("link", name=place, exact=True).click()
