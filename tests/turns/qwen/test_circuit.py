from __future__ import annotations

from bot.turns.qwen.circuit import Circuit


def opened(scope: str = "account", now: float = 0.0) -> Circuit[str]:
    circuit = Circuit[str](wait=60)
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


def test_a_try_that_showed_nothing_gives_way_at_once_and_what_it_shows_late_still_counts() -> None:
    circuit = opened()
    circuit.left("account", 1.0)
    assert circuit.refusal("account", 1.0) == "bad key"
    circuit.refusal("account", 60.0)

    circuit.left("account", 61.0)

    assert circuit.refusal("account", 61.0) is None
    circuit.left("account", 62.0)
    assert circuit.refused("account", "bad key", 62.0)
    assert circuit.refusal("account", 121.9) == "bad key"


def test_a_refused_try_is_followed_by_another_wait() -> None:
    circuit, moment = opened(), 0.0

    for _ in range(3):
        assert circuit.refusal("account", moment + 59.9) == "bad key"
        moment += 60
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


def test_a_refusal_after_a_success_opens_it_anew() -> None:
    circuit = opened()
    circuit.refusal("account", 60.0)
    circuit.answered("account")
    circuit.refused("account", "no credit", 100.0)

    assert circuit.refusal("account", 159.9) == "no credit"
    assert circuit.refusal("account", 160.0) is None


def test_in_any_five_minutes_one_call_at_most_meets_what_is_refused_for_good() -> None:
    circuit, calls = Circuit[str](), []

    for second in range(3600):
        if circuit.refusal("account", float(second)) is None:
            calls.append(second)
            circuit.refused("account", "bad key", float(second))

    assert calls == list(range(0, 3600, 300))
