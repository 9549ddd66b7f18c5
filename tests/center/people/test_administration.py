"""Administration of people over the API: what it changes, what it refuses, and that all of it is noted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cases import Role
from store.connection import Pool
from tests.center.running import Browser, Center, add_operator

pytestmark = pytest.mark.servers

NEW_PASSWORD = "seven brown horses walk"


DUTY = {
    "person": "patrol", "starts_at": "2026-11-24T00:00:00Z", "ends_at": "2026-11-24T08:00:00Z",
    "grid_cells": ["350582001001001"],
}  # fmt: skip


async def send(browser: Browser, method: str, path: str, body: Any = None) -> httpx.Response:
    return await browser.client.request(
        method, f"/api/v1/people{path}", json=body, headers={"X-CSRF-Token": browser.csrf}
    )


async def code_of(browser: Browser, method: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await send(browser, method, path, body)
    return answer.status_code, answer.json()["code"]


async def test_an_account_is_added_changed_and_disabled(center: Center, browser: Browser) -> None:
    assert (await send(browser, "PUT", "/departments/D77", {"name": "甲", "name_en": "a"})).status_code == 200
    post = {"name": "受理席", "name_en": "Seat", "department": "D77", "roles": ["acceptor"]}
    assert (await send(browser, "PUT", "/posts/seat-1", post)).status_code == 200
    person = {"name": "王", "department": "D77", "post": "seat-1", "telephone": "1", "device": "p7"}
    assert (await send(browser, "PUT", "/persons/0042", person)).status_code == 200
    account = {
        "login": "wang", "display_name": "王", "password": NEW_PASSWORD, "roles": ["patrol"],
        "districts": ["350582"], "person": "0042",
    }  # fmt: skip
    assert (await send(browser, "POST", "/accounts", account)).status_code == 201
    assert await code_of(browser, "POST", "/accounts", account) == (409, "login_taken")
    async with center.browser(None) as wang:
        assert (await wang.sign_on("wang", NEW_PASSWORD)).status_code == 200
        session = await wang.fetch("/session")
        assert (session["roles"], session["department"], session["districts"]) == (
            ["acceptor", "patrol"], "D77", ["350582"],
        )  # fmt: skip
        assert "case.accept" in session["rights"]
        (seen,) = [
            each for each in (await wang.fetch("/people/persons"))["persons"] if each["person"] == "0042"
        ]
        assert (seen["telephone"], seen["device"], seen["accounts"]) == (None, None, ["wang"])

        assert (await send(browser, "PATCH", "/accounts/wang", {"roles": ["leader"]})).status_code == 200
        assert (await wang.fetch("/session"))["roles"] == ["acceptor", "leader"]

        assert (await send(browser, "PATCH", "/accounts/wang", {"person": None})).status_code == 200
        nobodys = await wang.fetch("/session")
        assert (nobodys["roles"], nobodys["department"]) == (["leader"], None)

        assert (await send(browser, "PATCH", "/accounts/wang", {"disabled": True})).status_code == 200
        assert (await wang.get("/session")).status_code == 401
        assert (await wang.sign_on("wang", NEW_PASSWORD)).status_code == 401
        assert (await send(browser, "PATCH", "/accounts/wang", {"disabled": False})).status_code == 200
        answer = await send(browser, "PUT", "/accounts/wang/password", {"password": NEW_PASSWORD + " home"})
        assert answer.status_code == 204
        assert (await wang.sign_on("wang", NEW_PASSWORD + " home")).status_code == 200
    entries = (await browser.fetch("/people/audit", subject="account/wang"))["entries"]
    assert [each["detail"] for each in reversed(entries)] == [
        {"added": True, "roles": ["patrol"], "districts": ["350582"]},
        {"roles": ["leader"]},
        {"person": None},
        {"disabled": True},
        {"disabled": False},
        {"password": "changed"},
    ]


async def test_what_cannot_be_is_refused_in_one_sentence_and_changes_nothing(
    browser: Browser, pool: Pool
) -> None:
    before = await pool.fetchval("SELECT count(*) FROM audit_log")
    account = {"login": "wang", "display_name": "王", "password": NEW_PASSWORD, "roles": ["leader"]}
    for method, path, body, code in (
        ("POST", "/accounts", account | {"department": "nowhere"}, (422, "not_possible")),
        ("POST", "/accounts", account | {"person": "nobody"}, (422, "not_possible")),
        ("POST", "/accounts", account | {"password": "short"}, (422, "password_too_short")),
        ("POST", "/accounts", account | {"roles": ["system"]}, (422, "invalid")),
        ("POST", "/accounts", account | {"districts": ["x"]}, (422, "invalid")),
        ("PATCH", "/accounts/nobody", {"roles": []}, (422, "not_possible")),
        ("PATCH", "/accounts/li", {"roles": ["leader"]}, (409, "last_administrator")),
        ("PATCH", "/accounts/li", {"disabled": True}, (409, "last_administrator")),
        ("PUT", "/persons/li", {"name": "李", "left": True}, (409, "last_administrator")),
        ("PUT", "/departments/CITY", {"name": "x", "name_en": "x", "parent": "CITY"}, (422, "not_possible")),
        ("PUT", "/posts/p", {"name": "x", "name_en": "x", "department": "D99"}, (422, "not_possible")),
        ("DELETE", "/duty/7", None, (422, "not_possible")),
        ("PUT", "/duty/7", DUTY | {"person": "li"}, (422, "not_possible")),
        ("POST", "/duty", DUTY | {"person": "li", "ends_at": DUTY["starts_at"]}, (422, "not_possible")),
    ):
        assert await code_of(browser, method, path, body) == code, (method, path, body)
    assert await pool.fetchval("SELECT count(*) FROM operator") == 1
    assert await pool.fetchval("SELECT count(*) FROM audit_log") == before


async def test_duty_is_planned_by_shift_leads_and_seen_by_everybody(center: Center, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await add_operator(connection, "lead", roles=[Role.SHIFT_LEAD])
        await add_operator(connection, "patrol", roles=[Role.PATROL])
    async with center.browser("lead") as lead, center.browser("patrol") as patrol:
        assert (await send(lead, "POST", "/duty", DUTY)).status_code == 201
        assert await code_of(patrol, "POST", "/duty", DUTY) == (403, "not_allowed")
        period = {"begin": "2026-11-24T07:00:00Z", "end": "2026-11-24T09:00:00Z"}
        (seen,) = (await patrol.fetch("/people/duty", **period))["duties"]
        assert (seen["person"], seen["grid_cells"]) == ("patrol", ["350582001001001"])
        later = DUTY | {"ends_at": "2026-11-24T09:00:00Z", "note": "late shift"}
        number = seen["duty_id"]
        assert await code_of(patrol, "PUT", f"/duty/{number}", later) == (403, "not_allowed")
        assert (await send(lead, "PUT", f"/duty/{number}", later)).status_code == 200
        (changed,) = (await patrol.fetch("/people/duty", **period))["duties"]
        assert changed == seen | {"ends_at": "2026-11-24T09:00:00Z", "note": "late shift"}
        assert (await send(lead, "DELETE", f"/duty/{number}")).status_code == 204
        assert (await patrol.fetch("/people/duty", **period))["duties"] == []


async def test_a_changed_table_of_rights_holds_with_everybodys_next_request(
    center: Center, browser: Browser, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await add_operator(connection, "lead", roles=[Role.LEADER])
    async with center.browser("lead") as lead:
        assert (await lead.get("/cases")).status_code == 200
        table = await browser.fetch("/people/rights")
        assert (table["own"], table["changed_by"]) == (False, None)
        kept = [
            each for each in table["entries"] if (each["role"], each["action"]) != ("leader", "case.read")
        ]
        change = {"expected_version": table["version"], "entries": kept}
        assert (await send(browser, "PUT", "/rights", change)).status_code == 200
        assert (await lead.get("/cases")).json()["code"] == "not_allowed"
        assert await code_of(browser, "PUT", "/rights", change) == (409, "stale_version")
        table = await browser.fetch("/people/rights")
        assert (table["own"], table["changed_by"]) == (True, "li")
        for entries, said in (
            ([each for each in kept if each["action"] != "people.administer"], "administrator must keep"),
            ([*kept, kept[0] | {"whose": "mine"}], f"entries[{len(kept)}]: whose 'mine' must be"),
        ):
            refused = await send(
                browser, "PUT", "/rights", {"expected_version": table["version"], "entries": entries}
            )
            assert (refused.status_code, refused.json()["code"]) == (422, "bad_rights")
            assert said in refused.json()["detail"]
        back = {"expected_version": table["version"], "entries": None}
        assert not (await send(browser, "PUT", "/rights", back)).json()["own"]
        assert (await lead.get("/cases")).status_code == 200
    (entry, *_) = (await browser.fetch("/people/audit", action="rights.administer"))["entries"][1:]
    assert entry["detail"]["removed"] == ["leader,case.read,*,*,any,own"]


async def test_a_damaged_table_of_rights_opens_nothing_and_can_be_written_anew(
    center: Center, browser: Browser, pool: Pool
) -> None:
    await pool.execute("INSERT INTO rights_entry VALUES ('boss', 'case.read', '*', '*', 'any', 'any')")
    await pool.execute("UPDATE rights_version SET version = version + 1")
    assert (await browser.get("/cases")).json()["code"] == "not_allowed"
    answer = await browser.get("/people/rights")
    assert (answer.status_code, answer.json()["code"]) == (409, "damaged_rights")
    version = await pool.fetchval("SELECT version FROM rights_version")
    restored = await send(browser, "PUT", "/rights", {"expected_version": version, "entries": None})
    assert restored.status_code == 200
    assert (await browser.get("/cases")).status_code == 200


async def test_a_change_of_people_needs_the_sessions_token(browser: Browser) -> None:
    answer = await browser.client.patch("/api/v1/people/accounts/li", json={"display_name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
