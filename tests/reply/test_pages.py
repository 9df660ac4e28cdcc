"""An answer as pages: decided once, each fits, and together they are the whole answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramBody, TelegramDialect, units
from bot.reply.pages import Pages
from tests.reply.written import DOCUMENT, NOISE, REALISTIC

_TELEGRAM = TelegramDialect()


class _Small:
    """Telegram with shorter messages, so that a short answer has many pages."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def render(self, markdown: str) -> TelegramBody:
        return _TELEGRAM.render(markdown)

    def plain(self, markdown: str) -> TelegramBody:
        return _TELEGRAM.plain(markdown)

    def fits(self, markdown: str) -> bool:
        return units(_TELEGRAM.render(markdown).text) <= self._longest


def _sources(pages: Pages) -> list[str]:
    return [pages.source(n) for n in range(len(pages))]


def _laid_out(answer: str, longest: int = 4096, note: str = "") -> list[str]:
    pages = Pages(_Small(longest))
    pages.grow(answer, finished=True, note=note)
    return _sources(pages)


def _letters(sources: list[str]) -> str:
    """What a reader sees of all pages, without the table header that stands on every page of its table."""
    seen = "".join(_TELEGRAM.render(source).text for source in sources)
    return re.sub(r"[\W_]", "", seen).replace("headtail", "")


# ---------------------------------------------------------------- properties


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENT, st.lists(st.integers(0, 400), max_size=8), st.sampled_from([60, 100, 200]))
def test_any_answer_in_any_chunks_is_laid_out_once_and_whole(
    answer: str, ends: list[int], longest: int
) -> None:
    _check(answer, ends, longest)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(NOISE, max_size=3).map("\n".join), st.lists(st.integers(0, 200), max_size=8))
def test_any_noise_in_any_chunks_is_laid_out_once_and_whole(answer: str, ends: list[int]) -> None:
    _check(answer, ends, 50)


def _check(answer: str, ends: list[int], longest: int) -> None:
    dialect = _Small(longest)
    pages = Pages(dialect)
    boundaries: tuple[int, ...] = ()
    sealed: list[str] = []
    for end in sorted(ends):
        pages.grow(answer[:end], finished=False)
        assert pages.boundaries[: len(boundaries)] == boundaries, "a boundary moved"
        assert _sources(pages)[: len(sealed)] == sealed, "a sealed page changed"
        assert all(map(dialect.fits, _sources(pages)))
        boundaries, sealed = pages.boundaries, _sources(pages)[:-1]

    pages.grow(answer, finished=True)

    assert all(map(dialect.fits, _sources(pages)))
    assert _letters(_sources(pages)) == _letters([answer])
    again = Pages(dialect, pages.boundaries)
    again.grow(answer, finished=True)
    assert _sources(again) == _sources(pages), "a restart laid out otherwise"


@pytest.mark.parametrize("dialect", [TelegramDialect(), SlackDialect()], ids=["telegram", "slack"])
@pytest.mark.parametrize(
    "answer",
    [
        "word " * 20_000,
        "x" * 40_000,
        "你" * 30_000,
        "👨‍👩‍👧" * 4_000,
        "```py\n" + "x = 1\n" * 5_000 + "```",
        "```\n" + "x" * 30_000,
        "*" * 30_000,
        ">" * 30_000,
        "[" * 30_000,
        "- an item\n" * 1_200,
        "| a | b |\n|---|---|\n" + "| cell | cell |\n" * 900,
        (REALISTIC + "\n\n") * 10,
    ],
    ids=[
        "words",
        "line",
        "chinese",
        "emoji",
        "code",
        "code line",
        "stars",
        "quotes",
        "brackets",
        "list",
        "table",
        "real",
    ],
)
def test_a_very_long_answer_at_once_becomes_pages_that_fit(
    dialect: TelegramDialect | SlackDialect, answer: str
) -> None:
    pages = Pages(dialect)

    pages.grow(answer, finished=True)

    assert all(map(dialect.fits, _sources(pages)))
    if "| cell" not in answer and answer[0] != "#":
        shown = re.sub(r"[\W_]", "", "".join(_TELEGRAM.render(source).text for source in _sources(pages)))
        assert shown == re.sub(r"[\W_]", "", answer.replace("```py", ""))


class _Counting(TelegramDialect):
    """Counts the characters that it is asked to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at = 0

    def fits(self, markdown: str) -> bool:
        self.looked_at += len(markdown)
        return super().fits(markdown)


def test_a_pass_over_a_long_answer_looks_at_the_open_page_only() -> None:
    dialect = _Counting()
    pages = Pages(dialect)
    page = "A sentence with **bold** words. " * 100
    answer = (page + "\n\n") * 30 + page
    pages.grow(answer, finished=False)
    dialect.looked_at = 0

    for n in range(1, 11):
        pages.grow(answer + " more" * n, finished=False)

    assert dialect.looked_at <= 10 * 4096


# ---------------------------------------------------------------- where pages are cut


def test_a_block_that_fits_a_page_moves_there_whole() -> None:
    code = "```py\n" + "x = 1\n" * 10 + "```"

    assert _laid_out("intro " * 10 + "\n\n" + code, 100) == [("intro " * 10).strip(), code]


def test_a_block_that_was_partly_shown_moves_whole() -> None:
    pages = Pages(_Small(100))
    code = "```py\n" + "x = 1\n" * 10 + "```"
    answer = "intro " * 10 + "\n\n" + code
    pages.grow(answer[:90], finished=False)
    assert "x = 1" in pages.source(0)

    pages.grow(answer, finished=False)

    assert _sources(pages) == [("intro " * 10).strip(), code]


def test_a_heading_goes_with_what_it_heads() -> None:
    assert _laid_out("intro\n\n## Head\n\n" + "text " * 18, 95) == [
        "intro",
        "## Head\n\n" + ("text " * 18).strip(),
    ]


def test_a_split_fence_is_closed_and_opened_again_with_its_language() -> None:
    first, second = _laid_out("~~~python\n" + "x = 1\n" * 20 + "~~~", 80)

    assert first.startswith("~~~python\nx")
    assert first.endswith("x = 1\n~~~")
    assert second.startswith("~~~python\nx")
    assert second.endswith("x = 1\n~~~")


def test_a_fence_in_a_list_item_goes_on_without_the_bullet() -> None:
    answer = "- item\n  ```py\n" + "  x = 1\n" * 20 + "  ```\n- next"

    first, second = _laid_out(answer, 90)

    assert first.startswith("- item\n  ```py\n  x = 1")
    assert first.endswith("\n  ```")
    assert second.startswith("```py\nx = 1")
    assert second.endswith("```\n- next")


def test_a_split_table_has_its_header_on_each_page() -> None:
    header = "| head | tail |\n|------|-----:|\n"

    first, second = _laid_out(header + "| a long cell | 1 |\n" * 12, 200)

    assert first.startswith(header + "| a long")
    assert second.startswith(header + "| a long")


def test_a_split_list_keeps_its_numbers_however_the_source_counts() -> None:
    first, second = _laid_out("1. some words\n" * 8, 70)

    assert first == "\n".join(["1. some words"] * 5)
    assert TelegramDialect().render(second).text.startswith("6. some words\n7. some")


def test_a_split_quote_stays_a_quote() -> None:
    first, second = _laid_out("> a line of words\n" * 6, 60)

    assert {line[:2] for line in (first + "\n" + second).split("\n")} == {"> "}


def test_a_split_paragraph_ends_with_a_sentence_and_its_marks_go_on() -> None:
    first, second = _laid_out("**One sentence of words. Another sentence of words. A third sentence.**", 60)

    assert first == "**One sentence of words. Another sentence of words.**"
    assert second == "**A third sentence.**"


def test_links_and_code_are_not_cut() -> None:
    for mark in ("[a label of words](https://example.com/path)", "`some inline code`", "$x + y = z$"):
        for before in range(20, 40):
            pages = _laid_out("x" * before + " " + mark + " and more words", 42)

            assert sum(mark in page for page in pages) == 1


def test_characters_are_not_cut() -> None:
    family = "👨‍👩‍👧"

    pages = _laid_out(family * 50, 50)

    assert all(page == family * (len(page) // len(family)) for page in pages)


def test_the_rest_of_a_line_is_not_taken_for_a_list_or_heading() -> None:
    for odd in ("- dash", "# hash", "1. one", "> quote", "+ plus"):
        pages = _laid_out("words before " * 3 + odd + " words after", 39)

        assert TelegramDialect().render(pages[1]).text.startswith(odd)


# ---------------------------------------------------------------- notes, small things


def test_a_note_stands_under_the_very_end_as_its_own_paragraph() -> None:
    assert _laid_out("**broken", 100, note="*Stopped.*") == ["**broken**\n\n*Stopped.*"]
    assert _laid_out("```py\nx = 1", 100, note="*Stopped.*") == ["```py\nx = 1\n```\n\n*Stopped.*"]
    assert _laid_out("", 100, note="*Stopped.*") == ["*Stopped.*"]


def test_a_note_that_does_not_fit_has_a_page_of_its_own() -> None:
    pages = Pages(_Small(50))

    pages.grow("word " * 10, finished=True, note="*Stopped by you.*")

    assert _sources(pages) == [("word " * 10).strip(), "*Stopped by you.*"]
    assert pages.boundaries == (50,)


def test_a_page_with_nothing_to_show_is_empty() -> None:
    pages = Pages(_TELEGRAM)
    assert (len(pages), pages.source(0)) == (1, "")

    pages.grow("**", finished=False)

    assert pages.source(0) == ""


def test_a_finished_answer_without_a_note_stands_as_it_was_written() -> None:
    assert _laid_out("use *args and **kwargs") == ["use *args and **kwargs"]
