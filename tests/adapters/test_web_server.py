"""Who is let in, and what stands in every answer: asked over HTTP, by a client nobody here wrote."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import TYPE_CHECKING, Any

import pytest

from adapters.web import hub, shapes, streams
from adapters.web.adapter import Web
from adapters.web.guard import COOKIE
from bot.errors import Misconfigured, StoreUnavailable
from bot.findings import Severity
from bot.model import ChatKey
from bot.ports import Adapter, Follows, Meets, Opens
from tests.adapters.web_bench import TOKEN, bench, watching
from tests.fakes_model import says
from tests.store.building import accept, said
from tests.store.building import answer as settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HI = {"messages": [{"role": "user", "content": "Hi"}]}
PATHS = (
    "/",
    "/api/settings",
    "/api/conversations",
    "/api/usage",
    "/static/style.css",
    "/healthz",
    "/metrics",
    "/nowhere",
)


# ---------------------------------------------------------------- what stands in every answer


async def test_every_answer_keeps_the_page_from_running_what_is_not_its_own(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        answers = [await page.client.get(path) for path in PATHS]

    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "aiohttp" not in answer.headers["Server"].lower()


async def test_the_page_and_its_files_are_served_and_nothing_beside_them(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        index = await page.client.get("/")
        style = await page.client.get("/static/login.css")
        again = await page.client.get("/static/login.css", headers={"If-None-Match": style.headers["ETag"]})
        icon = await page.client.get("/favicon.ico")

        assert index.headers["Content-Type"].startswith("text/html")
        assert style.headers["Content-Type"].startswith("text/css")
        assert (again.status_code, again.content) == (304, b"")
        assert icon.status_code in {200, 204}
        for name in (
            "../adapter.py",
            "..%2fadapter.py",
            "%2e%2e/adapter.py",
            "/etc/passwd",
            "nothing.css",
            ".",
            "",
        ):
            assert await page.error(f"/static/{name}", 404) == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("DELETE", "/api/nothing"), ("POST", "/api/chat/completions"), ("GET", "/static/")],
)
async def test_what_does_not_exist_is_said_as_json(tmp_path: Path, method: str, path: str) -> None:
    async with bench(tmp_path) as page:
        assert await page.error(path, 404, method=method) == "not_found"


async def test_another_method_is_told_which_ones_there_are(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        wrong = [
            await page.client.request(method, "/api/chat") for method in ("GET", "HEAD", "PUT", "DELETE")
        ]
        pressed = await page.client.post("/healthz")
        asked = await page.client.options("/api/conversations")
        nowhere = await page.client.options("/nowhere")

    assert [answer.status_code for answer in wrong] == [405] * 4
    assert {answer.headers["Allow"] for answer in wrong} == {"OPTIONS, POST"}
    assert wrong[0].json()["error"] == {
        "code": "bad_method",
        "message": "This address does not take `GET`. It takes: OPTIONS, POST.",
    }
    assert (pressed.status_code, pressed.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert "Access-Control-Allow-Origin" not in asked.headers
    assert nowhere.status_code == 404


async def test_mistakes_are_told_in_the_language_of_who_asks(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        english = await page.client.get("/nowhere")
        chinese = await page.client.get("/nowhere", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})

    assert english.json()["error"]["message"].startswith("There is nothing here")
    assert chinese.json()["error"]["message"].startswith("这里什么也没有")


async def test_a_mistake_of_the_program_is_told_by_a_reference_that_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench(tmp_path) as page:
        page.web._front.hub = None  # type: ignore[assignment]
        answer = await page.client.get("/api/conversations/w1")

    assert answer.status_code == 500
    reference = answer.json()["error"]["message"].split("`")[1]
    assert reference in [getattr(record, "reference", "") for record in caplog.records]


async def test_a_mistake_in_the_middle_of_a_stream_breaks_it_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path) as page, watching(page, "w1") as reader:

        def broken(*_: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr(shapes, "changes", broken)
        page.web._hub.room("w1").touch()
        await until(
            lambda: any(record.message == "a request failed unexpectedly" for record in caplog.records)
        )
        await until(lambda: reader.is_cut)

    assert [kind for kind, _ in reader.events] == ["snapshot"]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\nCookie: CANARY\r\n\r\n",
        b"GET /CANARY\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"CANARY" * 2000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil\r\nHost: localhost\r\n\r\n",
        b"HEAD /api/conversations/w1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
    ids=["tls", "version", "path", "header", "no host", "two hosts", "head"],
)
async def test_what_is_no_request_is_refused_and_fills_no_log(
    tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench(tmp_path) as page:
        host, port = page.web.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent)
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()

    assert said.split()[1] in {b"400", b"405"}
    assert "CANARY" not in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_bot_that_is_going_down_asks_to_be_tried_again(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.web._front.leave()
        refused = await page.client.post("/api/conversations/w1/messages", json={"text": "Hi"})
        health = await page.client.get("/healthz")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "restarting")
    assert refused.headers["Retry-After"] == "3"
    assert (health.status_code, health.json()["ready"]) == (503, False)


# ---------------------------------------------------------------- bodies


async def test_a_body_must_be_json_and_not_too_large(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        form = {"content": '{"messages": []}', "headers": {"Content-Type": "text/plain"}}
        json = {"Content-Type": "application/json"}

        assert await page.error("/api/chat", 415, **form) == "unsupported_type"
        assert await page.error("/api/chat", 400, content="{", headers=json) == "bad_request"
        assert await page.error("/api/chat", 400, content=b"\xff", headers=json) == "bad_request"
        packed = {**json, "Content-Encoding": "gzip"}
        assert await page.error("/api/chat", 400, content=b"{}", headers=packed) == "bad_request"
        assert await page.error("/api/chat", 413, content=b" " * (2**20 + 1), headers=json) == "too_large"
        bomb = gzip.compress(b" " * 2**24)
        assert await page.error("/api/chat", 413, content=bomb, headers=packed) == "too_large"
        assert await page.error("/api/chat", 413, json={"message": "x" * 20_001}) == "too_large"


async def test_who_announces_too_much_hears_so_before_sending_it(tmp_path: Path) -> None:
    head = (
        b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 99999999999\r\n\r\n{"
    )
    async with bench(tmp_path) as page:
        host, port = page.web.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        said = await asyncio.wait_for(reader.readline(), 10)
        writer.close()

    assert said.split()[1] == b"413"


async def test_the_mark_that_some_editors_put_before_a_text_is_no_mistake(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Yes."))
        body = b'\xef\xbb\xbf{"messages": [{"role": "user", "content": "Hi"}], "stream": false}'
        answer = await page.client.post(
            "/api/chat", content=body, headers={"Content-Type": "application/json"}
        )

    assert answer.json()["content"] == "Yes."


# ---------------------------------------------------------------- without a token: this machine only


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "0.0.0.0", "192.168.0.7", "localhost.evil.example"]
)
async def test_a_foreign_name_that_points_here_finds_nobody(tmp_path: Path, host: str) -> None:
    async with bench(tmp_path) as page:
        for path in PATHS:
            assert await page.error(path, 403, headers={"Host": host}) == "forbidden"


async def test_a_tunnel_that_calls_itself_local_finds_nobody_without_a_token(tmp_path: Path) -> None:
    passed_on = {"Host": "127.0.0.1:8080", "X-Forwarded-For": "198.51.100.1"}
    async with bench(tmp_path) as page:
        for path in PATHS:
            assert await page.error(path, 403, headers=passed_on) == "forbidden"
    async with bench(tmp_path, token=TOKEN) as page:
        headers = {**passed_on, "Authorization": f"Bearer {TOKEN}"}
        assert (await page.client.get("/api/settings", headers=headers)).status_code == 200


async def test_what_a_visitor_writes_above_the_line_of_a_proxy_makes_nobody_local(tmp_path: Path) -> None:
    lines = [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "198.51.100.1")]
    async with bench(tmp_path) as page:
        assert (await page.client.get("/api/settings", headers=lines[:1])).status_code == 200
        assert (await page.client.get("/api/settings", headers=lines)).status_code == 403


async def test_wrong_tokens_count_for_whom_the_proxy_names_whatever_stands_above(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        codes = set()
        for n in range(20):
            lines = [("X-Forwarded-For", f"203.0.113.{n}"), ("X-Forwarded-For", "198.51.100.1")]
            headers = [*lines, ("Authorization", "Bearer wrong")]
            codes.add((await page.client.get("/api/settings", headers=headers)).status_code)

    assert codes == {401, 429}


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:8080"])
async def test_a_name_of_this_machine_finds_the_page(tmp_path: Path, host: str) -> None:
    async with bench(tmp_path) as page:
        assert (await page.client.get("/api/settings", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"},
    ],
    ids=["origin", "null", "cross-site", "another port"],
)
async def test_another_site_cannot_make_the_browser_ask(tmp_path: Path, headers: dict[str, str]) -> None:
    async with bench(tmp_path) as page:
        assert await page.error("/api/chat", 403, json=HI, headers=headers) == "forbidden"
        assert (
            await page.error("/api/conversations/w1/messages", 403, json={"text": "x"}, headers=headers)
            == "forbidden"
        )
        assert await page.error("/api/conversations", 403, headers=headers) == "forbidden"

        assert not page.model.asks


async def test_the_pages_own_requests_are_answered(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Hello."))
        headers = {"Origin": page.web.address, "Sec-Fetch-Site": "same-origin"}
        answer = await page.client.post("/api/chat", json={**HI, "stream": False}, headers=headers)

    assert answer.json()["content"] == "Hello."


# ---------------------------------------------------------------- with a token


async def test_with_a_token_nothing_is_seen_without_it(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        for path in (
            "/api/settings",
            "/api/conversations",
            "/api/usage",
            "/metrics",
            "/api/conversations/w1/events",
        ):
            assert await page.error(path, 401) == "login_required"
        assert await page.error("/api/chat", 401, json=HI) == "login_required"

        health = await page.get("/healthz")
        assert health == {"live": True, "ready": True}
        assert not page.model.asks


async def test_a_program_sends_the_token_with_each_request(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        page.model.script(says("Hello."))
        headers = {"Authorization": f"Bearer {TOKEN}", "Host": "bot.example.com"}
        answer = await page.client.post("/api/chat", json={**HI, "stream": False}, headers=headers)
        health = await page.client.get("/healthz", headers=headers)

    assert answer.json()["content"] == "Hello."
    assert health.json()["store"] == "ok"


async def test_a_browser_logs_in_once_and_out_again(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        asked = await page.client.get("/")
        form = await page.client.get("/login", headers={"Accept-Language": "zh"})
        wrong = await page.client.post("/login", data={"token": "wrong"})
        entered = await page.client.post("/login", data={"token": f" {TOKEN} "})
        seen = await page.client.get("/api/settings")
        left = await page.client.post("/logout")
        after = await page.client.get("/api/settings")

    assert (asked.status_code, asked.headers["Location"]) == (303, "login")
    assert 'lang="zh"' in form.text
    assert "<script" not in form.text
    assert (wrong.status_code, "WEB_TOKEN" in wrong.text) == (401, True)
    assert (entered.status_code, entered.headers["Location"]) == (303, "./")
    cookie = entered.headers["Set-Cookie"]
    assert all(part in cookie for part in (f"{COOKIE}=", "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    assert seen.json()["login"] is True
    assert left.status_code == 303
    assert after.status_code == 401


async def test_a_copy_of_the_cookie_opens_nothing_after_the_browser_logged_out(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        left = (await page.client.post("/login", data={"token": TOKEN})).cookies[COOKIE]
        other = (await page.client.post("/login", data={"token": TOKEN})).cookies[COOKIE]
        page.client.cookies.clear()
        headers = {"Cookie": f"{COOKIE}={left}"}
        before = await page.client.get("/api/settings", headers=headers)
        await page.client.post("/logout", headers=headers)
        after = await page.client.get("/api/settings", headers=headers)
    async with bench(tmp_path, token=TOKEN) as page:
        restarted = await page.client.get("/api/settings", headers=headers)
        elsewhere = await page.client.get("/api/settings", headers={"Cookie": f"{COOKIE}={other}"})

    assert (before.status_code, after.status_code, restarted.status_code) == (200, 401, 401)
    assert elsewhere.status_code == 200


async def test_behind_https_the_cookie_goes_nowhere_else(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        headers = {"X-Forwarded-Proto": "https", "Host": "bot.example.com"}
        entered = await page.client.post("/login", data={"token": TOKEN}, headers=headers)

    assert "Secure" in entered.headers["Set-Cookie"]


async def test_a_link_on_another_site_opens_the_page_for_whoever_is_logged_in(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        first = await page.client.get("/", headers=link)
        await page.client.post("/login", data={"token": TOKEN})
        second = await page.client.get(
            "/", headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        )

    assert 'content="0;url=./"' in first.text
    assert first.status_code == 200
    assert "<main" in second.text or "<body" in second.text


@pytest.mark.parametrize("way", ["form", "header"])
async def test_whoever_tries_many_tokens_has_to_wait_and_the_right_one_does_not_stand_out(
    tmp_path: Path, way: str
) -> None:
    async with bench(tmp_path, token=TOKEN) as page:

        async def tried(token: str) -> int:
            if way == "form":
                return (await page.client.post("/login", data={"token": token})).status_code
            headers = {"Authorization": f"Bearer {token}"}
            return (await page.client.get("/api/settings", headers=headers)).status_code

        first = [await tried(f"guess-{number}") for number in range(5)]
        then = await tried("guess-5")
        right = await tried(TOKEN)

    assert first == [401] * 5
    assert then == 429
    assert right == 429


async def test_a_wrong_token_is_told_when_to_try_again(tmp_path: Path) -> None:
    async with bench(tmp_path, token=TOKEN) as page:
        for _ in range(5):
            await page.client.post("/login", data={"token": "wrong"})
        refused = await page.client.post("/login", data={"token": "wrong"})

        seen = await page.client.post(
            "/login",
            data={"token": TOKEN},
            headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "zh"},
        )

    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert refused.json()["error"]["code"] == "too_many"
    assert (seen.status_code, seen.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 1 <= int(seen.headers["Retry-After"]) <= 10
    assert '<p role="alert">一下子来得太多了。' in seen.text
    assert "<form" in seen.text
    assert "Set-Cookie" not in seen.headers


# ---------------------------------------------------------------- how much one may ask


async def test_who_asks_too_much_is_told_when_to_go_on(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        codes = [(await page.client.get("/nowhere")).status_code for _ in range(400)]
        refused = await page.client.get("/nowhere")
        files = [(await page.client.get("/static/login.css")).status_code for _ in range(3)]

    assert codes[:200] == [404] * 200
    assert 429 in codes
    assert refused.headers["Retry-After"]
    assert files == [200] * 3, "a page that is refused one of its files is broken"


# ---------------------------------------------------------------- the port


async def test_a_port_in_use_is_told_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        web = Web(host="127.0.0.1", port=port, token="")

        with pytest.raises(Misconfigured) as caught:
            await web.open()

    (problem,) = caught.value.problems
    assert problem.startswith("WEB_PORT: ")
    assert str(port) in problem


async def test_an_address_this_machine_does_not_have_is_told() -> None:
    with pytest.raises(Misconfigured) as caught:
        await Web(host="192.0.2.1", port=0, token="").open()

    assert caught.value.problems[0].startswith("WEB_HOST: ")


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("localhost", 80, "http://127.0.0.1:80"),
        ("0.0.0.0", 8080, "http://127.0.0.1:8080"),
        ("::1", 8080, "http://[::1]:8080"),
        ("::", 8080, "http://[::1]:8080"),
        ("192.0.2.1", 8080, "http://192.0.2.1:8080"),
    ],
)
def test_the_address_is_what_one_types_into_a_browser_here(host: str, port: int, address: str) -> None:
    assert Web(host=host, port=port, token="").address == address


async def test_the_doctor_hears_who_can_reach_the_page() -> None:
    (opened,) = await Web(host="127.0.0.1", port=0, token="").examine()
    (locked,) = await Web(host="127.0.0.1", port=0, token=TOKEN).examine()

    assert (opened.severity, locked.severity) == (Severity.NOTE, Severity.FINE)


async def test_the_adapter_and_its_surface_are_what_the_core_asks_for() -> None:
    web = Web(host="127.0.0.1", port=0, token="")
    await web.check()
    adapter: Adapter = web

    assert isinstance(adapter, Meets)
    assert isinstance(adapter, Opens)
    assert isinstance(web.surface(ChatKey("web", "page", "w1"), ""), Follows)
    await web.close()


async def test_who_leaves_the_moment_after_asking_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Hello."))
        accept, asked, left = page.store.arrivals.accept, asyncio.Event(), asyncio.Event()

        async def slowly(*what: Any) -> Any:
            asked.set()
            await left.wait()
            return await accept(*what)

        monkeypatch.setattr(page.store.arrivals, "accept", slowly)
        async with asyncio.TaskGroup() as tasks:
            asking = page.client.post("/api/conversations/w1/messages", json={"text": "Hi"})
            asker = tasks.create_task(asking)
            await asked.wait()
            asker.cancel()
        # Behind this round trip the server knows that nobody is there any more.
        await page.get("/api/settings")
        left.set()
        (entry,) = await page.over("w1")

    assert entry["markdown"] == "Hello."


async def test_a_mistake_while_taking_in_is_told_and_takes_nothing_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path) as page:
        page.model.script(says("Hello."))

        async def broken(*_: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr(page.store.arrivals, "accept", broken)
        assert await page.error("/api/conversations/w1/messages", 500, json={"text": "Hi"}) == "internal"
        monkeypatch.undo()
        await page.post("/api/conversations/w1/messages", {"text": "Hi"}, status=202)

        assert len(await page.over("w1")) == 1


async def test_what_cannot_be_stored_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(tmp_path) as page:

        async def full(*_: Any) -> Any:
            raise StoreUnavailable

        monkeypatch.setattr(page.store.arrivals, "accept", full)
        refused = await page.client.post("/api/conversations/w1/messages", json={"text": "Hi"})

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "cannot_store")
    assert refused.headers["Retry-After"] == "5"


async def test_whoever_watches_over_the_bot_sees_the_rest_while_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path) as page:

        async def away(*_: Any) -> Any:
            raise StoreUnavailable

        monkeypatch.setattr(type(page.store.health), "to_do", away)
        health = await page.client.get("/healthz")
        lives = await page.client.get("/healthz/live")
        metrics = await page.client.get("/metrics")

    assert (health.status_code, health.json()["store"]) == (503, "unavailable")
    assert (health.json()["live"], health.json()["ready"]) == (True, False)
    assert (lives.status_code, lives.json()) == (200, {"live": True})
    assert metrics.status_code == 200
    assert "\nbot_waiting NaN\n" in metrics.text


async def until(condition: Callable[[], object]) -> None:
    """Wait for something to become so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


async def test_a_reader_that_does_not_read_is_let_go_and_nothing_piles_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.3)
    telegram = ChatKey("telegram", "bot", "7")
    async with bench(tmp_path) as page:
        for _ in range(10):
            await accept(page.store, said("a long story, please", telegram))
            turn = await page.store.turns.claim(["telegram"], 2_000_000_000)
            assert turn is not None
            await settle(page.store, turn, "word " * 20_000)
        (listed,) = (await page.get("/api/conversations"))["conversations"]
        host, port = page.web.address.removeprefix("http://").split(":")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect((host, int(port)))
            path = f"/api/conversations/{listed['id']}/events"
            deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            room = page.web._hub.room("7")
            await until(lambda: room.watchers)
            await until(lambda: not room.watchers)

        assert (await page.client.get(f"/api/conversations/{listed['id']}")).status_code == 200


async def test_there_is_an_end_to_how_many_may_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_WATCHERS", 2)
    async with bench(tmp_path) as page, watching(page, "w1"), watching(page, "w2"):
        assert await page.error("/api/conversations/w3/events", 429) == "too_many"


async def test_a_reader_that_goes_away_takes_nothing_along(tmp_path: Path) -> None:
    async with bench(tmp_path) as page:
        for _ in range(3):
            async with page.client.stream("GET", "/api/conversations/w1/events") as watching:
                await anext(watching.aiter_lines())

        await until(lambda: page.web._hub.room("w1").watchers == 0)
