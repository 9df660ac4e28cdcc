"""Which model answers a question, and how deeply it thinks. Pure.

Where people chose `auto`, the first rule of the table that holds decides. A rule reads nothing but the question,
so that what it does can be foretold, and it has a sentence that tells the person why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.lineup import AUTO, Grade
from bot.turns.depth import Depth
from bot.turns.tokens import estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.lineup import Lineup

SHORT, LONG = 40, 600
"""Tokens: about two sentences, and about a page."""
LOOKED_AT = 2_000
"""Characters at either end of a text that are looked at for words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the rules look at."""

    text: str
    """What people wrote, without what they quote."""
    quote: str = ""
    attachments: tuple[str, ...] = ()
    before: Grade | None = None
    """The grade that answered last in this conversation; None: none did, or it was forgotten."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`why` names it, and the sentence `why_<name>`."""

    why: str
    grade: Grade | None
    """None: the grade that answered last."""
    holds: Callable[[Question], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who answers. `why` is the rule that decided; empty: it was chosen beforehand."""

    model: str
    why: str = ""
    depth: Depth = Depth.AUTO


def choose(lineup: Lineup, chosen: str, depth: Depth, question: Question) -> Choice:
    """Return who answers a question, where the chat has `chosen` a model and a `depth`."""
    holding = lineup.holding(chosen)
    grade, why = _picked(question) if holding == AUTO else (_grade(holding), "")
    model = holding if grade is None else lineup.named(grade)
    return Choice(model=model, why=why, depth=_deepened(depth, grade, question))


def _picked(question: Question) -> tuple[Grade, str]:
    rule = next(rule for rule in RULES if rule.holds(question))
    return rule.grade or question.before or Grade.BALANCED, rule.why


def _grade(holding: str) -> Grade | None:
    return Grade(holding) if holding in list(Grade) else None


def _deepened(depth: Depth, grade: Grade | None, question: Question) -> Depth:
    """Return how deeply to think: what the question wishes, else what the chat chose, else what suits the grade."""
    if wants_depth(question):
        return Depth.HIGH
    # Who takes the fast model wants to read at once, and most of a thinking model's time goes into its thoughts.
    return Depth.OFF if depth is Depth.AUTO and grade is Grade.FAST else depth


# ---------------------------------------------------------------- what a question shows

_DEPTH = re.compile(
    r"\bthink (?:harder|carefully|deeply|deeper|twice|longer|(?:it|this|that) through)\b"
    r"|\bthink hard(?=\s*(?:[.,;:!?\n]|$|about\b|before\b|and\b))"
    r"|\b(?:ultrathink|take your time)\b|\breason (?:carefully|deeply)\b"
    r"|(?:仔细|认真|好好|深入|慢慢)地?(?:想|思考|考虑|琢磨)|深度思考|多想(?:想|一想|一会)|想清楚|三思",
    re.IGNORECASE,
)
_SPEED = re.compile(
    r"\bquick (?:answer|question|one|reply)\b|\b(?:answer|reply|respond) quickly\b|\bjust quickly\b"
    r"|\b(?:in )?one (?:word|sentence|line)\b|\byes or no\b|\btl;?dr\b"
    r"|\b(?:don.?t|do not|no need to) (?:think|overthink)\b"
    r"|快速回答|快点(?:回答|说)|一句话|长话短说|(?:不用|不要|不必|别)(?:多|仔细|认真|好好|深入)?(?:想|思考)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"```|Traceback \(most recent call last\)|\bException in thread\b|^[ \t]{0,16}at [\w.$]{1,99}\([\w.]{1,99}:\d"
    r"|^[ \t]{0,40}(?:def|class|async def|fn|func|function|public|private|import|from|#include|const|let|var)"
    r" \S[^\n]{0,199}[;:{(<>\"')][ \t]{0,9}$"
    r"|\bSELECT\b[^?]{1,199}\bFROM\b"
    r"|\b(?i:(?:write|fix|debug|refactor|implement|review)\b[^.?!\n]{0,40}\b(?:code|function|script|regex|query|program|test|bug)s?)\b"
    r"|(?:写|改|修|调试|实现|重构|审查)[^。？！\n]{0,20}(?:代码|函数|脚本|程序|正则|接口|类|算法)|报错|堆栈",
    re.MULTILINE,
)
_PROOF = re.compile(
    r"\b(?:prove|proof|derive|derivation|theorem|lemma|integral|eigenvalues?|step[- ]by[- ]step|root cause|trade-?offs?)\b"
    r"|证明|推导|定理|引理|积分|特征值|一步一步|逐步(?:分析|推理|解)|根本原因|利弊|权衡",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"(?:continue|go on|carry on|keep going|more|why\b|how so|and\b|but\b|so\b|then\b|again|try again|fix (?:it|this|that)"
    r"|are you sure|explain|shorter|longer|elaborate|what about|that'?s (?:wrong|not)|no,"
    r"|继续|接着|为什么|为何|那么?|然后|还有|再|不对|不是|确定吗|详细|展开|解释|改(?:一下|成))",
    re.IGNORECASE,
)


def _ends(text: str) -> str:
    """Return the beginning and the end of a text: what is wished for stands there, and looking costs time."""
    return text if len(text) <= 2 * LOOKED_AT else f"{text[:LOOKED_AT]}\n{text[-LOOKED_AT:]}"


def wants_depth(question: Question) -> bool:
    """Tell whether the question asks for more thought."""
    return bool(_DEPTH.search(_ends(question.text))) and not wants_speed(question)


def wants_speed(question: Question) -> bool:
    """Tell whether the question asks for a fast answer."""
    return bool(_SPEED.search(_ends(question.text)))


def _is_back(question: Question) -> bool:
    """Tell whether a short message goes on with what the model said last."""
    is_short = estimate(question.text) <= SHORT
    return question.before is not None and is_short and bool(_BACK.match(question.text.lstrip()))


def _has_code(question: Question) -> bool:
    return bool(_CODE.search(_ends(question.text)) or _CODE.search(_ends(question.quote)))


def _is_proof(question: Question) -> bool:
    return bool(_PROOF.search(_ends(question.text)))


def _is_short(question: Question) -> bool:
    return estimate(question.text) + estimate(question.quote) <= SHORT


def _is_long(question: Question) -> bool:
    return estimate(question.text) + estimate(question.quote) > LONG


RULES = (
    Rule("harder", Grade.STRONG, wants_depth),
    Rule("quick", Grade.FAST, wants_speed),
    Rule("code", Grade.STRONG, _has_code),
    Rule("proof", Grade.STRONG, _is_proof),
    Rule("attached", Grade.BALANCED, lambda question: bool(question.attachments)),
    Rule("back", None, _is_back),
    Rule("long", Grade.BALANCED, _is_long),
    Rule("short", Grade.FAST, _is_short),
    Rule("plain", Grade.BALANCED, lambda _: True),
)
"""What `auto` goes by. A wish that is spoken comes before anything a question merely looks like."""
