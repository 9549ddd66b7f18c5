"""Gathers what `status` shows, from ingest's `/metrics` and the database."""

from __future__ import annotations

import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from deploy.errors import DeployError
from deploy.installation import Installation
from deploy.status import balance
from store.connection import open_connection
from store.migrate import require_current
from store.queries import load


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the system does.

    Attributes:
        vehicles_live: vehicles heard of lately and not said to be offline, as the console counts them.
        messages_per_s: received by ingest over the time of the measurement.
        lag_p99_s: from the fix to its commit, 99 in 100 of that time's fixes; null where there were none.
        incidents: different ones, ever.
        cases_open: now.
        fates: of all messages that ingest received since it started; `in_flight` has none yet.
        lost: received messages without any; anything but 0 is a defect.
    """

    vehicles_live: int
    messages_per_s: float
    lag_p99_s: float | None
    incidents: int
    cases_open: int
    fates: dict[str, int]
    lost: int


async def read(where: Installation, *, seconds: float) -> Status:
    """Measure for some seconds.

    Raises:
        DeployError: ingest does not answer.
        StoreError: the database does not, or is not of this release.
    """
    began, before = time.monotonic(), _scrape(where)
    known = await _count(where)
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))  # noqa: ASYNC251 (nothing else runs)
    after, took = _scrape(where), time.monotonic() - began
    lag = balance.lag_between(before, after)
    return Status(
        messages_per_s=round(max(0, after.received - before.received) / took, 1),
        lag_p99_s=None if lag is None else round(lag, 3),
        fates={**after.fates, "in_flight": after.in_flight},
        lost=after.lost,
        **known,
    )


def _scrape(where: Installation) -> balance.Look:
    address, port = where.metrics["ingest"]
    url = f"http://{address}:{port}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return balance.read(answer.read().decode())
    except (OSError, ValueError) as error:
        raise DeployError(
            f"ingest does not answer at {url} ({error}), by {where.source}; start it, or give its port in "
            "STREETWARDEN_INGEST_METRICS_PORT"
        ) from None


async def _count(where: Installation) -> dict[str, Any]:
    connection = await open_connection(where.database_url, application="streetwarden status")
    try:
        await require_current(connection)
        since = datetime.now(UTC) - timedelta(seconds=where.live_s)
        devices = await connection.fetch(load("center")["devices"], since)
        return {
            "vehicles_live": sum(row["live"] for row in devices if row["kind"] == "vehicle"),
            "incidents": await connection.fetchval("SELECT count(DISTINCT incident_id) FROM incident"),
            "cases_open": await connection.fetchval("SELECT count(*) FROM case_file WHERE closed_at IS NULL"),
        }
    finally:
        await connection.close()
