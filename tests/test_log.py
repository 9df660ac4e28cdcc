from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sys
import threading
import warnings
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, quote_plus

import openai
import pytest
import telegram
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import config, log
from bot.model import ChatKey, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    Start = Callable[..., io.StringIO]

KEY = "sk-canary-key-0123456789"
TELEGRAM = "123456:CANARY-token_0123456789abcdefghij"
SLACK = "xoxb-1-canary-bot"
ODD = "pass word/with+signs&more'\"\\ü"
SECRETS = (KEY, TELEGRAM, SLACK, ODD)
TICKET = "wss://wss-primary.slack.test/link/?ticket=canary-ticket&app_id=canary-app"
LEAK = re.compile(r"canary|pass.{1,3}word", re.IGNORECASE)


@pytest.fixture
def start() -> Iterator[Start]:
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in log.HELD)]
    before = [(logger, logger.level) for logger in loggers]
    hooks = sys.excepthook, threading.excepthook

    def configure(level: str = "DEBUG", layout: str = "text") -> io.StringIO:
        stream = io.StringIO()
        log.configure(level, layout, SECRETS, stream)
        return stream

    yield configure

    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks
    root.removeHandler(ours())
    for logger, level in before:
        logger.setLevel(level)


def ours() -> logging.Handler:
    (handler,) = [handler for handler in logging.getLogger().handlers if isinstance(handler, log._Handler)]
    return handler


def fail(error: Exception) -> None:
    raise error


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", json.loads(line)) for line in stream.getvalue().splitlines()]


# ---------------------------------------------------------------- what a record shows


def test_a_text_line_has_utc_time_level_logger_sentence_and_facts(start: Start) -> None:
    stream = start()

    logging.getLogger("bot.reply").info(
        "reply delivered", extra={"edits": 3, "note": "two words", "none": None}
    )

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO bot\.reply: "
        r'reply delivered edits=3 note="two words" none=None\n',
        stream.getvalue(),
    )


def test_a_json_line_keeps_numbers_and_is_readable_in_every_script(start: Start) -> None:
    stream = start(layout="json")

    logging.getLogger("bot").info("你好", extra={"edits": 3, "seconds": 0.5, "done": True, "cost": None})

    (line,) = objects(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO", "logger": "bot", "message": "你好", "edits": 3, "seconds": 0.5, "done": True, "cost": None,
    }  # fmt: skip
    assert "你好" in stream.getvalue()


def test_a_fact_cannot_take_the_place_of_ours(start: Start) -> None:
    stream = start(layout="json")

    logging.getLogger("bot").info("true", extra={"level": "FORGED", "logger": "forged", "time": "never"})

    (line,) = objects(stream)
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "bot", "true")
    assert line["time"] != "never"


async def test_chat_and_turn_are_on_every_record_of_their_task_and_of_no_other(start: Start) -> None:
    stream = start(layout="json")
    ready = asyncio.Barrier(2)

    async def work(turn: int) -> None:
        with log.bind(chat=ChatKey("telegram", "1", str(turn)), turn=turn):
            await ready.wait()
            logging.getLogger("bot").info("at work")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work(1))
        tasks.create_task(work(2))
    logging.getLogger("bot").info("after")

    *inside, after = objects(stream)
    assert sorted((line["turn"], line["chat"]) for line in inside) == [
        (1, "telegram:1:1:"),
        (2, "telegram:1:2:"),
    ]
    assert "turn" not in after


def test_bound_fields_add_up_and_end_with_an_error_too(start: Start) -> None:
    stream = start()

    def work() -> None:
        with log.bind(chat="c"), log.bind(turn=7):
            logging.getLogger("bot").info("inside")
            fail(ValueError())

    with pytest.raises(ValueError, match=r"^$"):
        work()
    logging.getLogger("bot").info("outside")

    inside, outside = stream.getvalue().splitlines()
    assert inside.endswith("inside chat=c turn=7")
    assert outside.endswith("outside")


def test_a_record_whose_arguments_do_not_fit_is_still_shown(start: Start) -> None:
    stream = start()

    ours().handle(logging.makeLogRecord({"name": "bot", "msg": "%d pages", "args": (KEY,)}))

    assert "%d pages (its arguments do not fit)" in stream.getvalue()


def test_a_record_that_cannot_be_written_does_not_show_its_arguments(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = start()
    stream.close()

    logging.getLogger("bot").warning("sent %s", KEY)

    assert capsys.readouterr().err == "a log record of bot could not be written\n"


def test_a_second_configuration_replaces_the_first(start: Start) -> None:
    first = start()
    second = start("WARNING", "json")

    logging.getLogger("bot").info("unheard")
    logging.getLogger("bot").warning("once")

    assert first.getvalue() == ""
    assert [line["message"] for line in objects(second)] == ["once"]


# ---------------------------------------------------------------- no forgery


@pytest.mark.parametrize(
    "evil", ["\n", "\r", "\x1b[2J", "\x9b", "\u2028", "\u202e", "\u200b", "\x00", "\ud800"]
)
@pytest.mark.parametrize("layout", ["text", "json"])
def test_nothing_in_a_record_can_start_a_line_or_steer_a_terminal(
    start: Start, evil: str, layout: str
) -> None:
    stream = start(layout=layout)

    forged = f"a{evil}2026-01-01T00:00:00.000Z CRITICAL bot: forged"
    ours().handle(
        logging.makeLogRecord({"name": f"bot{evil}", "msg": "%s", "args": (forged,), f"x{evil}": forged})
    )

    written = stream.getvalue()
    assert written.count("\n") == 1
    assert evil not in written[:-1]
    written.encode()


def test_a_traceback_is_indented_so_that_its_text_cannot_pass_for_a_record(start: Start) -> None:
    stream = start()

    try:
        fail(ValueError("x\n2026-01-01T00:00:00.000Z CRITICAL bot: forged\x1b[2J"))
    except ValueError:
        logging.getLogger("bot").exception("failed")

    first, *below = stream.getvalue().splitlines()
    assert first.endswith("ERROR bot: failed")
    assert any("forged" in line for line in below)
    assert all(line.startswith("    ") for line in below)
    assert "\x1b" not in stream.getvalue()


# ---------------------------------------------------------------- no secrets


@pytest.mark.parametrize("layout", ["text", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_shown_in_no_part_of_a_record(start: Start, layout: str, secret: str) -> None:
    stream = start(layout=layout)

    for form in (secret, quote(secret, safe=""), f"https://host/bot{secret}/getMe"):
        logging.getLogger("bot").info("sentence %s", form)
        logging.getLogger("bot").info(form)
        logging.getLogger("other.child").info("facts", extra={"fact": form, "more": {"deep": [form]}})
        with log.bind(chat=form):
            logging.getLogger("bot").info("bound", stack_info=True)

    assert stream.getvalue().count("[redacted]") >= 12
    assert not LEAK.search(stream.getvalue().replace(Path(__file__).name, ""))


@pytest.mark.parametrize("layout", ["text", "json"])
def test_a_secret_is_known_in_json_in_a_page_in_a_form_and_as_bytes(start: Start, layout: str) -> None:
    stream = start(layout=layout)

    for form in (json.dumps(ODD), repr(ODD.encode()), escape(ODD), quote_plus(ODD), quote(ODD).lower()):
        logging.getLogger("bot").info("sentence %s", form, extra={"fact": form})

    assert stream.getvalue().count("[redacted]") == 10
    assert not LEAK.search(stream.getvalue())


def test_a_secret_is_shown_in_no_traceback_of_the_chain_nor_in_its_notes(start: Start) -> None:
    stream = start()

    def chain() -> None:
        try:
            fail(ValueError("inner " + KEY))
        except ValueError as inner:
            middle = RuntimeError("middle " + quote(TELEGRAM, safe=""))
            middle.add_note("note " + ODD)
            raise middle from inner

    try:
        chain()
    except RuntimeError as error:
        group = ExceptionGroup("group " + SLACK, [error])
        logging.getLogger("bot").exception("failed", exc_info=group)

    written = stream.getvalue()
    assert all(f"{part} [redacted]" in written for part in ("inner", "middle", "note", "group"))
    assert not LEAK.search(written)


@pytest.mark.parametrize(
    "text",
    [
        "/bot99:canary/getMe",
        "file/bot99%3Acanary/photo.jpg",
        "12345678:canary-0123456789-0123456789-0123",
        "xoxp-1-canary",
        "xoxe.xoxp-1-canary",
        "xapp-1-canary",
        "sk-other-canary-key",
        "Authorization: Bearer canary",
        "b'Bearer canary'",
        TICKET,
        json.dumps({"url": TICKET}).replace("/", "\\/"),
        f"WSServerHandshakeError(url=URL('{TICKET}'))",
        "https://me:canary@host/path",
    ],
)
def test_what_has_the_shape_of_a_secret_is_hidden_even_if_it_is_unknown(text: str) -> None:
    redacted = log.Redaction()(f"before {text} after")

    assert "canary" not in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        "a task-force-of-many",
        "at 12:30:00",
        "sqlite:///data/bot.db",
        "https://host/a@b",
        "skip-this-one",
        "chat 42:7",
    ],
)
def test_innocent_words_are_left_alone(text: str) -> None:
    assert log.Redaction([KEY, "", "ab"])(text) == text


@pytest.mark.parametrize("layout", ["text", "json"])
def test_settings_may_be_logged(start: Start, layout: str, tmp_path: Path) -> None:
    stream = start(layout=layout)
    settings = config.load({"OPENAI_API_KEY": KEY, "TELEGRAM_BOT_TOKEN": TELEGRAM}, tmp_path)

    logging.getLogger("bot").info("starting with %r", settings, extra={"platforms": settings.platforms})
    logging.getLogger("bot").info("key", extra={"key": Secret(KEY)})

    assert "qwen-plus" in stream.getvalue()
    assert not LEAK.search(stream.getvalue())


# ---------------------------------------------------------------- other people's records


@asynccontextmanager
async def server() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        body = {
            "ok": True,
            "url": TICKET,
            "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "b"},
        }
        return web.json_response(body | {"choices": [], "id": "1", "object": "chat.completion"})

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def use_every_client(root: str) -> None:
    async with telegram.Bot(TELEGRAM, base_url=f"{root}/bot") as bot:
        await bot.get_me()
    await AsyncWebClient(SLACK, base_url=f"{root}/api/").apps_connections_open(app_token="xapp-canary")
    async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{root}/v1", max_retries=0) as client:
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "private words"}]
        )


@pytest.mark.parametrize("forced", [False, True])
async def test_the_real_clients_leak_nothing_at_debug(start: Start, forced: bool) -> None:
    stream = start("DEBUG")
    if forced:  # as a library does that reads a variable of its own when it is imported
        for name in log.HELD:
            logging.getLogger(name).setLevel(logging.DEBUG)

    async with server() as root:
        await use_every_client(root)
    logging.getLogger("bot").debug("done")

    assert "done" in stream.getvalue()
    assert not LEAK.search(stream.getvalue())
    assert "private words" not in stream.getvalue()
    assert "DEBUG httpx" not in stream.getvalue()


async def test_a_key_that_breaks_the_request_is_not_in_the_traceback(start: Start) -> None:
    stream = start()

    async with (
        server() as root,
        openai.AsyncOpenAI(api_key=KEY + "\n", base_url=root, max_retries=0) as client,
    ):
        try:
            await client.models.list()
        except openai.APIConnectionError:
            logging.getLogger("bot").exception("asking failed")

    assert "Illegal header value" in stream.getvalue()
    assert not LEAK.search(stream.getvalue())


@pytest.mark.parametrize("name", [*log.HELD, "telegram.Bot", "slack_sdk.socket_mode.aiohttp"])
def test_libraries_are_held_at_warning_and_their_errors_are_shown_without_tickets(
    start: Start, name: str
) -> None:
    stream = start("DEBUG")

    logging.getLogger(name).info("talkative")
    logging.getLogger(name).error("Failed to connect (error: 403, url='%s')", TICKET)

    assert "talkative" not in stream.getvalue()
    assert f"ERROR {name}: Failed to connect" in stream.getvalue()
    assert not LEAK.search(stream.getvalue())


def test_a_higher_level_holds_the_libraries_too(start: Start) -> None:
    stream = start("ERROR")

    logging.getLogger("httpx").warning("unheard")

    assert stream.getvalue() == ""


async def test_failed_tasks_warnings_and_uncaught_exceptions_become_records(start: Start) -> None:
    stream = start()
    error = ValueError(KEY)

    asyncio.get_running_loop().call_exception_handler({"message": "Task exception", "exception": error})
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old {KEY}", DeprecationWarning, stacklevel=1)
    sys.excepthook(ValueError, error, None)
    threading.excepthook(threading.ExceptHookArgs((ValueError, error, None, None)))

    written = stream.getvalue()
    assert "ERROR asyncio: Task exception" in written
    assert "WARNING py.warnings: " in written
    assert written.count("CRITICAL bot: uncaught exception") == 2
    assert not LEAK.search(written)


def test_an_interrupt_from_the_keyboard_is_no_error(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    stream = start()

    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert stream.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_reference_is_short_and_new_every_time() -> None:
    made = {log.reference() for _ in range(200)}

    assert len(made) == 200
    assert all(re.fullmatch(r"[A-Z2-7]{8}", one) for one in made)
