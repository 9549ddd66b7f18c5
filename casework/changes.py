"""The effect of a report on a case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Change(StrEnum):
    """The effect of a report on a case; `NONE` if the case had that revision already.

    `GATHERED`: the report is in the case of a flood, because its source reports too much; or it is stored
    without an event, because its case has the maximum number of reports.
    """

    OPENED = "opened"
    JOINED = "joined"
    UPDATED = "updated"
    RESTORED = "restored"
    GATHERED = "gathered"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """The case of a report, and the effect of the report on it.

    Attributes:
        incident_id: of a person's report.
    """

    case_id: UUID
    number: str
    change: Change
    incident_id: UUID | None = None
