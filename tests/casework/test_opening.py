"""What a case is opened with: its condition with the limit, and the department that rules propose."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest

from cases import CasePolicy, CaseState, Category, fold
from cases.codes import CodeTable
from cases.dispatch import DispatchRules, Rule
from cases.table import Numbered
from casework import apply_incident
from casework.by_person import About, PersonsReport, report_by_person
from store.case_history import history
from store.connection import Pool, open_connection
from store.people import WHOLE_CITY, Department, set_department
from tests.casework.cases import COVER, NOON, cover, report, row, stall
from wire.messages import Incident

pytestmark = pytest.mark.servers


async def opened(database_url: str, incident: Incident, *, owner: str | None = None) -> CaseState:
    """The case of an incident; its summary is seen to say the same."""
    connection = await open_connection(database_url, application="test")
    try:
        await connection.execute(
            "INSERT INTO component (code, code_set, class, owner, place) "
            "VALUES ($1, 'A', '0102', $2, ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326)) "
            "ON CONFLICT (code) DO UPDATE SET owner = EXCLUDED.owner",
            COVER,
            owner,
        )
        async with connection.transaction():
            change = await apply_incident(
                connection,
                incident,
                source="box/edge-1",
                district="350582",
                received_at=NOON,
                evidence_digests=(),
                policy=CasePolicy.load(),
            )
        case = fold(await history(connection, change.case_id))
        row = await connection.fetchrow("SELECT * FROM case_file WHERE case_id = $1", change.case_id)
        assert row is not None
        for field in (
            "condition",
            "handling_limit",
            "proposed_department",
            "proposal_reason",
            "proposal_reason_en",
        ):
            assert row[field] == getattr(case, field)
        return case
    finally:
        await connection.close()


async def test_a_case_opens_with_its_condition_its_limit_and_a_department_with_the_reason(
    database_url: str,
) -> None:
    case = await opened(database_url, stall(uuid4()))
    assert case.condition == "1"
    assert case.handling_limit == {"condition": "1", "amount": 2, "clock": "urgent_hour"}
    assert case.proposed_department == "D02"
    assert case.proposal_reason is not None
    assert case.proposal_reason.endswith("代码 05")
    assert case.proposal_reason_en is not None
    assert case.proposal_reason_en.endswith("code 05")


async def test_a_person_who_chooses_a_code_without_a_rule_gets_no_department_of_another_type(
    pool: Pool,
) -> None:
    about = About(category=Category.EVENT, code_set="A", code="9901")
    said = PersonsReport(source="hotline", about=about, lat=24.9, lon=118.6)
    policy = CasePolicy.load()
    otherwise = replace(policy.otherwise, department="市政养护所")
    policy = replace(policy, codes=with_code(policy, "9901"), otherwise=otherwise)
    async with pool.acquire() as connection, connection.transaction():
        change = await report_by_person(
            connection, said, actor="anna", district="350582", files=(), policy=policy, at=NOON
        )
        case = fold(await history(connection, change.case_id))
    assert (case.type, case.proposed_department, case.proposal_reason) == (None, None, None)
    assert policy.proposal_for(case) is None, "and later likewise"


def with_code(policy: CasePolicy, code: str) -> CodeTable:
    """The lists with one more code of set A, which no rule knows."""
    row = next(each for each in policy.codes.rows if (each.code_set, each.code) == ("A", "0501"))
    rows = [*policy.codes.rows, msgspec.structs.replace(row, code=code)]
    return CodeTable.of([Numbered(number=n, row=each) for n, each in enumerate(rows, 2)], file="codes.csv")


async def test_a_rule_of_dispatch_names_a_department_that_only_the_tree_has(pool: Pool) -> None:
    policy = CasePolicy.load()
    rules = [Rule(department="T42", code="05"), Rule(department="D03")]
    rows = [Numbered(number=number, row=rule) for number, rule in enumerate(rules, 2)]
    policy = replace(policy, dispatch=DispatchRules.of(rows, policy.departments, file="dispatch.csv"))
    first = await row(pool, await report(pool, stall(zone="a"), policy=policy))
    assert first["proposed_department"] == "D03", "the tree does not have it yet"
    for closed, expected in ((False, "T42"), (True, "D03")):
        team = Department(code="T42", parent=WHOLE_CITY, name="夜巡队", name_en="n", closed=closed)
        async with pool.acquire() as connection:
            await set_department(connection, team)
        found = await row(pool, await report(pool, stall(zone=f"b-{closed}"), policy=policy))
        assert found["proposed_department"] == expected


async def test_a_component_is_proposed_to_its_owner_and_without_one_by_its_class(database_url: str) -> None:
    owned = await opened(database_url, cover(), owner="水务公司")
    assert (owned.proposed_department, owned.proposal_reason) == ("D07", "该部件的权属单位")
    other = await opened(database_url, cover(type="cover_rattles"), owner="某公司")
    assert other.proposed_department == "D02", "an undecided type is an event of class 05"
