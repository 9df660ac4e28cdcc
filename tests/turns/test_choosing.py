from __future__ import annotations

import time

import pytest

from bot import phrases
from bot.lineup import AUTO, PICKED, Grade
from bot.turns.choosing import RULES, Choice, Question, choose
from bot.turns.depth import Depth
from tests.test_lineup import LINEUP, ONLY

FAST, BALANCED, STRONG = Grade
MODELS = {grade: LINEUP.named(grade) for grade in Grade}
PAGE = "The lake lies still and the boats are tied. " * 80


def picked(text: str, **more: object) -> tuple[Grade, str]:
    """Return the grade and the reason that `auto` comes to."""
    choice = choose(LINEUP, AUTO, Depth.AUTO, Question(text=text, **more))  # type: ignore[arg-type]
    (grade,) = [grade for grade, model in MODELS.items() if model == choice.model]
    return grade, choice.why


@pytest.mark.parametrize(
    ("text", "grade", "why"),
    [
        ("Hi!", FAST, "short"),
        ("What is the capital of Peru?", FAST, "short"),
        ("法国的首都是哪里？", FAST, "short"),
        ("why?", FAST, "short"),
        ("Explain what a bond is, what moves its price, who buys it and why, and when I would want one." * 2, BALANCED, "plain"),
        ("请介绍一下这座城市的历史、文化和美食，再说说什么季节去最合适，怎么安排三天的行程，哪些地方值得住，路上要注意什么，带孩子去方便不方便。" * 2, BALANCED, "plain"),
        (PAGE, BALANCED, "long"),
        ("```\nx = 1\n```", STRONG, "code"),
        ("def add(a, b):\n    return a + b\nwhy does it fail?", STRONG, "code"),
        ("Traceback (most recent call last):\n  File …", STRONG, "code"),
        ("SELECT name FROM users WHERE id = 1 -- too slow", STRONG, "code"),
        ("Can you write a small function that sorts dates?", STRONG, "code"),
        ("Fix this script", STRONG, "code"),
        ("帮我写一个排序的函数", STRONG, "code"),
        ("运行时报错了", STRONG, "code"),
        ("Prove that there are infinitely many primes.", STRONG, "proof"),
        ("请证明勾股定理", STRONG, "proof"),
        ("Think harder: which door?", STRONG, "harder"),
        ("Please think carefully before you answer.", STRONG, "harder"),
        ("think hard about it", STRONG, "harder"),
        ("仔细想想，选哪个？", STRONG, "harder"),
        ("请认真思考", STRONG, "harder"),
        ("再好好想想", STRONG, "harder"),
        ("Quick question: what does `SELECT a FROM b` do?", FAST, "quick"),
        ("Yes or no: is 97 prime?", FAST, "quick"),
        ("一句话说明什么是递归", FAST, "quick"),
        ("不用仔细想，随便说一个", FAST, "quick"),
        ("Don't think hard, just guess", FAST, "quick"),
    ],
)  # fmt: skip
def test_a_question_is_answered_by_whom_it_suits(text: str, grade: Grade, why: str) -> None:
    assert picked(text) == (grade, why)


@pytest.mark.parametrize(
    "text",
    [
        "I think hard work pays off in the end.",
        "What do people think about it?",
        "I want to import a car from Japan.",
        "Which class should my daughter go to?",
        "我想学做饭",
        "她细想之后走了",
    ],
)
def test_words_that_only_look_like_a_wish_are_none(text: str) -> None:
    assert picked(text) == (FAST, "short")


def test_what_came_along_is_looked_at_by_a_model_that_can_see() -> None:
    assert picked("what is this?", attachments=("photo",)) == (BALANCED, "attached")


def test_code_in_what_is_quoted_counts() -> None:
    assert picked("explain", quote="for x in y:\n```py\nx\n```") == (STRONG, "code")


@pytest.mark.parametrize("text", ["continue", "Why?", "and in French?", "继续", "为什么？", "那第二个呢？"])
@pytest.mark.parametrize("before", Grade)
def test_a_short_word_about_the_last_answer_goes_to_who_gave_it(text: str, before: Grade) -> None:
    assert picked(text, before=before) == (before, "back")


def test_a_short_question_of_its_own_does_not() -> None:
    assert picked("What is the capital of Peru?", before=STRONG) == (FAST, "short")


@pytest.mark.parametrize("chosen", [FAST, BALANCED, STRONG, "our-own", "qwen-plus"])
@pytest.mark.parametrize("text", ["Hi!", "```code```", PAGE])
def test_whoever_is_chosen_answers_whatever_is_asked(chosen: str, text: str) -> None:
    choice = choose(LINEUP, chosen, Depth.LOW, Question(text=text))

    assert choice.model == (LINEUP.named(Grade(chosen)) if chosen in list(Grade) else chosen)
    assert (choice.why, choice.depth) == ("", Depth.LOW)


def test_a_choice_that_is_not_open_any_more_is_answered_by_the_usual_model() -> None:
    assert choose(ONLY, "strong", Depth.AUTO, Question(text="Hi")) == Choice(model="qwen-plus")


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("chosen", [STRONG, AUTO, "qwen-plus"])
@pytest.mark.parametrize("text", ["think harder", "仔细想想这道题"])
def test_a_question_that_asks_for_thought_gets_it_once_whatever_is_chosen(
    text: str, chosen: str, depth: Depth
) -> None:
    assert choose(LINEUP, chosen, depth, Question(text=text)).depth is Depth.HIGH
    assert choose(LINEUP, "qwen-plus", depth, Question(text="Hi")).depth is depth


def test_the_fast_model_does_not_think_unless_it_is_told_to() -> None:
    question = Question(text="Hi")

    assert choose(LINEUP, FAST, Depth.AUTO, question).depth is Depth.OFF
    assert choose(LINEUP, AUTO, Depth.AUTO, question).depth is Depth.OFF
    assert choose(LINEUP, FAST, Depth.LOW, question).depth is Depth.LOW
    assert choose(LINEUP, STRONG, Depth.AUTO, question).depth is Depth.AUTO


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_rule_has_a_reason_to_tell(language: str) -> None:
    told = [phrases.say(f"why_{why}", language) for why in [*(rule.why for rule in RULES), PICKED]]

    assert len(set(told)) == len(told)


def test_no_question_can_hold_the_choosing_up() -> None:
    worst = [
        "think " * 5000,
        "SELECT " * 4000,
        "write " * 4000 + "x",
        " " * 30_000,
        "def x " * 5000,
        "写" * 30_000,
        "import a\n" * 4000,
        "\n" * 30_000,
    ]

    began = time.process_time()
    for text in worst:
        picked(text, quote=text)

    assert time.process_time() - began < 2
