"""A group that becomes a supergroup while the bot says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model import ChatKey
from bot.store.preferences import of_place
from tests.store.building import CHAT, OTHER, accept, answer, claim, opened, rows, said, texts

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store

NEW = ChatKey(CHAT.platform, CHAT.account, "-1001")


async def choose(store: Store, chat: ChatKey, value: str) -> None:
    await store.database.transact(lambda db: db.do("prefer", scope=of_place(chat), name="model", value=value))


async def test_a_chat_under_another_id_keeps_what_was_said_and_chosen_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("before"))
        await choose(store, CHAT, "strong")
        await choose(store, OTHER, "fast")

        for _ in range(2):
            await store.arrivals.moved(CHAT, NEW)
        await accept(store, said("after", chat=NEW))

        assert len(await rows(store.database, "chat")) == 1
        assert await store.preferences.of(NEW) == {"model": "strong"}
        assert await store.preferences.of(CHAT) == {}
        assert await store.preferences.of(OTHER) == {"model": "fast"}
        turn = await claim(store)
        assert (turn.chat, texts(turn)) == (NEW, ["before", "after"])


async def test_whoever_was_heard_in_the_new_place_first_is_in_one_conversation_with_the_old(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await accept(store, said("before"))
        await answer(store, await claim(store))
        await accept(store, said("waits"))
        await choose(store, CHAT, "strong")
        await accept(store, said("first", chat=NEW))
        await choose(store, NEW, "fast")

        await store.arrivals.moved(CHAT, NEW)

        assert {row["chat_id"] for row in await rows(store.database, "event")} == {2}
        assert await store.preferences.of(NEW) == {"model": "fast"}
        assert await store.preferences.of(CHAT) == {}


async def test_a_chat_nobody_was_heard_in_has_nothing_to_move(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.arrivals.moved(CHAT, NEW)

        assert await rows(store.database, "chat") == []
