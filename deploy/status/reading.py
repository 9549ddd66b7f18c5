"""Collects the values of `status` from `/metrics` and the database; a value that cannot be read is null."""

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
from deploy.stack.health import SILENT, waits_for
from deploy.status import balance
from store.connection import UNREACHABLE, Connection, open_connection
from store.errors import StoreError
from store.migrate import require_current
from store.queries import load

_PATIENCE_S: Final = 10.0
_POLICY_OF: Final = ("ingest", "center", "worker")
_POLICY_REFUSED: Final = "streetwarden_case_policy_refused 1.0"
_JOBS: Final = """
SELECT
    count(*) FILTER (WHERE execute_after <= now()) AS waiting,
    extract(epoch FROM now() - min(execute_after) FILTER (WHERE execute_after <= now()))::float8 AS oldest_s,
    count(*) FILTER (WHERE attempts > 0) AS failed
FROM pgqueuer
"""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the system; a value is null while its part does not answer.

    Attributes:
        vehicles_live: vehicles heard lately that are not offline, as the console counts them.
        messages_per_s: received by ingest during the measurement.
        lag_p99_s: from the fix to its commit, p99 of the fixes during the measurement; null without fixes.
        incidents: number of incidents in the database.
        cases_open: number of open cases.
        fates: of all messages that ingest received since it started; `in_flight` counts those without a fate.
        lost: messages acknowledged and not stored: received without a fate, or dropped by the broker.
        broker_dropped: those dropped by the broker, across its restarts.
        jobs_waiting: jobs of the worker that are due and not done, those under way included.
        jobs_oldest_s: for how long the oldest of them has been due; null where none is.
        jobs_failed: jobs that have failed and will be tried again.
        case_policy_refused_by: programs that use an earlier case policy, because the changed one is wrong.
        reason: one sentence for each part that does not answer, or refuses its case policy; null without one.
    """

    vehicles_live: int | None = None
    messages_per_s: float | None = None
    lag_p99_s: float | None = None
    incidents: int | None = None
    cases_open: int | None = None
    fates: dict[str, int] | None = None
    lost: int | None = None
    broker_dropped: int | None = None
    jobs_waiting: int | None = None
    jobs_oldest_s: float | None = None
    jobs_failed: int | None = None
    case_policy_refused_by: list[str] = []
    reason: str | None = None


async def read(where: Installation, *, seconds: float) -> Status:
    """Measure for some seconds; stop early if ingest does not answer."""
    of_ingest, no_ingest = _measure(where, seconds)
    in_database, no_database = await _count(where)
    refused_by = [name for name in _POLICY_OF if _refuses_policy(where, name)]
    reasons = (no_ingest, no_database, _no_worker(where), _refused(refused_by))
    return Status(
        **of_ingest,
        **in_database,
        case_policy_refused_by=refused_by,
        reason=". ".join(reason for reason in reasons if reason is not None) or None,
    )


def _measure(where: Installation, seconds: float) -> tuple[dict[str, Any], str | None]:
    """The values from ingest, or why they cannot be read."""
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


def _no_worker(where: Installation) -> str | None:
    """Why the worker does no jobs; None while it does."""
    address, port = where.metrics["worker"]
    waiting = waits_for(port, address=address)
    if waiting == SILENT:
        return (
            f"the worker does not answer at http://{address}:{port}/health, by {where.source}; start it, or "
            "give its port in STREETWARDEN_WORKER_METRICS_PORT"
        )
    return None if waiting is None else f"the worker does no jobs: {waiting}"


def _refuses_policy(where: Installation, name: str) -> bool:
    """Whether a program goes on with an earlier case policy; False if it does not answer."""
    if name not in where.metrics:
        return False
    address, port = where.metrics[name]
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/metrics", timeout=5) as answer:
            return _POLICY_REFUSED in answer.read().decode().splitlines()
    except (OSError, ValueError):
        return False


def _refused(programs: list[str]) -> str | None:
    if not programs:
        return None
    uses = "uses" if len(programs) == 1 else "use"
    return (
        f"{' and '.join(programs)} refused the changed case policy and {uses} the earlier one; "
        "streetwarden codes check says which entry is wrong"
    )


async def _count(where: Installation) -> tuple[dict[str, Any], str | None]:
    """The values from the database, or why they cannot be read."""
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
    (jobs,) = await connection.fetch(_JOBS)
    devices = await connection.fetch(load("live")["devices"], datetime.now(UTC) - timedelta(seconds=live_s))
    return {
        "vehicles_live": sum(row["live"] for row in devices if row["kind"] == "vehicle"),
        "incidents": await connection.fetchval("SELECT count(DISTINCT incident_id) FROM incident"),
        "cases_open": await connection.fetchval("SELECT count(*) FROM case_file WHERE closed_at IS NULL"),
        "jobs_waiting": jobs["waiting"],
        "jobs_oldest_s": None if jobs["oldest_s"] is None else round(jobs["oldest_s"], 1),
        "jobs_failed": jobs["failed"],
    }
