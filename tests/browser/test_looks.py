"""How the page looks, to every eye and none: both themes, every width, the keyboard alone, a screen reader."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.seeing import sideways, too_faint, too_small, unnamed
from tests.reply.written import REALISTIC
from tests.servers.qwen import Done, End, Fault, Pause, Say, Until, Use, answer, envelope

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Opens
    from tests.browser.reader import Reader

WIDE = f"""{REALISTIC}

| a rather long head | another one | and a third | {"x" * 60} |
|---|---|---|---|
| {"y" * 80} | b | c | d |

```python
{"z = 1; " * 60}
```

{"unbreakable" * 30} https://example.com/{"path/" * 40}

$$ {"a + " * 80} b $$

1. - > - deep `{"code" * 40}`
"""
DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
SMALLEST: dict[str, Any] = {"viewport": {"width": 320, "height": 560}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("looks", [DESK, PHONE, SMALLEST], ids=["desk", "phone", "smallest"])
async def test_everything_can_be_read_named_and_touched(
    house: House, opens: Opens, looks: dict[str, Any], theme: str
) -> None:
    house.qwen.queue(answer(WIDE, chunk=200))
    async with opens(house.url, color_scheme=theme, **looks) as reader:
        await reader.open()
        await _all_well(reader)
        await reader.ask("Show me everything. " + "Averylongwordwithoutanyspace" * 12)
        await reader.finished()
        await reader.button("Good answer").click()
        await expect(reader.page.get_by_role("textbox", name="What made it so?")).to_be_visible()
        await _all_well(reader)
        await reader.page.locator("#open-panel").click()
        await _all_well(reader)
        await reader.page.keyboard.press("Escape")
        for place in ("history", "usage"):
            await reader.open(f"/#/{place}")
            await expect(reader.page.locator("tbody tr").first).to_be_attached()
            await _all_well(reader)


async def _all_well(reader: Reader) -> None:
    page = reader.page
    found = [*await too_faint(page), *await unnamed(page), *await too_small(page), *await sideways(page)]
    assert not found


async def test_what_went_wrong_can_be_read_in_both_themes(own_house: House, opens: Opens) -> None:
    own_house.qwen.reply((Fault(500, envelope("internal_error", "x")),))
    async with opens(own_house.url) as reader:
        await reader.open()
        await reader.ask("/forget")
        await reader.finished()
        await own_house.kill()
        await reader.ask("Nobody is there")
        await expect(reader.page.locator(".line")).to_be_visible()
        await reader.page.locator("#open-panel").click()
        await reader.page.locator("#panel").get_by_label("Model").select_option("fast")
        await expect(reader.page.get_by_role("alert")).to_be_visible()
        for theme in ("light", "dark"):
            await reader.page.emulate_media(color_scheme=theme)
            await _all_well(reader)


async def test_the_colours_follow_the_system(house: House, opens: Opens) -> None:
    async with opens(house.url, color_scheme="light") as reader:
        await reader.open()
        paper = "getComputedStyle(document.body).backgroundColor"
        light = await reader.page.evaluate(paper)

        await reader.page.emulate_media(color_scheme="dark")

        assert await reader.page.evaluate(paper) != light


async def test_on_a_phone_the_conversations_slide_in_and_out(house: House, opens: Opens) -> None:
    house.qwen.queue(answer("Here."))
    async with opens(house.url, **PHONE) as reader:
        await reader.open()
        drawer = reader.page.get_by_role("navigation", name="Conversations")
        await expect(drawer).to_be_hidden()
        await reader.box.fill("Line one")
        await reader.box.press("Enter")
        await reader.box.press_sequentially("line two")
        await expect(reader.box).to_have_value("Line one\nline two")
        await reader.button("Send").tap()
        await reader.finished()

        await reader.button("Show conversations").tap()
        await expect(drawer).to_be_visible()
        await expect(reader.button("Close")).to_be_focused()
        await _all_well(reader)
        await reader.page.keyboard.press("Escape")
        await expect(drawer).to_be_hidden()
        await expect(reader.button("Show conversations")).to_be_focused()
        await reader.button("Show conversations").tap()
        await drawer.get_by_role("link", name="Usage").tap()

        await expect(drawer).to_be_hidden()
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Usage")


async def test_the_keyboard_is_enough(house: House, reader: Reader) -> None:
    keys = reader.page.keyboard
    house.qwen.queue(answer("```python\nprint(1)\n```"))
    await expect(reader.box).to_be_focused()
    await keys.type("One")
    await keys.press("Shift+Enter")
    await keys.type("two")
    await keys.press("Enter")
    await reader.finished()
    await expect(reader.page.locator(".question")).to_have_text("One\ntwo")
    await expect(reader.box).to_have_value("")

    walked = []
    # The list of conversations comes first, and other tests have filled it.
    for _ in range(150):
        await keys.press("Tab")
        walked.append(await reader.page.evaluate(_FOCUSED))
        if walked[-1]["name"] == "Copy code":
            break
    assert walked[-1]["name"] == "Copy code", walked
    assert all(one["ring"] for one in walked if one["name"]), walked

    await keys.press("/")
    await expect(reader.box).to_be_focused()
    await keys.type("a/b")
    await expect(reader.box).to_have_value("a/b")


_FOCUSED = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const name = e === document.body ? '' : (e.getAttribute('aria-label') || e.textContent.trim() || e.tagName);
  return {name, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
}"""


async def test_the_way_past_the_list_is_the_first_thing_a_keyboard_meets(house: House, opens: Opens) -> None:
    async with opens(house.url) as reader:
        await reader.open("/#/history")
        await reader.page.evaluate("document.activeElement.blur()")
        await reader.page.keyboard.press("Tab")

        await expect(reader.page.get_by_role("link", name="Skip to the message box")).to_be_focused()
        await reader.page.keyboard.press("Enter")
        await expect(reader.page.locator("#main")).to_be_focused()


async def test_enter_that_ends_the_choice_of_a_character_sends_nothing(house: House, reader: Reader) -> None:
    asked = len(house.qwen.requests)
    await reader.write("你好")

    for event in ("{key: 'Enter', isComposing: true}", "{key: 'Enter', keyCode: 229}"):
        init = f"Object.assign({event}, {{bubbles: true, cancelable: true}})"
        await reader.page.evaluate(
            f"document.querySelector('#message').dispatchEvent(new KeyboardEvent('keydown', {init}))"
        )

    await expect(reader.box).to_have_value("你好")
    await expect(reader.entries).to_have_count(0)
    assert len(house.qwen.requests) == asked


async def test_who_listens_hears_the_beginning_and_the_end_and_nothing_between(
    house: House, reader: Reader
) -> None:
    go_on = asyncio.Event()
    pieces = [step for n in range(30) for step in (Say(f"word {n} "), Pause(0.02))]
    house.qwen.queue((*pieces, Until(go_on), Say("end."), End(), Use(), Done()))
    await reader.page.evaluate(_LISTEN)

    await reader.ask("Tell me")
    await expect(reader.answer).to_contain_text("word 29")
    go_on.set()
    await reader.finished()

    await expect(reader.page.locator("#said")).to_have_text("The answer is complete.")
    assert await reader.page.evaluate("window.heard") == ["I am answering.", "The answer is complete."]


# Whatever stands in a live region when it changes is read out.
_LISTEN = """() => {
  window.heard = [];
  const regions = '[aria-live], [role=status], [role=alert], [role=log]';
  new MutationObserver((changes) => {
    for (const {target} of changes) {
      const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(regions);
      const words = region?.textContent.trim();
      if (words && window.heard.at(-1) !== words) window.heard.push(words);
    }
  }).observe(document, {subtree: true, childList: true, characterData: true});
}"""


async def test_who_wants_no_motion_sees_none(house: House, opens: Opens) -> None:
    never = asyncio.Event()
    house.qwen.queue((Say("Still"), Pause(0.05), Until(never)))
    async with opens(house.url, reduced_motion="reduce") as reader:
        await reader.open()
        await reader.ask("Moving?")
        await expect(reader.answer).to_contain_text("Still")

        assert await reader.page.evaluate("document.getAnimations().length") == 0
        await reader.button("Stop").click()
        await reader.finished()


async def test_who_reads_further_up_is_left_there(house: House, reader: Reader) -> None:
    go_on = asyncio.Event()
    long = "".join(f"Paragraph {n}.\n\n" for n in range(60))
    house.qwen.queue((Say(long), Pause(0.05), Until(go_on), Say(long), End(), Use(), Done()))
    at_end = "scrollY + innerHeight >= document.documentElement.scrollHeight - 30"
    await reader.ask("At length, please")
    await expect(reader.answer).to_contain_text("Paragraph 59.")
    await reader.until(at_end)

    await reader.page.mouse.move(600, 300)
    await reader.page.mouse.wheel(0, -900)
    await reader.until(f"!({at_end})")
    before = await reader.rest()
    go_on.set()
    await reader.finished()

    assert abs(await reader.rest() - before) < 2
    await reader.button("Go to the newest words").click()
    await reader.until(at_end)
    await expect(reader.button("Go to the newest words")).to_be_hidden()


async def test_what_is_selected_stays_selected_while_the_answer_grows(house: House, reader: Reader) -> None:
    steps = [asyncio.Event() for _ in range(3)]
    grow = [
        step
        for n, event in enumerate(steps)
        for step in (Until(event), Say(f"line_{n} = {n}\n"), Pause(0.05))
    ]
    house.qwen.queue((Say("```python\nfirst = 1\n"), Pause(0.05), *grow, Say("```\n"), End(), Use(), Done()))
    await reader.ask("Code")
    await expect(reader.answer).to_contain_text("first = 1")
    await reader.button("Copy code").focus()
    await reader.page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('.answer code span'))"
    )

    for n, event in enumerate(steps):
        event.set()
        await expect(reader.answer).to_contain_text(f"line_{n} = {n}")

    assert await reader.page.evaluate("getSelection().toString()") == "first"
    await expect(reader.button("Copy code")).to_be_focused()
    await reader.finished()
    assert re.search(r"first = 1\s+line_0 = 0", await reader.answer.inner_text())


_FAULTS = """() => {
  const add = (tag, name, style, more) => {
    const e = Object.assign(document.createElement(tag), {className: name, textContent: name, ...more});
    Object.assign(e.style, style);
    document.querySelector('#main').append(e);
  };
  add('p', 'faint', {color: 'rgb(150 150 150)', backgroundColor: 'rgb(120 120 120)'});
  add('button', 'nameless', {width: '50px', height: '50px'}, {textContent: ''});
  add('button', 'tiny', {width: '9px', height: '9px', padding: 0});
  add('p', 'wide', {width: '3000px'}, {id: 'title'});
}"""


async def test_what_these_tests_look_for_they_find(reader: Reader) -> None:
    await reader.page.evaluate(_FAULTS)

    assert any("faint" in one for one in await too_faint(reader.page))
    assert any("nameless" in one for one in await unnamed(reader.page))
    assert "id title stands twice" in await unnamed(reader.page)
    assert any("tiny" in one for one in await too_small(reader.page))
    assert any("wide" in one for one in await sideways(reader.page))


async def test_what_is_taken_away_takes_no_focus_along(tmp_path: Path, opens: Opens) -> None:
    async with House(tmp_path, PACE="off") as house, opens(house.url) as reader:
        page = reader.page
        focused = page.locator(":focus")
        house.qwen.reply(answer("Yes."))
        await reader.open()
        for number in range(3):
            await page.get_by_role("link", name="New conversation").click()
            await expect(reader.entries).to_have_count(0)
            await reader.ask(f"Question {number}")
            await reader.finished()
        await page.route("**/press", lambda route: route.abort())
        await reader.button("Again").focus()
        await page.keyboard.press("Enter")
        await reader.button("Close").focus()
        await page.keyboard.press("Enter")
        await expect(focused).to_have_text("Again")

        await page.goto(f"{house.url}/#/history")
        await page.get_by_role("button", name="Erase this conversation: Question 2").focus()
        for left in ("Question 1", "Question 0"):
            await page.keyboard.press("Enter")
            await page.keyboard.press("Enter")
            await expect(focused).to_have_attribute("aria-label", f"Erase this conversation: {left}")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await expect(page.locator(".past")).to_be_hidden()
