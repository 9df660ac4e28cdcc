"""The page's server in this process: the real composition of the bot around a scripted model, on a loopback port."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from httpx_sse import aconnect_sse

from adapters.web.adapter import Web
from bot import app, config
from bot.store import open_store
from tests.fakes_model import FakeModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from httpx_sse import ServerSentEvent

    from bot.store import Store

TOKEN = "a-token-for-these-tests"


@dataclass
class Bench:
    """What a test of the server talks to."""

    web: Web
    store: Store
    model: FakeModel
    client: httpx.AsyncClient

    async def get(self, path: str, **more: Any) -> Any:
        """Return what stands under a path."""
        answer = await self.client.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: dict[str, Any], *, status: int = 200, **more: Any) -> Any:
        """Send an object and return what is answered."""
        answer = await self.client.post(path, json=body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def error(self, path: str, status: int, **more: Any) -> str:
        """Return the code under which something is refused."""
        method = more.pop("method", "POST" if "json" in more or "content" in more else "GET")
        answer = await self.client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"]
        return str(answer.json()["error"]["code"])

    async def over(self, conversation: str, answers: int = 1) -> list[dict[str, Any]]:
        """Return the entries of a conversation once nothing in it goes on."""
        async with asyncio.timeout(30):
            while True:
                entries: list[dict[str, Any]] = (await self.get(f"/api/conversations/{conversation}"))[
                    "entries"
                ]
                states = [entry["state"] for entry in entries]
                if len(states) >= answers and set(states) <= {"done", "failed"}:
                    return entries
                await asyncio.sleep(0.02)


@dataclass
class Reader:
    """A page that watches a conversation, as `docs/web.md` says how."""

    bench: Bench
    name: str
    entries: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    head: dict[str, Any] = field(default_factory=dict[str, Any])
    is_cut: bool = False
    """The stream broke off."""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])

    async def until(self, condition: Any, seconds: float = 30.0) -> None:
        """Wait for what the reader sees to become so."""
        async with asyncio.timeout(seconds):
            while not condition(self):  # noqa: ASYNC110 - what comes is not ours to announce
                await asyncio.sleep(0.01)

    @property
    def last(self) -> dict[str, Any]:
        return self.entries[-1]

    def take(self, event: ServerSentEvent) -> None:
        data = event.json()
        self.events.append((event.event, data))
        match event.event:
            case "snapshot":
                self.entries = data.pop("entries")
                self.head = data
            case "entries":
                self.entries[data.pop("from") :] = data.pop("entries")
                self.head.update(data)
            case "answer":
                (entry,) = [one for one in self.entries if one["turn"] == data["turn"]]
                entry["html"][data.pop("from") :] = data.pop("blocks")
                entry.update(data)
            case other:
                raise AssertionError(other)


@asynccontextmanager
async def bench(
    folder: Path, *, token: str = "", model: FakeModel | None = None, **settings: str
) -> AsyncIterator[Bench]:
    """Open on the database in `folder`; the settings are those of the environment."""
    given = {
        "OPENAI_API_KEY": "sk-of-the-tests",
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "WEB": "on",
        **settings,
    }
    chosen = config.load(given, folder)
    store, web, model = (
        await open_store(chosen.database_url),
        Web(host="127.0.0.1", port=0, token=token),
        model or FakeModel(),
    )
    stopping, failure = asyncio.Event(), None
    try:
        async with asyncio.TaskGroup() as tasks:
            await app._check({"web": web}, stopping)
            tasks.create_task(app._serve(chosen, {"web": web}, store, model, stopping))  # type: ignore[arg-type]
            while not web._front.is_listening:  # noqa: ASYNC110 - a moment
                await asyncio.sleep(0.005)
            async with httpx.AsyncClient(base_url=web.address, timeout=30.0) as client:
                try:
                    yield Bench(web, store, model, client)
                except Exception as error:  # noqa: BLE001 - raised below, as it is and not as one of a group
                    failure = error
            stopping.set()
    finally:
        await web.close()
        await store.close()
    if failure is not None:
        raise failure


@asynccontextmanager
async def watching(bench: Bench, name: str, **headers: str) -> AsyncIterator[Reader]:
    """Watch a conversation until the block ends."""
    reader = Reader(bench, name)

    async def read() -> None:
        path = f"/api/conversations/{name}/events"
        try:
            async with aconnect_sse(bench.client, "GET", path, headers=headers) as source:
                async for event in source.aiter_sse():
                    reader.take(event)
        except httpx.RemoteProtocolError:
            reader.is_cut = True

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(read())
        await reader.until(lambda one: one.head or task.done())
        yield reader
        task.cancel()


async def streamed(bench: Bench, body: dict[str, Any], **more: Any) -> list[ServerSentEvent]:
    """Return the events of an answer to `POST /api/chat`."""
    async with aconnect_sse(bench.client, "POST", "/api/chat", json=body, **more) as source:
        return [event async for event in source.aiter_sse()]
