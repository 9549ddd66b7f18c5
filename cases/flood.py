"""Detects a flood: one reporter sends more than people can review, so further incidents go into one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FLOOD_TYPE: Final = "report_flood"
"""The incident type of a flood's case; the city's policy may have a rule for it, as for any incident type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """How much one reporter may report.

    Attributes:
        incidents: maximum number that one reporter sends within the time. Times of observation count, so
            incidents that a box stored while it was offline are not a flood.
        within: the time.
        opened_a_day: maximum number of cases that one reporter opens within a day.
    """

    incidents: int = 30
    within: timedelta = timedelta(minutes=10)
    opened_a_day: int = 200

    def exceeded(self, *, incidents: int, opened: int) -> bool:
        """Whether an incident is part of a flood.

        Args:
            incidents: of the reporter around the time of this one, including this one.
            opened: cases that the reporter has opened within a day.
        """
        return incidents > self.incidents or opened >= self.opened_a_day

    def note(self, reporter: str) -> str:
        """The note of the case's first event."""
        within_s = self.within.total_seconds()
        return (
            f"{reporter} reports more than {self.incidents} incidents within {within_s:g} s, or has opened "
            f"{self.opened_a_day} cases within a day: what else it reports is stored and gathered in this "
            "case. Look at its cameras, its settings and its password."
        )
