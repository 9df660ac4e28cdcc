"""A conversation as the page sees it: asked over HTTP, watched as an event stream, with the real core in between."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web import shapes
from adapters.web.shelf import KEEP, MOST, Parcel, Shelf
from bot.errors import KeyRefused, ModelBusy
from bot.model import ChatKey, Finish, Finished, MessageRef, Text, TurnId, Usage
from bot.reply import gathering
from tests.adapters.web_bench import bench, watching
from tests.fakes_model import Fail, Pause, Until, says
from tests.store.building import ANNA, accept, answer, said

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.web.shapes import Shape

HELD = 60.0
"""Seconds a scripted model says nothing: for ever, as tests go."""


async def ask(page: Any, name: str, text: str, **more: Any) -> None:
    await page.post(f"/api/conversations/{name}/messages", {"text": text, **more}, status=202)


# ---------------------------------------------------------------- an answer that grows


async def test_a_question_is_answered_before_the_eyes_of_who_watches(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script(
            [
                Text("A **mutex** lets one"),
                Until(go_on),
                Text(" in.\n\n```python\nlock()"),
                Text("\n```\n"),
                Usage(prompt=7, completion=5),
                Finished(Finish.STOP),
            ]
        )
        await ask(page, "w1", "What is a mutex?")
        await reader.until(lambda one: one.entries and one.last["html"])
        growing = deepcopy(reader.last)
        go_on.set()
        await reader.until(lambda one: one.last["state"] == "done")
        over = reader.last
        read = (await page.get("/api/conversations/w1"))["entries"]

    assert growing["state"] == "running"
    assert [control["name"] for control in growing["controls"]] == ["stop"]
    assert growing["html"] == ['<p dir="auto">A <strong>mutex</strong> lets one</p>']
    assert growing["markdown"] == ""
    assert over["markdown"] == "A **mutex** lets one in.\n\n```python\nlock()\n```\n"
    assert "lock" in over["html"][1]
    assert over["usage"]["completion"] == 5
    assert [control["name"] for control in over["controls"]][:1] == ["again"]
    assert read == reader.entries


async def test_the_first_words_are_seen_at_once_and_no_write_is_queued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Were a short beginning held back, as it is where writes cost something, it would be held back for ever.
    monkeypatch.setattr(gathering, "FIRST_WAIT", HELD)
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script([Text("First"), Pause(HELD)])
        await ask(page, "w1", "Hi")
        await reader.until(lambda one: one.entries and one.last["html"])


async def test_while_an_answer_grows_only_what_changed_is_sent(tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {number} " + "with some words. " * 20 + "\n\n" for number in range(30)]
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        gates = [asyncio.Event() for _ in paragraphs]
        script = [
            step for one, gate in zip(paragraphs, gates, strict=True) for step in (Text(one), Until(gate))
        ]
        page.model.script([*script, Finished(Finish.STOP)])
        await ask(page, "w1", "Go")
        for number, gate in enumerate(gates, 1):
            await reader.until(lambda one, number=number: one.entries and len(one.last["html"]) == number)
            gate.set()
        await reader.until(lambda one: one.entries and one.last["state"] == "done")

    grown = [data for kind, data in reader.events if kind == "answer" and data.get("state") != "done"]
    sent = sum(len(block) for data in grown for block in data.get("blocks", ()))
    assert len(grown) >= len(paragraphs) - 1
    assert sent < 4 * sum(map(len, paragraphs))
    assert len(reader.last["html"]) == 30


async def test_a_thinking_model_is_seen_to_think(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        thought = asyncio.Event()
        page.model.script([Until(thought), *says("Done.")])
        await ask(page, "w1", "Hi")
        await reader.until(lambda one: one.entries and one.last["state"] == "running")

        assert (reader.last["html"], reader.last["status"]) == ([], "")
        assert [control["name"] for control in reader.last["controls"]] == ["stop"]
        thought.set()
        await reader.until(lambda one: one.last["state"] == "done")


async def test_stop_stops_and_keeps_what_is_there(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script([Text("So far"), Pause(HELD)])
        await ask(page, "w1", "Hi")
        await reader.until(lambda one: one.entries and one.last["html"])
        (stop,) = reader.last["controls"]
        told = await page.post(
            "/api/conversations/w1/press", {"control": stop["name"], "value": stop["value"]}, status=202
        )
        await reader.until(lambda one: one.last["state"] == "done")

    assert told == {"message": ""}
    assert reader.last["markdown"] == "So far"
    assert reader.last["finish"] == "stopped"
    assert "Stopped" in reader.last["note"]
    assert page.model.cut == 1


async def test_again_replaces_the_answer_in_its_place(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script(says("One."), says("Two."), says("Better."))
        await ask(page, "w1", "first")
        await page.over("w1")
        await ask(page, "w1", "second")
        await page.over("w1", 2)
        again = next(one for one in (await page.over("w1", 2))[0]["controls"] if one["name"] == "again")
        await page.post(
            "/api/conversations/w1/press", {"control": "again", "value": again["value"]}, status=202
        )
        await reader.until(lambda one: [entry["markdown"] for entry in one.entries] == ["Better.", "Two."])

    assert [entry["question"] for entry in reader.entries] == ["first", "second"]


async def test_an_answer_that_was_made_again_is_still_paid_for_in_the_total(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script(
            [Text("One."), Usage(prompt=100, completion=20), Finished(Finish.STOP)],
            [Text("Better."), Usage(prompt=100, completion=3), Finished(Finish.STOP)],
        )
        await ask(page, "w1", "first")
        (entry,) = await page.over("w1")
        await reader.until(lambda one: one.last["state"] == "done" and one.head["totals"]["tokens"] == 120)
        again = next(one for one in entry["controls"] if one["name"] == "again")
        await page.post(
            "/api/conversations/w1/press", {"control": "again", "value": again["value"]}, status=202
        )
        await reader.until(lambda one: one.last["markdown"] == "Better." and one.last["state"] == "done")
        await reader.until(lambda one: one.head["totals"]["tokens"] == 223)
        (listed,) = (await page.get("/api/conversations"))["conversations"]

    assert listed["tokens"] == 223
    assert {name: listed[name] for name in ("tokens", "cost", "currency")} == reader.head["totals"]


async def test_what_is_said_meanwhile_waits_in_sight_and_is_answered_next(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        go_on = asyncio.Event()
        page.model.script([Text("One"), Until(go_on), Finished(Finish.STOP)], says("Two."))
        await ask(page, "w1", "first")
        await reader.until(lambda one: one.entries and one.last["html"])
        await ask(page, "w1", "second")
        await reader.until(lambda one: len(one.entries) == 2)
        waiting = deepcopy(reader.last)
        go_on.set()
        await reader.until(lambda one: [entry["state"] for entry in one.entries] == ["done", "done"])

    assert (waiting["turn"], waiting["state"], waiting["question"]) == (None, "waiting", "second")
    assert [entry["markdown"] for entry in reader.entries] == ["One", "Two."]


async def test_a_reload_sees_what_was_there_and_goes_on(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        go_on = asyncio.Event()
        page.model.script([Text("Half of it "), Until(go_on), Text("and the rest."), Finished(Finish.STOP)])
        async with watching(page, "w1") as first:
            await ask(page, "w1", "Hi")
            await first.until(lambda one: one.entries and one.last["html"])
        async with watching(page, "w1") as second:
            begun = deepcopy(second.last)
            go_on.set()
            await second.until(lambda one: one.last["state"] == "done")

    assert begun["html"] == first.last["html"]
    assert begun["state"] == "running"
    assert second.last["markdown"] == "Half of it and the rest."


async def test_two_who_watch_see_the_same(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as one, watching(page, "w1") as other:
        page.model.script(says("The ", "same ", "for all."))
        await ask(page, "w1", "Hi")
        for reader in (one, other):
            await reader.until(lambda seen: seen.entries and seen.last["state"] == "done")

    assert one.entries == other.entries


async def test_what_happens_in_another_conversation_is_not_seen(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w2") as reader:
        page.model.script(says("Secret."))
        await ask(page, "w1", "Hi")
        await page.over("w1")
        page.model.script(says("Of this one."))
        await ask(page, "w2", "And here?")
        await reader.until(lambda one: one.entries and one.last["state"] == "done")

    assert "Of this one." in str(reader.events)
    assert "Secret" not in str(reader.events)


# ---------------------------------------------------------------- what goes wrong


async def test_a_failure_is_a_sentence_under_the_question(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Fail(KeyRefused())])
        await ask(page, "w1", "Hi", key="once")
        (entry,) = await page.over("w1")

    assert (entry["state"], entry["finish"], entry["html"]) == ("failed", "failed", [])
    assert "does not accept my key" in entry["note"]


async def test_an_answer_that_breaks_off_keeps_its_text_and_can_be_had_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script([Text("Half an answer"), Fail(ModelBusy())])
        await ask(page, "w1", "Hi")
        (entry,) = await page.over("w1")

    assert (entry["markdown"], entry["finish"]) == ("Half an answer", "broken")
    assert "again" in [control["name"] for control in entry["controls"]]
    assert entry["usage"]["estimated"] is True


async def test_a_message_sent_twice_with_its_key_is_one_message(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Once."))
        for _ in range(3):
            await ask(page, "w1", "Hi", key="k1")
        entries = await page.over("w1")

    assert [entry["question"] for entry in entries] == ["Hi"]
    assert len(page.model.asks) == 1


async def test_the_same_key_in_another_conversation_is_another_message(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("One."), says("Two."))
        await ask(page, "w1", "Hi", key="k1")
        await page.over("w1")
        await ask(page, "w2", "Hi", key="k1")

        assert (await page.over("w2"))[0]["markdown"] == "Two."


async def test_what_would_break_the_days_limit_is_told_once_in_words_and_then_refused(tmp_path: Path) -> None:
    async with bench(tmp_path, TOKENS_PER_DAY="1") as page:
        page.model.script(says("One."))
        await ask(page, "w1", "first")
        await page.over("w1")
        await ask(page, "w1", "second")
        entries = await page.over("w1", 2)
        code = await page.error("/api/conversations/w1/messages", 429, json={"text": "third"})

    assert entries[1]["kind"] == "notice"
    assert "I have used up what I may spend in a day" in entries[1]["html"][0]
    assert code == "over_limit"


# ---------------------------------------------------------------- commands and choices


async def test_a_command_is_answered_by_the_bot_itself(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        await ask(page, "w1", "/new")
        (entry,) = await page.over("w1")

    assert (entry["kind"], entry["question"]) == ("notice", "/new")
    assert "A new conversation starts here" in entry["html"][0]
    assert not page.model.asks


async def test_what_is_picked_in_a_menu_is_shown_in_its_place(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        await ask(page, "w1", "/role")
        (menu,) = await page.over("w1")
        (select,) = [one for one in menu["controls"] if "options" in one]
        picked = next(one for one in select["options"] if one["value"].endswith(".translator"))
        await page.post(
            "/api/conversations/w1/press", {"control": select["name"], "value": picked["value"]}, status=202
        )
        await reader.until(lambda one: one.head["settings"]["role"] == "translator")
        await reader.until(lambda one: len(one.entries) == 1 and one.last["state"] == "done")

    menus = [one for one in reader.last["controls"] if "options" in one]
    assert [one["chosen"].partition(".")[2] for one in menus] == ["translator"]


async def test_choices_hold_from_the_next_question_on(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script(says("One."))
        body = {"temperature": 0.25, "top_p": 0.5, "max_tokens": 99, "role": "translator"}
        answer = await page.client.put("/api/conversations/w1/settings", json=body)
        await reader.until(lambda one: one.head["settings"]["max_tokens"] == 99)
        await ask(page, "w1", "Hi")
        await page.over("w1")
        back = await page.client.put("/api/conversations/w1/settings", json={"temperature": None, "role": ""})

    (asked,) = page.model.asks
    assert (asked.temperature, asked.top_p, asked.max_tokens) == (0.25, 0.5, 99)
    assert "translate" in asked.messages[0].content
    assert answer.json()["settings"]["temperature"] == 0.25
    assert back.json()["settings"]["temperature"] is None
    assert back.json()["settings"]["max_tokens"] == 99


@pytest.mark.parametrize(
    "body",
    [
        {"role": "nobody"},
        {"model": "gpt-4"},
        {"temperature": 2},
        {"top_p": 0},
        {"max_tokens": 0},
        {"think": "sideways"},
        {"x": 1},
    ],
    ids=lambda body: next(iter(body)),
)
async def test_what_cannot_be_chosen_changes_nothing(tmp_path: Path, body: dict[str, Any]) -> None:
    async with bench(tmp_path) as page:
        first = await page.client.put("/api/conversations/w1/settings", json={"max_tokens": 50})
        code = await page.error(
            "/api/conversations/w1/settings", 400, method="PUT", json={"max_tokens": 60, **body}
        )
        settings = (await page.get("/api/conversations/w1"))["settings"]

    assert first.status_code == 200
    assert code == "bad_request"
    assert settings["max_tokens"] == 50


async def test_an_answer_is_rated_with_a_note_and_the_rating_taken_back(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("One."))
        await ask(page, "w1", "Hi")
        (entry,) = await page.over("w1")
        path, turn = "/api/conversations/w1/rating", entry["turn"]
        await page.post(path, {"turn": turn, "rating": 1, "note": "just right"})
        (rated,) = (await page.get("/api/conversations/w1"))["entries"]
        (listed,) = (await page.get("/api/conversations"))["conversations"]
        await page.post(path, {"turn": turn, "rating": None})
        (taken,) = (await page.get("/api/conversations/w1"))["entries"]
        elsewhere = await page.error("/api/conversations/w2/rating", 404, json={"turn": turn, "rating": 1})

    assert (rated["rating"], rated["remark"]) == (1, "just right")
    assert (listed["rating"], listed["note"]) == (1, "just right")
    assert (taken["rating"], taken["remark"]) == (None, "just right")
    assert elsewhere == "not_found"


# ---------------------------------------------------------------- looking back


async def test_conversations_of_all_platforms_are_listed_and_searched(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("A mutex lets one in."), says("猫是一种动物。"))
        for name, text in (("w1", "What is a mutex?"), ("w2", "猫是什么？")):
            await ask(page, name, text)
            await page.over(name)
        telegram = ChatKey("telegram", "bot", "7")
        await accept(page.store, said("hello from elsewhere", telegram, person=ANNA))
        turn = await page.store.turns.claim(["telegram"], 2_000_000_000)
        assert turn is not None
        await answer(page.store, turn, "Hello, 100% yours_truly!", question="hello from elsewhere")
        listed = await page.get("/api/conversations")
        own = await page.get("/api/conversations", params={"platform": "web"})
        found = {
            words: [
                one["title"]
                for one in (await page.get("/api/conversations", params={"query": words}))["conversations"]
            ]
            for words in ("mutex", "MUTEX", "动物", "100%", "s_t", "s%t", "nothing")
        }
        read = await page.get(f"/api/conversations/{listed['conversations'][0]['id']}")
        refused = await page.error(f"/api/conversations/{read['id']}/messages", 409, json={"text": "may I?"})

    assert [one["title"] for one in listed["conversations"]] == [
        "hello from elsewhere",
        "猫是什么？",
        "What is a mutex?",
    ]
    assert [one["writable"] for one in listed["conversations"]] == [False, True, True]
    assert [one["id"] for one in own["conversations"]] == ["w2", "w1"]
    assert found == {
        "mutex": ["What is a mutex?"],
        "MUTEX": ["What is a mutex?"],
        "动物": ["猫是什么？"],
        "100%": ["hello from elsewhere"],
        "s_t": ["hello from elsewhere"],
        "s%t": [],
        "nothing": [],
    }
    assert (read["platform"], read["entries"][0]["markdown"]) == ("telegram", "Hello, 100% yours_truly!")
    assert refused == "conflict"


async def test_a_list_goes_on_where_it_ended(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(*[says("Yes.")] * 5)
        for number in range(5):
            await ask(page, f"w{number}", "Hi")
            await page.over(f"w{number}")
        seen: list[str] = []
        following: str | None = ""
        while following is not None:
            params = {"limit": 2, **({"before": following} if following else {})}
            part = await page.get("/api/conversations", params=params)
            seen += [one["id"] for one in part["conversations"]]
            following = part["next"]

    assert seen == ["w4", "w3", "w2", "w1", "w0"]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"before": "-1"}, {"platform": "../x"}], ids=str
)
async def test_a_list_is_asked_for_sensibly(tmp_path: Path, params: dict[str, Any]) -> None:
    async with bench(tmp_path) as page:
        assert await page.error("/api/conversations", 400, params=params) == "bad_request"


async def test_a_conversation_that_nobody_began_is_empty_and_a_number_nobody_has_is_none(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as page:
        begun = await page.post("/api/conversations", {}, status=201)
        empty = await page.get(f"/api/conversations/{begun['id']}")
        for name in ("99", "1" * 30, "-x", "w 1", "w" * 65):
            assert await page.error(f"/api/conversations/{name}", 404) == "not_found"

    assert (empty["entries"], empty["title"], empty["writable"]) == ([], "", True)


async def test_a_watched_conversation_of_another_platform_is_followed_too(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        telegram = ChatKey("telegram", "bot", "7")
        await accept(page.store, said("hello", telegram))
        await page.store.turns.claim(["telegram"], 2_000_000_000)
        (listed,) = (await page.get("/api/conversations"))["conversations"]
        async with watching(page, listed["id"]) as reader:
            turn = await claim_again(page)
            await answer(page.store, turn, "Hello!", question="hello")
            await reader.until(lambda one: one.last["state"] == "done")

    assert reader.last["markdown"] == "Hello!"


async def claim_again(page: Any) -> Any:
    await page.store.turns.adopt()
    return await page.store.turns.claim(["telegram"], 2_000_000_000)


async def test_an_erased_conversation_is_gone_from_the_file_too_and_only_its_cost_is_left(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script(says("CANARY of an answer."), says("Kept."))
        await ask(page, "w1", "CANARY of a question")
        await page.client.put("/api/conversations/w1/settings", json={"role": "translator"})
        await page.over("w1")
        await ask(page, "w2", "another one")
        await page.over("w2")
        # The last write is on the page a moment before it is noted in the store.
        while (erased := await page.client.delete("/api/conversations/w1")).status_code == 409:  # noqa: ASYNC110 - a moment
            await asyncio.sleep(0.02)
        await reader.until(lambda one: not one.entries and not one.head["settings"]["role"])
        listed = await page.get("/api/conversations")
        usage = await page.get("/api/usage?days=1")
        written = kept_in(tmp_path)

    assert erased.status_code == 204
    assert [one["id"] for one in listed["conversations"]] == ["w2"]
    assert usage["days"][0]["answers"] == 2
    assert not [True for content in written if b"CANARY" in content]


def kept_in(folder: Path) -> list[bytes]:
    """Return what the files of a folder hold."""
    return [path.read_bytes() for path in folder.iterdir() if path.is_file()]


async def test_a_conversation_in_which_something_is_being_answered_is_not_erased(tmp_path: Path) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:
        page.model.script([Text("So far"), Pause(HELD)])
        await ask(page, "w1", "Hi")
        await reader.until(lambda one: one.entries and one.last["html"])

        assert await page.error("/api/conversations/w1", 409, method="DELETE") == "conflict"
        assert len((await page.get("/api/conversations/w1"))["entries"]) == 1


# ---------------------------------------------------------------- what a change is, whatever it is

BLOCKS = st.lists(st.sampled_from(["<p>a</p>", "<p>b</p>", "<pre>c</pre>"]), max_size=4)
ENTRIES = st.lists(
    st.builds(
        lambda turn, question, html, state: {
            "turn": turn,
            "kind": "answer",
            "question": question,
            "at": 1.0,
            "html": html,
            "state": state,
        },
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from(["x", "y"]),
        BLOCKS,
        st.sampled_from(["running", "done"]),
    ),
    max_size=5,
    unique_by=lambda entry: entry["turn"],
)


@given(before=ENTRIES, after=ENTRIES)
def test_the_changes_bring_a_reader_from_any_state_to_any_other(
    before: list[Shape], after: list[Shape]
) -> None:
    seen = [{**entry, "html": list(entry["html"])} for entry in before]

    for kind, data in shapes.changes(before, after):
        if kind == "entries":
            seen[data["from"] :] = data["entries"]
        else:
            (entry,) = [one for one in seen if one["turn"] == data["turn"]]
            entry["html"][data["from"] :] = data["blocks"]
            entry.update({name: value for name, value in data.items() if name not in {"from", "blocks"}})

    assert seen == after


async def test_what_was_exported_is_a_file_to_be_saved(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Paris."))
        await page.post("/api/conversations/w1/messages", {"text": "Capital of France?"}, status=202)
        await page.over("w1")
        await page.post("/api/conversations/w1/messages", {"text": "/export json"}, status=202)
        *_, entry = await page.over("w1", 2)
        path = f"/api/files/{entry['turn']}"
        file = await page.client.get(path)
        other = await page.client.get(f"/api/files/{entry['turn'] - 1}")
        while (erased := await page.client.delete("/api/conversations/w1")).status_code == 409:  # noqa: ASYNC110 - a moment
            await asyncio.sleep(0.02)
        gone = await page.client.get(path)

    assert (entry["file"], entry["state"]) == ("conversations.json", "done")
    assert "as a file" in entry["markdown"]
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''conversations.json"
    assert file.headers["Content-Type"].startswith("application/json")
    assert file.json()["conversations"][0]["entries"][0]["answer"] == "Paris."
    assert (other.status_code, erased.status_code, gone.status_code) == (404, 204, 404)


def test_a_file_is_kept_for_a_while_and_only_for_the_turn_it_was_made_in() -> None:
    shelf = Shelf()
    shelf.put(MessageRef("7:file"), Parcel("conversations.md", b"Hi", 100.0))

    assert shelf.find(TurnId(7), 99.0, 100.0 + KEEP - 1) == Parcel("conversations.md", b"Hi", 100.0)
    assert shelf.find(TurnId(7), 100.5, 101.0) is None
    assert shelf.find(TurnId(7), 99.0, 100.0 + KEEP) is None
    shelf.tidy(100.0 + KEEP)
    assert shelf.find(TurnId(7), 99.0, 101.0) is None


def test_only_the_newest_files_are_kept() -> None:
    shelf = Shelf()
    for turn in range(MOST + 1):
        shelf.put(MessageRef(f"{turn}:file"), Parcel("conversations.md", b"Hi", 100.0))

    assert shelf.find(TurnId(0), 0.0, 100.0) is None
    assert shelf.find(TurnId(1), 0.0, 100.0) is not None
