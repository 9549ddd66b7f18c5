"""A report of a problem, from any source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.policy import Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that a problem was seen, is still seen, or was seen restored.

    Attributes:
        incident_id: the incident, which has a row in `incident`; `revision` is its revision.
        actor: the reporter: `{kind}/{id}`, or a login.
        source: how the city learned of it: `camera`, `sensor`, `rule`, `patrol`, `hotline` …
        type: the incident type.
        district: 6 digits.
        lon: degrees, WGS 84; `lat` likewise.
        received_at: when it was received, the beginning of the case's clocks.
        observed_at: when it was last observed; never later than its receipt, whatever the sender's clock is.
        began_at: when it began, likewise.
        ended: whether the place was seen restored.
        sees_place: whether the component is known to be within reach of the camera.
        evidence: digests of its pictures.
        note: a person's note.
        about: the code, if a person chose one; None to use the policy's rule for the type.
        facts: further fields of a new case, such as its title.
        proves: whether it proves that the problem is there; if not, a case keeps its own time of last sight,
            so that nobody unknown sends a case back or opens it again.
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
    proves: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_at", min(self.observed_at, self.received_at))
        object.__setattr__(self, "began_at", min(self.began_at, self.received_at))

    def with_evidence(self, digests: tuple[str, ...]) -> Report:
        """The same report with pictures."""
        return replace(self, evidence=digests)
