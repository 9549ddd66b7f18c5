"""Takes in a report from any source: it opens a case, joins one, or updates one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from cases import (
    Action,
    CaseEvent,
    CasePolicy,
    CaseState,
    FloodLimits,
    Sight,
    lock_keys,
    same_problem,
    sees_case,
    sighting,
)
from cases.geotagged import GEOTAGGED, nearest_case
from casework.changes import CaseChange, Change
from casework.flood import gather, is_part_of_flood
from casework.opening import opening_of, place_of
from casework.report import Report
from store import cases as rows
from store.case_history import append, locked_state
from store.connection import Connection

LONGEST_HISTORY: Final = 2000
"""Maximum number of events of a case that takes reports; further reports are only stored as incidents. Nobody
reads more, and one account with a hundred thousand revisions would make the case slow for everybody."""

NOT_COUNTED: Final = "reported as put right, which does not count: the source may not see this place"
"""The note of an end without effect."""


async def take_in(
    connection: Connection, report: Report, *, policy: CasePolicy, flood: FloodLimits | None = None
) -> CaseChange:
    """Open, join or update the case of a report.

    The first report of a problem opens a case; another report of the same problem joins it while it is open.
    Revisions may come in any order: the one observed last decides whether the place is restored. An end
    without a beginning still opens a case, because there was a problem. Repeats change nothing.

    A report that the place is restored counts only from a reporter that may see the place: the one that
    opened the case, the case's camera, or another camera within reach of the component. From others it is
    only noted in the history.

    Args:
        connection: in the transaction that stores the incident.
        report: one revision.
        policy: the city's decisions.
        flood: how many cases one source may open before further reports are gathered in one case; None for
            people, who have no limit.

    Raises:
        CodeError: the component's code is malformed.
    """
    place = await place_of(connection, report)
    is_geotagged = report.type == GEOTAGGED
    problem = policy.geotagged.problem if is_geotagged else policy.problems.of_type(report.type)
    sight = Sight(component=report.component, camera=report.camera, zone=report.zone)
    keys = lock_keys(sight, lon=place.lon, lat=place.lat, problem=problem)
    # Until the transaction ends, no other one takes in a report of this incident or of the same problem.
    await rows.lock_problem(connection, [f"incident {report.incident_id}", *keys])
    own = await rows.case_of_incident(connection, report.incident_id)
    match = None
    if own is None and is_geotagged:
        around = await rows.open_cases_near(
            connection, lon=place.lon, lat=place.lat, within_m=problem.within_m
        )
        match = nearest_case(report.observed_at, around, policy.geotagged)
    elif own is None:
        candidates = await rows.candidates(
            connection, sight, problem.known_as, lon=place.lon, lat=place.lat, within_m=problem.within_m
        )
        match = same_problem(sight, seen_at=report.observed_at, problem=problem, candidates=candidates)
    case_id = own if match is None else match.case_id
    if case_id is None:
        if flood is not None and await is_part_of_flood(connection, report, flood):
            return await gather(connection, report, policy, flood)
        case_id = uuid4()
        await rows.add_case_incident(connection, report.incident_id, case_id)
        opening = await opening_of(connection, report, place, policy)
        state = await append(connection, case_id, None, _events(report, None, opening, counts=True))
        return CaseChange(case_id=case_id, number=state.number, change=Change.OPENED)
    state = await locked_state(connection, case_id)
    number = state.number
    if state.sequence >= LONGEST_HISTORY:
        return CaseChange(case_id=case_id, number=number, change=Change.GATHERED)
    if await rows.revision_is_told(connection, report.incident_id, report.revision):
        return CaseChange(case_id=case_id, number=number, change=Change.NONE)
    counts = state.flood_of is None and sees_case(
        source=report.actor,
        camera=report.camera,
        sees_component=report.sees_place,
        opened_by=state.opener,
        case_camera=state.camera,
    )
    if own is None:
        await rows.add_case_incident(connection, report.incident_id, case_id)
    joins = None if match is None else {"join_reason": match.reason}
    await append(connection, case_id, state, _events(report, state, joins, counts=counts))
    change = Change.RESTORED if report.ended and counts else Change.UPDATED
    return CaseChange(case_id=case_id, number=number, change=change if own is not None else Change.JOINED)


def _events(
    report: Report, state: CaseState | None, begins: Mapping[str, Any] | None, *, counts: bool
) -> list[CaseEvent]:
    """The events that a report adds to a case.

    An end that also opens or joins is two events; the second has the revision and the pictures. An end from a
    reporter that may not see the place (`counts` is false) has no time of observation, so it changes nothing.

    Args:
        report: one revision.
        state: of the case before; None for a new one.
        counts: whether its source may see the place.
        begins: the fields that its opening or joining sets; None if the case has the incident already.
    """
    told: list[tuple[Action, datetime | None]] = []
    if begins is not None:
        told.append((Action.OPEN if state is None else Action.JOIN, report.began_at))
    if report.ended and counts:
        told.append((Action.RESTORE, report.observed_at))
    elif report.ended:
        told.append((Action.UPDATE, None))
    elif begins is None:
        told.append((Action.UPDATE, report.observed_at))
    else:
        told = [(told[0][0], report.observed_at)]
    events: list[CaseEvent] = []
    seen_at = state.seen_at if state is not None else None
    sequence = state.sequence if state is not None else 0
    for place, (action, observed_at) in enumerate(told, start=1):
        sets = dict(begins or {}) if place == 1 else {}
        if observed_at is not None and report.proves:
            seen = sighting(
                seen_at, observed_at=observed_at, at=report.received_at, restored=action is Action.RESTORE
            )
            seen_at = seen.get("seen_at", seen_at)
            sets |= seen
        last = place == len(told)
        events.append(
            CaseEvent(
                sequence=sequence + place,
                at=report.received_at,
                actor=report.actor,
                action=action,
                sets=sets,
                note=(report.note or (None if counts or not report.ended else NOT_COUNTED)) if last else None,
                observed_at=observed_at,
                incident_id=report.incident_id,
                revision=report.revision if last else None,
                evidence=report.evidence if last else (),
            )
        )
    return events
