"""What a case is opened with: its condition with the limit, and the department that rules propose."""

from __future__ import annotations

from uuid import uuid4

import pytest

from cases import CasePolicy, CaseState, fold
from casework import apply_incident
from store.case_history import history
from store.connection import open_connection
from tests.casework.cases import COVER, NOON, cover, stall
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


async def test_a_component_is_proposed_to_its_owner_and_without_one_by_its_class(database_url: str) -> None:
    owned = await opened(database_url, cover(), owner="水务公司")
    assert (owned.proposed_department, owned.proposal_reason) == ("D07", "该部件的权属单位")
    other = await opened(database_url, cover(type="cover_rattles"), owner="某公司")
    assert other.proposed_department == "D02", "an undecided type is an event of class 05"
