"""The model of those who have no key yet: it shows what an answer looks like, and never pretends to have thought.

It answers in the language of the question, with an example of what was asked about, at the pace of a real one.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from bot import phrases
from bot.model import Finish, Finished, Text, Usage
from bot.turns.tokens import estimate, estimate_message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.lineup import Lineup
    from bot.model import Ask, Delta, Message

NAME = "demo"
"""The model's name, as it is shown and stored."""
FIRST, EVERY = 0.35, 0.03
"""Seconds before the first piece, and between two."""
PIECE = re.compile(r"\s*\S{1,6}|\s+")
ECHO = 160
"""Characters of the question that are repeated."""

_TOPICS = (
    (
        "code",
        r"\b(code|function|script|python|java|javascript|rust|go|sql|bug|regex|shell)\b|代码|函数|脚本|程序|报错",
    ),
    ("table", r"\b(table|compare|comparison|versus|vs|difference)\b|表格|对比|比较|区别"),
    ("plan", r"\b(plan|steps|list|how do i|how to|todo|checklist)\b|计划|步骤|清单|怎么|如何"),
)


class Demo:
    """Meets `ports.Model`. `every` is how many seconds lie between two pieces."""

    def __init__(self, *, every: float = EVERY) -> None:
        self._every = every

    async def stream(self, ask: Ask) -> AsyncGenerator[Delta, None]:
        """Yield the example; what it would have cost is estimated, and marked so."""
        pieces = PIECE.findall(answer(ask.messages))
        said = ""
        await asyncio.sleep(FIRST if self._every else 0)
        for piece in pieces:
            if ask.max_tokens is not None and estimate(said + piece) > ask.max_tokens:
                break
            said += piece
            yield Text(piece)
            await asyncio.sleep(self._every)
        prompt = sum(estimate_message(message) for message in ask.messages)
        yield Usage(prompt=prompt, completion=estimate(said), estimated=True)
        is_whole = len(said) == sum(map(len, pieces))
        yield Finished(Finish.STOP if is_whole else Finish.LENGTH, note="demo")

    async def close(self) -> None:
        """Let go of nothing."""


def answer(messages: Sequence[Message]) -> str:
    """Return the example for a conversation: each time another one, where there are several."""
    asked = [message.content for message in messages if message.role == "user"]
    question = asked[-1] if asked else ""
    words = _words()[phrases.language("", question)]
    examples = words[_topic(question)]
    example = examples[(len(asked) - 1) % len(examples)]
    opening = words["opening"].replace("{question}", _echo(question))
    return "\n\n".join(part.strip() for part in (opening, example, words["ending"]))


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("bot.turns").joinpath("demo.toml").read_text("utf-8"))


def _topic(question: str) -> str:
    return next((name for name, words in _TOPICS if re.search(words, question, re.IGNORECASE)), "any")


def _echo(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= ECHO else f"{line[:ECHO].rstrip()}…"


def alone(lineup: Lineup) -> Lineup:
    """Return a line-up in which there is nothing to choose but the demo."""
    return replace(lineup, usual=NAME, fast=NAME, balanced=NAME, strong=NAME, allowed=())
