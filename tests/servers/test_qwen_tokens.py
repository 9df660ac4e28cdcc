from __future__ import annotations

from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.qwen import Done, End, QwenServer, Say, Think, Use, answer
from tests.servers.qwen_tokens import LEAST, ContextCache, prompt, tokens


@given(st.text())
def test_tokens_are_the_text_cut_in_pieces(text: str) -> None:
    assert "".join(tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("The quick brown fox jumps over the lazy dog. ", 9, 14), ("今天天气很好", 4, 6), ("2024", 4, 4)],
)
def test_there_are_about_as_many_as_a_real_vocabulary_has(text: str, least: int, most: int) -> None:
    assert least <= len(tokens(text)) <= most


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=12), max_size=6))
def test_what_is_cached_is_the_longest_beginning_that_was_sent_before(requests: list[list[str]]) -> None:
    cache, sent = ContextCache(), list[list[str]]()
    filler = ["x"] * LEAST

    for request in requests:
        whole = filler + request
        common = [
            next(
                (n for n, (one, two) in enumerate(zip(whole, old, strict=False)) if one != two),
                min(len(whole), len(old)),
            )
            for old in sent
        ]
        assert cache.take("m", whole) == max(common, default=0)
        sent.append(whole)


def test_short_beginnings_and_other_models_are_not_cached() -> None:
    cache = ContextCache()

    assert cache.take("m", ["x"] * (LEAST - 1)) == 0
    assert cache.take("m", ["x"] * (LEAST - 1)) == 0
    assert cache.take("m", ["x"] * LEAST) == 0
    assert cache.take("n", ["x"] * LEAST) == 0
    assert cache.take("m", ["x"] * 1000) == LEAST


async def usage(client: openai.AsyncOpenAI, messages: list[dict[str, Any]]) -> Any:
    ask: Any = client.chat.completions.create
    stream = await ask(
        model="qwen-plus", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    return [chunk async for chunk in stream][-1].usage


async def test_a_server_that_counts_reports_what_a_conversation_really_takes() -> None:
    async with (
        QwenServer(counts=True) as server,
        openai.AsyncOpenAI(api_key=server.key, base_url=server.base) as client,
    ):
        server.reply([Think("hm "), Say("Yes, of course."), End(), Use(prompt=1, completion=1), Done()])
        first = [{"role": "system", "content": "Be kind. " * 100}, {"role": "user", "content": "Well?"}]
        then = [*first, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "Sure?"}]

        one, two = await usage(client, first), await usage(client, then)

        assert (one.prompt_tokens, two.prompt_tokens) == (len(prompt(first)), len(prompt(then)))
        assert one.completion_tokens == len(tokens("hm ")) + len(tokens("Yes, of course."))
        assert one.prompt_tokens_details.cached_tokens == 0
        assert two.prompt_tokens_details.cached_tokens == len(prompt(first))


async def test_a_server_that_counts_limits_tokens() -> None:
    async with (
        QwenServer(counts=True, longest=50) as server,
        openai.AsyncOpenAI(api_key=server.key, base_url=server.base, max_retries=0) as client,
    ):
        server.reply(answer("Yes."))

        await usage(client, [{"role": "user", "content": "word " * 40}])
        with pytest.raises(openai.BadRequestError, match=r"\[1, 50\]"):
            await usage(client, [{"role": "user", "content": "word " * 60}])
