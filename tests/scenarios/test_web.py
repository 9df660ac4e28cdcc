"""The page as people and programs meet it: a real process, real HTTP, a loopback Qwen, kills and restarts between."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from httpx_sse import aconnect_sse

from bot.app import REST_SECONDS
from tests.ledger import kept
from tests.scenarios.conftest import assert_nothing_leaked
from tests.scenarios.stage import PATIENCE, Stage
from tests.servers.qwen import Fault, Pause, Say, Script, Until, answer, envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from httpx_sse import ServerSentEvent

ALONE = {"TELEGRAM_BOT_TOKEN": "", "SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "WEB_PORT": "0"}
TOKEN = "canary-token-of-the-page"
LONG = "Every word of this answer belongs to the same place, before and after. " * 10


class Site:
    """The page of a bot that runs as a process."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def address(self) -> str:
        """Where the page says it is, the last time it was started."""
        found = re.findall(r"^Open (http://\S+) in your browser", self.stage.log, re.MULTILINE)
        return str(found[-1]) if len(found) == self.stage.starts else ""

    async def start(self) -> None:
        await self.stage.spawn()
        await self.stage.until(lambda: self.address)

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.address, headers=headers, timeout=PATIENCE) as client:
            yield client

    async def get(self, path: str, **headers: str) -> Any:
        async with self.client(**headers) as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def say(self, name: str, text: str, **more: str) -> None:
        async with self.client() as client:
            answer = await client.post(f"/api/conversations/{name}/messages", json={"text": text, **more})
            assert answer.status_code == 202, answer.text

    async def entries(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(f"/api/conversations/{name}"))["entries"]
        return found

    async def seen(self, name: str, condition: Any, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """Wait until a conversation looks so, and return its entries."""
        async with asyncio.timeout(seconds):
            while not condition(entries := await self.entries(name)):  # noqa: ASYNC110 - as a reader looks again
                await asyncio.sleep(0.03)
        return entries


def is_over(entries: list[dict[str, Any]]) -> bool:
    return bool(entries) and all(entry["state"] in {"done", "failed"} for entry in entries)


@asynccontextmanager
async def site(folder: Path, **settings: str) -> AsyncIterator[Site]:
    """A bot with nothing but its page; what it leaves behind is looked at in the end."""
    async with Stage(folder) as stage:
        stage.settings = {"LOG_LEVEL": "DEBUG", **ALONE, **settings}
        yield Site(stage)
        await stage.put_down()
        assert_nothing_leaked(stage)
        if stage.database.exists():
            store = kept(stage.database, checked=True)
            assert not store.damage
            live = [turn["chat_id"] for turn in store.turns if turn["state"] in {"running", "answered"}]
            assert len(live) == len(set(live))


def words(events: list[ServerSentEvent]) -> str:
    """Return what a program has in the end."""
    text = ""
    for event in events:
        if event.data != "[DONE]":
            told = event.json()
            text = "" if told.get("reset") else text + told.get("content", "")
    return text


# ---------------------------------------------------------------- the first run


async def test_without_any_setting_a_page_with_a_demo_is_served(tmp_path: Path) -> None:
    async with site(tmp_path, OPENAI_API_KEY="", OPENAI_API_BASE="") as page:
        await page.start()
        settings = await page.get("/api/settings")
        async with page.client() as client:
            index = await client.get("/")
        await page.say("w1", "Write some Python code")
        (english,) = await page.seen("w1", is_over)
        await page.say("w2", "你好")
        (chinese,) = await page.seen("w2", is_over)
        code, seconds = await page.stage.terminate()

    assert index.headers["Content-Type"].startswith("text/html")
    assert settings["demo"] is True
    assert "OPENAI_API_KEY" in settings["strings"]["page_demo"]
    assert "```python" in english["markdown"]
    assert (english["model"], "demo" in english["note"]) == ("demo", True)
    assert "演示" in chinese["note"]
    assert not page.stage.qwen.requests
    assert (code, seconds < REST_SECONDS) == (0, True)


async def test_with_a_key_the_page_talks_to_qwen(tmp_path: Path) -> None:
    async with site(tmp_path) as page:
        page.stage.qwen.reply(answer("A **mutex** lets one in."))
        await page.start()
        await page.say("w1", "What is a mutex?")
        (entry,) = await page.seen("w1", is_over)
        settings = await page.get("/api/settings")

    assert settings["demo"] is False
    assert entry["html"] == ['<p dir="auto">A <strong>mutex</strong> lets one in.</p>']
    assert entry["note"] == ""
    assert page.stage.qwen.requests[0].body["messages"][-1]["content"] == "What is a mutex?"


async def test_a_port_in_use_is_a_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with site(tmp_path, WEB_PORT=str(port)) as page:
            process = await page.stage.spawn()
            code = await process.wait()

    assert code == 2
    assert f"WEB_PORT: something else on this machine listens on port {port}." in page.stage.log
    assert "Traceback" not in page.stage.log


async def test_a_page_for_others_needs_a_token_and_then_opens_with_it(tmp_path: Path) -> None:
    async with site(tmp_path, WEB_HOST="0.0.0.0") as page:
        process = await page.stage.spawn()
        refused = await process.wait()
        page.stage.settings |= {"WEB_TOKEN": TOKEN}
        await page.stage.spawn()
        await page.stage.until(lambda: page.stage.log.count("in your browser") == 1)
        address = re.findall(r"Open (\S+) in", page.stage.log)[0]
        async with httpx.AsyncClient(base_url=address) as client:
            locked = await client.get("/api/settings", headers={"Host": "bot.example.com"})
            opened = await client.get(
                "/api/settings", headers={"Host": "bot.example.com", "Authorization": f"Bearer {TOKEN}"}
            )
        await page.stage.put_down()
        written = [path.read_bytes() for path in page.stage.folder.iterdir() if path.is_file()]

    assert refused == 2
    assert "WEB_TOKEN is missing" in page.stage.log
    assert (locked.status_code, opened.status_code) == (401, 200)
    assert not [True for content in written if TOKEN.encode() in content]


# ---------------------------------------------------------------- kills and restarts


async def test_an_answer_goes_on_in_its_place_after_a_kill_and_never_shows_less(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with site(tmp_path) as page:
        page.stage.qwen.queue([Say(LONG), Until(never)])
        page.stage.qwen.reply(answer(LONG + "The end.", chunk=24))
        await page.start()
        await page.say("w1", "tell me")
        (before,) = await page.seen("w1", lambda one: one and "before and after" in "".join(one[0]["html"]))
        await page.stage.kill()
        await page.start()
        lengths: list[int] = []

        def is_whole(entries: list[dict[str, Any]]) -> bool:
            lengths.append(len("".join(entries[0]["html"])))
            return is_over(entries)

        entries = await page.seen("w1", is_whole)

    assert before["state"] == "running"
    assert [entry["markdown"] for entry in entries] == [LONG + "The end."]
    assert min(lengths) >= len("".join(before["html"])) - 10
    assert len(page.stage.qwen.requests) == 2


async def test_who_watches_is_told_of_a_restart_and_sees_the_rest_afterwards(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with site(tmp_path) as page:
        page.stage.qwen.queue([Say("Half of it. "), Until(never)])
        page.stage.qwen.reply(answer("Half of it. And the rest."))
        await page.start()
        await page.say("w1", "tell me")
        seen: list[str] = []
        async with (
            page.client() as client,
            aconnect_sse(client, "GET", "/api/conversations/w1/events") as source,
        ):
            stopping: asyncio.Task[tuple[int, float]] | None = None
            async with asyncio.TaskGroup() as tasks:
                async for event in source.aiter_sse():
                    seen.append(event.data)
                    if "Half of it" in event.data and stopping is None:
                        stopping = tasks.create_task(page.stage.terminate())
        assert stopping is not None
        code, seconds = stopping.result()
        await page.start()
        (entry,) = await page.seen("w1", is_over)

    assert any("I am restarting" in data for data in seen)
    assert (code, seconds < REST_SECONDS) == (0, True)
    assert entry["markdown"] == "Half of it. And the rest."
    assert "restarting" not in "".join(entry["html"])


async def test_a_program_takes_its_stream_up_again_after_a_kill(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with site(tmp_path) as page:
        page.stage.qwen.queue([Say("One two three. "), Until(never)])
        page.stage.qwen.reply(answer("One two three. Four five."))
        await page.start()
        got: list[ServerSentEvent] = []
        async with page.client() as client:
            body = {"message": "Count", "conversation": "count"}
            with suppress(httpx.HTTPError):
                async with aconnect_sse(client, "POST", "/api/chat", json=body) as source:
                    async for event in source.aiter_sse():
                        got.append(event)
                        if words(got).endswith("three. "):
                            await page.stage.kill()
        await page.start()
        turn = got[0].json()["turn"]
        async with (
            page.client(**{"Last-Event-ID": got[-1].id}) as client,
            aconnect_sse(client, "GET", f"/api/chat/{turn}") as source,
        ):
            rest = [event async for event in source.aiter_sse()]

    assert words(got + rest) == "One two three. Four five."
    assert not any("reset" in event.data for event in rest)
    assert rest[-1].data == "[DONE]"


@pytest.mark.parametrize(
    "point", ["stored", "claimed", "intended", "posted", "edited", "read", "answered", "shown"]
)
async def test_wherever_the_process_dies_the_question_gets_one_answer(tmp_path: Path, point: str) -> None:
    async with site(tmp_path) as page:
        # Only what comes in two parts is posted first and edited then.
        page.stage.qwen.queue(
            [Say("One answer "), Pause(1.5 * (point == "edited")), *answer("and no more of it.")]
        )
        page.stage.qwen.reply(answer("One answer and no more of it."))
        page.stage.settings["BOT_CRASH_AT"] = point
        await page.start()
        heard = True
        try:
            await page.say("w1", "Hi", key="k1")
        except httpx.HTTPError:
            heard = False
        await page.stage.crashed()
        del page.stage.settings["BOT_CRASH_AT"]
        await page.start()
        if not heard:
            # Whether it was taken in is not known, so it is said once more under its key, as the page does.
            await page.say("w1", "Hi", key="k1")
        entries = await page.seen("w1", is_over)

    assert [(entry["question"], entry["markdown"]) for entry in entries] == [
        ("Hi", "One answer and no more of it.")
    ]


# ---------------------------------------------------------------- programs


async def test_a_program_asks_without_memory_and_is_told_what_goes_wrong(tmp_path: Path) -> None:
    async with site(tmp_path) as page:
        page.stage.qwen.queue(answer("Hello."))
        page.stage.qwen.reply([Fault(401, envelope("invalid_api_key", "Incorrect API key provided."))])
        await page.start()
        body = {"messages": [{"role": "user", "content": "Hi"}], "model": "qwen-flash", "max_tokens": 9}
        async with page.client() as client:
            async with aconnect_sse(client, "POST", "/api/chat", json=body) as source:
                events = [event async for event in source.aiter_sse()]
            refused = await client.post("/api/chat", json=body)
            missing = await client.post("/api/chat", json={**body, "model": "no-such-model"})
        health = await page.get("/healthz")
        listed = await page.get("/api/conversations")

    asked = page.stage.qwen.requests[0].body
    assert (asked["model"], asked["max_tokens"], asked["messages"]) == ("qwen-flash", 9, body["messages"])
    assert words(events) == "Hello."
    assert events[-1].data == "[DONE]"
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "key_refused")
    assert missing.status_code in {401, 404}
    assert health["model"] == "KeyRefused"
    assert listed["conversations"] == []


async def test_figures_are_there_for_whoever_watches_the_bot(tmp_path: Path) -> None:
    async with site(tmp_path) as page:
        page.stage.qwen.reply(answer("Hello."))
        await page.start()
        await page.say("w1", "Hi")
        await page.seen("w1", is_over)
        async with page.client() as client:
            metrics = await client.get("/metrics")
        health = await page.get("/healthz")
        usage = await page.get("/api/usage?days=7")

    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert 'bot_turns_total{finish="stop",platform="web"} 1.0' in metrics.text
    assert 'bot_first_text_seconds_count{platform="web"} 1.0' in metrics.text
    assert health == {
        "live": True,
        "ready": True,
        "store": "ok",
        "platforms": {"web": "connected"},
        "model": "ok",
        "waiting": 0,
        "running": 0,
    }
    assert (len(usage["days"]), usage["days"][-1]["answers"]) == (7, 1)


# ---------------------------------------------------------------- beside the platforms


async def test_beside_a_platform_the_page_shows_what_is_said_there(tmp_path: Path) -> None:
    async with Stage(tmp_path, LOG_LEVEL="DEBUG", WEB="on", WEB_PORT="0") as stage:
        page = Site(stage)
        script: Script = answer("Hello from Qwen.")
        stage.qwen.reply(script)
        await stage.start()
        stage.telegram.say(7, "hello bot")
        await stage.until(lambda: stage.telegram.messages(7))
        await stage.settled()
        await page.say("w1", "and from here")
        await page.seen("w1", is_over)
        listed = (await page.get("/api/conversations"))["conversations"]
        read = await page.entries(next(one["id"] for one in listed if one["platform"] == "telegram"))
        health = await page.get("/healthz")
        code, seconds = await stage.terminate()
        assert_nothing_leaked(stage)

    assert [(one["platform"], one["title"]) for one in listed] == [
        ("web", "and from here"),
        ("telegram", "hello bot"),
    ]
    assert [(entry["question"], entry["markdown"]) for entry in read] == [("hello bot", "Hello from Qwen.")]
    assert health["platforms"] == {"slack": "connected", "telegram": "connected", "web": "connected"}
    assert (code, seconds < REST_SECONDS) == (0, True)


async def test_a_platform_that_does_not_answer_is_seen_in_the_health(tmp_path: Path) -> None:
    async with Stage(tmp_path, WEB="on", WEB_PORT="0", SLACK_API_BASE="http://127.0.0.1:9/api/") as stage:
        page = Site(stage)
        await page.start()
        await stage.until(
            lambda: [call for call in stage.telegram.calls if call.method.lower() == "getupdates"]
        )
        async with page.client() as client:
            health = await client.get("/healthz")
        await stage.terminate()

    assert (health.status_code, health.json()["ready"]) == (503, False)
    assert health.json()["platforms"] == {"slack": "connecting", "telegram": "connected", "web": "connected"}
