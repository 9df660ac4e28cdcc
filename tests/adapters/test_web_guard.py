from __future__ import annotations

import pytest

from adapters.web.guard import LASTS, Door, bearer, client, is_foreign, is_local, is_passed_on
from adapters.web.throttle import MOST_CLIENTS, Throttle

NOW = 1_800_000_000.0
TOKEN = "a long enough token"


# ---------------------------------------------------------------- the door


def test_a_door_without_a_token_has_no_lock_and_no_token_fits_it() -> None:
    door = Door("")

    assert not door.has_lock
    assert not door.fits("")
    assert not door.fits("anything")


@pytest.mark.parametrize("given", ["", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), "ä" * 30, "\ud800"])
def test_only_the_token_fits(given: str) -> None:
    door = Door(TOKEN)

    assert door.fits(TOKEN)
    assert not door.fits(given)


def test_a_cookie_is_known_until_it_is_over() -> None:
    door = Door(TOKEN)
    cookie = door.cookie(NOW)

    assert TOKEN not in cookie
    assert door.knows(cookie, NOW + LASTS - 1)
    assert not door.knows(cookie, NOW + LASTS)


def test_a_cookie_of_another_token_is_not_known() -> None:
    assert not Door(TOKEN).knows(Door("another long token").cookie(NOW), NOW)
    assert not Door(TOKEN).knows(Door("").cookie(NOW), NOW)


def test_a_session_that_was_ended_is_not_known_again_and_no_other_is_touched() -> None:
    door = Door(TOKEN)
    ended, other = door.cookie(NOW), door.cookie(NOW)

    assert door.end(ended, NOW + 1)
    assert not door.knows(ended, NOW + 1)
    assert door.knows(other, NOW + 1)


def test_sessions_that_were_ended_are_remembered_as_long_as_they_would_be_known() -> None:
    door, restarted = Door(TOKEN), Door(TOKEN)
    ended = door.cookie(NOW)
    door.end(ended, NOW)
    restarted.recall(door.ended(NOW) + " nonsense")

    assert not restarted.knows(ended, NOW)
    assert restarted.ended(NOW + LASTS - 1) == ended.partition(".")[0]
    assert restarted.ended(NOW + LASTS) == ""


def test_what_proves_nothing_cannot_be_ended() -> None:
    door = Door(TOKEN)

    assert not door.end("", NOW)
    assert not door.end(Door("another long token").cookie(NOW), NOW)
    assert door.ended(NOW) == ""


@pytest.mark.parametrize(
    "changed",
    [
        "",
        "{until}.",
        ".{proof}",
        "{until}-{name}.",
        "{until}-{name}.{proof}0",
        "9{until}-{name}.{proof}",
        "{until}-0{name}.{proof}",
        "{until}-0000000000000000.{proof}",
        "99999999999-{name}.{proof}",
        "-{until}-{name}.{proof}",
        "{until}-{name}.{proof}é",
        "{until}-{name}.\ud800",
        "{until}.{proof}",
        "1e9.x",
    ],
)
def test_a_cookie_that_was_changed_is_not_known(changed: str) -> None:
    door = Door(TOKEN)
    session, _, proof = door.cookie(NOW).partition(".")
    until, _, name = session.partition("-")

    assert not door.knows(changed.format(until=until, name=name, proof=proof), NOW)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", None),
        ("Bearer a b", None),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_a_program_names_its_token_in_a_header(header: str, token: str | None) -> None:
    assert bearer({"Authorization": header}) == token


# ---------------------------------------------------------------- names, sites and clients


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.3.2.1",
        "[::1]",
        "[::1]:8080",
        "bot.localhost",
    ],
)
def test_these_names_are_this_machines(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "example.com:8080",
        "localhost.example.com",
        "notlocalhost",
        "127.0.0.1.example.com",
        "0.0.0.0",
        "192.168.1.2",
        "[::ffff:8.8.8.8]",
        "[::1",
        "evil@127.0.0.1.nip.io",
        "2130706433",
        "evil.com@127.0.0.1",
        "evil.com\\@127.0.0.1",
        "127.0.0.1/evil.com",
        "127.0.0.1?evil.com",
        "127.0.0.1#evil.com",
    ],
)
def test_under_these_names_somebody_else_could_stand(host: str) -> None:
    assert not is_local(host)


def sent(**headers: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in {"Host": "localhost:8080", **headers}.items()}


@pytest.mark.parametrize(
    "headers",
    [
        sent(),
        sent(Origin="http://localhost:8080"),
        sent(Sec_Fetch_Site="same-origin"),
        sent(Sec_Fetch_Site="none"),
        sent(Sec_Fetch_Site="same-origin", Origin="https://behind.a.proxy"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_what_comes_from_the_page_or_a_program_is_ours(method: str, headers: dict[str, str]) -> None:
    assert not is_foreign(method, headers, is_page=False)


@pytest.mark.parametrize(
    "headers",
    [
        sent(Sec_Fetch_Site="cross-site"),
        sent(Sec_Fetch_Site="same-site"),
        sent(Sec_Fetch_Site="nonsense"),
        sent(Origin="http://evil.example"),
        sent(Origin="null"),
        sent(Origin="http://localhost:9999"),
        sent(Origin=""),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_what_a_browser_sends_for_another_site_is_foreign(method: str, headers: dict[str, str]) -> None:
    assert is_foreign(method, headers, is_page=False)


def test_a_link_to_the_page_may_stand_anywhere_but_nothing_else_may_load_it() -> None:
    link = sent(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")

    assert not is_foreign("GET", link, is_page=True)
    assert is_foreign("GET", link, is_page=False)
    assert is_foreign("POST", link, is_page=True)
    assert is_foreign("GET", sent(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors"), is_page=True)


@pytest.mark.parametrize(
    ("peer", "forwarded", "name"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "made up, 198.51.100.1", "198.51.100.1"),
        ("::1", "198.51.100.1 , 198.51.100.2 ", "198.51.100.2"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_a_client_is_who_connects_or_whom_our_own_proxy_names(peer: str, forwarded: str, name: str) -> None:
    assert client(peer, {"X-Forwarded-For": forwarded} if forwarded else {}) == name


@pytest.mark.parametrize(
    ("headers", "is_so"),
    [
        ({}, False),
        ({"X-Forwarded-For": "127.0.0.1"}, False),
        ({"X-Forwarded-For": "127.0.0.1, ::1", "X-Real-IP": "127.0.0.1"}, False),
        ({"X-Forwarded-For": "198.51.100.1"}, True),
        ({"X-Forwarded-For": "198.51.100.1, 127.0.0.1"}, True),
        ({"X-Forwarded-For": "127.0.0.1, unknown"}, True),
        ({"X-Real-IP": "2001:db8::1"}, True),
        ({"Forwarded": "for=198.51.100.1"}, True),
    ],
)
def test_what_a_tunnel_passes_on_does_not_come_from_this_machine(
    headers: dict[str, str], is_so: bool
) -> None:
    assert is_passed_on(headers) is is_so


# ---------------------------------------------------------------- how much one client may ask


def test_a_client_may_ask_so_often_at_once_and_then_once_in_a_while() -> None:
    throttle = Throttle(every=10.0, burst=3)

    assert [throttle.take("anna", 0.0) for _ in range(4)] == [0, 0, 0, 10.0]
    assert throttle.take("anna", 9.0) == 1.0
    assert throttle.take("anna", 10.0) == 0
    assert throttle.take("anna", 10.0) == 10.0


def test_one_client_does_not_slow_down_another() -> None:
    throttle = Throttle(every=10.0, burst=1)
    throttle.take("anna", 0.0)

    assert throttle.take("anna", 1.0)
    assert not throttle.take("ben", 1.0)


def test_asking_whether_one_must_wait_counts_nothing() -> None:
    throttle = Throttle(every=10.0, burst=1)

    assert [throttle.wait("anna", 0.0) for _ in range(5)] == [0.0] * 5
    throttle.count("anna", 0.0)
    assert throttle.wait("anna", 0.0) == 10.0


def test_who_has_rested_may_ask_at_once_as_often_as_at_first() -> None:
    throttle = Throttle(every=1.0, burst=5)
    for moment in (0.0, 1000.0):
        assert [throttle.take("anna", moment) for _ in range(6)] == [0, 0, 0, 0, 0, 1.0]


def test_a_crowd_of_clients_does_not_take_up_memory_without_end() -> None:
    throttle = Throttle(every=1000.0, burst=1)

    for number in range(2 * MOST_CLIENTS):
        throttle.take(f"{number}", number / 1000)

    assert len(throttle._due) <= MOST_CLIENTS
    assert throttle.wait(f"{2 * MOST_CLIENTS - 1}", 30.0)
