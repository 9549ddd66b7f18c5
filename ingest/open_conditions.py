"""Which incident a camera's message begins or ends, where the message names none.

Cameras say that a condition holds (`IsInside: true`), say it again at times, and say that it no longer holds;
often also that it doesn't hold when nobody said that it did. One row a condition that holds remembers its
incident. It is read and written in the transaction that stores the incident: a message that comes again finds
what it did the first time.
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

    Nothing new: that a condition holds which is known to hold, or that it doesn't which is not known to.
    A report that is older than what is known is nothing new either.

    Args:
        connection: in the transaction that stores the incident.
        report: what the camera said.
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
    """Note that a condition holds, whose incident was just stored for the first time.

    It began no later than its message was received, so that the end counts of a camera whose clock was ahead.
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
