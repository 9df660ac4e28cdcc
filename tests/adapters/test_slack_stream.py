"""What a stream is given: text that stands, however the answer goes on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.calls import Calls
from adapters.slack.dialect import SlackDialect
from adapters.slack.stream import StreamSurface
from adapters.slack.surface import Refusals
from bot.model import ChatKey, Secret
from bot.reply.pages import Pages
from tests.reply.written import DOCUMENT, REALISTIC

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALECT = SlackDialect()


def surface() -> StreamSurface:
    return StreamSurface(
        Calls(Secret("xoxb-none"), "http://127.0.0.1:9/api/"),
        ChatKey("slack", "T1", "C1", "1.0"),
        "1.0 U1 T1",
        DIALECT,
        refusals=Refusals(),
        unstreamed=Refusals(),
    )


def streamed(text: str, step: int) -> Iterator[str]:
    """Yield what a stream would hold in all, as the text grows by `step` characters; at last the whole page."""
    pages, stream = Pages(DIALECT), surface()
    for end in range(step, len(text), step):
        pages.grow(text[:end], finished=False)
        if len(pages) > 1:
            return
        yield stream.settled(pages.settled())
    pages.grow(text, finished=True)
    if len(pages) == 1:
        yield stream.whole(DIALECT.render(pages.source(0)))


@pytest.mark.parametrize("step", [1, 7, 40])
def test_a_realistic_answer_only_grows(step: int) -> None:
    # A fence that turns out to hold a run of backticks must be begun with more of them: that page is edited.
    states = list(streamed(REALISTIC.replace("fence with ```", "fence with"), step))

    assert all(after.startswith(before) for before, after in pairwise(states))
    assert len(set(states)) > 8


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=DOCUMENT, step=st.integers(3, 60))
def test_what_was_streamed_stays(text: str, step: int) -> None:
    states = list(streamed(text, step))

    assert all(after.startswith(before) for before, after in pairwise(states))


@pytest.mark.parametrize(
    ("text", "settled"),
    [
        ("A line that goes", ""),
        ("A line.\n", ""),
        ("A paragraph.\n\n", "A paragraph."),
        ("```python\na = 1\nb =", "```python\na = 1\n"),
        ("```\na\n```\n", "```\na\n```"),
        ("- one\n- two\n", ""),
        ("# Title\n", "# Title"),
        ("Hey <!channel>\n\n", "Hey &lt;!channel>"),
    ],
)
def test_only_what_stands_is_streamed(text: str, settled: str) -> None:
    pages = Pages(DIALECT)

    pages.grow(text, finished=False)

    assert surface().settled(pages.settled()) == settled
