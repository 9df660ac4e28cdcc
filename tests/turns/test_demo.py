from __future__ import annotations

import re

import pytest

from bot.catalog import Catalog
from bot.lineup import Lineup
from bot.model import Ask, Finish, Finished, Message, Text, Usage
from bot.phrases import say
from bot.reply.markdown import closed
from bot.turns import demo
from bot.turns.demo import Demo


def asked(*questions: str) -> tuple[Message, ...]:
    """Return a conversation in which every question but the last was answered."""
    past = [one for text in questions[:-1] for one in (Message("user", text), Message("assistant", "…"))]
    return (Message("system", "Be kind."), *past, Message("user", questions[-1]))


QUESTIONS = (
    "What is a mutex?",
    "write some Python code",
    "a table please",
    "make a plan",
    "你好",
    "写一段代码",
    "做个表格",
    "给我一个计划",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_is_whole_markdown_that_says_what_it_is(question: str) -> None:
    text = demo.answer(asked(question))

    assert question in text.split("\n")[0]
    assert closed(text) == text
    assert re.search(r"demo|演示", text)
    assert not re.search(r"\{|\}", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("write some Python code", "```python"),
        ("写一段代码", "```python"),
        ("compare a and b", "| | a queue |"),
        ("比较一下", "| | 消息队列 |"),
        ("How do I begin?", "1. **Write down the goal**"),
        ("给我一个计划", "1. **写下目标**"),
        ("Hello", "What an answer can hold"),
        ("你好", "一个回答可以包含什么"),
    ],
)
def test_the_example_is_of_what_was_asked_about_and_in_its_language(question: str, part: str) -> None:
    assert part in demo.answer(asked(question))


def test_the_next_question_gets_another_example_and_the_first_one_again_the_same() -> None:
    first, second = demo.answer(asked("Hello")), demo.answer(asked("Hello", "Hello"))

    assert first != second
    assert demo.answer(asked("Hello")) == first


def test_a_long_or_odd_question_is_repeated_in_one_short_line() -> None:
    first = demo.answer(asked("line one\n\nline two\n" + "x" * 1000)).split("\n")[0]

    assert first.startswith("> line one line two xxx")
    assert len(first) < 200


@pytest.mark.parametrize("messages", [(), (Message("system", "only"),)])
def test_nothing_asked_is_answered_too(messages: tuple[Message, ...]) -> None:
    assert demo.answer(messages)


async def test_it_comes_in_pieces_that_make_up_the_answer_and_is_marked_as_a_guess() -> None:
    ask = Ask(model="demo", messages=asked("Hello"))

    deltas = [delta async for delta in Demo(every=0).stream(ask)]

    pieces = [delta.text for delta in deltas if isinstance(delta, Text)]
    assert "".join(pieces) == demo.answer(ask.messages)
    assert len(pieces) > 50
    (usage,) = [delta for delta in deltas if isinstance(delta, Usage)]
    assert usage.estimated
    assert deltas[-1] == Finished(Finish.STOP, note="demo")
    assert "demo" in say("demo", "en")
    assert "演示" in say("demo", "zh")


async def test_it_ends_where_the_longest_answer_ends() -> None:
    ask = Ask(model="demo", messages=asked("Hello"), max_tokens=20)

    deltas = [delta async for delta in Demo(every=0).stream(ask)]

    assert deltas[-1] == Finished(Finish.LENGTH, note="demo")
    assert len("".join(delta.text for delta in deltas if isinstance(delta, Text))) < 100


def test_where_there_is_only_the_demo_nothing_else_can_be_chosen() -> None:
    lineup = Lineup(usual="auto", fast="a", balanced="b", strong="c", allowed=("*",), catalog=Catalog.load())

    alone = demo.alone(lineup)

    assert alone.offered == ("demo",)
    assert alone.choice("a") is None
