"""The other places: history, usage, and the looks and words a person chose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.folder import in_folder
from tests.browser.house import House, free_port
from tests.scenarios.stage import Stage
from tests.servers.qwen import Fault, answer, envelope

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Opens
    from tests.browser.reader import Reader

ANNA = 7
HAN = re.compile(r"[\u4e00-\u9fff]")


async def test_history_finds_what_was_said_on_every_platform(tmp_path: Path, opens: Opens) -> None:
    port = free_port()
    async with Stage(tmp_path, flood=False, PACE="off", WEB="on", WEB_PORT=str(port)) as stage:
        stage.qwen.queue(answer("A **mutex** is a lock."), answer("In autumn."))
        await stage.start()
        for number, question in enumerate(("What is a mutex?", "When do swallows leave?"), 1):
            stage.telegram.say(ANNA if number == 1 else ANNA + 1, question)
            await stage.settled()
        async with opens(f"http://127.0.0.1:{port}") as reader:
            await reader.open("/#/history")
            rows = reader.page.locator("tbody tr")
            await expect(rows).to_have_count(2)
            await expect(rows.first).to_contain_text("When do swallows leave?")
            await expect(rows.first).to_contain_text("Telegram")
            await expect(rows.first).to_contain_text("qwen-plus")

            await reader.page.get_by_role("searchbox").fill("mutex")
            await expect(rows).to_have_count(1)
            await reader.page.get_by_role("searchbox").fill("nothing like this")
            await expect(reader.page.get_by_text("Nothing was found.")).to_be_visible()
            await reader.page.get_by_role("searchbox").fill("")
            await reader.page.get_by_role("link", name="What is a mutex?").click()

            await expect(reader.answer.locator("strong")).to_have_text("mutex")
            await expect(reader.page.locator(".only-read")).to_contain_text("Telegram")
            await expect(reader.box).to_have_count(0)
            await expect(reader.button("Again")).to_have_count(0)


async def test_a_conversation_is_erased_after_a_second_thought(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("Noted."), answer("Noted too."))
    for words in ("My first periwinkle", "My second periwinkle"):
        await reader.ask(words)
        await reader.finished()
        await reader.go_to("New conversation")
        await expect(reader.entries).to_have_count(0)
    await reader.page.get_by_role("link", name="My first periwinkle").click()
    await reader.write("half a thought")

    await reader.page.get_by_role("button", name="Role, model and more").click()
    await reader.button("Erase this conversation").click()
    await reader.button("Erase it for good?").click()
    await expect(reader.page.locator("#said")).to_have_text("It is erased.")
    await expect(reader.box).to_have_value("")
    await expect(reader.page.get_by_role("link", name="My first periwinkle")).to_have_count(0)
    await reader.go_to("History")
    await reader.page.get_by_role("searchbox").fill("periwinkle")
    row = reader.page.locator("tbody tr")
    await expect(row).to_have_count(1)
    await row.get_by_role("button", name="Erase this conversation: My second periwinkle").click()
    await row.get_by_role("button", name="Erase it for good?").click()

    await expect(row).to_have_count(0)
    kept = await reader.page.evaluate("JSON.stringify(localStorage)")
    assert "half a thought" not in kept


async def test_usage_shows_what_was_used_and_by_whom(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("Seven."))
    await reader.ask("How many?")
    await reader.finished()

    await reader.go_to("Usage")

    await expect(reader.page.get_by_role("img", name=re.compile("By day"))).to_be_visible()
    await expect(reader.page.get_by_role("row", name=re.compile("qwen-plus"))).to_be_visible()
    await expect(reader.page.get_by_role("row", name=re.compile("operator"))).to_be_visible()
    await reader.page.get_by_role("combobox", name="Days to show").select_option("7")
    await expect(reader.page.locator(".chart rect.read")).to_have_count(7)


async def test_a_demo_says_that_it_is_one_and_what_to_do(tmp_path: Path, opens: Opens) -> None:
    async with House(tmp_path, demo=True) as house, opens(house.url) as reader:
        await reader.open()
        await expect(reader.page.locator("#demo")).to_be_visible()
        await expect(reader.page.locator(".hello")).to_contain_text("OPENAI_API_KEY")
        await expect(reader.page.locator(".hello code").first).to_be_visible()

        await reader.ask("Show me a table")
        await reader.finished()

        await expect(reader.entries.locator(".note")).to_contain_text("demo")
        assert not house.qwen.requests


async def test_who_reads_chinese_reads_chinese_everywhere(house: House, opens: Opens) -> None:
    house.qwen.queue(answer("好的。"))
    async with opens(house.url, locale="zh-CN") as reader:
        await reader.open()
        await expect(reader.page.locator("html")).to_have_attribute("lang", "zh-Hans")
        box = reader.page.get_by_role("textbox", name="消息")
        await box.fill("你好")
        await box.press("Enter")
        await reader.finished()
        for place in ("历史", "用量", "新对话"):
            await reader.go_to(place)
            await expect(reader.page.locator("#main > section")).to_be_visible()
            assert not await _english(reader)


async def _english(reader: Reader) -> list[str]:
    """Return what is said in words that are not Chinese, names aside."""
    texts = await reader.page.evaluate(
        """() => [...document.querySelectorAll('button, h1, h2, label, th, [aria-label], [placeholder]')]
        .flatMap(e => [e.getAttribute('aria-label'), e.getAttribute('placeholder'), e.title, e.childElementCount ? '' : e.textContent])
        .filter(Boolean)"""
    )
    names = re.compile(r"Qwen|qwen[\w.-]*|English|Slack|Telegram|Token|Top p|UTC|[^A-Za-z]")
    return [text for text in texts if not HAN.search(text) and names.sub("", text)]


async def test_a_chosen_language_and_chosen_colours_stay(reader: Reader) -> None:
    await reader.page.get_by_label("Colours").select_option("dark")
    dark = await reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await reader.page.get_by_label("Language").select_option("zh")
    await expect(reader.page.get_by_role("link", name="新对话")).to_be_visible()

    await reader.page.reload()

    await expect(reader.page.get_by_role("link", name="新对话")).to_be_visible()
    assert await reader.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    await reader.page.get_by_label("颜色").select_option("light")
    assert await reader.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


async def test_what_goes_wrong_is_said_in_a_sentence(own_house: House, opens: Opens) -> None:
    own_house.qwen.queue((Fault(401, envelope("invalid_api_key", "Incorrect API key provided.")),))
    async with opens(own_house.url) as reader:
        await reader.open()
        await reader.ask("Anyone?")

        await reader.finished()

        await expect(reader.entries.last).to_contain_text("The model does not accept my key.")


async def test_what_is_too_long_is_said_before_it_is_sent(reader: Reader) -> None:
    await reader.write("x" * 20_001)

    await expect(reader.page.get_by_role("alert")).to_have_text(
        "That is 1 characters too long. Please shorten it."
    )
    await expect(reader.button("Send")).to_be_disabled()


async def test_a_login_is_asked_for_and_lasts(tmp_path: Path, opens: Opens) -> None:
    token = "a-long-random-word-0123456789"
    async with House(tmp_path, WEB_TOKEN=token) as house, opens(house.url) as reader:
        await reader.page.goto(house.url)
        await expect(reader.page).to_have_url(re.compile("/login$"))
        await reader.page.get_by_label("Token").fill(token)
        await reader.page.keyboard.press("Enter")

        await expect(reader.box).to_be_visible()
        await reader.page.reload()
        await expect(reader.box).to_be_visible()
        await reader.write("not for the next one here")
        await reader.button("Log out").click()
        await expect(reader.page).to_have_url(re.compile("/login$"))
        assert "next one" not in await reader.page.evaluate("JSON.stringify(localStorage)")


async def test_what_is_exported_is_saved_as_a_file(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("In autumn."))
    await reader.ask("When do swallows leave?")
    await reader.finished()
    await reader.ask("/export")
    await reader.finished(2)
    async with reader.page.expect_download() as saving:
        await reader.page.get_by_role("link", name="Save conversations.md").click()
    saved = await saving.value

    assert saved.suggested_filename == "conversations.md"
    assert "In autumn." in (await saved.path()).read_text("utf-8")


async def test_behind_a_proxy_the_page_may_stand_in_a_folder(tmp_path: Path, opens: Opens) -> None:
    token = "a-long-random-word-0123456789"
    async with (
        House(tmp_path, WEB_TOKEN=token) as house,
        in_folder(house.url) as url,
        opens(url) as reader,
    ):
        house.qwen.queue(answer("Behind a door."))
        await reader.page.goto(f"{url}/")
        await reader.page.get_by_label("Token").fill(token)
        await reader.page.keyboard.press("Enter")
        await reader.ask("Where are you?")
        await reader.finished()

        await expect(reader.answer).to_have_text("Behind a door.")
        await reader.page.goto(f"{url}/#/history")
        await expect(reader.page.locator("tbody tr")).to_have_count(1)
        await reader.button("Log out").click()
        await expect(reader.page).to_have_url(f"{url}/login")
        assert [one for one in reader.fetched if not one.startswith(url)] == []
