"""In a group a model's `@name` notifies nobody, and nothing else about the text changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.dialect import TelegramDialect, units
from adapters.telegram.names import calling_nobody

PIECES = st.sampled_from(
    [
        "@alice",
        "@bob_the_4th",
        "🐈",
        "`@code`",
        "**@bold**",
        "a@mail.org",
        " ",
        "\n\n",
        "@",
        "x@y",
        "词@alice",
    ]
)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("ask @alice and @bob", "ask ＠alice and ＠bob"),
        ("🐈🐈 **@alice**, hi", "🐈🐈 ＠alice, hi"),
        ("use `@property` or\n\n```python\n@app.route\n```", "use @property or\n\n@app.route"),
        ("mail a.b@example.org", "mail a.b@example.org"),
        ("2 @ 3", "2 @ 3"),
        ("cc.@alice, @@bob and -@carol", "cc.＠alice, @＠bob and -＠carol"),
    ],
)
def test_a_name_calls_nobody_unless_it_is_code(markdown: str, shown: str) -> None:
    page = TelegramDialect().render(markdown)

    assert calling_nobody(page.text, page.entities).strip() == shown


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_text_keeps_its_length_and_its_words(markdown: str) -> None:
    page = TelegramDialect().render(markdown)

    calm = calling_nobody(page.text, page.entities)

    assert units(calm) == units(page.text)
    assert calm.replace("＠", "@") == page.text
    assert not re.search(r"(?<!\w)@(?:alice|bob_the_4th)\b", calm.replace("@code", "code"))
