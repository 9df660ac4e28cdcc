"""The loopback servers keep the platforms' rules for files, lists and colours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.servers.slack import SlackServer
from tests.servers.slack_rules import blocks_error
from tests.servers.telegram import TelegramServer
from tests.servers.test_slack_server import client, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

ANN = 7


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.chat(ANN)
        yield running


async def sent(server: TelegramServer, fields: dict[str, str], **files: bytes) -> Any:
    """Call sendDocument as a multipart form and return the answer."""
    form = aiohttp.FormData({"chat_id": str(ANN), **fields})
    for name, content in files.items():
        form.add_field(name, content, filename=f"{name}.txt", content_type="text/plain")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/bot{server.token}/sendDocument", data=form) as answer,
    ):
        return await answer.json()


# ---------------------------------------------------------------- Telegram


async def test_a_document_comes_as_its_field_or_as_a_part_that_is_named(telegram: TelegramServer) -> None:
    one = await sent(telegram, {"caption": "one"}, document=b"1")
    two = await sent(telegram, {"document": "attach://part"}, part=b"22")

    assert one["result"]["caption"] == "one"
    assert "text" not in one["result"]
    assert one["result"]["document"]["file_name"] == "document.txt"
    assert two["result"]["document"]["file_size"] == 2
    assert [shown.file.content for shown in telegram.messages(ANN) if shown.file] == [b"1", b"22"]


@pytest.mark.parametrize(
    ("fields", "files", "description"),
    [
        ({}, {}, "there is no document in the request"),
        ({"document": "attach://gone"}, {}, "there is no document in the request"),
        ({}, {"document": b""}, "file must be non-empty"),
        ({"caption": "x" * 1025}, {"document": b"1"}, "message caption is too long"),
        (
            {"caption": "x", "caption_entities": '[{"type":"bold","offset":0,"length":5}]'},
            {"document": b"1"},
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 5",
        ),
    ],
)
async def test_a_document_that_breaks_a_rule_is_refused(
    telegram: TelegramServer, fields: dict[str, str], files: dict[str, bytes], description: str
) -> None:
    answer = await sent(telegram, fields, **files)

    assert answer["description"] == f"Bad Request: {description}"
    assert telegram.violations == [f"sendDocument: Bad Request: {description}"]


async def test_the_words_under_a_file_are_no_text_to_edit(telegram: TelegramServer) -> None:
    await sent(telegram, {"caption": "one"}, document=b"1")
    number = telegram.messages(ANN)[0].message_id

    async with aiohttp.ClientSession() as session:
        edit = {"chat_id": str(ANN), "message_id": str(number), "text": "two"}
        url = f"{telegram.url}/bot{telegram.token}/editMessageText"
        async with session.post(url, data=edit) as answer:
            description = (await answer.json())["description"]

    assert description == "Bad Request: there is no text in the message to edit"


async def test_buttons_stand_in_rows_and_may_have_a_colour(telegram: TelegramServer) -> None:
    rows = [[{"text": "a", "callback_data": "1", "style": "danger"}], [{"text": "b", "callback_data": "2"}]]
    async with aiohttp.ClientSession() as session:
        url = f"{telegram.url}/bot{telegram.token}/sendMessage"
        for style in ("danger", "loud"):
            rows[0][0]["style"] = style
            markup = json.dumps({"inline_keyboard": rows})
            form = {"chat_id": str(ANN), "text": "x", "reply_markup": markup}
            async with session.post(url, data=form):
                pass

    [shown] = telegram.messages(ANN)
    assert [[(one.label, one.style) for one in row] for row in shown.rows] == [[("a", "danger")], [("b", "")]]
    assert telegram.violations == ["sendMessage: Bad Request: invalid button style specified"]


# ---------------------------------------------------------------- Slack


async def test_the_library_s_own_upload_works() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.add_channel("C1")

        await web.files_upload_v2(filename="a.md", content="# A", channel="C1", initial_comment="look")

        [shown] = slack.replies("C1")
        assert (shown.text, [(file.name, file.content) for file in shown.files]) == (
            "look",
            [("a.md", b"# A")],
        )
        assert slack.violations == []


async def test_a_file_is_shared_only_after_all_of_it_has_come() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.add_channel("C1")
        place = await web.files_getUploadURLExternal(filename="a.md", length=3)

        async def complete() -> AsyncSlackResponse:
            return await web.files_completeUploadExternal(files=[{"id": place["file_id"]}], channel_id="C1")

        assert await refused(complete()) == "file_not_found"
        for body, status in ((b"ab", 400), (b"abc", 200)):
            assert web.session is not None
            async with web.session.post(place["upload_url"], data=body) as answer:
                assert answer.status == status
        assert (await complete())["ok"]
        assert await refused(complete()) == "file_not_found"
        assert len(slack.replies("C1")) == 1


async def test_files_need_their_scope_a_name_and_a_length() -> None:
    async with SlackServer() as slack, client(slack) as web:
        assert await refused(web.files_getUploadURLExternal(filename="", length=3)) == "invalid_arguments"
        assert await refused(web.files_getUploadURLExternal(filename="a", length=0)) == "invalid_arguments"
        slack.world.scopes.discard("files:write")
        with pytest.raises(SlackApiError) as caught:
            await web.files_getUploadURLExternal(filename="a", length=3)

    assert (caught.value.response["error"], caught.value.response["needed"]) == (
        "missing_scope",
        "files:write",
    )


def option(text: str = "Max", value: str = "7.max") -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def select(**fields: Any) -> list[dict[str, Any]]:
    placeholder = {"type": "plain_text", "text": "Model"}
    found = {"type": "static_select", "action_id": "model", "placeholder": placeholder, "options": [option()]}
    return [{"type": "actions", "elements": [found | fields]}]


@pytest.mark.parametrize(
    "fields",
    [
        {"options": []},
        {"options": [option()] * 101},
        {"options": [option("x" * 76)]},
        {"options": [option(value="x" * 151)]},
        {"options": [option(value="")]},
        {"initial_option": option("Another")},
        {"placeholder": None},
        {"placeholder": {"type": "mrkdwn", "text": "Model"}},
        {"action_id": ""},
    ],
)
def test_a_list_that_breaks_a_limit_is_refused(fields: dict[str, Any]) -> None:
    assert blocks_error(select()) == blocks_error(select(initial_option=option())) == ""

    assert blocks_error(select(**fields)) == "invalid_blocks"


def test_elements_of_one_message_do_not_share_an_id() -> None:
    assert blocks_error([*select(), *select()]) == "invalid_blocks"
    assert blocks_error([*select(), *select(action_id="model.2")]) == ""


async def test_a_person_can_pick_only_what_is_there() -> None:
    async with SlackServer() as slack, client(slack) as web:
        slack.add_channel("C1")
        posted = await web.chat_postMessage(
            channel="C1", text="x", blocks=select(), unfurl_links=False, unfurl_media=False
        )

        slack.pick("C1", posted["ts"], "model", "Max")
        with pytest.raises(AssertionError):
            slack.pick("C1", posted["ts"], "model", "Plus")

        [action] = slack.envelopes[-1].payload["actions"]
        assert (action["type"], action["selected_option"]["value"]) == ("static_select", "7.max")
        assert "value" not in action
