"""What every surface promises the core: the fakes of the tests, Telegram, Slack and the page alike."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import pytest

from adapters.telegram import Telegram
from adapters.telegram.keyboard import CHOSEN
from adapters.web.adapter import Web
from bot.errors import Gone, Rejected
from bot.model import ChatKey, Control, MessageRef, Secret, Select, WriteKind
from bot.ports import Deletes, Files, Finds, Marks, Surface, Types
from tests.adapters.slack_bench import adapter_of
from tests.fakes import AbleSurface, FakeSurface
from tests.servers.slack import SlackServer
from tests.servers.telegram import TelegramServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from adapters.web.hub import Shown


TOKEN = Secret("123456:CANARY-token_of-the-bot")
STOP = (Control("stop", "17", "Stop"),)
AGAIN = (Control("again", "17", "Again"),)


@dataclass
class Case:
    surface: Surface
    screen: Callable[[], list[tuple[str, list[str]]]]
    """What the reader sees: each message of ours with the labels of its buttons."""
    theirs: MessageRef
    """A message of a person's."""
    files: Callable[[], list[tuple[str, bytes, str]]] = list
    """What the reader can open: each file's name, its bytes and the words under it."""
    choices: Callable[[], list[tuple[str, bool]]] = list
    """What the reader can pick under the newest message: each option, and whether it is the one that holds."""

    async def post(self, words: str, key: str = "k") -> MessageRef:
        return await self.surface.post(self.surface.dialect.render(words), controls=STOP, key=key)

    async def edit(self, ref: MessageRef, words: str) -> None:
        await self.surface.edit(ref, self.surface.dialect.render(words), controls=AGAIN)


@asynccontextmanager
async def bare() -> AsyncIterator[Case]:
    yield _fake(FakeSurface())


@asynccontextmanager
async def able() -> AsyncIterator[Case]:
    yield _fake(AbleSurface())


def _fake(surface: FakeSurface) -> Case:
    def screen() -> list[tuple[str, list[str]]]:
        standing = [message.versions[-1] for message in surface.messages if not message.gone]
        return [(shown.text, [control.label for control in shown.controls]) for shown in standing]

    def choices() -> list[tuple[str, bool]]:
        shown = surface.messages[-1].versions[-1].controls
        selects = [one for one in shown if isinstance(one, Select)]
        return [(option.label, option.value == one.chosen) for one in selects for option in one.options]

    return Case(surface, screen, MessageRef("1:m1"), choices=choices)


@asynccontextmanager
async def telegram() -> AsyncIterator[Case]:
    async with TelegramServer(TOKEN) as server:
        asked = server.say(7, "hello")
        adapter = Telegram(token=TOKEN, api_base=server.url)
        surface = adapter.surface(ChatKey("telegram", "123456", "7"), "")
        yield Case(
            surface,
            lambda: [(one.text, [button.label for button in one.buttons]) for one in server.messages(7)],
            MessageRef(f"7:{asked}"),
            lambda: [
                (one.file.name, one.file.content, one.text)
                for one in server.messages(7)
                if one.file is not None
            ],
            lambda: [
                (button.label.removeprefix(CHOSEN), button.label.startswith(CHOSEN))
                for button in server.messages(7)[-1].buttons
            ],
        )
        await adapter.close()


@asynccontextmanager
async def slack() -> AsyncIterator[Case]:
    async with SlackServer() as server:
        asked = server.dm("U1", "hello")
        adapter = adapter_of(server)
        surface = adapter.surface(ChatKey("slack", "T0LOOPBACK", "DU1"), asked)
        yield Case(
            surface,
            lambda: [
                (one.text, [button["text"]["text"] for button in one.buttons])
                for one in server.replies("DU1")
                if not one.deleted
            ],
            MessageRef(f"DU1:{asked}"),
            lambda: [
                (file.name, file.content or b"", one.shown)
                for one in server.replies("DU1")
                for file in one.files
            ],
            lambda: [
                (option["text"]["text"], option == select.get("initial_option"))
                for select in server.replies("DU1")[-1].selects
                for option in select["options"]
            ],
        )
        await adapter.close()


@asynccontextmanager
async def web() -> AsyncIterator[Case]:
    adapter = Web(host="127.0.0.1", port=0, token="")
    surface = adapter.surface(ChatKey("web", "page", "w1"), "")

    def shown() -> list[Shown]:
        return list(surface._live.messages.values())

    def screen() -> list[tuple[str, list[str]]]:
        texts = [unescape(re.sub(r"<[^>]+>", "", "".join(one.body.blocks))) for one in shown()]
        return list(zip(texts, [[control.label for control in one.controls] for one in shown()], strict=True))

    def choices() -> list[tuple[str, bool]]:
        selects = [one for one in shown()[-1].controls if isinstance(one, Select)]
        return [(option.label, option.value == one.chosen) for one in selects for option in one.options]

    def files() -> list[tuple[str, bytes, str]]:
        words = "".join(text for text, _ in screen())
        return [(one.name, one.content, words) for one in surface._shelf._parcels.values()]

    yield Case(surface, screen, MessageRef("w1:m1"), files, choices)
    await adapter.close()


each = pytest.mark.parametrize("case", [bare, able, telegram, slack, web], ids=lambda made: made.__name__)

if TYPE_CHECKING:
    Make = Callable[[], AbstractAsyncContextManager[Case]]


@each
async def test_a_message_that_was_posted_stands_there_with_its_buttons(case: Make) -> None:
    async with case() as made:
        await made.post("one")

        assert made.screen() == [("one", ["Stop"])]


@each
async def test_an_edit_changes_that_message_and_its_buttons_and_no_other(case: Make) -> None:
    async with case() as made:
        first, second = await made.post("one", "k1"), await made.post("two", "k2")

        await made.edit(first, "one more")

        assert first != second
        assert made.screen() == [("one more", ["Again"]), ("two", ["Stop"])]


@each
async def test_an_edit_that_changes_nothing_is_a_success(case: Make) -> None:
    async with case() as made:
        ref = await made.post("one")
        for _ in range(2):
            await made.edit(ref, "two")

        assert made.screen() == [("two", ["Again"])]


@each
async def test_a_page_can_also_be_shown_without_its_formatting(case: Make) -> None:
    async with case() as made:
        ref = await made.post("**one**")

        await made.surface.edit(ref, made.surface.dialect.plain("two"), controls=())

        assert made.screen() == [("two", [])]


@each
async def test_a_message_that_was_taken_back_is_gone_and_is_no_message_to_edit(case: Make) -> None:
    async with case() as made:
        ref = await made.post("one")
        if not isinstance(made.surface, Deletes):
            pytest.skip("takes nothing back")

        await made.surface.delete(ref)

        assert made.screen() == []
        with pytest.raises(Gone):
            await made.edit(ref, "two")


@each
async def test_typing_and_marks_leave_no_message_and_may_be_repeated(case: Make) -> None:
    async with case() as made:
        surface = made.surface
        if isinstance(surface, Types):
            assert surface.typing_every > 0
            for _ in range(2):
                await surface.typing()
        if isinstance(surface, Marks):
            for sign in (surface.mark, surface.mark, surface.unmark, surface.unmark):
                await sign(made.theirs)

        assert made.screen() == []


@each
async def test_a_message_is_found_by_the_key_it_was_posted_under(case: Make) -> None:
    async with case() as made:
        surface, body = made.surface, made.surface.dialect.render("one")
        if not isinstance(surface, Finds):
            pytest.skip("finds nothing")
        ref = await made.post("one", "17:0")
        await made.post("another", "18:0")

        found = await surface.find("17:0", body, controls=STOP)

        assert found == ref


@each
async def test_a_choice_offers_each_option_once_and_says_which_one_holds(case: Make) -> None:
    async with case() as made:
        options = tuple(Control("role", f"17.{name}", name) for name in ("cook", "poet"))
        body = made.surface.dialect.render("Who?")

        ref = await made.surface.post(body, controls=(Select("role", "Who", options, "17.cook"),), key="k")
        before = made.choices()
        await made.surface.edit(ref, body, controls=(Select("role", "Who", options, "17.poet"),))

        assert before == [("cook", True), ("poet", False)]
        assert made.choices() == [("cook", False), ("poet", True)]


@each
async def test_a_file_stands_there_with_its_name_its_bytes_and_its_words(case: Make) -> None:
    async with case() as made:
        if not isinstance(made.surface, Files):
            pytest.skip("sends no files")
        content = "你好, *stars*\r\n\0".encode()

        ref = await made.surface.send_file("对话 1.md", content, caption="**All** of <it> & more", key="k")

        assert made.files() == [("对话 1.md", content, "All of <it> & more")]
        if isinstance(made.surface, Deletes):
            await made.surface.delete(ref)
            assert made.files() == []


@each
async def test_a_file_needs_no_words(case: Make) -> None:
    async with case() as made:
        if not isinstance(made.surface, Files):
            pytest.skip("sends no files")

        await made.surface.send_file("a.json", b"{}", caption="", key="k")

        assert made.files() == [("a.json", b"{}", "")]


@each
async def test_a_file_without_content_is_rejected_and_nothing_is_written(case: Make) -> None:
    async with case() as made:
        if not isinstance(made.surface, Files):
            pytest.skip("sends no files")

        with pytest.raises(Rejected):
            await made.surface.send_file("a.md", b"", caption="nothing", key="k")

        assert made.files() == []


@each
async def test_the_pace_of_a_chat_is_stated_for_both_kinds_of_write(case: Make) -> None:
    async with case() as made:
        pace = made.surface.pace

        for kind in WriteKind:
            assert pace.limits(kind)
            assert all(limit.every > 0 and limit.burst >= 1 and limit.scope for limit in pace.limits(kind))
