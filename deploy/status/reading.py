"""Gathers what `status` shows, from ingest's `/metrics` and the database; what cannot be had is null."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from deploy.errors import DeployError
from deploy.installation import Installation
from deploy.status import balance
from store.connection import UNREACHABLE, Connection, open_connection
from store.errors import StoreError
from store.migrate import require_current
from store.queries import load

_PATIENCE_S: Final = 10.0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the system does; a value is null while the part that knows it does not answer.

    Attributes:
        vehicles_live: vehicles heard of lately and not said to be offline, as the console counts them.
        messages_per_s: received by ingest over the time of the measurement.
        lag_p99_s: from the fix to its commit, p99 of that time's fixes; null where there were none.
        incidents: different ones, ever.
        cases_open: now.
        fates: of all messages that ingest received since it started; `in_flight` has none yet.
        lost: messages acknowledged and nowhere: received without a fate, or dropped by the broker.
        broker_dropped: the latter alone, over the broker's restarts.
        reason: one sentence for each part that does not answer; null where all do.
    """

    vehicles_live: int | None = None
    messages_per_s: float | None = None
    lag_p99_s: float | None = None
    incidents: int | None = None
    cases_open: int | None = None
    fates: dict[str, int] | None = None
    lost: int | None = None
    broker_dropped: int | None = None
    reason: str | None = None


async def read(where: Installation, *, seconds: float) -> Status:
    """Measure for some seconds; not for longer than it takes to learn that ingest is away."""
    of_ingest, no_ingest = _measure(where, seconds)
    in_database, no_database = await _count(where)
    reasons = [reason for reason in (no_ingest, no_database) if reason is not None]
    return Status(**of_ingest, **in_database, reason=". ".join(reasons) or None)


def _measure(where: Installation, seconds: float) -> tuple[dict[str, Any], str | None]:
    """What ingest knows, or why that is not known."""
    try:
        began, before = time.monotonic(), _scrape(where)
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        after, took = _scrape(where), time.monotonic() - began
    except DeployError as error:
        return {}, str(error)
    lag = balance.lag_between(before, after)
    return {
        "messages_per_s": round(max(0, after.received - before.received) / took, 1),
        "lag_p99_s": None if lag is None else round(lag, 3),
        "fates": {**after.fates, "in_flight": after.in_flight},
        "lost": after.lost,
        "broker_dropped": after.dropped,
    }, None


def _scrape(where: Installation) -> balance.Scrape:
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


async def _count(where: Installation) -> tuple[dict[str, Any], str | None]:
    """What the database knows, or why that is not known."""
    try:
        connection = await open_connection(where.database_url, application="streetwarden status")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await _counted(connection, where.live_s), None
        finally:
            connection.terminate()
    except StoreError as error:
        return {}, str(error)
    except (*UNREACHABLE, asyncpg.PostgresError) as error:
        cause = str(error) or f"no answer within {_PATIENCE_S:.0f} s"
        return {}, f"the database cannot be read ({cause}); see streetwarden doctor"


async def _counted(connection: Connection, live_s: float) -> dict[str, Any]:
    await require_current(connection)
    devices = await connection.fetch(load("live")["devices"], datetime.now(UTC) - timedelta(seconds=live_s))
    return {
        "vehicles_live": sum(row["live"] for row in devices if row["kind"] == "vehicle"),
        "incidents": await connection.fetchval("SELECT count(DISTINCT incident_id) FROM incident"),
        "cases_open": await connection.fetchval("SELECT count(*) FROM case_file WHERE closed_at IS NULL"),
    }
