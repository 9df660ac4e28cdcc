"""Emphasis in Chinese, Japanese and Korean, which put no spaces around words: as people mean it, at every moment."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect, units
from bot.reply.markdown import repaired

MEANT = [
    ("**注意：**请看下面。", "bold", "注意："),
    ("请看**“引用”**后面。", "bold", "“引用”"),
    ("这是**函数()**的用法。", "bold", "函数()"),
    ("这是*强调！*然后。", "italic", "强调！"),
    ("~~删除。~~继续。", "strikethrough", "删除。"),
    ("テストは**「大事」**です。", "bold", "「大事」"),
    ("이것은 **중요(重要)**합니다.", "bold", "중요(重要)"),
    ("这是**重点**内容。", "bold", "重点"),
]
each = pytest.mark.parametrize(("markdown", "kind", "covered"), MEANT)


@each
def test_telegram_sets_what_stands_between_marks(markdown: str, kind: str, covered: str) -> None:
    body = TelegramDialect().render(markdown)

    assert [(e.type, body.text[e.offset : e.offset + e.length]) for e in body.entities] == [(kind, covered)]
    assert units(body.text) == len(body.text)
    assert not set("*~") & set(body.text)


@each
def test_slack_is_given_marks_that_a_parser_of_commonmark_sees(
    markdown: str, kind: str, covered: str
) -> None:
    written = SlackDialect().render(markdown).markdown

    html = MarkdownIt().enable("strikethrough").render(written)

    tag = {"bold": "strong", "italic": "em", "strikethrough": "s"}[kind]
    assert f"<{tag}>{covered}</{tag}>" in html
    assert not set("*~") & set(html)


@each
def test_no_mark_is_shown_and_none_comes_back_while_it_grows(markdown: str, kind: str, covered: str) -> None:
    seen = [TelegramDialect().render(repaired(markdown[:end])) for end in range(len(markdown) + 1)]

    assert not [body.text for body in seen if set("*~") & set(body.text)]
    started = [body for body in seen if covered[0] in body.text]
    assert all([e.type for e in body.entities] == [kind] for body in started)


@pytest.mark.parametrize("markdown", ["**foo()**bar", "2*3*4", "a ** b ** c", "snake_case_name"])
def test_where_there_are_spaces_the_rule_of_commonmark_holds(markdown: str) -> None:
    meant = MarkdownIt().render(markdown)

    entities = TelegramDialect().render(markdown).entities

    assert len(entities) == meant.count("<strong>") + meant.count("<em>")


def test_a_price_before_code_makes_no_formula() -> None:
    body = TelegramDialect().render("It costs $5, [see](https://example.com) `$` here.")

    assert [e.type for e in body.entities] == ["text_link", "code"]
    assert "$5" in body.text
