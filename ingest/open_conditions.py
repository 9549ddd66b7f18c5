"""Finds the incident that a camera's message begins or ends, if the message does not name it.

Cameras report that a condition holds (`IsInside: true`), repeat that at times, and report that it no longer
holds; often they also report that it does not hold without an earlier report that it did. One row for each
condition that holds stores its incident. The row is read and written in the transaction that stores the
incident, so a repeated message finds the same incident.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from ingest.adapters.conditions import ConditionReport
from store.connection import Connection
from store.queries import load
from wire.messages import Phase, as_datetime

_SQL: Final = load("ingest")


async def incident_of(connection: Connection, report: ConditionReport) -> ConditionReport | None:
    """The report with the incident that it begins or ends; None if it says nothing new.

    A report says nothing new if the condition is already in the reported state, or if the report is older
    than the stored one.

    Args:
        connection: in the transaction that stores the incident.
        report: the camera's report.
    """
    await connection.execute(_SQL["lock_condition"], str(report.condition))
    known = await connection.fetchrow(_SQL["open_condition"], report.condition)
    observed_at = as_datetime(report.observed_at)
    if report.phase is Phase.ENDED:
        if known is None or observed_at < known["began_at"]:
            return None
        await connection.execute(_SQL["close_condition"], report.condition)
        return structs.replace(
            report, incident_id=known["incident_id"], revision=2, began_at=known["began_at"]
        )
    if known is not None and known["incident_id"] != report.incident_id:
        lost = observed_at - known["began_at"] > timedelta(seconds=report.lost_after_s)
        if not lost:
            return None
    return report


async def remember(
    connection: Connection, report: ConditionReport, *, source: str, received_at: datetime
) -> None:
    """Store that a condition holds whose incident was just stored for the first time.

    The stored start is never later than the receipt: if the camera's clock was ahead, its end still counts.
    """
    if report.phase is not Phase.ENDED:
        await connection.execute(
            _SQL["remember_condition"],
            report.condition,
            source,
            report.incident_id,
            min(as_datetime(report.began_at), received_at),
            timedelta(seconds=report.lost_after_s),
        )
