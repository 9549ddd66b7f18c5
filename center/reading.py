"""Questions to the database, answered with the structs of `center.models`."""

from __future__ import annotations

from dataclasses import dataclass

from cases import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases are asked for; None stands for all.

    Attributes:
        stages: those in one of these stages.
        open: those that have not ended, or those that have.
        type: those opened by this incident type.
    """

    stages: tuple[Stage, ...] | None = None
    open: bool | None = None
    type: str | None = None
