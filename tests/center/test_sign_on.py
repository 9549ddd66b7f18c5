"""Signing on and off, and what only somebody who is signed on may do."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import argon2
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from center.live.feed import SESSION_ENDED
from center.people import password_checks, passwords
from center.people.access import COOKIE
from center.web.answers import Refusal
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import PASSWORD, Browser, Center, add_operator, report, stall, until

pytestmark = pytest.mark.servers

JSON = {"Content-Type": "application/json"}


async def test_the_right_password_begins_a_session(center: Center) -> None:
    async with center.browser(None) as browser:
        answer = await browser.sign_on()
        assert (answer.status_code, answer.json()["display_name"]) == (200, "Operator li")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
        assert (await browser.fetch("/session"))["csrf_token"] == browser.csrf


async def test_a_wrong_password_and_an_unknown_login_are_refused_with_the_same_words(center: Center) -> None:
    async with center.browser(None) as browser:
        wrong = await browser.sign_on("li", "guess")
        unknown = await browser.sign_on("nobody", PASSWORD)
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json() == unknown.json()
        assert wrong.json()["code"] == "wrong_credentials"
        assert "set-cookie" not in wrong.headers


PATHS = (
    "/session", "/cases", "/cases/SW202611240001", "/incidents", "/cameras", "/cameras/cam-01/still",
    "/entities", "/status", "/layers/streets", f"/evidence/{'0' * 64}",
)  # fmt: skip


async def test_nothing_is_told_to_somebody_who_is_not_signed_on(center: Center) -> None:
    async with center.browser(None) as browser:
        browser.client.cookies.set(COOKIE, "invented")
        for path in PATHS:
            answer = await browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_on"), path


async def test_signing_off_ends_the_session_for_every_copy_of_its_cookie(browser: Browser) -> None:
    token = browser.client.cookies[COOKIE]
    answer = await browser.client.delete("/api/v1/session", headers={"X-CSRF-Token": browser.csrf})
    assert answer.status_code == 204
    browser.client.cookies.set(COOKIE, token)
    assert (await browser.get("/session")).status_code == 401


async def test_a_session_ends_by_itself(center: Center, browser: Browser, pool: Pool) -> None:
    await pool.execute("UPDATE session SET expires_at = $1", datetime.now(UTC) - timedelta(seconds=1))
    assert (await browser.get("/session")).status_code == 401


async def test_a_new_password_ends_the_sessions_begun_with_the_old_one(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await add_operator(connection, "li", "another")
    assert (await browser.get("/session")).status_code == 401
    assert (await browser.sign_on("li", "another")).status_code == 200


async def test_a_change_without_the_sessions_token_is_refused(browser: Browser, pool: Pool) -> None:
    change = await report(pool, stall())
    for token in (None, "", "wrong", "é"):
        headers = [] if token is None else [(b"X-CSRF-Token", token.encode())]
        answer = await browser.client.post(
            f"/api/v1/cases/{change.number}/actions",
            json={"action": "cancel", "expected_sequence": 1, "note": "x"},
            headers=headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf"), token
    assert (await browser.fetch(f"/cases/{change.number}"))["case"]["stage"] == "opened"


async def test_a_page_of_another_site_can_neither_change_anything_nor_sign_on(browser: Browser) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        headers = {"X-CSRF-Token": browser.csrf, "Origin": origin}
        answer = await browser.client.delete("/api/v1/session", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), origin
        signing_on = await browser.client.post(
            "/api/v1/session", json={"login": "li", "password": PASSWORD}, headers={"Origin": origin}
        )
        assert signing_on.status_code == 403, origin
        assert (await browser.get("/session", headers={"Origin": origin})).status_code == 200


async def test_our_own_page_and_one_behind_a_known_address_can(start_center: StartCenter) -> None:
    center = await start_center(web={"origins": "https://city.example"})
    async with center.browser(None) as browser:
        for origin in (center.url, "https://city.example"):
            answer = await browser.client.post(
                "/api/v1/session", json={"login": "li", "password": PASSWORD}, headers={"Origin": origin}
            )
            assert answer.status_code == 200


async def test_too_many_wrong_passwords_make_one_wait_and_nobody_else(
    start_center: StartCenter, pool: Pool
) -> None:
    center = await start_center(session={"failures": 3, "longest_wait_s": 600})
    async with pool.acquire() as connection:
        await add_operator(connection, "wang")
    async with center.browser(None) as browser:
        for _ in range(3):
            assert (await browser.sign_on("li", "guess")).status_code == 401
        answer = await browser.sign_on("li", PASSWORD)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
        assert int(answer.headers["retry-after"]) >= 1
        counted = [
            await center.metric(f'streetwarden_center_sign_ons_total{{end="{end}"}}')
            for end in ("wrong", "waits")
        ]
        assert counted == [3, 1]
        assert (await browser.sign_on("wang")).status_code == 200


async def test_a_hash_made_with_old_parameters_is_renewed(
    slow_passwords: None, center: Center, pool: Pool
) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await pool.execute("UPDATE operator SET password_hash = $1", old)
    async with center.browser() as browser:
        new = await pool.fetchval("SELECT password_hash FROM operator")
        assert new.startswith("$argon2id$v=19$m=65536,")
        assert (await browser.sign_on()).status_code == 200


async def test_credentials_of_another_form_are_refused(center: Center) -> None:
    bodies = (
        b"", b"[]", b"{", b'{"login": "li"}', b'{"login": "li", "password": 1}',
        b'{"login": "l\\u0000i", "password": "x"}',
    )  # fmt: skip
    async with center.browser(None) as browser:
        for body in bodies:
            answer = await browser.client.post("/api/v1/session", content=body, headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body


async def test_a_body_that_is_no_text_or_too_large_is_refused(center: Center) -> None:
    async with center.browser(None) as browser:
        answer = await browser.client.post("/api/v1/session", content=b"\xff", headers=JSON)
        assert answer.status_code == 400
        answer = await browser.client.post("/api/v1/session", content=b" " * 70_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_the_cookie_is_for_https_alone_behind_a_proxy_that_says_so(start_center: StartCenter) -> None:
    center = await start_center(web={"trusted_proxies": "127.0.0.1"})
    async with center.browser(None) as browser:
        answer = await browser.client.post(
            "/api/v1/session",
            json={"login": "li", "password": PASSWORD},
            headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"},
        )
        assert "Secure" in answer.headers["set-cookie"].split("; ")
        assert answer.headers["strict-transport-security"]


async def test_strangers_everywhere_are_slowed_down_and_a_known_browser_is_not(
    start_center: StartCenter,
) -> None:
    center = await start_center(
        session={"failures": 2, "longest_wait_s": 900}, web={"trusted_proxies": "127.0.0.1"}
    )

    async def sign_on(browser: Browser, address: str, password: str) -> httpx.Response:
        return await browser.client.post(
            "/api/v1/session",
            json={"login": "li", "password": password},
            headers={"X-Forwarded-For": address},
        )

    async with center.browser(None) as owner, center.browser(None) as stranger:
        assert (await sign_on(owner, "203.0.113.1", PASSWORD)).status_code == 200
        statuses = [(await sign_on(stranger, f"198.51.100.{n}", "guess")).status_code for n in range(12)]
        assert statuses == [401] * 8 + [429] * 4
        late = await sign_on(stranger, "198.51.100.99", PASSWORD)
        assert (late.status_code, late.json()["code"]) == (429, "too_many_attempts")
        assert (await sign_on(owner, "203.0.113.2", PASSWORD)).status_code == 200


async def test_a_shift_behind_one_address_signs_on_during_a_flood(
    start_center: StartCenter, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", argon2.PasswordHasher(1, 1024, 1))
    center = await start_center(database={"patience_s": 60})  # the machine may be busy with other tests
    people = [f"person {number}" for number in range(60)]
    async with pool.acquire() as connection:
        await connection.executemany(
            "INSERT INTO operator (login, display_name, password_hash, roles) VALUES ($1, $1, $2, $3)",
            [(login, passwords.hash_password(PASSWORD), ["leader"]) for login in people],
        )
    async with center.browser(people[0]) as known, center.browser(None) as client:
        shift = [asyncio.create_task(client.sign_on(login)) for login in people]
        flood = [asyncio.create_task(client.sign_on(f"nobody {number}", "guess")) for number in range(120)]
        assert (await known.sign_on(people[0])).status_code == 200
        assert (await known.get("/cases")).status_code == 200
        assert [(await each).status_code for each in shift] == [200] * 60
        assert {(await each).json()["code"] for each in flood} <= {
            "wrong_credentials",
            "too_many_attempts",
            "sign_on_busy",
        }


async def test_at_most_two_passwords_are_checked_at_a_time_and_strangers_leave_one_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    going: Counter[bool] = Counter()
    maximum = [0, 0]
    open_ = threading.Event()

    def slow(password: str, _hash: str) -> bool:
        known = password == "known"
        going[known] += 1
        maximum[0], maximum[1] = max(maximum[0], going.total()), max(maximum[1], going[False])
        open_.wait(30)
        going[known] -= 1
        return True

    monkeypatch.setattr(password_checks, "is_password", slow)
    checks = password_checks.PasswordChecks()
    strangers = [
        asyncio.create_task(checks.is_right("strange", "", client=f"client {number % 2}", known=False))
        for number in range(300)
    ]
    await asyncio.sleep(0)
    friend = asyncio.create_task(checks.is_right("known", "", client="client 0", known=True))

    async def both() -> bool:
        return going.total() == 2

    await until(both)
    open_.set()
    assert await friend
    answers = await asyncio.gather(*strangers, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {refusal.code for refusal in refused} == {"sign_on_busy"}
    assert (len(refused), maximum) == (150, [2, 1])


async def test_a_session_that_nobody_uses_ends_and_says_why(start_center: StartCenter, pool: Pool) -> None:
    center = await start_center(session={"idle_minutes": 30})
    async with center.browser() as browser:
        assert (await browser.fetch("/session"))["idle_s"] == 1800
        await pool.execute("UPDATE session SET used_at = now() - interval '29 minutes'")
        for path in ("/cameras/cam-01/still", f"/evidence/{'0' * 64}"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.get("/cameras", headers={"X-Background": "true"})).status_code == 200
        async with browser.live() as live:
            await live.take()
            unused = await pool.fetchval("SELECT now() - used_at FROM session")
            assert unused > timedelta(minutes=28)
            await pool.execute("UPDATE session SET used_at = now() - interval '31 minutes'")
            with pytest.raises(ConnectionClosed) as closed:
                await live.until(lambda _: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == SESSION_ENDED
        answer = await browser.get("/session")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_idle")


async def test_using_a_session_keeps_it(start_center: StartCenter, pool: Pool) -> None:
    center = await start_center(session={"idle_minutes": 30})
    async with center.browser() as browser:
        await pool.execute("UPDATE session SET used_at = now() - interval '29 minutes'")
        assert (await browser.get("/cameras")).status_code == 200
        assert await pool.fetchval("SELECT now() - used_at FROM session") < timedelta(minutes=1)


async def test_one_changes_ones_password_and_other_sessions_end(center: Center) -> None:
    new = "seven unlikely kettles sing"
    async with center.browser() as browser, center.browser() as other:

        async def change(password: str, wanted: str) -> httpx.Response:
            return await browser.client.put(
                "/api/v1/session/password",
                json={"password": password, "new_password": wanted},
                headers={"X-CSRF-Token": browser.csrf},
            )

        for weak, code in (("short", "password_too_short"), ("passwordpassword", "password_too_common")):
            answer = await change(PASSWORD, weak)
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        wrong = await change("guess", new)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
        assert (await change(PASSWORD, new)).status_code == 204
        assert (await browser.get("/session")).status_code == 200
        assert (await other.get("/session")).status_code == 401
        assert (await other.sign_on("li", PASSWORD)).status_code == 401
        assert (await browser.sign_on("li", new)).status_code == 200


async def test_guessing_the_present_password_from_within_a_session_is_slowed_down(
    start_center: StartCenter,
) -> None:
    center = await start_center(session={"failures": 2})
    async with center.browser() as browser:
        # At once: a slow machine takes longer over each password than the first wait lasts.
        answers = await asyncio.gather(
            *(
                browser.client.put(
                    "/api/v1/session/password",
                    json={"password": "guess", "new_password": "seven unlikely kettles sing"},
                    headers={"X-CSRF-Token": browser.csrf},
                )
                for _ in range(4)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [403, 403, 429, 429]


async def test_a_session_that_an_attacker_has_put_into_the_browser_is_not_taken_over(center: Center) -> None:
    async with center.browser() as attacker, center.browser(None) as victim:
        victim.client.cookies.set(COOKIE, attacker.client.cookies[COOKIE])
        answer = await victim.sign_on()
        assert f"{COOKIE}={attacker.client.cookies[COOKIE]}" not in answer.headers["set-cookie"]


async def test_who_is_no_proxy_is_not_believed(start_center: StartCenter) -> None:
    center = await start_center(session={"failures": 1})
    async with center.browser(None) as browser:
        for number, status in enumerate((401, 429)):
            answer = await browser.client.post(
                "/api/v1/session",
                json={"login": "li", "password": "guess"},
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            )
            assert answer.status_code == status
