"""Cases and incidents as they are read, and what people do with cases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cases import Category, Role
from store.connection import Pool
from store.evidence import key_of
from tests.center.running import JPEG, POLICY, Browser, Center, add_operator, report, stall
from wire.messages import Phase, PictureRole

pytestmark = pytest.mark.servers

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
DEPARTMENT = "环卫所"
MINUTE = timedelta(minutes=1)


async def pages(browser: Browser, path: str, what: str, **parameters: Any) -> list[list[Any]]:
    """All pages of a list."""
    found = []
    page = await browser.fetch(path, **parameters)
    found.append(page[what])
    while page["next_cursor"] is not None:
        page = await browser.fetch(path, cursor=page["next_cursor"], **parameters)
        found.append(page[what])
    return found


async def test_a_case_says_what_it_is_about_where_and_by_when(
    center: Center, browser: Browser, pool: Pool
) -> None:
    await pool.execute(
        "INSERT INTO street (name, name_en, class, line) VALUES "
        "('近路', 'Near Road', 'lane', ST_GeomFromText('LINESTRING(118.6015 24.89, 118.6015 24.91)', 4326)), "
        "('远路', 'Far Road', 'lane', ST_GeomFromText('LINESTRING(118.5983 24.89, 118.5983 24.91)', 4326)), "
        "(NULL, NULL, 'lane', ST_GeomFromText('LINESTRING(118.6001 24.89, 118.6001 24.91)', 4326))"
    )
    older, newer = await center.evidence.put(JPEG), await center.evidence.put(JPEG + b"2")
    change = await report(
        pool, stall(), (PictureRole.BEFORE, "0" * 64), (PictureRole.FINDING, older),
        (PictureRole.FINDING, newer), at=NOON,
    )  # fmt: skip
    case = (await browser.fetch("/cases"))["cases"][0]
    assert case["number"] == change.number == "SW202611240001"
    assert (case["title"], case["title_en"]) == ("无照经营游商", "Unlicensed street vendor")
    assert (case["code_set"], case["code"], case["category"]) == ("A", "0501", "event")
    assert POLICY.codes.name("A", Category.EVENT, "0501").name == case["code_name"]
    assert (case["street"], case["street_en"]) == ("近路", "Near Road")
    assert (case["lat"], case["lon"], case["camera"], case["zone"]) == (24.9, 118.6, "cam-01", "pavement-1")
    assert (case["opened_at"], case["deadline_at"]) == ("2026-11-24T04:00:00Z", "2026-11-24T05:00:00Z")
    assert (case["stage"], case["sequence"], case["reports"]) == ("opened", 1, 1)
    assert case["picture"] == newer


async def test_a_street_farther_than_200_m_is_not_the_cases_street(browser: Browser, pool: Pool) -> None:
    # one degree of longitude is 101 km here: 0.00195 degrees are 197 m, 0.00201 are 203 m
    await pool.execute(
        "INSERT INTO street (name, class, line) VALUES "
        "('路', 'lane', ST_GeomFromText('LINESTRING(118.60195 24.89, 118.60195 24.91)', 4326))"
    )
    near = await report(pool, stall())
    far = await report(pool, stall(lon=118.59994, zone="pavement-2"))
    cases = {case["number"]: case["street"] for case in (await browser.fetch("/cases"))["cases"]}
    assert cases == {near.number: "路", far.number: None}


async def test_pages_show_every_case_once_newest_first(browser: Browser, pool: Pool) -> None:
    at = [NOON, NOON, NOON, NOON + MINUTE, NOON - MINUTE]  # several opened at the same moment
    numbers = [(await report(pool, stall(zone=f"z{n}"), at=when)).number for n, when in enumerate(at)]
    found = await pages(browser, "/cases", "cases", limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert [case["number"] for page in found for case in page] == [
        numbers[3], numbers[2], numbers[1], numbers[0], numbers[4]
    ]  # fmt: skip


async def test_a_case_opened_between_two_pages_disturbs_neither(browser: Browser, pool: Pool) -> None:
    numbers = [(await report(pool, stall(zone=f"z{n}"), at=NOON + n * MINUTE)).number for n in range(3)]
    first = await browser.fetch("/cases", limit=2)
    await report(pool, stall(zone="new"), at=NOON + 9 * MINUTE)
    second = await browser.fetch("/cases", limit=2, cursor=first["next_cursor"])
    assert [case["number"] for case in second["cases"]] == [numbers[0]]
    assert second["next_cursor"] is None


async def test_cases_are_chosen_by_stage_by_type_and_by_whether_they_are_open(
    browser: Browser, pool: Pool
) -> None:
    one = (await report(pool, stall(zone="z1"))).number
    two = (await report(pool, stall(zone="z2"))).number
    three = (await report(pool, stall(zone="z3", type="goods"))).number
    assert (await browser.act(one, "cancel", 1, note="twice")).status_code == 200
    assert (await browser.act(two, "dispatch", 1, department=DEPARTMENT)).status_code == 200

    async def chosen(**parameters: Any) -> set[str]:
        return {case["number"] for case in (await browser.fetch("/cases", **parameters))["cases"]}

    assert await chosen(open="true") == {two, three}
    assert await chosen(open="false") == {one}
    assert await chosen(type="goods") == {three}
    assert await chosen(stage=["cancelled", "dispatched"]) == {one, two}
    assert await chosen(type="none") == set()


async def test_a_cursor_that_is_none_of_ours_is_refused(browser: Browser) -> None:
    with_nul = "WyIyMDI2LTExLTI0VDA0OjAwOjAwWiIsICJcdTAwMDAiXQ"
    for path in ("/cases", "/incidents"):
        for cursor in ("x", "é", "WyJhIl0", "", with_nul):
            answer = await browser.get(path, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), cursor


async def test_a_case_that_is_not_there_is_refused(browser: Browser) -> None:
    for number, status in (("SW209901010001", 404), ("x%27y", 404), ("%00", 422)):
        assert (await browser.get(f"/cases/{number}")).status_code == status, number


async def test_a_case_comes_with_its_history_evidence_incidents_and_possible_actions(
    center: Center, browser: Browser, pool: Pool
) -> None:
    digest = await center.evidence.put(JPEG)
    first = stall(recognised="table")
    change = await report(pool, first, (PictureRole.FINDING, digest), at=NOON)
    joined = stall()
    await report(pool, joined, at=NOON + MINUTE)
    ended = stall(incident_id=first.incident_id, revision=2, phase=Phase.ENDED)
    await report(pool, ended, (PictureRole.RESTORED, "1" * 64), at=NOON + 2 * MINUTE)
    detail = await browser.fetch(f"/cases/{change.number}")
    assert [event["action"] for event in detail["events"]] == ["open", "join", "restore"]
    assert detail["events"][0]["evidence"] == [digest]
    assert [(file["role"], file["digest"]) for file in detail["evidence"]] == [
        ("finding", digest), ("restored", "1" * 64)
    ]  # fmt: skip
    incidents = {UUID(incident["incident_id"]): incident for incident in detail["incidents"]}
    assert set(incidents) == {first.incident_id, joined.incident_id}
    assert incidents[first.incident_id]["revision"] == 2
    assert incidents[first.incident_id]["picture"] == digest
    assert incidents[joined.incident_id]["picture"] is None
    assert incidents[first.incident_id]["recognised"] == "table", "of an earlier revision"
    assert incidents[joined.incident_id]["recognised"] is None
    assert detail["case"]["reports"] == 2
    assert detail["case"]["restored_at"] is not None
    assert [each["name"] for each in detail["departments"]] == list(POLICY.departments)
    assert all(each["name_en"].isascii() for each in detail["departments"])
    actions = {each["action"]: each for each in detail["actions"]}
    assert (actions["dispatch"]["to"], actions["dispatch"]["needs"]) == ("dispatched", ["department"])
    assert (actions["dispatch"]["name"], actions["dispatch"]["name_en"]) == ("派遣", "Dispatch")
    assert [each["action"] for each in detail["actions"] if each["primary"]] == ["dispatch"]
    assert (actions["cancel"]["to"], actions["cancel"]["needs_note"]) == ("cancelled", True)
    assert actions["close"]["refusal"] is None  # a detector has seen the place put right
    assert "check" not in actions
    assert detail["proposal"]["department"] in POLICY.departments
    assert detail["proposal"]["reason"]
    assert detail["proposal"]["reason_en"].isascii()
    assert [each["condition"] for each in detail["conditions"]] == [
        each.condition for each in POLICY.conditions_of("A", Category.EVENT, "0501", NOON)
    ]


async def test_a_department_of_the_tree_is_dispatched_to_and_shown_by_the_name_that_it_has_now(
    browser: Browser, pool: Pool
) -> None:
    async def name(name: str) -> None:
        body = {"name": name, "name_en": "Night Patrol", "parent": "CITY"}
        answer = await browser.client.put(
            "/api/v1/people/departments/D77", json=body, headers={"X-CSRF-Token": browser.csrf}
        )
        assert answer.status_code == 200, answer.text

    number, old = [(await report(pool, stall(zone=zone))).number for zone in ("a", "b")]
    await name("夜巡队")
    detail = await browser.fetch(f"/cases/{number}")
    assert {"code": "D77", "name": "夜巡队", "name_en": "Night Patrol"} in detail["departments"]
    assert (await browser.act(number, "dispatch", 1, department="夜巡队")).status_code == 200
    # a case of before keeps the name of then
    await pool.execute("UPDATE case_file SET department = '环卫所' WHERE number = $1", old)
    await name("夜间巡查队")
    detail = await browser.fetch(f"/cases/{number}")
    case, event = detail["case"], detail["events"][1]
    assert (case["department"], case["department_code"]) == ("夜间巡查队", "D77")
    assert (event["sets"]["department"], event["department"]) == ("D77", "夜间巡查队")
    for asked, expected in (("D77", [number]), ("夜间巡查队", [number]), ("D03", [old]), ("环卫所", [old])):
        found = await browser.fetch("/cases", department=asked)
        assert [each["number"] for each in found["cases"]] == expected, asked
    assert (found["cases"][0]["department_code"], found["cases"][0]["department_en"]) == (
        "D03", POLICY.departments["环卫所"].name_en,
    )  # fmt: skip


async def test_the_desk_of_a_renamed_department_keeps_its_cases_of_before_and_a_proposal_finds_it(
    center: Center, browser: Browser, pool: Pool
) -> None:
    async def name(code: str, name: str) -> None:
        answer = await browser.client.put(
            f"/api/v1/people/departments/{code}",
            json={"name": name, "name_en": name, "parent": "CITY"},
            headers={"X-CSRF-Token": browser.csrf},
        )
        assert answer.status_code == 200, answer.text

    old = (await report(pool, stall())).number
    await browser.fetch("/cases")
    assert (await browser.act(old, "dispatch", 1, department="D03", note="why")).status_code == 200
    await pool.execute("UPDATE case_file SET department = '环卫所' WHERE number = $1", old)
    await name("D03", "环境卫生中心")
    await name("D03", "环卫中心")
    async with pool.acquire() as connection:
        await add_operator(connection, "desk", roles=[Role.DEPARTMENT_DESK], department="D03")
    async with center.browser("desk") as desk:
        assert [each["number"] for each in (await desk.fetch("/cases"))["cases"]] == [old]
        detail = await desk.fetch(f"/cases/{old}")
        assert (detail["case"]["department"], detail["case"]["department_code"]) == ("环卫中心", "D03")
        assert [each["number"] for each in (await desk.fetch("/cases", department="D03"))["cases"]] == [old]
        # Another department takes the name: nobody can tell any more whom the case means.
        await name("D78", "环卫所")
        assert (await desk.fetch("/cases"))["cases"] == []
        await name("D78", "夜巡队")
        assert (await desk.fetch("/cases"))["cases"] == [], "two departments have had the name"


async def test_a_workflow_is_described_with_its_stages_in_order_and_its_steps(browser: Browser) -> None:
    found = await browser.fetch(f"/workflows/{POLICY.workflow.name}")
    assert [each["stage"] for each in found["stages"]] == list(POLICY.workflow.stages)
    assert len(found["steps"]) == len(POLICY.workflow.steps)
    close = next(each for each in found["steps"] if each["action"] == "close" and each["primary"])
    assert (close["sources"], close["to"]) == (["checked"], "closed")
    assert {each["clock"]: each["name_en"] for each in found["clocks"]} == {
        name: clock.title.name_en for name, clock in POLICY.workflow.clocks.items()
    }
    assert await browser.fetch(f"/workflows/{POLICY.workflow.name}", version=found["version"]) == found
    for unknown in ("/workflows/none", f"/workflows/{POLICY.workflow.name}?version=999"):
        assert (await browser.get(unknown)).status_code == 404


async def test_a_case_says_which_department_is_proposed_and_why_until_that_one_returns_it(
    browser: Browser, pool: Pool
) -> None:
    number = (await report(pool, stall())).number
    detail = await browser.fetch(f"/cases/{number}")
    proposal = detail["proposal"]
    assert proposal["department"] == "城管执法中队"
    assert proposal["department"] in {each["name"] for each in detail["departments"]}
    assert proposal["reason"].endswith("代码 05")
    assert proposal["reason_en"].endswith("code 05")
    assert (await browser.act(number, "dispatch", 1, department=proposal["department"])).status_code == 200
    returned = await browser.act(number, "return", 2, note="不属于本部门职责")
    assert returned.json()["proposal"] is None


async def test_a_case_has_a_condition_and_lists_those_of_its_code(browser: Browser, pool: Pool) -> None:
    number = (await report(pool, stall(type="cover_missing", component="3505820102000001"))).number
    detail = await browser.fetch(f"/cases/{number}")
    assert [each["condition"] for each in detail["conditions"]] == ["1", "2", "3", "4"]
    first = detail["conditions"][0]
    assert first["limit"] == {"amount": 2.0, "clock": "urgent_hour"}
    assert (first["closing"], first["closing_en"]) == ("恢复原状", "Restored")


async def test_the_codes_that_a_case_may_have_come_with_their_conditions(browser: Browser) -> None:
    everything = (await browser.fetch("/codes"))["codes"]
    assert {each["category"] for each in everything} == {"component", "event", "service"}
    assert all(each["conditions"] and len(each["code"]) > 2 for each in everything)
    stalls = (await browser.fetch("/codes", code_set="A", category="event"))["codes"]
    stall_code = next(each for each in stalls if each["code"] == "0501")
    assert (stall_code["name"], stall_code["class_name_en"]) == ("无照经营游商", "Street order")
    assert stall_code["conditions"][0]["limit"] == {"amount": 2.0, "clock": "urgent_hour"}
    assert {each["code_set"] for each in stalls} == {"A"}
    assert (await browser.get("/codes", params={"category": "thing"})).status_code == 422


async def test_a_case_can_be_walked_from_opening_to_close(browser: Browser, pool: Pool) -> None:
    number = (await report(pool, stall())).number
    steps: list[tuple[str, dict[str, str]]] = [
        ("dispatch", {"department": DEPARTMENT}),
        ("handle", {}),
        ("rework", {"note": "仍有杂物"}),
        ("handle", {"note": "done"}),
        ("check", {}),
        ("close", {"note": "the camera sees a shadow"}),
    ]
    for sequence, (action, more) in enumerate(steps, start=1):
        answer = await browser.act(number, action, sequence, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["case"]["sequence"] == sequence + 1
    detail = await browser.fetch(f"/cases/{number}")
    assert (detail["case"]["stage"], detail["case"]["department"]) == ("closed", DEPARTMENT)
    assert detail["case"]["department_en"] == POLICY.departments[DEPARTMENT].name_en
    assert detail["events"][1]["department_en"] == POLICY.departments[DEPARTMENT].name_en
    assert [each["action"] for each in detail["actions"]] == ["reopen", "call_back"]
    assert {event["actor"] for event in detail["events"][1:]} == {"li"}
    assert detail["events"][3]["note"] == "仍有杂物"


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "what doesn't fit the stage": ({"action": "check"}, 409, "wrong_stage"),
    "what the case does not allow now": ({"action": "close"}, 409, "restored"),
    "what detectors report": ({"action": "restore"}, 422, "not_for_people"),
    "what isn't an action": ({"action": "burn"}, 422, "not_for_people"),
    "dispatch to nobody": ({"action": "dispatch"}, 422, "needs_department"),
    "dispatch to who isn't there": ({"action": "dispatch", "department": "海军"}, 422, "no_department"),
    "cancelling for no reason": ({"action": "cancel"}, 422, "needs_note"),
    "cancelling for a blank reason": ({"action": "cancel", "note": "  "}, 422, "needs_note"),
    "a field that isn't known": ({"action": "cancel", "note": "x", "force": True}, 422, "invalid"),
    "a note with NUL": ({"action": "cancel", "note": "a\0b"}, 422, "invalid"),
    "a note that is too long": ({"action": "cancel", "note": "x" * 1001}, 422, "invalid"),
}


async def test_what_is_not_possible_is_refused_and_changes_nothing(browser: Browser, pool: Pool) -> None:
    number = (await report(pool, stall())).number
    for what, (wanted, status, code) in REFUSED.items():
        answer = await browser.act(number, sequence=1, **wanted)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
    assert (await browser.fetch(f"/cases/{number}"))["case"]["sequence"] == 1


async def test_acting_on_what_has_moved_on_is_refused(browser: Browser, pool: Pool) -> None:
    number = (await report(pool, stall())).number
    await report(pool, stall())
    answer = await browser.act(number, "cancel", 1, note="x")
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_sequence")
    assert (await browser.act(number, "cancel", 2, note="x")).status_code == 200
    assert (await browser.act("SW209901010001", "cancel", 1, note="x")).status_code == 404


async def test_of_several_who_act_at_once_one_succeeds(browser: Browser, pool: Pool) -> None:
    number = (await report(pool, stall())).number
    answers = await asyncio.gather(*(browser.act(number, "cancel", 1, note=f"{n}") for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert len((await browser.fetch(f"/cases/{number}"))["events"]) == 2


async def test_incidents_are_shown_as_they_were_last_reported(browser: Browser, pool: Pool) -> None:
    first, second = stall(zone="z1"), stall(zone="z2")
    number = (await report(pool, first, (PictureRole.FINDING, "2" * 64), at=NOON)).number
    await report(pool, second, at=NOON + MINUTE)
    again = stall(zone="z1", incident_id=first.incident_id, revision=2, phase=Phase.CHANGED, confidence=0.5)
    await report(pool, again, at=NOON + 2 * MINUTE)
    found = await pages(browser, "/incidents", "incidents", limit=1)
    incidents = [incident for page in found for incident in page]
    assert [UUID(incident["incident_id"]) for incident in incidents] == [
        first.incident_id,
        second.incident_id,
    ]
    assert (incidents[0]["revision"], incidents[0]["phase"], incidents[0]["confidence"]) == (
        2,
        "changed",
        0.5,
    )
    assert (incidents[0]["case_number"], incidents[0]["picture"]) == (number, "2" * 64)
    assert incidents[0]["source"] == "box/box-1"


async def test_evidence_is_served_as_it_was_stored(center: Center, browser: Browser, pool: Pool) -> None:
    digest = await center.evidence.put(JPEG)
    await report(pool, stall(), (PictureRole.FINDING, digest))
    answer = await browser.get(f"/evidence/{digest}")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-cache"  # each look is noted
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_evidence_that_was_overwritten_is_not_shown(
    center: Center, browser: Browser, pool: Pool, tmp_path: Path
) -> None:
    digest = await center.evidence.put(JPEG)
    await report(pool, stall(), (PictureRole.FINDING, digest))
    file = tmp_path / "evidence" / key_of(digest, "image/jpeg")
    file.write_bytes(JPEG + b"!")
    answer = await browser.get(f"/evidence/{digest}")
    assert (answer.status_code, answer.json()["code"]) == (502, "evidence_damaged")
    assert "immutable" not in answer.headers.get("cache-control", "")
    assert await center.metric("streetwarden_center_evidence_damaged_total") == 1
    file.write_bytes(JPEG)
    assert (await browser.get(f"/evidence/{digest}")).content == JPEG


async def test_evidence_that_is_not_there_is_refused(browser: Browser, pool: Pool) -> None:
    assert (await browser.get(f"/evidence/{'3' * 64}")).json()["code"] == "no_evidence"
    await report(pool, stall(), (PictureRole.FINDING, "3" * 64))  # on record, but its file has gone
    answer = await browser.get(f"/evidence/{'3' * 64}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_file")
    assert (await browser.get("/evidence/..%2F..%2Fetc%2Fpasswd")).status_code in {404, 422}
