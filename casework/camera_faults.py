"""A lasting fault of a camera opens a maintenance case with its last picture; the case is told of the end.

Boxes report the state of their cameras in their retained status. A worker reads the states at intervals, so
no message waits for that. The state between two looks is in the database, so any worker can do the next look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from cases import CasePolicy
from cases.camera_faults import CAMERA_FAULT_TYPE, TOO_MANY_ALARMS, KnownFault, Tell, judge
from casework.changes import CaseChange
from casework.intake import take_in
from casework.report import Report
from store import cases as rows
from store.connection import Connection
from store.queries import load

_SQL: Final = load("camera_faults")

PutPicture = Callable[[bytes], Awaitable[str]]
"""Stores a JPEG and returns its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFault:
    """The report that a look added to the case of a camera's fault."""

    camera: str
    told: Tell
    state: str
    case: CaseChange


async def look_at_cameras(
    connection: Connection, *, policy: CasePolicy, put: PutPicture, now: datetime
) -> list[CameraFault]:
    """Check all cameras once, and report faults that have lasted, or are over, to their cases.

    Args:
        connection: in a transaction.
        policy: the city's decisions.
        put: stores pictures.
        now: the time of the look.
    """
    if not await connection.fetchval(_SQL["take_turn"]):
        return []
    told: list[CameraFault] = []
    limits = policy.camera_faults
    for row in await connection.fetch(_SQL["look"], now - limits.alarms_within, CAMERA_FAULT_TYPE):
        before = _known(row)
        after, tell = judge(before, _state(row, limits.alarms), now=now, limits=limits)
        incident_id, revision = row["incident_id"], row["revision"]
        if tell is not None:
            incident_id, revision = incident_id or uuid4(), revision + 1
            last = after or before
            assert last is not None
            case = await _tell(
                connection, row, tell, fault=last, incident=(incident_id, revision),
                policy=policy, put=put, now=now,
            )  # fmt: skip
            told.append(CameraFault(camera=row["camera"], told=tell, state=last.state, case=case))
        if after is None and before is not None:
            await connection.execute(_SQL["forget"], row["camera"])
        elif after is not None and after != before:
            known = incident_id if after.told else None
            await connection.execute(
                _SQL["put"], row["camera"], after.state, after.since, after.well_since, known, revision
            )
    return told


def _known(row: Any) -> KnownFault | None:
    if row["fault"] is None:
        return None
    return KnownFault(
        state=row["fault"],
        since=row["since"],
        well_since=row["well_since"],
        told=row["incident_id"] is not None,
    )


def _state(row: Any, alarms: int) -> str | None:
    if row["alarms"] > alarms:
        return TOO_MANY_ALARMS
    state: str | None = row["state"]
    if state is None and row["fault"] == TOO_MANY_ALARMS:
        return "watching"  # a sender that is not a box is judged by its alarms alone
    return state


async def _tell(
    connection: Connection,
    row: Any,
    tell: Tell,
    *,
    fault: KnownFault,
    incident: tuple[UUID, int],
    policy: CasePolicy,
    put: PutPicture,
    now: datetime,
) -> CaseChange:
    incident_id, revision = incident
    source = row["source"] or row["alarms_source"] or f"camera/{row['camera']}"
    note = fault.state if not row["reason"] else f"{fault.state}: {row['reason']}"
    if fault.state == TOO_MANY_ALARMS:
        note = f"{fault.state}: {row['alarms']}"
    report = Report(
        incident_id=incident_id,
        revision=revision,
        actor=source,
        source="camera",
        type=CAMERA_FAULT_TYPE,
        district=row["district"],
        lon=row["lon"],
        lat=row["lat"],
        received_at=now,
        observed_at=now,
        began_at=fault.since,
        ended=tell is Tell.ENDED,
        camera=row["camera"],
        note=note if tell is Tell.BEGUN else None,
        facts={"title": fault.state} if tell is Tell.BEGUN else {},
    )
    await rows.add_incident(
        connection,
        incident_id=incident_id,
        revision=revision,
        phase=str(tell),
        incident_type=CAMERA_FAULT_TYPE,
        source=source,
        district=report.district,
        observed_at=now,
        began_at=report.began_at,
        received_at=now,
        lon=report.lon,
        lat=report.lat,
        camera=report.camera,
        zone=None,
        component=None,
        confidence=1.0,
        cues={},
    )
    evidence = await _picture(connection, report, put)
    return await take_in(connection, report.with_evidence(evidence), policy=policy)


async def _picture(connection: Connection, report: Report, put: PutPicture) -> tuple[str, ...]:
    """The camera's last still as evidence, if there is one."""
    still = await connection.fetchrow(_SQL["still"], report.camera)
    if still is None:
        return ()
    digest = await put(still["jpeg"])
    await rows.add_evidence(
        connection,
        digest=digest,
        incident_id=report.incident_id,
        revision=report.revision,
        role="restored" if report.ended else "finding",
        size_bytes=len(still["jpeg"]),
        taken_at=still["time"],
        received_at=report.received_at,
    )
    return (digest,)
