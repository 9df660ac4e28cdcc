"""`python -m tests.browser.pictures`: the pictures of the page in `docs/images`, streamed from the loopback model."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playwright.async_api import async_playwright, expect

from tests.browser.conftest import FLAGS, MISSING, chromium
from tests.browser.house import ROOT, House
from tests.browser.reader import Reader
from tests.servers.qwen import Use, answer

if TYPE_CHECKING:
    from playwright.async_api import Browser

FOLDER = ROOT / "docs" / "images"
EARLIER = (
    "Plan a weekend in Hangzhou",
    "Why is the sky blue?",
    "把这封邮件写得客气一点",
    "Review this SQL query",
)
QUESTION = "How do I keep two workers from taking the same job?"
ANSWER = """\
Let the **database** decide, not a lock in memory. A job is *claimed* in one statement, and who comes second gets nothing:

```sql
UPDATE job
SET worker = :me, claimed_at = now()
WHERE id = (SELECT id FROM job WHERE worker IS NULL ORDER BY id LIMIT 1)
RETURNING id, payload;
```

Two things make it hold:

1. A worker that dies leaves its claim behind. Give it an end, and renew it.
2. What the job does may happen twice. Make it **idempotent**.

| | one process | many workers |
|---|---|---|
| lock in memory | enough | useless |
| claim in the database | a little slower | right |
"""
WIDE: dict[str, Any] = {"viewport": {"width": 1120, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "is_mobile": True, "has_touch": True}
PICTURES: dict[str, tuple[Literal["light", "dark"], dict[str, Any]]] = {
    "page-light": ("light", WIDE),
    "page-dark": ("dark", WIDE),
    "phone-light": ("light", PHONE),
    "phone-dark": ("dark", PHONE),
}


async def converse(browser: Browser, house: House) -> str:
    """Fill the list, ask the question of the pictures, and return the address of its conversation."""
    async with await browser.new_context(**WIDE) as context:
        reader = Reader(context, await context.new_page(), house.url)
        await reader.open()
        for question in EARLIER:
            house.qwen.queue(answer("Gladly."))
            await reader.ask(question)
            await reader.finished()
            await reader.page.locator("#new").click()
            await expect(reader.entries).to_have_count(0)
        house.qwen.queue(answer(ANSWER, chunk=12, pause=0.01, usage=Use(prompt=38, completion=412)))
        await reader.ask(QUESTION)
        await reader.finished()
        return f"/#/c/{reader.conversation}"


async def take(browser: Browser, house: House, path: str) -> None:
    """Take every picture from the top of the conversation."""
    for name, (theme, looks) in PICTURES.items():
        async with await browser.new_context(color_scheme=theme, reduced_motion="reduce", **looks) as context:
            reader = Reader(context, await context.new_page(), house.url)
            await reader.open(path)
            await reader.finished()
            await reader.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
            await reader.page.wait_for_timeout(300)
            await reader.page.screenshot(path=FOLDER / f"{name}.png")


async def main() -> None:
    """Make all pictures anew."""
    path = chromium()
    if path is None:
        sys.exit(MISSING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with House(Path(folder), PACE="off") as house, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            await take(browser, house, await converse(browser, house))
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
