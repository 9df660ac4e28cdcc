"""Markdown as chat models write it: some of it by hand, and as much as is wanted by strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

REALISTIC = '''# Sorting, *explained*

Here is **a short, but *complete* answer** with `inline code`, a [link to docs](https://docs.python.org/3/ "Title"),
~~a mistake~~, a ||secret||, and snake_case_names. It costs $5 to $10, i.e. 2 * 3 dollars; AT&amp;T agrees &mdash; 你好**重点**内容。

## Steps

1. **First**, read the input:
   ```python
   def read(path: str) -> list[str]:
       """Read **all** lines."""

       return open(path).read().split("\\n")
   ```
2. Then sort it:
   - by key, or
   - by `cmp_to_key`:
     > Quoted *advice* inside.
3. Done ✅ 👨‍👩‍👧 🇬🇧

| Algorithm | Best | Worst | Notes |
|:----------|:----:|------:|-------|
| Quick     | n log n | n² | **in place** |
| Merge     | n log n | n log n | see [wiki](https://en.wikipedia.org/wiki/Merge_sort) |

> **Note**
> Stability matters for `records`,
> and ~~never~~ sometimes elsewhere.

- [x] written
- [ ] tested

The cost is $O(n \\\\log n)$ and

$$
T(n) = 2 T(n/2) + n
$$

---

```
plain fence with ``` not at the start
```

Escaped \\*stars\\* and <https://example.com/a_b_c> end ![a chart](https://example.com/c.png "Chart").
Bye!'''.replace("\\\\log", "\\log")

_WORD = st.sampled_from(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "42",
        "3.14",
        "你好",
        "été",
        "naïve",
        "👍",
        "it's",
        "e.g.",
    ]
)
_TEXT = st.lists(_WORD, min_size=1, max_size=5).map(" ".join)


def _inline() -> SearchStrategy[str]:
    plain = _TEXT
    code = st.lists(_WORD, min_size=1, max_size=3).map(lambda words: f"`{' '.join(words)}`")
    link = st.builds("[{}](https://example.com/{})".format, _TEXT, st.sampled_from(["", "a_b", "x?y=1"]))
    image = st.builds("![{}](https://example.com/i.png)".format, _TEXT)
    marked = st.builds(
        "{0}{1}{0}".format, st.sampled_from(["**", "*", "~~", "||", "***"]), st.one_of(plain, code, link)
    )
    nested = st.builds("**{} *{}* {}**".format, _TEXT, _TEXT, _TEXT)
    special = st.sampled_from(
        [
            "&amp;",
            "&lt;",
            "\\*",
            "\\_",
            "snake_case_name",
            "<https://example.com/q>",
            "$x + y$",
            "2 * 3",
            "5 < 6",
        ]
    )
    return st.lists(
        st.one_of(plain, plain, code, link, image, marked, nested, special), min_size=1, max_size=4
    ).map(" ".join)


INLINE = _inline()
_LINES = st.lists(INLINE, min_size=1, max_size=3).map("\n".join)


def _indented(text: str, first: str) -> str:
    return first + text.replace("\n", "\n" + " " * len(first))


def _items(blocks: SearchStrategy[str]) -> SearchStrategy[str]:
    marker = st.sampled_from(["- ", "* ", "1. "])
    gap = st.sampled_from(["\n", "\n\n"])
    return st.builds(
        lambda mark, items, sep: sep.join(
            _indented(item, f"{n}. " if mark == "1. " else mark) for n, item in enumerate(items, 1)
        ),
        marker,
        st.lists(blocks, min_size=1, max_size=4),
        gap,
    )


def _table() -> SearchStrategy[str]:
    cell = st.one_of(_TEXT, st.just("**bold**"), st.just("`code`"), st.just(""))
    row = st.lists(cell, min_size=2, max_size=2).map(lambda cells: f"| {' | '.join(cells)} |")
    return st.lists(row, min_size=1, max_size=5).map(
        lambda rows: "\n".join(["| head | tail |", "|:---|---:|", *rows])
    )


def _fence() -> SearchStrategy[str]:
    line = st.sampled_from(
        ["x = 1", "", "    return **kwargs", "# no heading", "| a | b |", "你好 = `1`", "- [ ] x"]
    )
    return st.builds(
        lambda mark, info, lines: f"{mark}{info}\n" + "".join(f"{each}\n" for each in ["top", *lines]) + mark,
        st.sampled_from(["```", "~~~", "````"]),
        st.sampled_from(["", "python", "c++"]),
        st.lists(line, max_size=5),
    )


def _block() -> SearchStrategy[str]:
    heading = st.builds("{} {}".format, st.sampled_from(["#", "##", "####"]), INLINE)
    formula = st.sampled_from(["$$\na + b\n- c = 1\n$$", "\\[\nx = y\n\\]"])
    leaf = st.one_of(_LINES, _LINES, heading, _fence(), _table(), formula, st.just("---"))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            _items(inner), inner.map(lambda text: _indented(text, "> ").replace("\n  ", "\n> "))
        ),
        max_leaves=4,
    )


def _joined(blocks: list[str]) -> str:
    """Blocks one after the other; two lists in a row would be one to Markdown, whatever their numbers say."""
    out = blocks[:1]
    for block in blocks[1:]:
        out += ["between", block] if block.startswith("1. ") else [block]
    return "\n\n".join(out)


_BLOCK = _block()
DOCUMENT = st.lists(_BLOCK, min_size=1, max_size=6).map(_joined)
BRIEF = st.lists(_BLOCK, min_size=1, max_size=2).map(_joined).filter(lambda text: len(text) < 300)
NOISE = st.text(st.sampled_from(list("*_`~|[]()<>!#-+=\\$&; \n\t1.ab:é你😀\u200d\ufe0f\r")), max_size=80)
