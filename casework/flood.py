"""A flood: a reporter reports too many incidents, or opens too many cases.

Further reports of this reporter are gathered in one case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from cases import FLOOD_TYPE, Action, CaseEvent, CasePolicy, CaseState, FloodLimits
from casework.changes import CaseChange, Change
from casework.opening import opening_of, place_of
from casework.report import Report
from store import cases as rows
from store.case_history import append, locked_state
from store.connection import Connection

_MAX_GATHERED: Final = 200
"""Maximum number of reports in the case of a flood; further ones are only stored as incidents."""


async def is_part_of_flood(connection: Connection, report: Report, limits: FloodLimits) -> bool:
    """Whether a report is part of a flood of its reporter.

    Until the transaction ends, no other transaction opens a case for the same reporter.
    """
    incidents, opened = await rows.recent_reports(
        connection,
        report.actor,
        observed_at=report.observed_at,
        received_at=report.received_at,
        within=limits.within,
    )
    return limits.exceeded(incidents=incidents, opened=opened)


async def gather(
    connection: Connection, report: Report, policy: CasePolicy, limits: FloodLimits
) -> CaseChange:
    """Add a report to the open case of its reporter's flood, or open that case."""
    found = await rows.open_flood_of(connection, report.actor)
    state: CaseState | None = None
    sets: dict[str, Any] = {}
    note: str | None = None
    if found is None:
        case_id, note = uuid4(), limits.note(report.actor)
        flood_report = replace(report, type=FLOOD_TYPE, camera=None, zone=None, component=None)
        place = await place_of(connection, flood_report)
        sets = {**await opening_of(connection, flood_report, place, policy), "flood_of": report.actor}
    else:
        case_id = found.case_id
        if found.reports >= _MAX_GATHERED:
            return CaseChange(case_id=case_id, number=found.number, change=Change.GATHERED)
        state = await locked_state(connection, case_id)
    await rows.add_case_incident(connection, report.incident_id, case_id)
    event = CaseEvent(
        sequence=1 if state is None else state.sequence + 1,
        at=report.received_at,
        actor=report.actor,
        action=Action.OPEN if state is None else Action.JOIN,
        sets=sets,
        note=note,
        incident_id=report.incident_id,
        revision=report.revision,
        evidence=report.evidence,
    )
    state = await append(connection, case_id, state, [event])
    return CaseChange(case_id=case_id, number=state.number, change=Change.GATHERED)
