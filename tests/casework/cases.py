"""Cases for tests: incidents as devices report them, and people's steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from cases import CasePolicy
from casework import CaseChange, apply_incident
from store.connection import Pool
from tests.casework.acting import take
from wire.messages import Incident, Phase, as_datetime

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in the city
POLICY = CasePolicy.load()
COVER = "3505820102000001"


def stall(incident_id: UUID | None = None, **changes: Any) -> Incident:
    fields: dict[str, Any] = {
        "incident_id": incident_id or uuid4(),
        "revision": 1,
        "phase": Phase.BEGUN,
        "type": "stall",
        "observed_at": NOON.timestamp(),
        "began_at": NOON.timestamp() - 40,
        "lat": 24.9,
        "lon": 118.6,
        "camera": "cam-01",
        "zone": "pavement-1",
    }
    return Incident(**(fields | changes))


def cover(incident_id: UUID | None = None, **changes: Any) -> Incident:
    return stall(incident_id, **({"type": "cover_missing", "zone": "cover-1", "component": COVER} | changes))


async def report(
    pool: Pool,
    incident: Incident,
    *,
    at: datetime | None = None,
    digests: tuple[str, ...] = (),
    source: str = "box/box-1",
    policy: CasePolicy = POLICY,
) -> CaseChange:
    """Apply an incident, received at noon if it wasn't observed later."""
    received_at = at or max(NOON, as_datetime(incident.observed_at))
    async with pool.acquire() as connection, connection.transaction():
        return await apply_incident(
            connection,
            incident,
            source=source,
            district="350582",
            received_at=received_at,
            evidence_digests=digests,
            policy=policy,
        )


async def walk(pool: Pool, number: str, action: str, sequence: int, **given: Any) -> str:
    """Take a case one step further, an hour later; the stage after it."""
    async with pool.acquire() as connection, connection.transaction():
        done = await take(connection, number, action, sequence, at=NOON + timedelta(hours=1), **given)
    assert done.state is not None
    return done.state.stage


async def row(pool: Pool, change: CaseChange) -> dict[str, Any]:
    found = await pool.fetchrow("SELECT * FROM case_file WHERE case_id = $1", change.case_id)
    assert found is not None
    return dict(found)
