"""The event that opens a case, with everything that is known then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cases import CasePolicy, CaseState
from cases.workflow import beginning
from casework.report import Report
from casework.workflows import record
from store import cases as rows
from store.connection import Connection
from store.departments import read_departments


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a problem: of its component if the city's map has it, else as reported.

    Attributes:
        lon: degrees, WGS 84; `lat` likewise.
        component: as in the city's map; None if it has none.
    """

    lon: float
    lat: float
    component: rows.Component | None


async def place_of(connection: Connection, report: Report) -> Place:
    """The place of the problem of a report."""
    component = (
        await rows.find_component(connection, report.component) if report.component is not None else None
    )
    lon, lat = (component.lon, component.lat) if component else (report.lon, report.lat)
    return Place(lon=lon, lat=lat, component=component)


async def opening_of(
    connection: Connection, report: Report, place: Place, policy: CasePolicy
) -> dict[str, Any]:
    """The fields of a case that a report opens, including its number.

    Raises:
        CodeError: the component's code is malformed.
    """
    component, lon, lat = place.component, place.lon, place.lat
    opening = report.about or policy.opening(
        report.type,
        at=report.received_at,
        component=report.component,
        known_class=(component.code_set, component.class_code) if component else None,
    )
    around = await rows.find_surroundings(connection, lon, lat)
    day = policy.numbering.day(report.received_at)
    facts = {
        "number": policy.numbering.number(day, await rows.next_number(connection, day)),
        "category": opening.category,
        "code_set": opening.code_set,
        "code": opening.code,
        "condition": opening.condition,
        "handling_limit": {
            "condition": opening.condition,
            "amount": opening.limit.amount,
            "clock": str(opening.limit.clock),
        },
        "type": report.type,
        "problem_class": policy.problems.of_type(report.type).name,
        "source": report.source,
        "opener": report.actor,
        "component": report.component,
        "camera": report.camera,
        "zone": report.zone,
        "district": report.district,
        "grid_cell": around.grid_cell,
        "street_name": around.street or "",
        "street_name_en": around.street_en or "",
        "lon": lon,
        "lat": lat,
        "reported_at": report.received_at,
        **report.facts,
    }
    case = CaseState(stage="", sequence=0, changed_at=report.received_at, **facts)
    departments = await read_departments(connection)
    proposal = policy.proposal_for(
        case,
        owner=component.owner if component else None,
        find=departments.finder(policy.departments.values()),
    )
    facts |= {
        "proposed_department": proposal.department if proposal else None,
        "proposal_reason": proposal.reason if proposal else None,
        "proposal_reason_en": proposal.reason_en if proposal else None,
    }
    await record(connection, policy.workflow)
    return facts | beginning(
        policy.workflow,
        case,
        trusted=report.source in policy.trusted_sources,
        now=report.received_at,
        policy=policy,
    )
