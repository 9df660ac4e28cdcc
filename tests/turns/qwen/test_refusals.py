from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.turns.qwen.refusals import (
    BAD_KEY,
    BURST,
    DENIED,
    FAILING,
    FREE_TIER,
    INSPECTED,
    NO_CREDIT,
    NO_MODEL,
    THROTTLED,
    TOO_LONG,
    WRONG,
    Meaning,
    from_response,
    from_stream,
    retry_after,
)
from tests.servers.qwen import envelope, flat

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HELP = " For details, see: https://help.aliyun.com/zh/model-studio/error-code"

CASES: list[tuple[int, str, str, Meaning]] = [
    (401, "invalid_api_key", "Incorrect API key provided.", BAD_KEY),
    (401, "InvalidApiKey", "Invalid API-key provided.", BAD_KEY),
    (401, "", "invalid access token or token expired.", BAD_KEY),
    (400, "Arrearage", "Access denied, please make sure your account is in good standing.", NO_CREDIT),
    (402, "", "", NO_CREDIT),
    (429, "PrepaidBillOverdue", "The prepaid bill is overdue.", NO_CREDIT),
    (429, "PostpaidBillOverdue", "The postpaid bill is overdue.", NO_CREDIT),
    (429, "CommodityNotPurchased", "Commodity has not purchased yet.", NO_CREDIT),
    (403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted.", FREE_TIER),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", FREE_TIER),
    (400, "data_inspection_failed", "Input data may contain inappropriate content.", INSPECTED),
    (400, "DataInspectionFailed", "Output data may contain inappropriate content.", INSPECTED),
    (
        400,
        "invalid_parameter_error",
        "<400> InternalError.Algo.DataInspectionFailed: Input text data may contain",
        INSPECTED,
    ),
    (
        400,
        "invalid_parameter_error",
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]",
        TOO_LONG,
    ),
    (400, "InvalidParameter", "Range of input length should be [1, 30720]", TOO_LONG),
    (400, "", "Total message token length exceed model limit (10000000 tokens).", TOO_LONG),
    (400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.", TOO_LONG),
    (413, "BadRequest.TooLarge", "", TOO_LONG),
    (413, "", "<html>Request Entity Too Large</html>", TOO_LONG),
    (400, "invalid_parameter_error", "Range of max_tokens should be [1, 32768]", WRONG),
    (400, "invalid_parameter_error", "'temperature' must be Float", WRONG),
    (422, "", "", WRONG),
    (403, "AccessDenied", "Access denied.", DENIED),
    (403, "AccessDenied.Unpurchased", "", DENIED),
    (403, "Model.AccessDenied", "Access to model denied.", DENIED),
    (403, "Workspace.AccessDenied", "", DENIED),
    (403, "Endpoint.AccessDenied", "Workspace endpoint access denied.", DENIED),
    (404, "model_not_found", "The model `x` does not exist or you do not have access to it.", NO_MODEL),
    (400, "ModelNotFound", "Model not exist.", NO_MODEL),
    (404, "model_not_supported", "Unsupported model x for OpenAI compatibility mode.", NO_MODEL),
    (403, "", "", DENIED),
    (404, "", "", NO_MODEL),
    (429, "limit_requests", "You exceeded your current requests list.", THROTTLED),
    (429, "LimitRequests", "", THROTTLED),
    (429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.", THROTTLED),
    (429, "insufficient_quota", "You exceeded your current quota, please check your plan.", THROTTLED),
    (429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota.", THROTTLED),
    (429, "Throttling", "Too many requests in route. Please try again later.", THROTTLED),
    (429, "", "", THROTTLED),
    (429, "something_new", "Range of input length should be [1, 5]", THROTTLED),
    (429, "limit_burst_rate", "Request rate increased too quickly.", BURST),
    (429, "Throttling.BurstRate", "", BURST),
    (500, "ModelServingError", "Too many requests. Your requests are being throttled", THROTTLED),
    (503, "ModelUnavailable", "Model is unavailable, please try again later.", THROTTLED),
    (408, "RequestTimeOut", "Request timed out, please try again later.", FAILING),
    (500, "RequestTimeOut", "Response timeout!", FAILING),
    (500, "internal_error", "An internal error has occured, please try again later", FAILING),
    (500, "InternalError.Algo", "inference internal error.", FAILING),
    (500, "SystemError", "", FAILING),
    (502, "", "<html>Bad Gateway</html>", FAILING),
    (503, "", "", FAILING),
    (409, "", "", FAILING),
    (307, "", "", WRONG),
]


@pytest.mark.parametrize("shape", [envelope, flat])
@pytest.mark.parametrize(("status", "code", "message", "meaning"), CASES)
def test_status_and_code_decide_in_both_shapes(
    shape: object, status: int, code: str, message: str, meaning: Meaning
) -> None:
    body = envelope(code, message + HELP) if shape is envelope else flat(code, message + HELP)

    assert from_response(status, json.dumps(body).encode(), {}, NOW).meaning is meaning


@pytest.mark.parametrize(
    ("message", "most"),
    [
        ("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]", 983_616),
        ("Total message token length exceed model limit (10000000 tokens).", 10_000_000),
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", 8192),
        ("Range of input length should be [1, 0]", None),
        ("Range of input length should be [1, 99999999999]", None),
        ("The input is too long.", None),
    ],
)
def test_a_limit_that_a_model_names_is_read(message: str, most: int | None) -> None:
    whole = from_response(400, json.dumps(envelope("context_length_exceeded", message)).encode(), {}, NOW)
    streamed = from_stream(json.dumps(flat("context_length_exceeded", message)).encode())

    assert streamed is not None
    assert (whole.most, streamed.most) == (most, most)


def test_numbers_in_any_other_refusal_are_no_limit() -> None:
    body = json.dumps(envelope("Throttling", "Range of input length should be [1, 30720]")).encode()

    assert from_response(429, body, {}, NOW).most is None


def test_the_type_decides_where_there_is_no_code() -> None:
    body = json.dumps({"error": {"message": "…", "type": "Arrearage", "param": None, "code": None}}).encode()

    assert from_response(400, body, {}, NOW).meaning is NO_CREDIT


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"null", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"error":[]}', b'{"code":{}}'],
)
def test_a_body_that_says_nothing_leaves_the_status_to_decide(body: bytes) -> None:
    assert from_response(500, body, {}, NOW).meaning is FAILING
    assert from_response(400, body, {}, NOW).meaning is WRONG


def test_a_refusal_names_status_code_and_request_for_the_log() -> None:
    body = json.dumps(envelope("Throttling.RateQuota", "slow down")).encode()

    refusal = from_response(429, body, {"retry-after": "7"}, NOW)

    assert (refusal.status, refusal.code) == (429, "throttlingratequota")
    assert (refusal.request, refusal.retry_after) == ("req-envelope", 7)


def test_the_id_in_the_header_goes_before_the_one_in_the_body() -> None:
    body = json.dumps(flat("Throttling")).encode()

    assert from_response(429, body, {"x-request-id": "header"}, NOW).request == "header"


def test_ids_and_codes_cannot_smuggle_text_into_the_log() -> None:
    body = json.dumps({"code": "evil\ncode: " + "x" * 1000, "request_id": "id\nforged line"}).encode()

    refusal = from_response(429, body, {}, NOW)

    assert refusal.request == ""
    assert refusal.code.startswith("evilcodex")
    assert len(refusal.code) <= 100


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        (envelope("data_inspection_failed"), INSPECTED),
        (flat("DataInspectionFailed"), INSPECTED),
        (flat("Throttling"), THROTTLED),
        ({"error": "boom"}, FAILING),
        ({"message": "boom"}, FAILING),
        ({"error": {"message": "too long", "code": 413}}, TOO_LONG),
        ({"error": {"message": "no", "code": 400}}, WRONG),
        ({"error": {"message": "Range of input length should be [1, 5]"}}, TOO_LONG),
    ],
)
def test_an_error_in_the_stream_is_read_in_every_shape(body: dict[str, object], meaning: Meaning) -> None:
    refusal = from_stream(json.dumps(body).encode())

    assert refusal is not None
    assert refusal.meaning is meaning


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"error":{}}', b'{"code":null}', b'{"type":"ping"}', b"x"])
def test_an_object_without_code_and_message_is_no_error(body: bytes) -> None:
    assert from_stream(body) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "121"}, 121),
        ({"retry-after": "inf"}, float("inf")),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:20 GMT"}, 20),
        (
            {"retry-after": "Sun, 22 Nov 2026 15:00:20 GMT", "date": "Sun, 22 Nov 2026 15:00:00 GMT"},
            20,
        ),
        ({"retry-after": "Sun, 22 Nov 2026 11:59:00 GMT"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 99 Nov 2026 99:99:99 GMT"}, None),
        ({"retry-after": "22 Nov 2026 12:00:20"}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds
