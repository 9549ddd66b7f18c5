"""The part of the case domain that ingest calls; and an incident as a row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from store.connection import Connection
from wire.messages import Incident, as_datetime


class Case(Protocol):
    """The effect of an incident on a case."""

    @property
    def number(self) -> str:
        """The case's number."""

    @property
    def change(self) -> str:
        """The effect in one word."""


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


def by_policy(apply_incident: Callable[..., Awaitable[Case]], policy: Callable[[], Any]) -> ApplyIncident:
    """The same function, which gets the city's present policy at each call."""

    async def apply(*args: Any, **values: Any) -> Case:
        return await apply_incident(*args, policy=policy(), **values)

    return apply


def counted(apply_incident: ApplyIncident, count: Callable[[str], None]) -> ApplyIncident:
    """The same function, which also counts its effects; a repeated transaction counts again."""

    async def apply(*args: Any, **values: Any) -> Case:
        case = await apply_incident(*args, **values)
        count(case.change)
        return case

    return apply


def incident_row(
    incident: Incident, *, source: str, district: str, received_at: datetime, flags: int = 0
) -> tuple[object, ...]:
    """The arguments of `add_incident`, in order."""
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
