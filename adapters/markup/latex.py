"""Formulas as text that can be read without a typesetter."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

# The library complains about half written formulas, with their text, into the log.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL + 1)

_LONGEST = 1500
_DEEPEST = 30
_RAISED = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
                        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ")  # fmt: skip
_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|(\\[A-Za-z]+|[^\s\\{}^_]))")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_COMPOUND = re.compile(r"[+\-*/=\s]")


@lru_cache(maxsize=256)
def readable(latex: str) -> str:
    """Return the formula in Unicode, or as it was written where that fails or would cost too much."""
    if len(latex) > _LONGEST or not _shallow(latex):
        return latex.strip()
    text = _text(_FRACTION.sub(_fraction, latex))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) or latex.strip()


def _shallow(latex: str) -> bool:
    return max(latex.count("{"), latex.count("\\begin"), latex.count("\\left")) <= _DEEPEST


def _fraction(found: re.Match[str]) -> str:
    """Keep what belongs together together: `(a + b)/2c` and not `a + b/2c`."""
    return "/".join(
        f"({part})" if _COMPOUND.search(part.strip()) else f"{{{part}}}" for part in found.groups()
    )


def _text(latex: str) -> str:
    try:
        text = LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(
            _scripts(latex), tolerant_parsing=True
        )
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return latex
    return text if isinstance(text, str) else latex


def _scripts(latex: str) -> str:
    return _SCRIPT.sub(_script, latex)


def _script(found: re.Match[str]) -> str:
    table = _RAISED if found[1] == "^" else _LOWERED
    inner = found[2] if found[2] is not None else found[3]
    plain = _text(inner) if "\\" in inner else inner.strip()
    if plain and all(ord(char) in table for char in plain):
        return plain.translate(table)
    return f"{found[1]}({inner})" if len(plain) > 1 else f"{found[1]}{{{inner}}}"
