from __future__ import annotations

from bot.turns.qwen.circuit import Circuit


def opened(scope: str = "account", now: float = 0.0) -> Circuit[str]:
    circuit = Circuit[str](first=60, longest=300)
    circuit.refused(scope, "bad key", now)
    return circuit


def test_a_closed_circuit_lets_every_call_through() -> None:
    circuit = Circuit[str]()

    assert [circuit.refusal("account", moment) for moment in (0.0, 1.0, 2.0)] == [None, None, None]


def test_a_refusal_stops_further_calls_with_its_reason() -> None:
    circuit = opened()

    assert circuit.refusal("account", 59.9) == "bad key"


def test_a_refusal_concerns_its_scope_only() -> None:
    assert opened("qwen-old").refusal("qwen-plus", 1.0) is None


def test_after_the_wait_one_call_may_try_and_the_others_may_not() -> None:
    circuit = opened()

    assert [circuit.refusal("account", 60.0) for _ in range(3)] == [None, "bad key", "bad key"]


def test_a_try_that_vanished_gives_way_to_another_one() -> None:
    circuit = opened()
    circuit.refusal("account", 60.0)

    assert circuit.refusal("account", 119.9) == "bad key"
    assert circuit.refusal("account", 120.0) is None


def test_each_refused_try_doubles_the_wait_up_to_the_longest() -> None:
    circuit, moment = opened(), 0.0

    for wait in (60, 120, 240, 300, 300):
        assert circuit.refusal("account", moment + wait - 0.1) == "bad key"
        moment += wait
        assert circuit.refusal("account", moment) is None
        assert circuit.refused("account", "bad key", moment)


def test_calls_that_were_under_way_when_it_opened_do_not_prolong_it() -> None:
    circuit = opened()
    news = [circuit.refused("account", "bad key", moment) for moment in (0.1, 0.2, 5.0)]

    assert news == [False, False, False]
    assert circuit.refusal("account", 60.0) is None


def test_a_success_closes_it_at_once() -> None:
    circuit = opened()
    circuit.refusal("account", 60.0)

    assert circuit.answered("account")
    assert not circuit.answered("account")
    assert circuit.refusal("account", 60.1) is None


def test_a_refusal_after_a_success_begins_with_the_first_wait_again() -> None:
    circuit = opened()
    circuit.refusal("account", 60.0)
    circuit.refused("account", "bad key", 60.0)
    circuit.answered("account")
    circuit.refused("account", "no credit", 100.0)

    assert circuit.refusal("account", 159.9) == "no credit"
    assert circuit.refusal("account", 160.0) is None
