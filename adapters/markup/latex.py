"""Formulas as text that can be read without a typesetter."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db

# The library complains about half written formulas, with their text, into the log.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL + 1)

_LONGEST = 1500
_DEEPEST = 30
_RAISED = str.maketrans(
    "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
)
_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|(\\[A-Za-z]+|[^\s\\{}^_]))")
_FRACTION = re.compile(r"\\[cdt]?frac\s*\{((?:[^{}]|\{\})*)\}\s*\{((?:[^{}]|\{\})*)\}")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*(?:\{\})?|\{\}")
_COMPOUND = re.compile(r"[+\-*/=\s]")
# A space after these is a space; after other commands it only ends the name.
_FUNCTION = re.compile(
    r"\\(arccos|arcsin|arctan|cosh?|cot|csc|det|exp|gcd|inf|lg|lim|ln|log|max|min|sec|sinh?|sup|tanh?)\s+(?=[\w\\])"
)
# What only sizes or places, and says nothing to a reader of plain text.
_LAYOUT = re.compile(
    r"\\(?:(?:left|right)(?![A-Za-z])\.?|(?:[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits|nonumber|middle|hline)"
    r"(?![A-Za-z]))\s*"
)
_UNKNOWN = {
    "ne": "≠",
    "implies": "⟹",
    "iff": "⟺",
    "dots": "…",
    "land": "∧",
    "lor": "∨",
    "lnot": "¬",
    "gets": "←",
}
_SIGN = re.compile(rf"\\({'|'.join(_UNKNOWN)})(?![A-Za-z])")
_STYLE = re.compile(r"\\(?:mathbf|boldsymbol|bm|operatorname|boxed|mathit|mathsf|mathtt)\*?(?=\s*\{)")
_CONTEXT = get_default_latex_context_db()


@lru_cache(maxsize=256)
def readable(latex: str) -> str:
    """Return the formula in Unicode, or as it was written where that would fail, lose a part or cost too much."""
    latex = latex.strip()
    if len(latex) > _LONGEST or not _shallow(latex):
        return latex
    plain = _STYLE.sub(r"\\mathrm", _LAYOUT.sub("", latex.replace("\\|", "‖")))
    plain = _SIGN.sub(lambda found: _UNKNOWN[found[1]], plain)
    text = _text(_scripts(_fractions(_FUNCTION.sub(r"\\\1{} ", plain))))
    lines = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    return latex if not lines or "%s" in lines else lines


def _shallow(latex: str) -> bool:
    return max(latex.count("{"), latex.count("\\begin"), latex.count("\\left")) <= _DEEPEST


def _text(latex: str) -> str:
    """Return the text, or the source if the library does not know all of it: it would drop the rest."""
    if not all(_known(name) for name in _COMMAND.findall(latex) if name):
        return latex
    try:
        text = LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(
            latex, tolerant_parsing=True
        )
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return latex
    return text if isinstance(text, str) else latex


def _known(name: str) -> bool:
    return name in ("begin", "end") or bool(getattr(_CONTEXT.get_macro_spec(name), "macroname", ""))


def _fractions(latex: str) -> str:
    """Write fractions on one line, the inner ones first."""
    for _ in range(_DEEPEST):
        latex, count = _FRACTION.subn(_fraction, latex)
        if not count:
            break
    return latex


def _fraction(found: re.Match[str]) -> str:
    """Keep together what belongs together: `(a + b)/2c` and not `a + b/2c`."""
    parts = [
        f"({part})" if _COMPOUND.search(_COMMAND.sub("x", part.strip())) else part for part in found.groups()
    ]
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    # The empty groups end the name of a command before; 2 and a half is not 21/2.
    return (" " if before.isdigit() else "{}") + "/".join(parts) + (" " if after.isalnum() else "{}")


def _scripts(latex: str) -> str:
    return _SCRIPT.sub(_script, latex)


def _script(found: re.Match[str]) -> str:
    table = _RAISED if found[1] == "^" else _LOWERED
    inner = found[2] if found[2] is not None else found[3]
    plain = (_text(inner) if "\\" in inner else inner).strip()
    if plain and all(ord(char) in table for char in plain):
        return "{}" + plain.translate(table)
    return f"{found[1]}({inner})" if len(plain) > 1 else f"{found[1]}{{{inner}}}"
