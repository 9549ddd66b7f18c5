"""Cases that people open from rule events."""

from __future__ import annotations

from datetime import datetime

from cases import CasePolicy
from casework.changes import CaseChange
from casework.intake import take_in
from casework.report import Report
from store import cases as rows
from store.connection import Connection
from wire.messages import Incident, as_datetime


async def open_by_hand(
    connection: Connection,
    incident: Incident,
    *,
    actor: str,
    district: str,
    note: str,
    at: datetime,
    policy: CasePolicy,
) -> CaseChange:
    """Open the case of an incident that a person reports, or join the open case of the same problem.

    Args:
        connection: in a transaction.
        incident: its first revision; nobody has reported it before.
        actor: the person's login.
        district: 6 digits.
        note: the reason, for the case's history.
        at: now, the beginning of the case's clocks.
        policy: the city's decisions.

    Raises:
        CodeError: the component's code is malformed.
    """
    report = Report(
        incident_id=incident.incident_id,
        revision=incident.revision,
        actor=actor,
        source="rule",
        type=incident.type,
        district=district,
        lon=incident.lon,
        lat=incident.lat,
        received_at=at,
        observed_at=as_datetime(incident.observed_at),
        began_at=as_datetime(incident.began_at),
        camera=incident.camera,
        zone=incident.zone,
        component=incident.component,
        note=note,
    )
    await rows.add_incident(
        connection,
        incident_id=report.incident_id,
        revision=report.revision,
        incident_type=report.type,
        source=f"operator/{actor}",
        district=district,
        observed_at=report.observed_at,
        began_at=report.began_at,
        received_at=at,
        lon=report.lon,
        lat=report.lat,
        zone=report.zone,
        component=report.component,
        confidence=incident.confidence,
        cues=incident.cues,
    )
    return await take_in(connection, report, policy=policy)
