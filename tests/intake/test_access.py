from __future__ import annotations

import pytest

from bot.intake.access import Access, Verdict
from bot.model import ChatKey, Person, Standing

TELEGRAM = ChatKey("telegram", "bot", "1")
SLACK = ChatKey("slack", "T1", "C1")

WELCOME, STRANGER, IGNORED = Verdict.WELCOME, Verdict.STRANGER, Verdict.IGNORED


def access(*ids: str, platform: str = "telegram", admins: tuple[str, ...] = ()) -> Access:
    return Access({"telegram": frozenset(), "slack": None, platform: frozenset(ids)}, frozenset(admins))


@pytest.mark.parametrize(
    ("listed", "person", "expected"),
    [
        # An empty list lets nobody in.
        ((), Person(id="7"), STRANGER),
        # Everyone.
        (("*",), Person(id="7"), WELCOME),
        # The platform's own id, as it is.
        (("7",), Person(id="7"), WELCOME),
        (("7",), Person(id="77"), STRANGER),
        (("7",), Person(id="07"), STRANGER),
        (("7",), Person(id="7.0"), STRANGER),
        (("7",), Person(id="7 "), STRANGER),
        (("7",), Person(id="-7"), STRANGER),
        # A name is whatever people choose it to be.
        (("7", "@alice", "alice"), Person(id="8", name="alice"), STRANGER),
        (("7", "@alice"), Person(id="8", name="@alice"), STRANGER),
        (("Alice",), Person(id="8", name="Alice\u200b"), STRANGER),
        (("Alice",), Person(id="8", name="\u0410lice"), STRANGER),
        (("7",), Person(id="7", name="renamed since"), WELCOME),
        (("*",), Person(id="*"), WELCOME),
        (("7",), Person(id="*"), STRANGER),
        # A platform's word for somebody does not replace the operator's list.
        (("7",), Person(id="8", standing=Standing.MEMBER), STRANGER),
        # Machines and nobody are never answered, whatever the list says.
        (("*",), Person(id="1087968824", standing=Standing.MACHINE), IGNORED),
        (("136817688",), Person(id="136817688", standing=Standing.MACHINE), IGNORED),
        (("777000",), Person(id="777000", standing=Standing.MACHINE), IGNORED),
        (("*",), Person(id=""), IGNORED),
    ],
)
def test_the_operators_list_decides_by_id_alone(
    listed: tuple[str, ...], person: Person, expected: Verdict
) -> None:
    assert access(*listed).verdict(person, TELEGRAM) is expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.MEMBER, WELCOME),
        (Standing.GUEST, STRANGER),
        (Standing.STRANGER, STRANGER),
        (Standing.MACHINE, IGNORED),
    ],
)
def test_without_a_list_only_members_are_let_in(standing: Standing, expected: Verdict) -> None:
    assert access().verdict(Person(id="U1", standing=standing), SLACK) is expected


def test_a_platform_nobody_thought_of_lets_in_members_only() -> None:
    chat = ChatKey("another", "bot", "1")

    assert access("*").verdict(Person(id="7"), chat) is STRANGER


def test_a_list_is_for_its_own_platform() -> None:
    only_slack = access("U1", platform="slack")

    assert only_slack.verdict(Person(id="U1"), SLACK) is WELCOME
    assert only_slack.verdict(Person(id="U1"), TELEGRAM) is STRANGER


@pytest.mark.parametrize(
    ("admins", "chat", "expected"),
    [
        (("9",), TELEGRAM, True),
        (("telegram:9",), TELEGRAM, True),
        (("slack:9",), TELEGRAM, False),
        (("99",), TELEGRAM, False),
        ((), TELEGRAM, False),
    ],
)
def test_an_administrator_is_named_by_id_and_let_in(
    admins: tuple[str, ...], chat: ChatKey, *, expected: bool
) -> None:
    person = Person(id="9")

    assert access(admins=admins).is_admin(person, chat) is expected
    assert access(admins=admins).verdict(person, chat) is (WELCOME if expected else STRANGER)


def test_an_administrator_that_is_a_machine_is_ignored() -> None:
    assert access(admins=("9",)).verdict(Person(id="9", standing=Standing.MACHINE), TELEGRAM) is IGNORED
