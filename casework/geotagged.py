"""A geotagged still or clip that a person sends from a drone, a body or dash camera."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from cases import CasePolicy
from cases.geotagged import GEOTAGGED
from casework.by_person import NoDistrictError
from casework.changes import CaseChange
from casework.intake import take_in
from casework.report import Report
from store import cases as rows
from store.case_evidence import KeptFile, add_case_evidence
from store.connection import Connection

_FILES: Final = UUID("5b2f6a3e-0d43-4a1e-9d0c-6f1a1c3b7e55")
"""The namespace of incidents of files: the same file is the same incident, whoever sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeotaggedFile:
    """A file in evidence storage, with where and when it was taken.

    Attributes:
        lat: degrees, WGS 84; `lon` likewise.
        taken_at: aware; not in the future.
    """

    file: KeptFile
    lat: float
    lon: float
    taken_at: datetime


async def district_at(connection: Connection, lon: float, lat: float) -> str:
    """The district of a place.

    Raises:
        NoDistrictError: it is in no cell of the unit grid.
    """
    cell = await rows.find_grid_cell(connection, lon, lat)
    if cell is None:
        raise NoDistrictError("it was taken outside this city's grid")
    return cell[:6]


async def take_in_geotagged(
    connection: Connection,
    sent: GeotaggedFile,
    *,
    actor: str,
    district: str,
    policy: CasePolicy,
    at: datetime,
) -> CaseChange:
    """Make a file evidence of the nearest open case, or a report that waits for an acceptor.

    Args:
        connection: in a transaction.
        sent: the file.
        actor: the login of the sender.
        district: of its place.
        policy: the city's decisions.
        at: now.
    """
    incident_id = uuid5(_FILES, sent.file.digest)
    report = Report(
        incident_id=incident_id,
        revision=1,
        actor=actor,
        source=GEOTAGGED,
        type=GEOTAGGED,
        district=district,
        lon=sent.lon,
        lat=sent.lat,
        received_at=at,
        observed_at=sent.taken_at,
        began_at=sent.taken_at,
        evidence=(sent.file.digest,),
        proves=False,
    )
    await rows.lock_problem(connection, [f"incident {incident_id}"])
    if await rows.case_of_incident(connection, incident_id) is None:
        await rows.add_incident(
            connection,
            incident_id=incident_id,
            revision=1,
            incident_type=GEOTAGGED,
            source=f"operator/{actor}",
            district=district,
            observed_at=report.observed_at,
            began_at=report.began_at,
            received_at=at,
            lon=sent.lon,
            lat=sent.lat,
            zone=None,
            component=None,
            confidence=1.0,
            cues={},
        )
    change = await take_in(connection, report, policy=policy)
    await add_case_evidence(connection, change.case_id, [sent.file], actor=actor, at=at)
    return change
