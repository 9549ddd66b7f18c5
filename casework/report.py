"""A report, from whichever source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.policy import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """That somebody or something saw a problem, sees it still, or sees it put right.

    Attributes:
        incident_id: what is reported, which has a row in `incident`; `revision`, of it.
        actor: who reports: `{kind}/{id}`, or a login.
        source: how the city heard of it: `camera`, `sensor`, `rule`, `patrol`, `hotline` …
        type: the incident type.
        district: 6 digits.
        lon: degrees, WGS 84; `lat` too.
        received_at: when it came in; the case counts from then.
        observed_at: when it was last seen so; not after it was received, whatever the sender's clock says.
        began_at: when it began, likewise.
        ended: it is seen put right.
        sees_place: the component is known to lie within reach of the camera.
        evidence: digests of the pictures that came with it.
        note: what a person says of it.
        about: what it is about, if a person named a code; None for what the policy makes of the type.
        facts: further fields of a case that it opens, such as its title.
    """

    incident_id: UUID
    revision: int
    actor: str
    source: str
    type: str
    district: str
    lon: float
    lat: float
    received_at: datetime
    observed_at: datetime
    began_at: datetime
    ended: bool = False
    camera: str | None = None
    zone: str | None = None
    component: str | None = None
    sees_place: bool = False
    evidence: tuple[str, ...] = ()
    note: str | None = None
    about: Opening | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_at", min(self.observed_at, self.received_at))
        object.__setattr__(self, "began_at", min(self.began_at, self.received_at))

    def with_evidence(self, digests: tuple[str, ...]) -> Report:
        """The same with pictures."""
        return replace(self, evidence=digests)
