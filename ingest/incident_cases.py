"""What makes cases of incidents, as ingest sees it; and an incident as a row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from store.connection import Connection
from wire.messages import Incident, as_datetime


class Case(Protocol):
    """What an incident did to a case."""

    @property
    def number(self) -> str:
        """The case's number."""

    @property
    def change(self) -> str:
        """What was done to it, in a word."""


class ApplyIncident(Protocol):
    """Opens, joins or marks restored the case of an incident, on the connection that stores it."""

    async def __call__(
        self,
        connection: Connection,
        incident: Incident,
        *,
        source: str,
        district: str,
        received_at: datetime,
        evidence_digests: Sequence[str],
        sees_place: bool = False,
    ) -> Case:
        """Apply one new incident revision; see `casework.apply_incident`.

        Raises:
            CaseError: the case domain refuses it.
        """


def by_policy(desk: Callable[..., Awaitable[Case]], policy: Callable[[], Any]) -> ApplyIncident:
    """A desk that takes each incident in by the policy of its moment."""

    async def apply(*args: Any, **values: Any) -> Case:
        return await desk(*args, policy=policy(), **values)

    return apply


def counted(desk: ApplyIncident, count: Callable[[str], None]) -> ApplyIncident:
    """The same desk, which tells what it does to cases; again if its transaction is repeated."""

    async def apply(*args: Any, **values: Any) -> Case:
        case = await desk(*args, **values)
        count(case.change)
        return case

    return apply


def incident_row(
    incident: Incident, *, source: str, district: str, received_at: datetime, flags: int = 0
) -> tuple[object, ...]:
    """The values of `add_incident`, in order."""
    return (
        incident.incident_id,
        incident.revision,
        str(incident.phase),
        incident.type,
        source,
        district,
        as_datetime(incident.observed_at),
        as_datetime(incident.began_at),
        received_at,
        incident.lon,
        incident.lat,
        incident.camera,
        incident.zone,
        incident.component,
        incident.confidence,
        incident.box_px,
        incident.cues,
        flags,
        incident.recognised,
    )
