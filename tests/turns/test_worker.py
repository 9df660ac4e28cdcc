from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from bot import phrases
from bot.errors import Closed, ModelBusy, RateLimited, Refused, Rejected, StoreUnavailable, Unavailable
from bot.model import ChatKey, Finish, Finished, Text, TurnId
from tests.clock import now, virtual
from tests.fakes import AbleSurface, FakeAdapter, FakeBody, FakeDialect, FakeSurface, Trouble
from tests.fakes_model import Fail, FakeModel, Pause, says
from tests.store.building import CHAT, OTHER, accept, pressed, said
from tests.turns.office import Office, die, office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.model import Ask, Delta
    from bot.ports import Surface

WORDS = [f"word{n} " for n in range(60)]
SLOW: list[Delta | Pause | Fail] = [step for word in WORDS for step in (Text(word), Pause(0.5))]
WHOLE = "".join(WORDS).strip()


def sentence(key: str, **values: object) -> str:
    return phrases.say(key, "en", **values)


async def kill(
    folder: Path, adapter: FakeAdapter, script: list[Delta | Pause | Fail], seconds: float
) -> FakeModel:
    """Ask something, and kill the process after so many seconds."""
    model = FakeModel()
    model.script(script)
    async with office(folder, adapter=adapter, model=model) as o:
        if not await o.turns():
            await o.say("Why?")
        await asyncio.sleep(seconds)
        die()
    return model


# ---------------------------------------------------------------- killed, and started again


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.1, 5.0, 20.0, 33.0])
@virtual
async def test_a_new_process_goes_on_in_the_same_messages_whenever_the_old_one_died(
    tmp_path: Path, seconds: float
) -> None:
    adapter = FakeAdapter(sort=AbleSurface, limit=120)
    await kill(tmp_path, adapter, [*SLOW, *says("")], seconds)
    before = [message.ref for message in adapter.chat(CHAT).messages]
    model = FakeModel()
    model.script([*SLOW, *says("")])

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert [message.ref for message in o.chat.messages][: len(before)] == before
        assert " ".join(o.chat.screen).split() == WHOLE.split()
        assert [button for buttons in o.chat.buttons for button in buttons] == []
        assert await o.states() == ["done"]
        assert [turn["attempt"] for turn in await o.turns()] == [1 if seconds > 32.5 else 2]


@virtual
async def test_an_answer_that_was_complete_is_shown_without_asking_the_model(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    adapter.chat(CHAT).troubles[1] = Trouble(RateLimited(600.0, "chat:1"))
    await kill(tmp_path, adapter, [*says("The whole answer.")], 5.0)

    async with office(tmp_path, adapter=adapter) as o:
        await o.rest()

        assert o.model.asks == []
        assert o.chat.screen == ["The whole answer."]


@pytest.mark.parametrize(("error", "buttons"), [("busy", ["again"]), ("refused", [])])
@virtual
async def test_a_restart_offers_again_exactly_where_it_can_help(
    tmp_path: Path, error: str, buttons: list[str]
) -> None:
    adapter = FakeAdapter()
    adapter.chat(CHAT).troubles[1] = Trouble(RateLimited(600.0, "chat:1"))
    await kill(tmp_path, adapter, [Fail(ModelBusy() if error == "busy" else Refused())], 5.0)

    async with office(tmp_path, adapter=adapter) as o:
        await o.rest()

        assert o.chat.screen == [sentence(error)]
        assert o.chat.buttons == [buttons]
        assert await o.states() == ["failed"]


@virtual
async def test_what_the_reader_saw_stays_if_the_new_process_cannot_ask_the_model(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    await kill(tmp_path, adapter, [Text("Half of the answer"), Pause(100)], 5.0)
    model = FakeModel()
    model.script([Fail(ModelBusy())])

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()

        assert o.chat.screen == [f"Half of the answer\n\n{sentence('busy')}"]
        assert o.chat.buttons == [["again", "continue"]]


@virtual
async def test_what_the_reader_saw_stays_if_it_is_stopped_before_the_new_text_is_longer(
    tmp_path: Path,
) -> None:
    adapter = FakeAdapter()
    await kill(tmp_path, adapter, [Text("Half of the answer"), Pause(100)], 5.0)
    model = FakeModel()
    model.script([Text("Half"), Pause(100)])

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await asyncio.sleep(5)
        await o.press("stop")
        await o.rest()

        assert o.chat.screen == [f"Half of the answer\n\n{sentence('stopped')}"]
        assert [turn["answer"] for turn in await o.turns()] == ["Half of the answer"]


@virtual
async def test_a_stop_that_came_just_before_the_kill_still_holds(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    model = FakeModel()
    model.script([Text("Half of the answer"), Pause(100)])
    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.say("Why?")
        await asyncio.sleep(5)
        await accept(o.store, pressed("stop", TurnId(1)))
        die()

    async with office(tmp_path, adapter=adapter) as o:
        await o.rest()

        assert o.model.asks == []
        assert o.chat.screen == [f"Half of the answer\n\n{sentence('stopped')}"]


@virtual
async def test_a_question_that_kills_the_process_every_time_is_given_up(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    asks = 0
    for _ in range(3):
        asks += len((await kill(tmp_path, adapter, [Pause(100)], 5.0)).asks)
    model = FakeModel()
    model.script(says("The next answer."))

    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()
        given_up = o.chat.screen
        await o.say("Next?")
        await o.rest()

        assert asks == 3
        assert given_up == [sentence("gave_up")]
        assert o.chat.buttons == [["again"], []]
        assert o.chat.screen[1:] == ["The next answer."]


@virtual
async def test_a_question_that_kills_the_process_takes_no_other_along(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    chats = [ChatKey("fake", "bot", str(n)) for n in range(5)]
    model = Deadly()
    async with office(tmp_path, adapter=adapter, model=model) as o:
        for chat in chats:
            await o.say("kill" if chat is chats[2] else "hello", chat=chat)
        await model.reached.wait()
        die()

    while model.reached.is_set():
        model.reached.clear()
        async with office(tmp_path, adapter=adapter, model=model) as o:
            while await o._busy():
                await asyncio.sleep(0.1)
                if model.reached.is_set():
                    die()

    assert model.questions.count("kill") == 3
    screens = [adapter.chat(chat).screen for chat in chats]
    assert screens == [["Here I am."]] * 2 + [[sentence("gave_up")]] + [["Here I am."]] * 2


class Deadly(FakeModel):
    """Answers after a second; one question kills the process before that."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        self.asks.append(ask)
        if ask.messages[-1].content == "kill":
            await asyncio.sleep(0.5)
            self.reached.set()
        await asyncio.sleep(1)
        yield Text("Here I am.")
        yield Finished(Finish.STOP)


@virtual
async def test_a_process_that_is_killed_again_and_again_loses_no_question_and_keeps_their_order(
    tmp_path: Path,
) -> None:
    chance, adapter = random.Random(7), FakeAdapter(sort=AbleSurface)  # noqa: S311 - a test that repeats
    chats = [ChatKey("fake", "bot", str(n)) for n in range(4)]
    asked: list[str] = []

    for life in range(15):
        model = FakeModel()
        model.script(*([Text("One "), Pause(2), *says("two.")] for _ in range(60)))
        async with office(tmp_path, adapter=adapter, model=model) as o:
            for n in range(3):
                await o.say(f"q{life}.{n}", chat=chance.choice(chats))
                asked.append(f"q{life}.{n}")
            await asyncio.sleep(chance.choice([0.0, 0.3, 1.5, 4.0, 9.0]))
            die()
    model = FakeModel()
    model.script(*([Text("One "), Pause(2), *says("two.")] for _ in range(60)))
    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.rest()
        turns = await o.turns()

    questions = [turn["question"].split() for turn in turns]
    assert sorted(word for words in questions for word in words) == sorted(asked)
    assert all(turn["state"] == ("failed" if turn["finish"] == "failed" else "done") for turn in turns)
    for chat in chats:
        answers = [text for text in adapter.chat(chat).screen if text != sentence("waiting")]
        assert set(answers) <= {"One two.", sentence("gave_up")}
        assert "One two." in answers
    for chat_id in {turn["chat_id"] for turn in turns}:
        in_chat = [words for turn, words in zip(turns, questions, strict=True) if turn["chat_id"] == chat_id]
        numbers = [float(word[1:]) for words in in_chat for word in words]
        assert numbers == sorted(numbers)


# ---------------------------------------------------------------- shutting down


@virtual
async def test_shutting_down_with_nothing_to_do_takes_no_time(tmp_path: Path) -> None:
    async with office(tmp_path):
        began = now()

    assert now() - began < 0.1


@virtual
async def test_a_running_answer_says_that_it_goes_on_and_does(tmp_path: Path) -> None:
    adapter, first, second = FakeAdapter(), FakeModel(), FakeModel()
    first.script([Text("Half "), Pause(1000), *says("never")])
    second.script([Text("Half "), Pause(3), *says("and half.")])
    async with office(tmp_path, adapter=adapter, model=first) as o:
        await o.say("Why?")
        await asyncio.sleep(5)
        stopping = now()
    stopped, between = now(), adapter.chat(CHAT).screen

    async with office(tmp_path, adapter=adapter, model=second) as o:
        await o.rest()

        assert stopped - stopping < 2
        assert between == [f"Half\n\n{sentence('restarting')}"]
        assert o.chat.screen == ["Half and half."]
        assert [turn["tries"] for turn in await o.turns()] == [0]


@virtual
async def test_many_running_answers_come_to_rest_within_their_seconds(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    chats = [ChatKey("fake", "bot", str(n)) for n in range(20)]
    for _ in chats:
        model.script([Text("Half "), Pause(1000)])
    async with office(tmp_path, adapter=adapter, model=model) as o:
        for chat in chats:
            await o.say("Why?", chat=chat)
        adapter.chat(chats[0]).troubles = {n: Trouble(Unavailable()) for n in range(1, 99)}
        adapter.chat(chats[1]).troubles = {2: Trouble(RateLimited(300.0, "chat:1"))}
        await asyncio.sleep(5)
        stopping = now()

    assert now() - stopping <= 7.5
    assert sum(sentence("restarting") in "".join(adapter.chat(chat).screen) for chat in chats) == 18


@virtual
async def test_an_answer_that_ends_while_the_process_stops_is_shown_to_its_end(tmp_path: Path) -> None:
    for steps in range(0, 40, 3):
        adapter, model = FakeAdapter(), FakeModel()
        model.script([Text("Half "), Pause(3), *says("and half.")])
        folder = tmp_path / str(steps)
        async with office(folder, adapter=adapter, model=model) as o:
            await o.say("Why?")
            await adapter.chat(CHAT).until(1)
            await asyncio.sleep(2.0 if steps else 1.9)
            for _ in range(steps):
                await asyncio.sleep(0)
        model.script([Text("Half "), Pause(3), *says("and half.")])
        async with office(folder, adapter=adapter, model=model) as o:
            await o.rest()

            assert o.chat.screen == ["Half and half."]
            assert o.chat.buttons == [[]]


@virtual
async def test_no_new_turn_begins_while_the_process_stops(tmp_path: Path) -> None:
    adapter, model = FakeAdapter(), FakeModel()
    adapter.chat(CHAT).troubles = {n: Trouble(Unavailable()) for n in range(1, 99)}
    model.script([Text("Half "), Pause(1000)])
    async with office(tmp_path, adapter=adapter, model=model) as o:
        await o.say("Why?")
        await asyncio.sleep(3)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(o.worker.shut_down(5))
            await asyncio.sleep(0.5)
            await o.say("Too late?", chat=OTHER)
        asked = list(model.questions)

    assert asked == ["Why?"]


# ---------------------------------------------------------------- mistakes


@virtual
async def test_a_mistake_in_an_adapter_is_told_with_a_reference_and_harms_no_other_chat(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(tmp_path) as o:
        o.model.script(
            [Text("Half "), Pause(3), *says("and half.")],
            [Text("An"), Pause(9), *says(" answer.")],
            says("Next."),
        )
        o.chat.troubles[1] = RuntimeError("boom")
        await o.say("Why?")
        await o.say("Elsewhere?", chat=OTHER)
        await o.rest()
        await o.say("Next?")
        await o.rest()

        (name,) = {record.reference for record in caplog.records if hasattr(record, "reference")}
        assert o.chat.screen == [f"Half\n\n{sentence('failed', reference=name)}", "Next."]
        assert o.chat.buttons == [["again", "continue"], []]
        assert o.adapter.chat(OTHER).screen == ["An answer."]


@virtual
async def test_a_mistake_in_an_adapter_while_a_whole_answer_is_written_costs_none_of_it(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Text("Half "), Pause(3), *says("and half.")])
        o.chat.troubles[2] = RuntimeError("boom")

        await o.say("Why?")
        await o.rest()

        assert o.chat.screen == ["Half and half."]
        assert len(o.model.asks) == 1


@virtual
async def test_what_cannot_be_shown_in_two_attempts_is_told_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Never seen."))
        o.chat.troubles = {1: RuntimeError("boom"), 2: RuntimeError("boom")}

        await o.say("Why?")
        await o.rest()

        *_, name = [vars(record)["reference"] for record in caplog.records if hasattr(record, "reference")]
        assert o.chat.screen == [sentence("failed", reference=name)]
        assert await o.states() == ["failed"]


@virtual
async def test_a_chat_to_which_nothing_can_be_said_any_more_harms_no_other_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Lost."), says("An answer."))
        o.chat.troubles = dict.fromkeys(range(1, 99), RuntimeError("boom"))

        await o.say("Why?")
        await o.say("Elsewhere?", chat=OTHER)
        await o.rest()

        assert o.adapter.chat(OTHER).screen == ["An answer."]
        assert await o.states() == ["failed", "done"]


class BrokenDialect(FakeDialect):
    def render(self, markdown: str) -> FakeBody:
        raise ZeroDivisionError

    def plain(self, markdown: str) -> FakeBody:
        if self.limit == 1:
            raise ZeroDivisionError
        return FakeBody(markdown, plain=True)


@pytest.mark.parametrize("limit", [1, 4000])
@virtual
async def test_a_mistake_in_a_dialect_ends_its_own_turn_only(tmp_path: Path, limit: int) -> None:
    async with office(tmp_path) as o:
        o.adapter.chats[CHAT] = FakeSurface(dialect=BrokenDialect(limit))
        o.model.script(says("Lost."), says("An answer."))

        await o.say("Why?")
        await o.say("Elsewhere?", chat=OTHER)
        await o.rest()

        assert o.adapter.chat(OTHER).screen == ["An answer."]
        assert len(o.chat.screen) == (0 if limit == 1 else 1)


class Fussy(FakeAdapter):
    """Cannot even make a surface for one chat."""

    def surface(self, chat: ChatKey, route: str) -> Surface:
        if chat == CHAT:
            raise ValueError(route)
        return super().surface(chat, route)


@virtual
async def test_a_chat_for_which_there_is_no_surface_harms_no_other_chat(tmp_path: Path) -> None:
    async with office(tmp_path, adapter=Fussy()) as o:
        o.model.script(says("An answer."))

        await o.say("Why?")
        await o.say("Elsewhere?", chat=OTHER)
        await o.rest()

        assert o.adapter.chat(OTHER).screen == ["An answer."]
        assert await o.states() == ["failed", "done"]


@virtual
async def test_an_answer_no_form_of_which_is_accepted_is_told_as_a_mistake(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Unspeakable."))
        o.chat.troubles = {n: Trouble(Rejected()) for n in (1, 2)}

        await o.say("Why?")
        await o.rest()

        assert len(o.chat.screen) == 1
        assert o.chat.screen[0].startswith("Something went wrong")
        assert await o.states() == ["failed"]


@virtual
async def test_a_chat_that_is_closed_costs_one_call_and_gives_its_turn_up(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("Lost."))
        o.chat.troubles[1] = Trouble(Closed())

        await o.say("Why?")
        await o.rest()

        assert len(o.chat.writes) == 1
        assert await o.states() == ["failed"]


# ---------------------------------------------------------------- the database fails for a while


@virtual
async def test_an_answer_goes_on_when_the_database_can_be_written_again(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script([*SLOW, *says("")], [*SLOW, *says("")])
        await o.say("Why?")
        await asyncio.sleep(5)

        o.database.trouble = StoreUnavailable()
        await asyncio.sleep(60)
        o.database.trouble = None
        await o.rest()

        assert o.chat.screen == [WHOLE]
        assert len(o.chat.messages) == 1
        assert await o.states() == ["done"]


@pytest.mark.parametrize("error", [Closed(), RuntimeError("boom")], ids=["closed", "mistake"])
@virtual
async def test_a_turn_that_fails_while_the_database_does_too_takes_nobody_along(
    tmp_path: Path, error: Exception
) -> None:
    async with office(tmp_path) as o:
        o.model.script(*([Text("Half "), Pause(3), *says("and half.")] for _ in range(2)), says("Next."))

        def fail(_: str) -> None:
            o.database.trouble = StoreUnavailable()
            o.chat.before_write = lambda _: None
            raise error

        o.chat.before_write = fail
        await o.say("Why?")
        await asyncio.sleep(20)
        o.database.trouble = None
        await asyncio.sleep(20)
        await o.say("Next?", chat=OTHER)
        await o.rest()

        assert o.adapter.chat(OTHER).screen in (["Next."], ["Half and half."])
        assert set(await o.states()) <= {"done", "failed"}


@virtual
async def test_what_waited_while_the_database_could_not_be_read_is_found_afterwards(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("An answer."))
        await accept(o.store, said("Why?"))
        o.database.trouble = StoreUnavailable()
        o.worker.arrived([CHAT])
        await asyncio.sleep(10)
        o.database.trouble = None

        await o.rest(10)

        assert o.chat.screen == ["An answer."]


@virtual
async def test_a_turn_nobody_holds_is_found_though_the_database_failed_at_the_wrong_moment(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as o:
        o.model.script([Fail(ModelBusy())], says("Better."))
        await o.say("Why?")
        await o.rest()
        await _fail_once(o)
        await o.press("again")

        await o.rest(30)

        assert o.chat.screen == ["Better."]


async def _fail_once(o: Office) -> None:
    """Let the next claim fail, and nothing else."""
    claim = o.store.turns.claim

    async def failing(*_: object, **__: object) -> None:
        o.store.turns.claim = claim  # type: ignore[method-assign]
        raise StoreUnavailable

    o.store.turns.claim = failing  # type: ignore[method-assign]


@virtual
async def test_a_message_that_is_a_piece_of_something_waits_for_the_rest(tmp_path: Path) -> None:
    async with office(tmp_path) as o:
        o.model.script(says("All of it."))

        await o.say("piece 1", "piece 2", quiet=0.05)
        await o.rest()

        assert o.model.questions == ["piece 1\n\npiece 2"]
        assert [turn["finish"] for turn in await o.turns()] == [Finish.STOP]
