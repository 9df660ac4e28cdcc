"""Whatever is delivered, how often and in which batches, and whenever the process dies: no message is lost,
none is heard twice, and each chat hears them in order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.model import ChatKey, Finish, TurnId
from bot.store import Arrival, Store, StoredTurn, TurnKind, open_store
from tests.store.building import NOW, PLATFORMS, accept, command, end, rows, said

if TYPE_CHECKING:
    from collections.abc import Coroutine

CHATS = [ChatKey("fake", "bot", name) for name in "abc"]


class Deliveries(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.store = self.open()
        self.sent: list[Arrival] = []
        self.accepted: dict[ChatKey, list[str]] = defaultdict(list)
        self.live: dict[TurnId, StoredTurn] = {}

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def open(self) -> Store:
        store: Store = self.do(open_store(f"sqlite:///{self.folder / 'bot.db'}"))
        self.do(store.turns.adopt())
        return store

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Hand in a batch: new messages and, three times in ten, ones that were handed in before."""
        batch = []
        for is_old in data.draw(st.lists(st.sampled_from([False] * 7 + [True] * 3), min_size=1, max_size=6)):
            if is_old and self.sent:
                batch.append(data.draw(st.sampled_from(self.sent)))
            else:
                batch.append(self.new(data))
        batch = data.draw(st.permutations(batch))

        self.do(accept(self.store, *batch))

        for arrival in batch:
            if arrival.event.key not in self.accepted[arrival.event.chat]:
                self.accepted[arrival.event.chat].append(arrival.event.key)

    def new(self, data: st.DataObject) -> Arrival:
        chat = data.draw(st.sampled_from(CHATS))
        is_command = data.draw(st.sampled_from([False] * 4 + [True]))
        arrival = command("new", chat) if is_command else Arrival(event=said("text", chat))
        self.sent.append(arrival)
        return arrival

    @rule()
    def claim_one(self) -> None:
        turn = self.do(self.store.turns.claim(PLATFORMS, NOW))
        if turn is not None:
            assert turn.id not in self.live
            self.live[turn.id] = turn

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def absorb(self, data: st.DataObject) -> None:
        turn = data.draw(st.sampled_from(list(self.live.values())))
        if turn.heard[0].command is None:
            self.do(self.store.turns.absorb(turn))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), complete=st.booleans())
    def finish(self, data: st.DataObject, complete: bool) -> None:
        turn = self.live.pop(data.draw(st.sampled_from(list(self.live))))
        if complete:
            self.do(
                self.store.turns.complete(turn, answer="a", note="", finish=Finish.STOP, kind=TurnKind.ANSWER)
            )
        self.do(end(self.store, turn))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        self.do(self.store.turns.release(self.live.pop(data.draw(st.sampled_from(list(self.live))))))

    @rule()
    def die_and_start_again(self) -> None:
        self.do(self.store.close())
        self.live.clear()
        self.store = self.open()

    @invariant()
    def a_chat_has_one_live_turn_at_most(self) -> None:
        chats = [turn.chat for turn in self.live.values()]
        assert len(chats) == len(set(chats))

    def teardown(self) -> None:
        try:
            self.do(self.drain())
            self.do(self.check())
        finally:
            self.do(self.store.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    async def drain(self) -> None:
        for turn in self.live.values():
            await end(self.store, turn)
        while (waiting := await self.store.turns.claim(PLATFORMS, NOW)) is not None:
            await end(self.store, waiting)

    async def check(self) -> None:
        ids = {
            row["id"]: ChatKey("fake", "bot", row["chat"]) for row in await rows(self.store.database, "chat")
        }
        events = await rows(self.store.database, "event")
        heard: dict[ChatKey, list[str]] = defaultdict(list)
        for event in sorted(events, key=lambda event: (event["turn_id"], event["id"])):
            heard[ids[event["chat_id"]]].append(event["key"])

        assert heard == {chat: keys for chat, keys in self.accepted.items() if keys}
        commands = [event["turn_id"] for event in events if event["kind"] == "command"]
        assert all(sum(event["turn_id"] == turn for event in events) == 1 for turn in commands)


Deliveries.TestCase.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
TestDeliveries = Deliveries.TestCase
