"""Markdown as the browser gets it: it looks right, nothing in it runs, and what is finished is not made again."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.web import colours, dialect, sections
from adapters.web.dialect import WebDialect
from adapters.web.writing import written
from bot.reply.pages import Pages
from tests.reply.written import DOCUMENT, NOISE, REALISTIC

_DIALECT = WebDialect()
_ELEMENTS = {
    "a": {"href", "target", "rel", "class"}, "span": {"class", "title"}, "div": {"class", "title"},
    "ol": {"start", "dir"}, "ul": {"dir"}, "li": {"class", "dir"}, "p": {"dir"}, "blockquote": {"dir"},
    "h3": {"dir"}, "h4": {"dir"}, "h5": {"dir"}, "h6": {"dir"},
    "th": {"class", "dir"}, "td": {"class", "dir"},
    **{tag: set[str]() for tag in ("table", "thead", "tbody", "tr", "pre", "code", "br", "hr", "em", "strong", "del")},
}  # fmt: skip
ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<iframe src=//e.test>",
    "<style>*{background:url(//e.test)}</style>", "<a href=javascript:alert(1)>x</a>", "<base href=//e.test/>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)", "[x](vbscript:x)", "[x](//e.test)", "[x](/logout)", "[x](?q)",
    "![x](javascript:alert(1))", "![x](data:image/svg+xml,<svg/onload=alert(1)>)", "<javascript:alert(1)>",
    '[x](https://e.test/"onmouseover="alert(1))', '![" onerror="alert(1)](https://e.test/x.png)',
    '[x](https://e.test "\\" onclick=\\"alert(1)")', '```"><script>alert(1)</script>\nx\n```', "`<script>`",
    "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```", "$</span><script>alert(1)</script>$",
    "$$\n<img src=x onerror=alert(1)>\n$$", "|<script>|<b>|\n|-|-|\n|<img src=x>|\"'|", "# <script>x</script>",
    "\x010\x01", "```js\n\x010\x01\n```", "<!--\x01--><script>", "<math><mtext><style><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "||<script>||", "https://e.test/<script>\"'",
    "[<img src=x>](https://e.test)", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;",
]  # fmt: skip


class Seen(HTMLParser):
    """What a browser makes of HTML: elements, attributes and text; fails on what is not allowed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.links: list[dict[str, str | None]] = []
        self.feed(html)
        self.close()
        assert not self.open, html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _ELEMENTS, tag
        assert {name for name, _ in attrs} <= _ELEMENTS[tag], (tag, attrs)
        if tag == "a":
            self.links.append(dict(attrs))
        if tag not in ("br", "hr"):
            self.open.append(tag)
        self.text += "\n" if tag == "br" else ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def _html(markdown: str) -> str:
    return "".join(_DIALECT.render(markdown).blocks)


def _seen(markdown: str) -> Seen:
    return Seen(_html(markdown))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_is_fetched_passes_wherever_it_stands(attack: str) -> None:
    for place in ("{}", "a {} b", "**{}**", "- {}", "> {}", "[{}](https://x.test)", "|a|\n|-|\n|{}|", "# {}"):
        for body in (_DIALECT.render(place.format(attack)), _DIALECT.plain(place.format(attack))):
            seen = Seen("".join(body.blocks))

            for link in seen.links:
                assert re.match(r"(?:https?://|mailto:)", link.get("href") or "https://")
                assert link["rel"] == "noopener noreferrer nofollow"
                assert link["target"] == "_blank"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    NOISE
    | DOCUMENT
    | st.lists(st.sampled_from([*ATTACKS, "\n", "\n\n", "`", "```\n", "**", "> "])).map("".join)
)
def test_whatever_a_model_writes_only_listed_elements_come_out(text: str) -> None:
    _seen(text)
    for block in _DIALECT.with_thoughts("", text, folded=False).thoughts:
        Seen(block)


def test_html_is_shown_as_it_was_written() -> None:
    assert _seen("a <b>bold</b> &lt;i&gt; claim").text == "a <b>bold</b> <i> claim"
    assert _seen("```html\n<p>\"hi\" & 'bye'</p>\n```").text.endswith("<p>\"hi\" & 'bye'</p>")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A\n\n###### B", '<h3 dir="auto">A</h3><h6 dir="auto">B</h6>'),
        ("**a** _b_ ~~c~~ `d`", '<p dir="auto"><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>'),
        ("one\ntwo", '<p dir="auto">one<br>two</p>'),
        ("3. a\n4. b", '<ol dir="auto" start="3"><li dir="auto">a</li><li dir="auto">b</li></ol>'),
        ("- [x] a", '<ul dir="auto"><li class="task" dir="auto"><span class="box">☑</span> a</li></ul>'),
        ("- a\n\n- b", '<ul dir="auto"><li dir="auto"><p dir="auto">a</p></li><li dir="auto"><p dir="auto">b</p></li></ul>'),
        ("> a", '<blockquote dir="auto"><p dir="auto">a</p></blockquote>'),
        ("||a||", '<p dir="auto"><span class="spoiler">a</span></p>'),
        ("$x^2$", '<p dir="auto"><span class="formula" title="x^2">x²</span></p>'),
        ("$$\n\\alpha\n$$", '<div class="formula" title="\\alpha">α</div>'),
        ("a\n\n---", '<p dir="auto">a</p><hr>'),
        ("```\n\n```", ""),
        ("```ruby!\nx\n```", '<div class="code"><div class="code-bar"><span class="language">ruby</span></div><pre><code><span class="n">x</span></code></pre></div>'),
        ("    x", '<div class="code"><div class="code-bar"><span class="language"></span></div><pre><code>x</code></pre></div>'),
    ],
)  # fmt: skip
def test_each_thing_looks_like_what_it_is(markdown: str, html: str) -> None:
    assert _html(markdown) == html


def test_a_table_keeps_its_alignment_and_can_be_scrolled() -> None:
    html = _html("|a|b|c|\n|:-|:-:|-:|\n|1|2|3|")

    assert html.startswith('<div class="table"><table><thead>')
    assert (
        '<td dir="auto">1</td><td class="center" dir="auto">2</td><td class="right" dir="auto">3</td>' in html
    )


@pytest.mark.parametrize(
    ("markdown", "text", "hrefs"),
    [
        ("[docs](https://x.test/a_b)", "docs", ["https://x.test/a_b"]),
        ("<https://x.test>", "https://x.test", ["https://x.test"]),
        ("see https://x.test/a_b_c(d)?e=1&f=2.", "see https://x.test/a_b_c(d)?e=1&f=2.", ["https://x.test/a_b_c(d)?e=1&f=2"]),
        ("(https://x.test/a)", "(https://x.test/a)", ["https://x.test/a"]),
        ("见https://x.test/甲。好", "见https://x.test/甲。好", ["https://x.test/"]),
        ("见https://x.test/a。好", "见https://x.test/a。好", ["https://x.test/a"]),
        ("[https://bank.test](https://evil.test)", "https://bank.test (evil.test)", ["https://evil.test"]),
        ("[a@b.test](mailto:a@b.test)", "a@b.test", ["mailto:a@b.test"]),
        ("![a chart](https://x.test/c.png)", "a chart", ["https://x.test/c.png"]),
        ("![](https://x.test/c.png)", "x.test", ["https://x.test/c.png"]),
        ("[here](javascript:x)", "here", []),
        ("[](javascript:x)", "javascript:x", []),
        ("[https://x.test](https://x.test)", "https://x.test", ["https://x.test"]),
        ("`https://x.test`", "https://x.test", []),
    ],
)  # fmt: skip
def test_links_lead_where_they_say(markdown: str, text: str, hrefs: list[str]) -> None:
    seen = _seen(markdown)

    assert seen.text == text
    assert [link.get("href") for link in seen.links] == hrefs


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENT)
def test_the_reader_sees_every_word(document: str) -> None:
    letters = re.compile(r"[\W_]")
    formatted, plain = _seen(document).text, Seen("".join(_DIALECT.plain(document).blocks)).text

    for word in re.findall(r"[^\W_]{3,}", re.sub(r"\([^)]*\)|&\w+;|```\S*|~~~\S*|<[^>]*>", "", document)):
        assert word in letters.sub("", formatted) or word in formatted
        assert word in letters.sub("", plain) or word in plain


# ---------------------------------------------------------------- code


@pytest.mark.parametrize("language", ["python", "js", "c++", "html", "bash", "sql", "yaml", "", "nonsense"])
@pytest.mark.parametrize("grows", [True, False])
def test_code_keeps_every_character(language: str, grows: bool) -> None:
    code = "\n\n# start\n" + "if a < b && \"c\" > 'd':\n\tx  = `é` 你 😀 # </code>\n\n" * 40 + "  end"

    html = colours.coloured(code, language, grows=grows)

    assert Seen(html).text == code


def test_known_languages_are_coloured_by_whatever_name() -> None:
    for info in ("python", "Python", "py", "python title=x"):
        assert '<span class="k">def</span>' in _html(f"```{info}\ndef f(): pass\n```")
    assert "<span" not in colours.coloured("def f(): pass", "brainfuck", grows=False)


def test_every_language_that_is_named_can_be_coloured() -> None:
    for language in colours.LANGUAGES:
        assert (
            Seen(colours.coloured("if x = 1 { print }", language, grows=False)).text == "if x = 1 { print }"
        )


def test_code_that_grows_is_coloured_like_code_that_is_whole() -> None:
    code = "\n\n".join(f'def f{n}(x):\n    """Return {n}."""\n    return x + {n}' for n in range(40))

    assert colours.coloured(code, "python", grows=True) == colours.coloured(code, "python", grows=False)


@pytest.mark.parametrize(
    ("language", "code"),
    [("java", "a " * 400 + "\n"), ("c", "\n" * 9 + "x"), ("md", "\n\n*"), ("matlab", "\n"), ("js", '\\"' * 400 + "\n")],
)  # fmt: skip
def test_code_that_holds_lexers_up_costs_little(language: str, code: str) -> None:
    began = time.thread_time()

    html = colours.coloured((code * 12_000)[:12_000], language, grows=False)

    assert time.thread_time() - began < 1.0
    assert Seen(html).text == (code * 12_000)[:12_000]


# ---------------------------------------------------------------- growing

PIECES = [
    "word ", "字", "**", "*", "`", "```\n", "  ```\n", "   ```py\n", "    ```\n", "~~~\n", "\n~~~~\n", "[a](", "> ",
    "- ", "1. ", "10) ", "# ", "\n", "\n\n", "\n\n", "\n\nword", "\n\n  ", "\n    ", "| a | b |\n", "|---|---|\n",
    "\n$$\n", "\\[", "\\]", "<b>", "---\n", "\t", "===\n", "\n\n```\n", "\n\nx\n\n", "\r\n", "\r",
]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | DOCUMENT | NOISE)
def test_sections_mean_by_themselves_what_they_mean_in_the_page(markdown: str) -> None:
    found = sections.sections(markdown)

    assert "".join(found) == markdown.replace("\r\n", "\n").replace("\r", "\n")
    assert tuple(block for part in found for block in written(part, grows=False)) == written(
        markdown, grows=False
    )


def test_a_link_is_found_wherever_it_is_defined() -> None:
    assert [link["href"] for link in _seen("See [a].\n\nMore.\n\n[a]: https://x.test").links] == [
        "https://x.test"
    ]


def test_a_fence_in_a_list_does_not_hide_where_sections_begin() -> None:
    steps = "1. Do:\n\n   ```sh\n   ls\n\n   pwd\n   ```\n\n2. Done\n\nThen this.\n\n```py\na\n\nb\n```\n\nAnd that."

    assert sections.sections(steps)[1:] == ["Then this.\n\n", "```py\na\n\nb\n```\n\n", "And that."]


def test_while_an_answer_grows_only_its_end_changes() -> None:
    pages = Pages(_DIALECT)
    before: tuple[str, ...] = ()
    changed = []
    for end in range(1, len(REALISTIC) + 1):
        pages.grow(REALISTIC[:end], finished=end == len(REALISTIC))
        blocks = _DIALECT.render(pages.source(0)).blocks
        same = next((n for n, (a, b) in enumerate(zip(before, blocks, strict=False)) if a != b), len(before))
        changed.append(len(before) - same)
        before = blocks

    assert max(changed) <= 2  # a table or rule may take the paragraph before it along
    assert sum(changed) / len(changed) < 1


def test_what_is_finished_is_not_written_again() -> None:
    dialect._settled.cache_clear()
    text = "".join(f"Paragraph {n} of the answer.\n\n" for n in range(200))
    for end in range(0, len(text), 20):
        _DIALECT.render(text[:end])

    assert dialect._settled.cache_info().misses <= 200


# ---------------------------------------------------------------- thoughts and ends


def test_thoughts_stand_beside_the_answer_and_only_their_end_is_kept() -> None:
    thoughts = "".join(f"thought {n}\n" for n in range(3_000))

    body = _DIALECT.with_thoughts("**done**", thoughts, folded=True)

    assert body.blocks == _DIALECT.render("**done**").blocks
    assert body.folded
    assert body.thoughts[0] == '<p dir="auto">…</p>'
    assert Seen("".join(body.thoughts)).text.endswith("thought 2999")
    assert len("".join(body.thoughts)) < 10_000


def test_what_cannot_be_seen_is_no_block() -> None:
    for nothing in ("", "\n\n", " \t\n", "\u2060", "```\n```"):
        assert _DIALECT.render(nothing).blocks == ()
        assert _DIALECT.plain(nothing).blocks == ()
