"""Asking and reading, at a desk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.servers.qwen import Done, End, Pause, Say, Think, Until, Use, answer

if TYPE_CHECKING:
    from tests.browser.conftest import Opens
    from tests.browser.house import House
    from tests.browser.reader import Reader

REST = (End(), Use(prompt=12, completion=500), Done())


async def test_an_answer_grows_before_the_eyes_of_who_asked(house: House, reader: Reader) -> None:
    go_on = asyncio.Event()
    house.qwen.queue(
        (
            Say("## A mutex\n\nIt lets **one** thread in."),
            Pause(0.05),
            Until(go_on),
            Say("\n\n- lock\n- unlock"),
            *REST,
        )
    )

    await reader.ask("What is a mutex?")
    await expect(reader.answer.get_by_role("heading", name="A mutex")).to_be_visible()
    await expect(reader.answer.locator("strong")).to_have_text("one")
    await expect(reader.button("Stop")).to_be_visible()
    await expect(reader.entries).to_have_attribute("data-state", "running")
    go_on.set()

    await reader.finished()
    await expect(reader.answer.locator("li")).to_have_text(["lock", "unlock"])
    await expect(reader.button("Stop")).to_be_hidden()
    await expect(reader.page.locator(".facts")).to_contain_text("qwen-plus · 512 tokens")
    await expect(reader.page.locator("#title")).to_contain_text("512 tokens in all")
    await expect(reader.page.get_by_role("link", name="What is a mutex?")).to_have_attribute(
        "aria-current", "page"
    )
    assert await reader.page.title() == "What is a mutex? – Qwen"


async def test_what_the_model_thinks_shows_that_it_does_until_it_answers(
    house: House, reader: Reader
) -> None:
    go_on = asyncio.Event()
    house.qwen.queue((Think("hmm"), Until(go_on), Say("Yes."), *REST))

    await reader.ask("Is it?")
    await expect(reader.page.locator(".status")).to_contain_text("Thinking…")
    go_on.set()

    await reader.finished()
    await expect(reader.page.locator(".status")).to_be_hidden()
    await expect(reader.answer).to_have_text("Yes.")


async def test_escape_and_the_button_stop_an_answer(house: House, reader: Reader) -> None:
    for number, stop in enumerate(("Escape", "button"), 1):
        never = asyncio.Event()
        house.qwen.queue((Say("This goes on and "), Pause(0.05), Until(never)))
        await reader.ask(f"Tell me everything, part {number}")
        await expect(reader.answer).to_contain_text("This goes on")
        if stop == "Escape":
            await reader.page.keyboard.press("Escape")
        else:
            await reader.button("Stop").click()

        await reader.finished(number)
        await expect(reader.entries.last.locator(".note")).to_contain_text("Stopped.")
        assert house.qwen.requests[-1].left is not None
    await expect(reader.box).to_be_focused()


async def test_a_question_is_answered_again(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("The first answer."), answer("A better answer."))
    await reader.ask("How so?")
    await reader.finished()

    await reader.button("Again").focus()
    await reader.page.keyboard.press("Enter")

    await expect(reader.answer).to_have_text("A better answer.")
    await reader.finished()
    await expect(reader.page.locator("body")).not_to_be_focused()
    assert [one["content"] for one in house.qwen.requests[-1].body["messages"] if one["role"] == "user"] == [
        "How so?"
    ]


async def test_an_answer_that_was_cut_goes_on(house: House, reader: Reader) -> None:
    house.qwen.queue((Say("One, two,"), End("length"), Use(), Done()), answer(" three."))
    await reader.ask("Count")
    await reader.finished()

    await reader.button("Continue").click()

    await expect(reader.page.locator("#log")).to_contain_text("three.")
    await expect(reader.page.locator("[data-state=running]")).to_have_count(0)


async def test_what_is_asked_meanwhile_comes_next(house: House, reader: Reader) -> None:
    go_on = asyncio.Event()
    house.qwen.queue((Say("First."), Pause(0.05), Until(go_on), *REST), answer("Second."))
    await reader.ask("One?")
    await expect(reader.answer).to_contain_text("First.")

    await reader.ask("And two?")
    await expect(reader.entries.last.locator(".status")).to_contain_text("This one comes next.")
    go_on.set()

    await reader.finished(2)
    await expect(reader.page.locator(".answer")).to_have_text(["First.", "Second."])


async def test_an_opinion_and_its_reason_are_kept(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("Forty-two."))
    await reader.ask("What is the answer?")
    await reader.finished()

    await reader.button("Bad answer").click()
    await reader.page.get_by_role("textbox", name="What made it so?").fill("Too short.")
    await reader.page.keyboard.press("Enter")

    await expect(reader.page.locator(".remark")).to_have_text("Too short.")
    await reader.page.reload()
    await expect(reader.button("Bad answer")).to_have_attribute("aria-pressed", "true")
    await expect(reader.page.locator(".remark")).to_have_text("Too short.")
    await reader.button("Bad answer").click()
    await expect(reader.button("Bad answer")).to_have_attribute("aria-pressed", "false")


async def test_half_a_reason_outlives_what_changes_around_it(
    house: House, reader: Reader, opens: Opens
) -> None:
    house.qwen.queue(answer("Forty-two."))
    await reader.ask("What is the answer?")
    await reader.finished()
    await reader.button("Bad answer").click()
    box = reader.page.get_by_role("textbox", name="What made it so?")
    await box.fill("Too sh")

    async with opens(house.url) as other:
        await other.open(f"/#/c/{reader.conversation}")
        await other.button("Good answer").click()
        await expect(reader.button("Good answer")).to_have_attribute("aria-pressed", "true")
    await expect(box).to_be_focused()
    await reader.page.keyboard.type("ort.")
    await reader.page.keyboard.press("Enter")

    await expect(reader.page.locator(".remark")).to_have_text("Too short.")


async def test_role_model_and_parameters_hold_for_the_conversation(house: House, reader: Reader) -> None:
    house.qwen.queue(answer("Gern."))
    await reader.page.get_by_role("button", name="Role, model and more").click()
    panel = reader.page.locator("#panel")
    await panel.get_by_label("Role").select_option("translator")
    await expect(panel).to_contain_text("Translates between")
    await panel.get_by_label("Model").select_option("strong")
    await panel.get_by_label("Top p").fill("0.8")
    await panel.get_by_label("Longest answer").fill("321")
    await panel.get_by_label("Longest answer").press("Tab")
    await expect(reader.page.locator("#chosen")).to_have_text("Strong · Translator")
    await reader.page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()

    await reader.ask("Gladly")
    await reader.finished()

    asked = house.qwen.requests[-1].body
    assert asked["model"] == "qwen3.8-max"
    assert asked["top_p"] == 0.8
    assert asked["max_tokens"] == 321
    assert "You translate." in asked["messages"][0]["content"]
    await reader.page.reload()
    await expect(reader.page.locator("#chosen")).to_have_text("Strong · Translator")
    await reader.page.get_by_role("button", name="Role, model and more").click()
    await reader.button("Back to the defaults").click()
    await expect(reader.page.locator("#chosen")).to_have_text("qwen-plus")


async def test_code_and_answers_are_copied_as_they_were_written(house: House, opens: Opens) -> None:
    source = 'Take this:\n\n```python\nif a < b:\n    print("&")\n```\n\n**Done.**'
    house.qwen.queue(answer(source))
    async with opens(house.url, permissions=["clipboard-read", "clipboard-write"]) as reader:
        await reader.open()
        await reader.ask("Code, please")
        await reader.finished()
        pasted = "navigator.clipboard.readText()"

        await reader.button("Copy code").click()
        await expect(reader.page.locator("#said")).to_have_text("Copied")
        assert await reader.page.evaluate(pasted) == 'if a < b:\n    print("&")'

        await reader.button("Copy answer").click()
        await expect(reader.page.locator(".deeds .done")).to_be_visible()
        assert await reader.page.evaluate(pasted) == source


async def test_commands_are_answered_here_too(house: House, reader: Reader) -> None:
    asked = len(house.qwen.requests)

    await reader.ask("/help")

    await reader.finished()
    await expect(reader.answer).to_contain_text("/new")
    assert len(house.qwen.requests) == asked


async def test_thoughts_are_open_until_the_answer_begins(own_thinker: House, opens: Opens) -> None:
    go_on = asyncio.Event()
    own_thinker.qwen.queue((Think("Let me **see**."), Pause(0.05), Until(go_on), Say("Seven."), *REST))
    async with opens(own_thinker.url) as reader:
        await reader.open()
        await reader.ask("How many?")
        thoughts = reader.page.locator(".thoughts")
        await expect(thoughts.locator("strong")).to_have_text("see")
        go_on.set()

        await reader.finished()
        await expect(reader.answer).to_have_text("Seven.")
        await expect(thoughts.locator("strong")).to_be_hidden()
        await thoughts.get_by_text("Thoughts").click()
        await expect(thoughts.locator("strong")).to_be_visible()
