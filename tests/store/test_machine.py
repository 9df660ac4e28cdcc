"""Whatever is delivered, how often and in which batches, and whenever the process dies: no message is lost,
none is heard twice, and each chat hears them in order. Whatever is pressed or changed meanwhile, each question has
one answer that holds, to what the question says at last."""

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
from bot.phrases import say
from bot.store import Arrival, Store, StoredTurn, TurnKind, TurnState, open_store
from tests.store.building import NOW, PLATFORMS, accept, command, edited, end, pressed, rows, said

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from bot.model import Said
    from bot.store import Heard

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
        self.said: list[Said] = []
        self.texts: dict[str, str] = {}
        """What each message says, by its key."""
        self.heard: dict[TurnId, list[str]] = {}
        """What each turn has heard last."""
        self.ratings: dict[TurnId, int | None] = {}

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
        if is_command:
            arrival = command("new", chat)
        else:
            message = said("text", chat)
            self.said.append(message)
            self.texts[message.key] = "text"
            arrival = Arrival(event=message)
        self.sent.append(arrival)
        return arrival

    @rule()
    def claim_one(self) -> None:
        turn = self.do(self.store.turns.claim(PLATFORMS, NOW))
        if turn is not None:
            assert turn.id not in self.live
            self.live[turn.id] = turn
            self.hear(turn.id, turn.heard)

    def hear(self, turn: TurnId, heard: Iterable[Heard]) -> None:
        self.heard[turn] = [one.text for one in heard]

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def absorb(self, data: st.DataObject) -> None:
        turn = data.draw(st.sampled_from(list(self.live.values())))
        if turn.state is TurnState.RUNNING and turn.heard[0].command is None and not turn.again:
            self.hear(turn.id, self.do(self.store.turns.absorb(turn)))

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """Change a message: of one that waits or of the last question, the new text counts."""
        message = data.draw(st.sampled_from(self.said))
        text = data.draw(st.sampled_from(["text", "other", "third"]))
        events = self.do(rows(self.store.database, "event"))
        last = max((one["turn_id"] or 0 for one in self.taken(events, message.chat)), default=0)
        current = [one["turn_id"] for one in events if one["key"] == message.key]

        self.do(accept(self.store, edited(message, text)))

        if current and current[0] in {None, last}:
            self.texts[message.key] = text

    def taken(self, events: list[dict[str, Any]], chat: ChatKey) -> list[dict[str, Any]]:
        keys = {one.key for one in self.said if one.chat == chat}
        return [one for one in events if one["key"] in keys and one["turn_id"]]

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def hear_changes(self, data: st.DataObject) -> None:
        turn = data.draw(st.sampled_from(list(self.live.values())))
        if turn.state is TurnState.RUNNING and self.do(self.store.turns.is_edited(turn)):
            self.hear(turn.id, self.do(self.store.turns.rehear(turn)))

    @precondition(lambda self: self.heard)
    @rule(
        data=st.data(),
        control=st.sampled_from(["again", "continue", "good", "bad", "stop"]),
        times=st.integers(1, 2),
    )
    def press(self, data: st.DataObject, control: str, times: int) -> None:
        """Press a button, one that may be long out of date, and have it delivered once or twice."""
        turn = data.draw(st.sampled_from(sorted(self.heard)))
        before = {row["id"]: row["rating"] for row in self.do(rows(self.store.database, "turn"))}
        button = pressed(control, turn, self.chat_of(turn))

        accepted = self.do(accept(self.store, *[button] * times))

        refused = set(accepted.told.values()) - {say("told_noted", "en")}
        if control in {"good", "bad"} and not refused:
            opinion = 1 if control == "good" else -1
            self.ratings[turn] = None if before[turn] == opinion else opinion

    def chat_of(self, turn: TurnId) -> ChatKey:
        chats = {row["id"]: row["chat"] for row in self.do(rows(self.store.database, "chat"))}
        (row,) = [row for row in self.do(rows(self.store.database, "turn")) if row["id"] == turn]
        return ChatKey("fake", "bot", chats[row["chat_id"]])

    @precondition(lambda self: self.live)
    @rule(data=st.data(), complete=st.booleans(), finish=st.sampled_from([Finish.STOP, Finish.LENGTH]))
    def finish(self, data: st.DataObject, complete: bool, finish: Finish) -> None:
        turn = self.live.pop(data.draw(st.sampled_from(list(self.live))))
        kind = TurnKind.NOTICE if turn.heard[0].command else TurnKind.ANSWER
        if complete and turn.state is TurnState.RUNNING:
            self.do(self.store.turns.complete(turn, answer="a", note="", finish=finish, kind=kind))
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
            self.hear(waiting.id, waiting.heard)
            await end(self.store, waiting)

    async def check(self) -> None:
        ids = {
            row["id"]: ChatKey("fake", "bot", row["chat"]) for row in await rows(self.store.database, "chat")
        }
        events = await rows(self.store.database, "event")
        await self.check_questions(events)
        events = [event for event in events if event["kind"] != "pressed"]
        heard: dict[ChatKey, list[str]] = defaultdict(list)
        for event in sorted(events, key=lambda event: (event["turn_id"], event["id"])):
            heard[ids[event["chat_id"]]].append(event["key"])

        assert heard == {chat: keys for chat, keys in self.accepted.items() if keys}
        commands = [event["turn_id"] for event in events if event["kind"] == "command"]
        assert all(sum(event["turn_id"] == turn for event in events) == 1 for turn in commands)

    async def check_questions(self, events: list[dict[str, Any]]) -> None:
        """The newest answer of each question, and no other, holds, and it is one to what the question says now."""
        asked: dict[int, list[str]] = defaultdict(list)
        for event in events:
            if event["kind"] == "said":
                assert event["text"] == self.texts[event["key"]]
                asked[event["turn_id"]].append(event["text"])
        turns = await rows(self.store.database, "turn")
        for place, texts in asked.items():
            answers = [turn for turn in turns if (turn["asks"] or turn["id"]) == place]
            newest = max(turn["id"] for turn in answers)
            assert [turn["id"] for turn in answers if not turn["replaced"]] == [newest]
            assert self.heard[TurnId(newest)] == texts
        ratings = {turn["id"]: turn["rating"] for turn in turns}
        assert {turn: ratings[turn] for turn in self.ratings} == self.ratings


Deliveries.TestCase.settings = settings(max_examples=15, stateful_step_count=35, deadline=None)
TestDeliveries = Deliveries.TestCase
