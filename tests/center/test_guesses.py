"""Who waits how long after wrong passwords, and which browsers are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from center.people import devices
from center.people.guesses import Attempt, Guesses
from center.people.passwords import why_refused

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
HASH = "$argon2id$an account's"


def attempt(
    login: str = "li", client: str = "192.0.2.1", *, device: str | None = None, exists: bool = True
) -> Attempt:
    return Attempt(login=login, exists=exists, client=client, device=device)


def fail(guesses: Guesses, tried: Attempt, now_s: float = 0.0) -> bool:
    """Try a wrong password, if one may; whether one might."""
    if guesses.wait_s(tried, now_s) > 0:
        return False
    guesses.begin(tried, now_s)
    guesses.failed(tried, now_s)
    return True


@pytest.fixture
def guesses() -> Guesses:
    return Guesses(failures=5, longest_wait_s=900)


def test_strangers_in_thousands_together_guess_as_slowly_as_a_few(guesses: Guesses) -> None:
    day_s = 86_400
    tried = sum(
        fail(guesses, attempt(client=f"192.0.{second % 200}.{second // 200 % 200}"), float(second))
        for second in range(0, day_s, 2)
    )
    assert 20 < tried <= 20 + 12 + day_s / 900


def test_a_stranger_does_not_lock_anybody_out_of_a_browser_that_is_known(guesses: Guesses) -> None:
    for number in range(100):
        fail(guesses, attempt(client=f"198.51.100.{number}"))
        fail(guesses, attempt())
    assert guesses.wait_s(attempt(), 0) > 0
    assert guesses.wait_s(attempt(client="203.0.113.1"), 0) > 0
    assert guesses.wait_s(attempt(device="nonce"), 0) == 0
    assert guesses.wait_s(attempt("wang", "203.0.113.1"), 0) == 0


def test_a_known_browser_may_not_guess_more_than_others(guesses: Guesses) -> None:
    assert sum(fail(guesses, attempt(device="nonce")) for _ in range(20)) == 5
    assert guesses.wait_s(attempt(device="another"), 0) == 0


def test_a_client_that_tries_one_login_after_the_other_waits_too(guesses: Guesses) -> None:
    assert sum(fail(guesses, attempt(f"login {number}", exists=False)) for number in range(200)) == 50
    assert guesses.client_wait_s("192.0.2.1", 0) > 0
    assert guesses.client_wait_s("192.0.2.2", 0) == 0


def test_a_shift_of_sixty_behind_one_address_signs_on_at_once(guesses: Guesses) -> None:
    shift = [attempt(f"person {number}") for number in range(60)]
    for person in shift:
        assert guesses.wait_s(person, 0) == 0
        guesses.begin(person, 0)
    for person in shift:
        guesses.succeeded(person)
    assert guesses.client_wait_s("192.0.2.1", 0) == 0


def test_that_the_owner_signs_on_gives_strangers_no_new_guesses(guesses: Guesses) -> None:
    for number in range(20):
        assert fail(guesses, attempt(client=f"198.51.100.{number}"))
    owner = attempt(device="nonce")
    guesses.begin(owner, 0)
    guesses.succeeded(owner)
    assert guesses.wait_s(attempt(client="198.51.100.200"), 0) > 0


def test_invented_logins_push_no_real_one_out_of_memory(guesses: Guesses) -> None:
    for number in range(20):
        fail(guesses, attempt(client=f"198.51.100.{number}"))
    for number in range(30_000):
        fail(guesses, attempt(f"invented {number}", f"10.{number >> 8}.{number & 255}.1", exists=False))
    assert guesses.wait_s(attempt(client="203.0.113.9"), 0) > 0


def test_a_browser_is_known_by_its_cookie_for_each_of_its_logins() -> None:
    cookie = devices.remember("", "li", HASH, NOW)
    cookie = devices.remember(cookie, "wang", "another hash", NOW)
    assert devices.known(cookie, "li", HASH, NOW + timedelta(days=179)) is not None
    assert devices.known(cookie, "wang", "another hash", NOW) is not None
    for login, password_hash, at in (
        ("zhao", HASH, NOW),
        ("wang", HASH, NOW),
        ("li", "after a new password", NOW),
        ("li", HASH, NOW + timedelta(days=181)),
        ("li", HASH, NOW - timedelta(days=2)),
    ):
        assert devices.known(cookie, login, password_hash, at) is None


def test_a_desk_of_many_keeps_the_newest_logins() -> None:
    cookie = ""
    for number in range(50):
        cookie = devices.remember(cookie, f"person {number}", HASH, NOW)
    known = [number for number in range(50) if devices.known(cookie, f"person {number}", HASH, NOW)]
    assert known == list(range(30, 50))
    assert len(cookie) < 2000


@pytest.mark.parametrize(
    "damage", ["", "~", "....", "a.b.c.d", "x" * 100_000, "é.a.1.b", "~".join(["a.b.1.c"] * 1000)]
)
def test_a_cookie_that_is_none_knows_nobody(damage: str) -> None:
    assert devices.known(damage, "li", HASH, NOW) is None
    assert devices.known(devices.remember(damage, "li", HASH, NOW), "li", HASH, NOW) is not None


def test_a_cookie_cannot_be_made_from_another() -> None:
    tag, nonce, day, mac = devices.remember("", "li", HASH, NOW).split(".")
    for forged in (
        f"{tag}.other.{day}.{mac}",
        f"{tag}.{nonce}.{int(day) + 1}.{mac}",
        f"{tag}.{nonce}.{day}.{mac[::-1]}",
    ):
        assert devices.claims(forged, "li")
        assert devices.known(forged, "li", HASH, NOW) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("fourteen signs", "too_short"),
        ("passwordpassword", "too_common"),
        ("123456789012345", "too_common"),
        ("qwertyuiopasdfgh", "too_common"),
        ("lililililililili", "too_common"),
        ("streetwarden-2026", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("correct horse battery staple", None),
        ("一个很长而且没有人会想到的密码", None),
        ("x7Q-pk2L-93vd-mmNe", None),
        ("9f8e7d" * 33, "too_common"),
        ("9f8e7d6c5b4a" + "x" * 188, None),
    ],
)
def test_new_passwords_are_long_and_not_the_first_to_be_guessed(password: str, why: str | None) -> None:
    assert why_refused(password, known_words=["li", "Operator li"]) == why
