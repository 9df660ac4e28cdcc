"""What outlives a reload of the page and a restart of the bot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.servers.qwen import Done, End, Pause, Say, Until, Use, answer

if TYPE_CHECKING:
    from tests.browser.conftest import Opens
    from tests.browser.house import House
    from tests.browser.reader import Reader

REST = (End(), Use(), Done())


async def test_an_answer_goes_on_after_a_reload(house: House, reader: Reader) -> None:
    go_on = asyncio.Event()
    house.qwen.queue((Say("It began"), Pause(0.05), Until(go_on), Say(" and it ended."), *REST))
    asked = len(house.qwen.requests)
    await reader.ask("Will it end?")
    await expect(reader.answer).to_have_text("It began")

    await reader.page.reload()
    await expect(reader.answer).to_have_text("It began")
    await expect(reader.button("Stop")).to_be_visible()
    go_on.set()

    await reader.finished()
    await expect(reader.answer).to_have_text("It began and it ended.")
    assert len(house.qwen.requests) == asked + 1


async def test_two_windows_show_the_same(house: House, reader: Reader, opens: Opens) -> None:
    go_on = asyncio.Event()
    house.qwen.queue((Say("Seen"), Pause(0.05), Until(go_on), Say(" twice."), *REST))
    async with opens(house.url) as other:
        await reader.ask("Who sees this?")
        await other.open(f"/#/c/{reader.conversation}")
        await expect(other.answer).to_have_text("Seen")
        await other.button("Stop").is_visible()
        go_on.set()

        for one in (reader, other):
            await one.finished()
            await expect(one.answer).to_have_text("Seen twice.")


async def test_an_answer_goes_on_after_the_bot_was_killed(own_house: House, opens: Opens) -> None:
    never = asyncio.Event()
    own_house.qwen.queue((Say("One, two, "), Pause(0.05), Until(never)), answer("One, two, three, four."))
    async with opens(own_house.url) as reader:
        await reader.open()
        await reader.ask("Count to four")
        await expect(reader.answer).to_contain_text("One, two,")

        await own_house.kill()
        await expect(reader.page.get_by_text("The connection is gone. I keep trying…")).to_be_visible()
        await expect(reader.answer).to_contain_text("One, two,")
        await own_house.start()

        await reader.finished()
        await expect(reader.answer).to_have_text("One, two, three, four.")
        await expect(reader.page.get_by_text("The connection is gone.")).to_be_hidden()


async def test_what_is_sent_while_the_bot_is_away_arrives_once(own_house: House, opens: Opens) -> None:
    own_house.qwen.reply(answer("Back again."))
    async with opens(own_house.url) as reader:
        await reader.open()
        await own_house.kill()
        await reader.ask("Are you there?")
        await expect(reader.entries.locator(".status")).to_contain_text("Not sent yet.")
        await reader.write("and still typing")

        # A new window of the same browser knows both, though the bot is away.
        await own_house.start()
        await reader.page.reload()

        await reader.finished()
        await expect(reader.page.locator(".question")).to_have_text(["Are you there?"])
        await expect(reader.answer).to_have_text("Back again.")
        await expect(reader.box).to_have_value("and still typing")
        assert len(own_house.qwen.requests) == 1


async def test_what_need_not_be_sent_any_more_comes_back_to_be_changed(
    own_house: House, opens: Opens
) -> None:
    async with opens(own_house.url) as reader:
        await reader.open()
        await own_house.kill()
        await reader.ask("Hlelo")
        await reader.button("Do not send").click()

        await expect(reader.box).to_have_value("Hlelo")
        await expect(reader.entries).to_have_count(0)
        await own_house.start()
        await reader.page.reload()
        await expect(reader.box).to_have_value("Hlelo")
        assert not own_house.qwen.requests


async def test_each_conversation_keeps_what_is_being_written_in_it(reader: Reader) -> None:
    await reader.write("half a question")
    first = reader.conversation
    await reader.go_to("New conversation")
    await expect(reader.box).to_have_value("")
    await reader.write("another one")
    second = reader.conversation
    assert first != second

    await reader.open(f"/#/c/{first}")
    await expect(reader.box).to_have_value("half a question")
    await reader.page.reload()
    await expect(reader.box).to_have_value("half a question")
    await reader.open(f"/#/c/{second}")
    await expect(reader.box).to_have_value("another one")
    await reader.go_to("Usage")
    await reader.go_to("New conversation")
    await expect(reader.box).to_have_value("another one")
    await reader.go_to("New conversation")
    await expect(reader.box).to_have_value("")


async def test_a_page_that_was_opened_too_early_waits_for_the_bot(own_house: House, opens: Opens) -> None:
    async with opens(own_house.url) as reader:
        await reader.page.route("**/api/settings*", lambda route: route.abort())
        await reader.page.goto(own_house.url)
        await expect(reader.page.get_by_role("alert")).to_contain_text("cannot be reached")
        await reader.page.unroute("**/api/settings*")

        await expect(reader.box).to_be_visible()
        await expect(reader.page.get_by_role("alert")).to_have_count(0)


async def test_a_page_that_came_in_part_is_loaded_anew(house: House, opens: Opens) -> None:
    async with opens(house.url) as reader:
        await reader.page.route("**/static/app/dom.js", lambda route: route.abort(), times=1)

        await reader.page.goto(house.url)

        await expect(reader.box).to_be_visible()
