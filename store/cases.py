"""Queries about cases and their surroundings; `casework` decides when to use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from cases import Candidate, Sight
from store.connection import Connection
from store.queries import load

_SQL = load("cases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component of the city's map: its class in the list of a code set, its owner if known, its place."""

    code_set: str
    class_code: str
    owner: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFlood:
    """The open case that gathers the reports of a source, and its number of incidents."""

    case_id: UUID
    number: str
    reports: int


async def lock_problem(connection: Connection, keys: Sequence[str]) -> None:
    """Lock keys in this order until the transaction ends; see `cases.lock_keys`."""
    await connection.execute(_SQL["lock_problem"], list(keys))


async def case_of_incident(connection: Connection, incident_id: UUID) -> UUID | None:
    """The case that an incident belongs to."""
    found: UUID | None = await connection.fetchval(_SQL["case_of_incident"], incident_id)
    return found


async def candidates(
    connection: Connection,
    sight: Sight,
    classes: Sequence[str],
    *,
    lon: float,
    lat: float,
    within_m: float,
) -> list[Candidate]:
    """Open cases of some classes with the same component, the same camera, or within a distance.

    Args:
        connection: in a transaction that has locked the problem.
        sight: of the report.
        classes: the classes that may match.
        lon: degrees of the report's place.
        lat: degrees of the report's place.
        within_m: the distance, metres.
    """
    found = await connection.fetch(
        _SQL["candidates"], list(classes), sight.component, sight.camera, sight.zone, lon, lat, within_m
    )
    return [_candidate(row) for row in found]


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(
        case_id=row["case_id"],
        sight=Sight(component=row["component"], camera=row["camera"], zone=row["zone"]),
        away_m=row["away_m"],
        heard_at=row["heard_at"],
    )


async def open_cases_near(
    connection: Connection, *, lon: float, lat: float, within_m: float
) -> list[Candidate]:
    """Some open cases of any class within a distance, the nearest first.

    Args:
        connection: in a transaction.
        lon: degrees of the place.
        lat: degrees of the place.
        within_m: the distance, metres.
    """
    return [_candidate(row) for row in await connection.fetch(_SQL["open_cases_near"], lon, lat, within_m)]


async def lock_case_by_number(connection: Connection, number: str) -> tuple[UUID, int] | None:
    """Id and newest event of a case, if it exists; the case is locked until the transaction ends."""
    row = await connection.fetchrow(_SQL["lock_case_by_number"], number)
    return None if row is None else (row["case_id"], row["last_sequence"])


async def revision_is_told(connection: Connection, incident_id: UUID, revision: int) -> bool:
    """Whether a case already has an event about this revision."""
    return bool(await connection.fetchval(_SQL["revision_is_told"], incident_id, revision))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of an incident; `ended` if its place was seen restored."""

    incident_id: UUID
    revision: int
    type: str
    district: str
    lon: float
    lat: float
    camera: str | None
    zone: str | None
    component: str | None
    observed_at: datetime
    began_at: datetime
    ended: bool


async def newest_revisions(connection: Connection, incident_ids: Sequence[UUID]) -> list[Revision]:
    """The newest revision of each incident, by its identifier."""
    return [Revision(**row) for row in await connection.fetch(_SQL["newest_revisions"], list(incident_ids))]


async def move_incidents(connection: Connection, incident_ids: Sequence[UUID], case_id: UUID) -> None:
    """Assign incidents to another case."""
    await connection.execute(_SQL["move_incidents"], list(incident_ids), case_id)


async def add_case_incident(connection: Connection, incident_id: UUID, case_id: UUID) -> None:
    """Assign an incident to a case."""
    await connection.execute(_SQL["add_case_incident"], incident_id, case_id)


async def recent_reports(
    connection: Connection, source: str, *, observed_at: datetime, received_at: datetime, within: timedelta
) -> tuple[int, int]:
    """Counts for a source: incidents observed around a time, and cases opened in the day before another time.

    Until the transaction ends, no other transaction can open a case for this source.
    """
    await connection.execute(_SQL["lock_source"], source)
    row = await connection.fetchrow(_SQL["recent_reports"], source, observed_at, received_at, within)
    assert row is not None
    return row["incidents"], row["opened"]


async def open_flood_of(connection: Connection, source: str) -> OpenFlood | None:
    """The open case that gathers the reports of a source, locked."""
    row = await connection.fetchrow(_SQL["open_flood_of"], source)
    return None if row is None else OpenFlood(**row)


async def find_component(connection: Connection, code: str) -> Component | None:
    """A component of the city's map."""
    row = await connection.fetchrow(_SQL["find_component"], code)
    return None if row is None else Component(**row)


async def find_grid_cell(connection: Connection, lon: float, lat: float) -> str | None:
    """The unit grid cell at a place."""
    found: str | None = await connection.fetchval(_SQL["find_grid_cell"], lon, lat)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What lies around a place: its unit grid cell, and the nearest street with a name within 200 m."""

    grid_cell: str | None
    street: str | None
    street_en: str | None


async def find_surroundings(connection: Connection, lon: float, lat: float) -> Surroundings:
    """What lies around a place."""
    row = await connection.fetchrow(_SQL["find_surroundings"], lon, lat)
    assert row is not None
    return Surroundings(**row)


async def next_number(connection: Connection, day: date) -> int:
    """The day's next sequence number, without gaps; the counter is locked until the transaction ends."""
    found: int = await connection.fetchval(_SQL["next_number"], day)
    return found


async def add_incident(
    connection: Connection,
    *,
    incident_id: UUID,
    revision: int,
    incident_type: str,
    source: str,
    district: str,
    observed_at: datetime,
    began_at: datetime,
    received_at: datetime,
    lon: float,
    lat: float,
    zone: str | None,
    component: str | None,
    confidence: float,
    cues: Mapping[str, Any],
    camera: str | None = None,
    phase: str = "begun",
) -> None:
    """Store a revision of an incident that a person or a program reports; ingest writes those of devices."""
    await connection.execute(
        _SQL["add_incident"], incident_id, revision, incident_type, source, district, observed_at, began_at,
        received_at, lon, lat, zone, component, confidence, cues, camera, phase,
    )  # fmt: skip


async def add_evidence(
    connection: Connection,
    *,
    digest: str,
    incident_id: UUID,
    revision: int,
    role: str,
    size_bytes: int,
    taken_at: datetime,
    received_at: datetime,
) -> None:
    """Store that a JPEG, whose file is already stored, belongs to a revision of an incident."""
    await connection.execute(
        _SQL["add_evidence"], digest, incident_id, revision, role, size_bytes, taken_at, received_at
    )
