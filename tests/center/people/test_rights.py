"""Every route and the live feed, for every role, in the account's own district and in another.

The routes come from the application itself: one that declares no right, or is new here, fails.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from websockets.exceptions import ConnectionClosed

from cases import PERSONS_ROLES, Actor, Rights, Role
from center.app import create_api
from center.live.feed import RIGHTS_CHANGED
from center.people.access import ANY_ACCOUNT, rights_of
from store.connection import Pool
from tests.center.conftest import StartCenter
from tests.center.running import (
    DISTRICT,
    JPEG,
    Browser,
    Center,
    add_operator,
    add_still,
    move,
    report,
    stall,
    until,
)
from wire.messages import PictureRole

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

FOREIGN = "350999"
RIGHTS = Rights.shipped()
SIGN_ON = ("POST", "/session")
"""The one request that needs no session."""
DEPARTMENT = "城管执法中队"


def routes() -> dict[tuple[str, str], frozenset[str]]:
    """The rights that each method and path declares."""
    found = {}
    for context in iter_route_contexts(create_api().routes):
        path = (context.path or "").removeprefix("/api/v1")
        for method in sorted(context.methods or {"WEBSOCKET"}):
            found[method, path] = rights_of(context.original_route)
    return found


def test_every_route_declares_one_right_that_there_is() -> None:
    declared = routes()
    assert len(declared) > 40
    known = {entry.action for entry in RIGHTS.entries} | {ANY_ACCOUNT}
    for route, rights in declared.items():
        if route == SIGN_ON:
            assert not rights
            continue
        assert len(rights) == 1, f"{route} must declare one right with may, may_look_on or may_change"
        assert rights <= known, route


def _path(template: str, number: str, digest: str) -> str:
    known = {
        "number": number, "digest": digest, "camera": "cam-01", "kind": "vehicle", "identity": "v1",
        "layer": "streets", "code": "D01", "person": "nobody", "login": "nobody",
    }  # fmt: skip
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: known.get(found[1], "x"), template)


async def test_a_route_answers_403_exactly_to_the_roles_that_lack_its_right(
    center: Center, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        for role in sorted(PERSONS_ROLES):
            await add_operator(connection, role, roles=[role])
        await add_operator(connection, "nothing", roles=[])
    for login in (*sorted(PERSONS_ROLES), "nothing"):
        actor = Actor(name="x", roles=frozenset({login}))
        async with center.browser(login) as browser:
            for (method, template), declared in routes().items():
                if not declared or method == "WEBSOCKET" or template.startswith("/session"):
                    continue
                (right,) = declared
                answer = await browser.client.request(
                    method,
                    "/api/v1" + _path(template, "SW1", "0" * 64),
                    headers={"X-CSRF-Token": browser.csrf},
                    json=None if method in {"GET", "DELETE"} else {},
                )
                refused = (answer.status_code, answer.json().get("code")) == (403, "not_allowed") if (
                    answer.headers["content-type"].startswith("application/problem")
                ) else False  # fmt: skip
                allowed = right == ANY_ACCOUNT or RIGHTS.allows_somewhere(actor, right)
                assert refused is not allowed, (
                    login,
                    method,
                    template,
                    answer.status_code,
                    answer.text[:200],
                )


PERIOD = {"begin": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"}


async def _sees(browser: Browser, number: str, digest: str) -> dict[str, Any]:
    """What a browser gets of a place with a vehicle, a member of staff, a camera, an incident and a case."""

    async def got(path: str, **parameters: Any) -> Any:
        answer = await browser.get(path, params=parameters)
        return answer.json() if answer.status_code == 200 else None

    async def status(path: str, **parameters: Any) -> int:
        return (await browser.get(path, params=parameters)).status_code

    entities = {each["key"] for each in (await got("/entities") or {"entities": []})["entities"]}
    async with browser.live() as live:
        await live.take()
        fed = {
            *live.entities,
            *(f"case {each}" for each in live.cases),
            *(f"still {each}" for each in live.stills),
        }
        counted = live.status["cases_open"]
    return {
        "vehicle": await status("/entities/vehicle/v1") == 200,
        "staff": await status("/entities/person/p1") == 200,
        "listed vehicle": "vehicle/v1" in entities,
        "listed staff": "person/p1" in entities,
        "track": await status("/history/positions", entity="vehicle/v1", **PERIOD) == 200,
        "staff track": await status("/history/positions", entity="person/p1", **PERIOD) == 200,
        "export": await status("/history/export", entity="vehicle/v1", **PERIOD) == 200,
        "staff export": await status("/history/export", entity="person/p1", **PERIOD) == 200,
        "still": await status("/cameras/cam-01/still") == 200,
        "incident": bool((await got("/incidents") or {"incidents": []})["incidents"]),
        "case": await status(f"/cases/{number}") == 200,
        "listed case": bool((await got("/cases") or {"cases": []})["cases"]),
        "evidence": await status(f"/evidence/{digest}", size="full") == 200,
        "fed vehicle": "vehicle/v1" in fed,
        "fed staff": "person/p1" in fed,
        "fed case": f"case {number}" in fed,
        "fed still": "still cam-01" in fed,
        "counted case": counted == 1,
    }


NEEDS = {
    "vehicle": ("live.read",),
    "listed vehicle": ("live.read",),
    "fed vehicle": ("live.read",),
    "staff": ("live.read", "staff_live.read"),
    "listed staff": ("live.read", "staff_live.read"),
    "fed staff": ("staff_live.read",),
    "track": ("history.read",),
    "staff track": ("history.read", "staff_track.read"),
    "export": ("export.read", "history.read"),
    "staff export": ("export.read", "history.read", "staff_track.read"),
    "still": ("camera.read",),
    "fed still": ("camera.read",),
    "incident": ("incident.read",),
    "case": ("case.read",),
    "listed case": ("case.read",),
    "fed case": ("case.read",),
    "counted case": ("case.read",),
    "evidence": ("evidence.read", "evidence.original"),
}


async def test_each_role_sees_what_is_in_its_scope_in_its_district_and_nothing_in_another(
    center: Center, pool: Pool
) -> None:
    now = datetime.now(UTC)
    await until(lambda: _has_departments(pool))
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1", "person/p1", at=now)
        await add_still(connection, "cam-01", at=now)
        for role in sorted(PERSONS_ROLES):
            for district in (DISTRICT, FOREIGN):
                await add_operator(
                    connection,
                    f"{role}-{district}",
                    roles=[role],
                    districts=[district],
                    department=DEPARTMENT,
                )
    digest = await center.evidence.put(JPEG)
    change = await report(pool, stall(), (PictureRole.FINDING, digest))
    async with center.browser() as everybody:
        number = change.number
        case = (await everybody.fetch(f"/cases/{number}"))["case"]
        dispatched = await everybody.act(number, "dispatch", case["sequence"], department=DEPARTMENT)
        assert dispatched.status_code == 200, dispatched.text

        async def counted() -> bool:
            return bool((await everybody.fetch("/status"))["cases_open"])

        await until(counted)
        assert all((await _sees(everybody, number, digest)).values())
    for role in sorted(PERSONS_ROLES):
        for district in (DISTRICT, FOREIGN):
            login = f"{role}-{district}"
            actor = Actor(
                name=login, roles=frozenset({role}), districts=frozenset({district}),
                departments=frozenset({DEPARTMENT}),
            )  # fmt: skip
            async with center.browser(login) as browser:
                seen = await _sees(browser, number, digest)
            wanted = {
                what: all(
                    RIGHTS.allows(actor, right, district=DISTRICT, department=DEPARTMENT) for right in rights
                )
                for what, rights in NEEDS.items()
            }
            assert seen == wanted, login


async def test_a_case_of_another_department_cannot_be_seen_nor_acted_on(center: Center, pool: Pool) -> None:
    await until(lambda: _has_departments(pool))
    async with pool.acquire() as connection:
        await add_operator(connection, "desk", roles=[Role.DEPARTMENT_DESK], department="环卫所")
        await add_operator(connection, "ours", roles=[Role.DEPARTMENT_DESK], department=DEPARTMENT)
    change = await report(pool, stall())
    async with center.browser() as browser, center.browser("desk") as desk, center.browser("ours") as ours:
        number = change.number
        case = (await browser.fetch(f"/cases/{number}"))["case"]
        async with ours.live() as live:
            await live.take()
            assert not live.cases
            answer = await browser.act(number, "dispatch", case["sequence"], department=DEPARTMENT)
            assert answer.status_code == 200
            sequence = answer.json()["case"]["sequence"]
            await live.until(lambda live: number in live.cases)
            for action, code in (("handle", "no_case"), ("close", "no_case")):
                refused = await desk.act(number, action, sequence)
                assert (refused.status_code, refused.json()["code"]) == (404, code)
            closing = await ours.act(number, "cancel", sequence, note="x")
            assert (closing.status_code, closing.json()["code"]) == (403, "not_allowed")
            returned = await ours.act(number, "return", sequence, note="not ours")
            assert returned.status_code == 200, returned.text
            await live.until(lambda live: live.messages[-1].get("cases_gone") == [number])
        assert (await ours.get(f"/cases/{number}")).status_code == 404


async def _has_departments(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) > 1 FROM department"))


async def test_a_live_feed_ends_when_its_account_may_see_something_else(
    start_center: StartCenter, pool: Pool
) -> None:
    center = await start_center()
    async with pool.acquire() as connection:
        await add_operator(connection, "wang", roles=[Role.LEADER])
    async with center.browser("wang") as wang, center.browser() as chief, wang.live() as live:
        await live.take()
        answer = await chief.client.patch(
            "/api/v1/people/accounts/wang",
            json={"districts": [FOREIGN]},
            headers={"X-CSRF-Token": chief.csrf},
        )
        assert answer.status_code == 200, answer.text
        with pytest.raises(ConnectionClosed) as closed:
            await live.until(lambda _: False)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == RIGHTS_CHANGED
        assert (await wang.fetch("/session"))["districts"] == [FOREIGN]


async def test_looks_at_tracks_of_staff_and_originals_are_noted_before_they_are_shown(
    center: Center, browser: Browser, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        await move(connection, "vehicle/v1", "person/p1", at=datetime.now(UTC) - timedelta(minutes=1))
    digest = await center.evidence.put(JPEG)
    await report(pool, stall(), (PictureRole.FINDING, digest))
    for path in ("positions", "export"):
        for entity in ("vehicle/v1", "person/p1"):
            answer = await browser.get(f"/history/{path}", params={"entity": entity, **PERIOD})
            assert answer.status_code == 200
    await browser.fetch("/history/person/p1/journeys", **PERIOD)
    assert (await browser.get(f"/evidence/{digest}")).status_code == 200
    page = await browser.fetch("/people/audit", limit=2)
    following = await browser.fetch("/people/audit", limit=2, cursor=page["next_cursor"])
    noted = [
        (each["login"], each["action"], each["subject"]) for each in page["entries"] + following["entries"]
    ]
    assert noted == [
        ("li", "evidence.original", digest),
        *[("li", "staff_track.read", "person/p1")] * 3,
    ]
    assert page["entries"][1]["detail"]["begin"].startswith("2026-01-01")
    assert page["entries"][0]["client"] == "127.0.0.1"
    only = await browser.fetch("/people/audit", action="evidence.original")
    assert len(only["entries"]) == 1
    await pool.execute("REVOKE INSERT ON audit_log FROM streetwarden_center")
    browser.client.event_hooks = {}  # a defect is in no description
    answer = await browser.get(f"/evidence/{digest}")
    assert answer.status_code == 500
    assert answer.content != JPEG
