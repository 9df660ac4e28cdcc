"""The files of the page, as they are written: what can be said of them without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import phrases
from bot.phrases import en

PAGE = Path(__file__).resolve().parents[2] / "adapters" / "web" / "page"
FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
CODE = "\n".join(path.read_text("utf-8") for path in [*SCRIPTS, PAGE / "index.html"])
COMPOSED = {"label_page_good", "label_page_bad"}
"""Keys that the page puts together from a name."""


def _name(path: Path) -> str:
    return str(path.relative_to(PAGE))


def test_every_word_the_page_says_is_a_sentence_of_the_bot() -> None:
    used = set(re.findall(r"[\"'`]((?:page|label)_[a-z_]+)[\"'`]", CODE))
    columns = re.search(r"const COLUMNS = \[(.*?)\]", CODE)
    assert columns is not None
    titles = {f"label_page_{name}" for name in re.findall(r'"(\w+)"', columns[1])} - {"label_page_model"}

    assert (used | titles) - {"label_page_"} <= en.SENTENCES.keys()


def test_every_sentence_for_the_page_is_said_on_it() -> None:
    ours = {key for key in en.SENTENCES if key.startswith(("page_", "label_page_"))} - {"page_failed"}
    columns = ["time", "first_words", "where", "parameters", "tokens", "rating", "note", "history", "usage"]

    assert not {key for key in ours - COMPOSED if key not in CODE} - {
        f"label_page_{name}" for name in columns
    }


def test_no_language_is_forgotten() -> None:
    offered = re.search(r"const LANGUAGES = \{(.*?)\}", CODE)

    assert offered is not None
    assert set(re.findall(r"(\w+):", offered[1])) == set(phrases.LANGUAGES)


def test_everything_is_fetched_at_once() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    modules = {_name(path) for path in SCRIPTS if path.parent.name == "app"}

    assert set(re.findall(r'rel="modulepreload" href="static/([^"]+)"', page)) == modules
    assert set(re.findall(r'"static/([^"]+)"', page)) <= {_name(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_nothing_leads_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"(?:https?:)?//[\w-]+\.\w|@import|url\(", text)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_every_address_is_one_of_a_neighbour_for_a_proxy_may_put_the_page_into_a_folder(path: Path) -> None:
    assert not re.findall(r"[\"'`]/(?:static|api|login|logout|favicon)", path.read_text("utf-8"))


def test_html_becomes_elements_in_one_place_only() -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|createContextualFragment|\beval\(|new Function|srcdoc"
    found = {_name(path): re.findall(sinks, path.read_text("utf-8")) for path in SCRIPTS}

    assert {name: sinks for name, sinks in found.items() if sinks} == {"app/blocks.js": ["innerHTML"]}


def test_the_page_holds_nothing_that_its_policy_forbids() -> None:
    page = (PAGE / "index.html").read_text("utf-8")

    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_every_sign_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="i-(\w+)"', CODE))
    used = set(re.findall(r'#i-(\w+)"', CODE)) | set(re.findall(r'\bicon(?:Button)?\("(\w+)"', CODE))

    assert used == drawn - {"good", "bad"} | {name for name in ("good", "bad") if name in used}


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 120_000
    assert all(path.read_text("utf-8").count("\n") < 300 for path in FILES)


def test_every_colour_is_named_once() -> None:
    colours = re.findall(r"(--[\w-]+): light-dark\(", (PAGE / "style.css").read_text("utf-8"))
    styles = "\n".join(path.read_text("utf-8") for path in FILES if path.suffix == ".css")

    assert len(colours) == len(set(colours))
    assert set(re.findall(r"var\((--[\w-]+)", styles)) <= set(re.findall(r"(--[\w-]+):", styles))
