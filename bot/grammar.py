r"""The Markdown that models write, as one grammar for the core and every dialect.

CommonMark with tables and strikethrough, and what chat models add to it: mathematics between
`$…$`, `$$…$$`, `\(…\)`, `\[…\]`, and spoilers between `||…||`. Raw HTML is text. If a page were
cut by one grammar and drawn by another, it would look right in neither.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

if TYPE_CHECKING:
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.utils import EnvType

# Blocks are parsed recursively: a line that opens this many is shown as it stands, with its page.
_NESTING = re.compile(r"(?m)^[ \t]*(?:>[ \t]*|(?:[-+*]|\d{1,9}[.)])[ \t]+){24}|^[ \t]{48,}(?:[-+*>]|\d)")
_FENCED = re.compile(
    r"(?ms)^ {0,3}(`{3,}|~{3,})[^`\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)"
)  # code may look like anything
_DEEPEST = (
    300  # levels of blocks: what passes `_NESTING` stays below, and nothing may be dropped for its depth
)
# Brackets are tried within each other: a paragraph with more of them, hardly any a link, is no prose.
_MOST_BRACKETS = 300
_MATH_LINES = 40


@lru_cache(maxsize=4)
def parse(markdown: str) -> list[Token]:
    """Return the block tokens of a page, inline ones with their children. Never raises; leave the tokens as they are.

    Kept for the moment, because a dialect looks at a page from several sides.
    A link definition that no link of the page uses is shown: its link may stand on another page.
    """
    env: dict[str, Any] = {}
    tokens = blocks(markdown, env)
    for token in tokens:
        if token.type == "inline" and token.children is not None:
            _parse_inline(token, env)
    return _settled(tokens) if env else tokens


def blocks(markdown: str, env: dict[str, Any] | None = None) -> list[Token]:
    """Return the block tokens only, for those who ask where blocks begin and end."""
    if _NESTING.search(markdown) and _NESTING.search(_FENCED.sub("", markdown)):
        return _verbatim(markdown)
    return _BLOCKS.parse(markdown, env)


def verbatim(content: str) -> bool:
    """Tell whether the text of a paragraph is shown as it stands: parsing it would be dear and give nothing."""
    brackets = content.count("[")
    return brackets > _MOST_BRACKETS and content.count("](") < brackets // 2


def _parse_inline(token: Token, env: dict[str, Any]) -> None:
    children = token.children if token.children is not None else []
    if token.meta.get("verbatim") or verbatim(token.content):
        children += [part for line in token.content.split("\n") for part in _verbatim_line(line)][1:]
    else:
        _INLINE.inline.parse(token.content, _INLINE, env, children)


def _settled(tokens: list[Token]) -> list[Token]:
    """Drop the definitions that were used, and turn the others into paragraphs."""
    used = {child.meta.get("label") for token in tokens for child in token.children or ()}
    return [part for token in tokens for part in _definition(token, used)]


def _definition(token: Token, used: set[object]) -> list[Token]:
    if token.type != "definition":
        return [token]
    if token.meta["id"] in used:
        return []
    title = f' "{token.meta["title"]}"' if token.meta["title"] else ""
    text = Token("text", "", 0, content=f"[{token.meta['label']}]: {token.meta['url']}{title}")
    return [
        Token("paragraph_open", "p", 1, map=token.map, block=True),
        Token("inline", "", 0, content=text.content, map=token.map, children=[text]),
        Token("paragraph_close", "p", -1, block=True),
    ]


def _verbatim(markdown: str) -> list[Token]:
    """Return one paragraph that shows the source as it is."""
    lines = [0, markdown.count("\n") + 1]
    meta = {"verbatim": True}
    return [
        Token("paragraph_open", "p", 1, map=lines, block=True, meta=meta),
        Token("inline", "", 0, content=markdown, map=lines, level=1, children=[], block=True, meta=meta),
        Token("paragraph_close", "p", -1, block=True),
    ]


def _verbatim_line(line: str) -> tuple[Token, Token]:
    return Token("softbreak", "br", 0), Token("text", "", 0, content=line)


# ---------------------------------------------------------------- mathematics


def _math_inline(state: StateInline, silent: bool) -> bool:
    found = math_span(state.src[: state.posMax], state.pos)
    if found is None:
        return False
    mark, end = found
    if not silent:
        token = state.push("math", "math", 0)
        token.markup = mark
        token.content = state.src[state.pos + len(mark) : end - len(mark)]
    state.pos = end
    return True


def math_span(text: str, start: int) -> tuple[str, int] | None:
    """Return the opening mark and the end of the inline mathematics that begins at `start`, if any."""
    for mark, close in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(mark, start):
            end = text.find(close, start + 2)
            return (mark, end + 2) if end > 0 and text[start + 2 : end].strip() else None
    return _dollar_span(text, start) if text.startswith("$", start) else None


# As on GitHub and in pandoc: no space inside the dollars, no letter or digit outside, so that
# prices (`$5 and $6`) and shell variables (`$HOME/$PATH`) stay what they are.
_DOLLARS = re.compile(r"(?<![\w$\\])\$(?![\s$])[^$`\n]{0,1000}(?<![\s\\])\$(?![\w$])")


def _dollar_span(text: str, start: int) -> tuple[str, int] | None:
    found = _DOLLARS.match(text, start)
    return ("$", found.end()) if found else None


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = _line(state, start)
    close = {"$$": "$$", "\\[": "\\]"}.get(line[:2])
    if close is None or state.is_code_block(start):
        return False
    last = _math_end(state, start, end, close)
    if last is None:
        return False
    if not silent:
        _push_math(state, start, last, line[:2])
    return True


def _math_end(state: StateBlock, start: int, end: int, close: str) -> int | None:
    """Return the line that ends with `close`; a blank line or the end of the container comes first: None."""
    for number in range(start, min(end, start + _MATH_LINES)):
        line = _line(state, number)
        if number > start and (not line or state.sCount[number] < state.blkIndent):
            return None
        if line[2 if number == start else 0 :].endswith(close):
            return number
        if close in line[2 if number == start else 0 :]:
            return None
    return None


def _push_math(state: StateBlock, start: int, last: int, mark: str) -> None:
    text = state.getLines(start, last + 1, state.blkIndent, False).strip()
    token = state.push("math_block", "math", 0)
    token.content = text[2:-2].strip()
    token.markup = mark
    token.map = [start, last + 1]
    token.block = True
    state.line = last + 1


def _line(state: StateBlock, number: int) -> str:
    begin = state.bMarks[number] + state.tShift[number]
    return state.src[begin : state.eMarks[number]].rstrip()


# ---------------------------------------------------------------- emphasis


def flanks(before: str, after: str) -> tuple[bool, bool]:
    """Tell whether a run of `*`, `_` or `~` between two characters stands left and right of a word.

    CommonMark's rule, but for Chinese, Japanese and Korean, which know no spaces: by the letter of it,
    `**注意：**请看` would not be bold. As in the `cjk-friendly` amendment, their punctuation counts as a
    letter, and their characters beside other punctuation count as a space.
    """
    left = not after.isspace() and (not _parts(after) or _may_part(before))
    right = not before.isspace() and (not _parts(before) or _may_part(after))
    return left, right


def punctuation(char: str) -> bool:
    """Tell what CommonMark calls punctuation."""
    return unicodedata.category(char)[0] in "PS"


def _parts(char: str) -> bool:
    return punctuation(char) and not is_cjk(char)


def _may_part(char: str) -> bool:
    return char.isspace() or punctuation(char) or is_cjk(char)


def is_cjk(char: str) -> bool:
    """Tell whether the character is of a script that puts no spaces between words."""
    # Emoji are wide as well, but no letters.
    return unicodedata.east_asian_width(char) in "WFH" and unicodedata.category(char) != "So"


class _State(StateInline):
    """Finds the runs of emphasis by `flanks`."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the library's
        end = start
        while end < self.posMax and self.src[end] == self.src[start]:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        left, right = flanks(before, after)
        opens = left and (canSplitWord or not right or punctuation(before))
        closes = right and (canSplitWord or not left or punctuation(after))
        return Scanned(opens, closes, end - start)


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


# ---------------------------------------------------------------- spoilers

# Like emphasis: no space inside the bars, so that `a || b || c` stays what it is.
_SPOILER = re.compile(r"\|\|(?=[^\s|])(.{0,2000}?[^\s|\\])\|\|(?!\|)", re.DOTALL)


def _spoiler(state: StateInline, silent: bool) -> bool:
    found = _SPOILER.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "|" else None
    if found is None:
        return False
    if not silent:
        _push_spoiler(state, *found.span(1))
    state.pos = found.end()
    return True


def _push_spoiler(state: StateInline, begin: int, end: int) -> None:
    limit = state.posMax
    state.push("spoiler_open", "span", 1).markup = "||"
    state.pos, state.posMax = begin, end
    state.md.inline.tokenize(state)
    state.pos, state.posMax = end, limit
    state.push("spoiler_close", "span", -1).markup = "||"


# ---------------------------------------------------------------- parsers


def _parser(deepest: int) -> MarkdownIt:
    options = {"html": False, "maxNesting": deepest, "inline_definitions": True, "store_labels": True}
    md = MarkdownIt("commonmark", options)
    md.inline = _Inline()
    md.configure("commonmark", options).enable(["table", "strikethrough"])
    md.disable(["html_block", "html_inline", "inline", "text_join"])
    # Where a link may lead is for the dialect to say; here a refused one would fall apart into its source.
    md.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005
    return md


def _block_parser() -> MarkdownIt:
    md = _parser(_DEEPEST)
    alternatives: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "math_block", _math_block, alternatives)
    return md


def _inline_parser() -> MarkdownIt:
    # Labels within labels are tried recursively: a lower limit than for blocks, and nothing is dropped by it.
    md = _parser(20)
    md.inline.ruler.before("escape", "math", _math_inline)
    md.inline.ruler.before("link", "spoiler", _spoiler)
    md.inline.add_terminator_char("|")
    return md


_BLOCKS = _block_parser()
_INLINE = _inline_parser()
