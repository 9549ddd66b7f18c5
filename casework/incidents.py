"""Incidents of devices and rules as reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cases import CasePolicy, FloodLimits
from cases.geotagged import GEOTAGGED
from casework.changes import CaseChange
from casework.intake import take_in
from casework.report import Report
from store.connection import Connection
from wire.messages import Incident, Phase, as_datetime

_SOURCES: Final = {"box": "camera", "camera": "camera", "device": "sensor"}
_USUAL_FLOOD: Final = FloodLimits()


async def apply_incident(
    connection: Connection,
    incident: Incident,
    *,
    source: str,
    district: str,
    received_at: datetime,
    evidence_digests: Sequence[str],
    policy: CasePolicy,
    flood: FloodLimits = _USUAL_FLOOD,
    sees_place: bool = False,
) -> CaseChange:
    """Open, join or update the case of an incident; see `take_in`.

    Args:
        connection: in the transaction that stores the incident.
        incident: one revision.
        source: `{kind}/{id}` of the reporter.
        district: 6 digits.
        received_at: when it was received, the beginning of the case's clocks.
        evidence_digests: of its pictures.
        policy: the city's decisions.
        flood: how many cases one source may open.
        sees_place: whether its component is known to be within reach of its camera.

    Raises:
        CodeError: the component's code is malformed.
    """
    report = Report(
        incident_id=incident.incident_id,
        revision=incident.revision,
        actor=source,
        source=GEOTAGGED if incident.type == GEOTAGGED else _SOURCES.get(source.partition("/")[0], "rule"),
        type=incident.type,
        district=district,
        lon=incident.lon,
        lat=incident.lat,
        received_at=received_at,
        observed_at=as_datetime(incident.observed_at),
        began_at=as_datetime(incident.began_at),
        ended=incident.phase is Phase.ENDED,
        camera=incident.camera,
        zone=incident.zone,
        component=incident.component,
        sees_place=sees_place,
        evidence=tuple(evidence_digests),
        proves=incident.type != GEOTAGGED,
    )
    return await take_in(connection, report, policy=policy, flood=flood)
