"""What a report did to a case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Change(StrEnum):
    """What a report did to a case; `NONE` when that revision had been told already.

    `GATHERED`: its source reports more than it may open cases for, and it is in the case of that flood; or
    its case has more reports than anybody reads, and it is stored beside it.
    """

    OPENED = "opened"
    JOINED = "joined"
    UPDATED = "updated"
    RESTORED = "restored"
    GATHERED = "gathered"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """The case that a report belongs to now, and what it did to it."""

    case_id: UUID
    number: str
    change: Change
