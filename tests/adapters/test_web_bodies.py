from __future__ import annotations

from typing import Any

import pytest

from adapters.web import bodies
from adapters.web.refusals import Refusal, of_model
from bot import errors, phrases
from bot.model import Ask, Message

HI = [{"role": "user", "content": "Hi"}]


def refused(body: dict[str, Any], most: int | None = 100) -> Refusal:
    with pytest.raises(Refusal) as caught:
        bodies.asked(body, most)
    return caught.value


def test_a_request_without_memory_becomes_what_the_model_is_asked() -> None:
    body = {
        "messages": [{"role": "system", "content": "Be brief."}, *HI],
        "model": "qwen3.8-max",
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 7,
        "stream": False,
    }

    assert bodies.asked(body, 100) == Ask(
        model="qwen3.8-max",
        messages=(Message("system", "Be brief."), Message("user", "Hi")),
        temperature=0.0,
        top_p=1.0,
        max_tokens=7,
    )
    assert not bodies.streams(body)


def test_what_is_left_out_is_left_to_the_operator() -> None:
    assert bodies.asked({"messages": HI}, 100) == Ask(model="", messages=(Message("user", "Hi"),))
    assert bodies.streams({"messages": HI})


def test_what_newer_clients_write_is_understood() -> None:
    body = {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi, "}, {"type": "text", "text": "you"}]},
        ],
        "max_completion_tokens": 7,
        "stream": None,
        "stream_options": {"include_usage": True},
    }

    assert bodies.asked(body, 100) == Ask(
        model="",
        messages=(Message("system", "Be brief."), Message("user", "Hi, you")),
        max_tokens=7,
    )
    assert bodies.streams(body)


def test_a_question_in_a_conversation_may_name_it() -> None:
    assert bodies.asked({"message": "Hi"}, 100) == bodies.Question("", "Hi")
    assert bodies.asked({"message": "Hi", "conversation": "ticket-4711"}, 100) == bodies.Question(
        "ticket-4711", "Hi"
    )


def test_whoever_asks_two_ways_at_once_hears_which_two_there_are() -> None:
    both = refused({"messages": HI, "message": "Hi"}).body("en")["error"]["message"]
    chosen = refused({"message": "Hi", "model": "qwen3.8-max"}).body("en")["error"]["message"]

    assert "either `messages`" in both
    assert refused({}).body("en")["error"]["message"] == both
    assert chosen.startswith("In a conversation `model` is one of its settings.")
    assert bodies.asked({"message": "Hi", "model": None}, 100) == bodies.Question("", "Hi")


BAD = [
    {},
    {"messages": []},
    {"messages": "Hi"},
    {"messages": ["Hi"]},
    {"messages": [{"role": "user"}]},
    {"messages": [{"role": "tool", "content": "Hi"}]},
    {"messages": [{"role": ["user"], "content": "Hi"}]},
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [{"role": "user", "content": ["Hi"]}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}]},
    {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
    {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                ],
            }
        ]
    },
    {"messages": HI, "max_completion_tokens": "many"},
    {"messages": [*HI, {"role": "assistant", "content": "Hello"}]},
    {"messages": [{"role": "user", "content": " "}]},
    {"messages": HI * 1001},
    {"messages": HI, "temperature": 2},
    {"messages": HI, "temperature": -0.1},
    {"messages": HI, "temperature": "0.7"},
    {"messages": HI, "temperature": True},
    {"messages": HI, "temperature": float("inf")},
    {"messages": HI, "temperature": float("nan")},
    {"messages": HI, "temperature": 10**400},
    {"messages": HI, "top_p": 0},
    {"messages": HI, "top_p": 1.1},
    {"messages": HI, "max_tokens": 0},
    {"messages": HI, "max_tokens": 1.5},
    {"messages": HI, "max_tokens": True},
    {"messages": HI, "max_tokens": 10**9},
    {"messages": HI, "model": 7},
    {"messages": HI, "model": "a b"},
    {"messages": HI, "model": "m" * 200},
    {"messages": HI, "message": "Hi"},
    {"messages": HI, "conversation": "ticket-4711"},
    {"conversation": "ticket-4711"},
    {"message": "Hi", "model": "qwen3.8-max"},
    {"message": "Hi", "temperature": 0},
    {"message": "Hi", "top_p": 0.5},
    {"message": "Hi", "max_tokens": 7},
    {"message": ""},
    {"message": 7},
    {"message": "Hi", "conversation": "../etc"},
    {"message": "Hi", "conversation": "17"},
    {"message": "Hi", "conversation": "w" * 65},
    {"message": "Hi", "conversation": 7},
]


@pytest.mark.parametrize("body", BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_does_not_fit_is_refused_with_a_sentence_in_both_languages(body: dict[str, Any]) -> None:
    refusal = refused(body)

    assert (refusal.status, refusal.code) == (400, "bad_request")
    for language in phrases.LANGUAGES:
        assert refusal.body(language)["error"]["message"].endswith((".", "。"))


def test_a_message_beyond_the_limit_is_too_large() -> None:
    refusal = refused({"messages": [{"role": "user", "content": "x" * 101}]})

    assert (refusal.status, refusal.code) == (413, "too_large")
    assert "100" in refusal.body("en")["error"]["message"]
    assert isinstance(bodies.asked({"message": "x" * 101}, None), bodies.Question)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '"x"', "null", '{"a": NaN}', "[" * 100_000, '{"a":' + "9" * 6000 + "}"]
)
def test_a_body_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        bodies.read(text)

    assert caught.value.status == 400


def test_half_a_character_is_replaced_before_it_can_hurt_anybody() -> None:
    body = bodies.read(r'{"message": "a\ud800b"}')

    assert bodies.asked(body, 100) == bodies.Question("", "a?b")


@pytest.mark.parametrize("value", [True, False, 0, "yes", "false", []])
def test_streaming_is_yes_or_no(value: object) -> None:
    if isinstance(value, bool):
        assert bodies.streams({"stream": value}) is value
    else:
        with pytest.raises(Refusal):
            bodies.streams({"stream": value})


def test_choices_are_texts_and_an_empty_one_is_the_default() -> None:
    given = {
        "role": " tutor ",
        "model": "",
        "temperature": 0.70,
        "top_p": None,
        "max_tokens": 500,
        "think": "high",
    }

    assert bodies.chosen(given) == {
        "role": "tutor",
        "model": "",
        "temperature": "0.7",
        "top_p": "",
        "max_tokens": "500",
        "think": "high",
    }


@pytest.mark.parametrize("given", [{"chatter": "on"}, {"model": True}, {"top_p": 1e300}, {"role": ["x"]}])
def test_nothing_else_can_be_chosen(given: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        bodies.chosen(given)


@pytest.mark.parametrize("value", [1, -1, None])
def test_a_rating_is_for_against_or_taken_back(value: int | None) -> None:
    assert bodies.rating({"rating": value}) == value


@pytest.mark.parametrize("value", [0, 2, True, "1", 1.0, [], {}])
def test_a_rating_is_nothing_else(value: object) -> None:
    with pytest.raises(Refusal):
        bodies.rating({"rating": value})


# ---------------------------------------------------------------- what the model failed with


def test_every_failure_of_the_model_has_a_status_a_code_and_a_sentence() -> None:
    kinds = [kind for kind in errors.ModelError.__subclasses__() if kind is not errors.OverLimit]

    for kind in kinds:
        refusal = of_model(kind(), "qwen-plus", "K7Q2M4XA")
        assert 400 <= refusal.status < 600
        assert all(refusal.body(language)["error"]["message"] for language in phrases.LANGUAGES)
    assert of_model(errors.KeyRefused(), "", "").status == 401
    assert of_model(errors.ModelBusy(), "", "").headers == {"Retry-After": "10"}
    assert "K7Q2M4XA" in of_model(errors.BadRequest(), "", "K7Q2M4XA").body("en")["error"]["message"]
