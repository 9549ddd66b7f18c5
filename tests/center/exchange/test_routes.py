"""The change feed through the API, within the account's scope, and the administration of webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from cases import Role
from store.connection import Pool
from tests.center.running import Browser, Center, add_operator, report, stall

pytestmark = pytest.mark.servers


async def read_all(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        page = await browser.fetch("/cases/changes", after=after, limit=2)
        assert len(page["changes"]) <= 2
        found += page["changes"]
        after, more = page["next_after"], page["more"]
    return found


async def test_the_feed_is_read_to_its_end_and_shows_each_account_its_own_cases(
    center: Center, pool: Pool
) -> None:
    cases = [await report(pool, stall(zone=f"zone-{number}")) for number in range(3)]
    async with center.browser() as browser:
        done = await browser.act(cases[0].number, "dispatch", 1, department="城管执法中队")
        assert done.status_code == 200, done.text
        done = await browser.act(cases[0].number, "return", 2, note="wrong department")
        assert done.status_code == 200, done.text
        found = await read_all(browser)
        assert [(each["number"], each["action"]) for each in found] == [
            *((case.number, "open") for case in cases),
            (cases[0].number, "dispatch"),
            (cases[0].number, "return"),
        ]
        assert found[3]["case"]["stage"] == found[3]["changed"]["stage"]
        answer = await browser.get("/cases/changes", params={"after": 99})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
    async with pool.acquire() as connection:
        await add_operator(connection, "desk", roles=[Role.DEPARTMENT_DESK], department="城管执法中队")
        await add_operator(connection, "far", roles=[Role.ACCEPTOR], districts=["350999"])
    async with center.browser("desk") as browser:
        found = await read_all(browser)
        assert [each["seen"] for each in found] == ["entered", "left"]
        assert (found[1]["case"], found[1]["note"], found[1]["number"]) == (None, None, cases[0].number)
    async with center.browser("far") as browser:
        assert await read_all(browser) == []


async def test_an_administrator_manages_subscriptions_and_their_secrets_are_shown_once(
    browser: Browser, pool: Pool
) -> None:
    headers = {"X-CSRF-Token": browser.csrf}
    base = "/api/v1/exchange/webhooks"
    body = {"name": "district", "url": "https://receiver.example/in", "actions": ["close"]}
    added = await browser.client.post(base, json=body, headers=headers)
    assert added.status_code == 201, added.text
    secret = added.json()["secret"]
    assert secret.startswith("whsec_")
    again = await browser.client.post(base, json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (422, "not_possible")
    wrong = await browser.client.post(base, json=body | {"name": "b", "url": "ftp://x"}, headers=headers)
    assert "https://host/path" in wrong.json()["detail"]

    listed = await browser.client.get(base)
    assert secret not in listed.text
    assert listed.json()["webhooks"][0]["actions"] == ["close"]
    rotated = await browser.client.post(f"{base}/district/secret", headers=headers)
    assert rotated.json()["secret"] not in (secret, "")
    changed = await browser.client.put(
        f"{base}/district", json={"url": "https://other.example/", "enabled": False}, headers=headers
    )
    assert (changed.json()["webhooks"][0]["enabled"], changed.json()["webhooks"][0]["actions"]) == (False, [])

    case = await report(pool, stall())
    await browser.fetch("/cases/changes")
    await pool.execute(
        "INSERT INTO webhook_dead_letter (webhook, position, attempts, error) "
        "VALUES ('district', 1, 12, 'no')"
    )
    (letter,) = (await browser.client.get(f"{base}/district/dead-letters")).json()["dead_letters"]
    assert (letter["number"], letter["action"]) == (case.number, "open")
    shown = await browser.client.get(f"{base}/district/dead-letters/1")
    assert shown.json()["data"]["number"] == case.number
    assert (await browser.client.get(f"{base}/district/dead-letters/2")).status_code == 404
    replayed = await browser.client.post(f"{base}/district/replay", json={}, headers=headers)
    assert replayed.json() == {"replayed": 1}
    gone = await browser.client.delete(f"{base}/district", headers=headers)
    assert gone.json() == {"webhooks": []}
    assert (await browser.client.get(f"{base}/district/dead-letters")).status_code == 404
    noted = await pool.fetchval("SELECT count(*) FROM audit_log WHERE action = 'exchange.administer'")
    assert noted == 5, "each change, and no refused one"


async def test_a_callers_telephone_is_in_no_change(browser: Browser) -> None:
    said = {
        "source": "hotline", "type": "stall", "lat": 24.9, "lon": 118.6, "district": "350582",
        "description": "on the pavement", "caller": {"name": "王小明", "telephone": "13800138000"},
    }  # fmt: skip
    answer = await browser.client.post("/api/v1/cases", json=said, headers={"X-CSRF-Token": browser.csrf})
    assert answer.status_code == 201, answer.text
    text = (await browser.get("/cases/changes")).text
    assert "on the pavement" in text
    assert "13800138000" not in text
    assert "王小明" not in text


async def test_a_list_is_imported_and_each_refused_row_is_in_the_answer(browser: Browser, pool: Pool) -> None:
    csv = "code,lon,lat\n3505820102000001,118.6,24.9\n12,118.6,24.9\n"

    async def send(table: str, how: str, text: str = csv) -> Any:
        return await browser.client.post(
            f"/api/v1/exchange/imports/{table}",
            files={"how": (None, how, "application/json"), "file": ("list.csv", text.encode("gb18030"))},
            headers={"X-CSRF-Token": browser.csrf},
        )

    done = (await send("components", '{"format": "csv"}')).json()
    assert (done["written"], done["added"]) == (False, 1)
    assert [(each["row"], each["column"], each["value"]) for each in done["refused"]] == [(3, "code", "12")]
    done = (await send("components", '{"format": "csv", "skip_refused": true}')).json()
    assert done["written"]
    assert await pool.fetchval("SELECT count(*) FROM component") == 1
    for table, how, status in (
        ("others", '{"format": "csv"}', 404),
        ("components", '{"format": "xlsx"}', 422),
        ("components", '{"format": "exe"}', 422),
        ("components", '{"format": "csv", "crs": "EPSG:1"}', 422),
    ):
        answer = await send(table, how)
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True), answer.text
    bad = await browser.client.post(
        "/api/v1/exchange/imports/units", json={"format": "csv"}, headers={"X-CSRF-Token": browser.csrf}
    )
    assert bad.status_code == 422
