"""A link whose label names another host says where it leads, however the label is dressed, on every platform."""

from __future__ import annotations

import time

import pytest

from adapters.markup.links import disguised
from adapters.slack.dialect import SlackDialect
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect

REMARK = "(evil.test)"
DRESSED = (
    *("**bank**.com", "`bank.com`", "b*an*k.com", "~~bank~~.com", "$bank.com$", "_bank.com_"),
    *(
        "bank.com\u200d",
        "bank\u200b.com",
        "bank\u00ad.com",
        "bank\u2024com",
        "bank\u3002com",
        "bank\uff0ecom",
    ),
    *(
        "bank&#46;com",
        "bank\\.com",
        "“bank.com”",
        "→ bank.com ←",
        "bank.com；",
        "bank.com-",
        "bank.com(official)",
    ),
    *("http://192.168.1.1/", "https://bank", "HTTPS://BANK.COM", "https://me@bank.com", "сбербанк.рф"),
    *("bank.xn--p1ai", "![**bank**.com](https://x.test/p.png)"),
)
PLAIN = (
    *("asyncio.run()", "main.cpp", "Node.js", "e.g. this", "v1.2.3", "U.S. news", "例子。好的", "wait…what"),
    *("evil.test", "www.evil.test", "see\nevil.test", "evil.test/path", "https://evil.test/x", "EVIL.TEST."),
)


def shown(label: str) -> list[str]:
    """Return what each platform makes of a link with this label."""
    markdown = f"[{label}](https://evil.test/x)"
    return [
        TelegramDialect().render(markdown).text,
        SlackDialect().render(markdown).markdown,
        "".join(WebDialect().render(markdown).blocks),
    ]


@pytest.mark.parametrize("label", DRESSED)
def test_a_label_that_names_another_host_is_seen_through(label: str) -> None:
    assert [REMARK in text for text in shown(label)] == [True, True, True]


@pytest.mark.parametrize("label", PLAIN)
def test_a_label_that_names_no_other_host_is_left_alone(label: str) -> None:
    assert [REMARK in text for text in shown(label)] == [False, False, False]


@pytest.mark.parametrize("unit", ["a", "a-", "a.", "-a", "xn--", "http://"])
def test_the_longest_label_is_judged_in_a_moment(unit: str) -> None:
    began = time.process_time()

    disguised(unit * (12_000 // len(unit)), "evil.test")

    # A search that tries each place against all the others takes seconds of the processor.
    assert time.process_time() - began < 1
