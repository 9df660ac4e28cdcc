"""Source code in colours, as HTML spans whose short class names the style sheet knows.

A block of code that still grows is coloured in pieces of some lines, so that a pass costs the same however long
it is. A word that spans two pieces may then be coloured wrongly for a while; whole code is coloured as a whole.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Token

from adapters.web.sanitiser import clean_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer

_FEWEST, _MOST = 20, 40  # lines of a piece: from the first on it ends where code at the margin begins
_WHOLE_SECONDS, _PIECE_SECONDS = 0.08, 0.02
"""Of computing. Usual code takes a tenth of it; some lexers take a minute for code that was made to hold them up."""
_LONGEST_LINE = 1_000  # characters; minified code is slow to read for lexers, and for nobody's eyes
_EMPTY = "\n" * 10
"""Some lexers read these lines again from each of them, within one step that no clock can end."""
_UNCOLOURED = frozenset({Token, Token.Text, Token.Text.Whitespace, Token.Error, Token.Generic.Prompt})
_OTHER_NAMES = {
    "golang": "go",
    "jsonc": "json",
    "shell": "bash",
    "zsh": "bash",
    "tsx": "typescript",
    "vue": "html",
}
# Those that answers are written in; what few people write is not worth a lexer whose cost nobody has measured.
_NAMES = """
    bash batch c c# c++ clojure cmake console cpp csharp css dart diff docker dockerfile elixir elm erlang f#
    fortran go graphql groovy haskell hcl html http ini java javascript js json jsx julia kotlin latex lisp lua
    make makefile markdown matlab md nginx nim objective-c ocaml perl php postgresql powershell prolog properties
    protobuf ps1 py python r rb rs ruby rust sass scala scheme scss sh solidity sql sqlite3 swift tcl
    terraform tex toml ts typescript vim vb.net xml yaml yml zig
"""
LANGUAGES = frozenset(_NAMES.split())


def coloured(code: str, language: str, *, grows: bool) -> str:
    """Return sanitised HTML for the inside of a `code` element. Never raises."""
    name = _OTHER_NAMES.get(language.lower(), language.lower())
    if name not in LANGUAGES or max(map(len, code.split("\n"))) > _LONGEST_LINE or _EMPTY in code:
        return _uncoloured(code)
    whole = "" if grows else _whole(code, name)
    return whole or "".join(_piece(piece, name) for piece in _pieces(code))


def _pieces(code: str) -> Iterator[str]:
    """Yield the code in pieces; what has been a piece stays one while more code follows."""
    piece: list[str] = []
    for line in code.split("\n"):
        at_margin = bool(piece) and not piece[-1].strip() and not line[:1].isspace()
        if len(piece) >= _MOST or (len(piece) >= _FEWEST and at_margin):
            yield "\n".join(piece) + "\n"
            piece = []
        piece.append(line)
    yield "\n".join(piece)


def _uncoloured(code: str) -> str:
    return clean_code(escape(code))


@lru_cache(maxsize=16)
def _whole(code: str, name: str) -> str:
    return _spans(code, name, _WHOLE_SECONDS)


@lru_cache(maxsize=256)
def _piece(code: str, name: str) -> str:
    return _spans(code, name, _PIECE_SECONDS) or _uncoloured(code)


def _spans(code: str, name: str, most: float) -> str:
    """Return the code in colours, or nothing if that takes more than so many seconds of computing."""
    # Asked for tokens in this way, a lexer neither trims the code nor adds a line end.
    tokens = _lexer(name).get_tokens_unprocessed(code)
    end = time.thread_time() + most
    out: list[str] = []
    try:
        for _, kind, text in tokens:
            out.append(_span(_class(kind), text))
            if time.thread_time() > end:
                return ""
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return ""  # a lexer's mistake is no reason to show no code
    return clean_code("".join(out))


def _span(name: str, text: str) -> str:
    return f'<span class="{name}">{escape(text)}</span>' if name and text.strip() else escape(text)


@lru_cache(maxsize=512)
def _class(kind: object) -> str:
    """Return the short name of the nearest kind that has one."""
    while kind not in STANDARD_TYPES:
        kind = kind.parent  # type: ignore[attr-defined]
    return "" if kind in _UNCOLOURED else STANDARD_TYPES[kind]  # type: ignore[index]


@lru_cache(maxsize=128)
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name)


def language_of(info: str) -> str:
    """Return the name of a language from what stands behind a fence, as far as it looks like one."""
    found = re.match(r"[\w+#.-]{1,32}", info.strip(), re.ASCII)
    return found[0].lower() if found else ""
