"""Whatever a model writes: it pings nobody, every page fits, every link says where it leads, every word is there."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect, units
from bot.reply.pages import Pages

TELEGRAM, SLACK = TelegramDialect(), SlackDialect()
PINGS = (
    *("<!channel>", "<!here>", "<!everyone>", "<!here|here>", "<!subteam^S123>", "<@U0ANNA>", "<#C0TEAM>"),
    *("&lt;!channel&gt;", "<!chan", "nel>", "@channel", "@here", "@everyone", "<!date^1^{date}|x>"),
    *("<https://evil.test|https://bank.test>", "[x](tg://user?id=1)", "![p](https://evil.test/p.png?d=1)"),
    *(
        "[https://bank.test](https://evil.test)",
        "https://evil.test/?q=1",
        "<b>",
        "</pre>",
        "<script>",
        "javascript:x",
    ),
    *("[x](javascript:alert(1))", "\\", "\\_", "***", "___", "``", "||", "[", "](", "\u202e", "\U000e0041"),
)
WORDS = st.integers(0, 9999).map(lambda n: f"wörd{n:04}")
INLINE = st.one_of(
    WORDS,
    WORDS.map(lambda w: f"**{w}**"),
    WORDS.map(lambda w: f"`{w}`"),
    WORDS.map(lambda w: f"*{w}*"),
    WORDS.map(lambda w: f"[{w}](https://example.org/page)"),
    st.sampled_from(PINGS),
)
LINES = st.lists(INLINE, min_size=1, max_size=8).map(" ".join)
BLOCKS = st.one_of(
    LINES,
    LINES.map(lambda line: f"# {line}"),
    LINES.map(lambda line: f"- {line}"),
    LINES.map(lambda line: f"> {line}"),
    LINES.map(lambda line: f"```python\n{line}\n```"),
    LINES.map(lambda line: f"| a | b |\n|---|---|\n| {line.replace('|', '/')} | 1 |"),
)
ANSWERS = st.lists(BLOCKS, min_size=1, max_size=12).map("\n\n".join)
PING = re.compile(r"<(?:!(?:channel|here|everyone|subteam|date|group)\b|[@#][A-Z0-9])", re.IGNORECASE)
"""What Slack takes for a mention of anybody, or for a command of its own."""
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(ANSWERS)
def test_fuzzed_answers_ping_nobody_in_slack_and_load_nothing(answer: str) -> None:
    for body in (SLACK.render(answer), SLACK.plain(answer)):
        for text in (body.markdown, body.text):
            assert not PING.search(text)
        assert not images(body.markdown)


def images(markdown: str) -> list[str]:
    tokens = [part for token in MarkdownIt().parse(markdown) for part in token.children or ()]
    return [str(part.attrs.get("src")) for part in tokens if part.type == "image"]


@PATIENT
@given(ANSWERS)
def test_fuzzed_answers_link_only_where_a_browser_goes_in_telegram(answer: str) -> None:
    for body in (TELEGRAM.render(answer), TELEGRAM.plain(answer)):
        assert not [e.url for e in body.entities if e.url and not re.match(r"(https?://|mailto:)", e.url)]
        assert all(
            e.offset >= 0 and e.length > 0 and e.offset + e.length <= units(body.text) for e in body.entities
        )
        assert not re.search("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", body.text)


@PATIENT
@given(ANSWERS)
def test_fuzzed_answers_keep_every_word_on_both_platforms(answer: str) -> None:
    words = re.findall(r"wörd\d{4}", answer)

    assert re.findall(r"wörd\d{4}", TELEGRAM.render(answer).text) == words
    assert re.findall(r"wörd\d{4}", SLACK.render(answer).markdown) == words


@PATIENT
@given(st.lists(ANSWERS, min_size=1, max_size=6).map("\n\n".join), st.sampled_from([TELEGRAM, SLACK]))
def test_fuzzed_answers_become_pages_that_all_fit(
    answer: str, dialect: TelegramDialect | SlackDialect
) -> None:
    pages = Pages(dialect)
    pages.grow(answer * 3, finished=True)

    assert all(dialect.fits(pages.source(n)) for n in range(len(pages)))
