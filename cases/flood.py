"""When one source reports more than anybody could look at: further incidents of it go into one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FLOOD_TYPE: Final = "report_flood"
"""What the case of a flood is reported as; a city's policy may decide about it as about any incident type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """How many cases one source may open.

    Attributes:
        incidents: that one source reports within the time; what it observed counts when it was observed, so
            that what a box kept while it was alone is not taken for a flood.
        within: the time.
        opened_a_day: cases that one source opens within a day.
    """

    incidents: int = 30
    within: timedelta = timedelta(minutes=10)
    opened_a_day: int = 200

    def exceeded(self, *, incidents: int, opened: int) -> bool:
        """Whether one incident more is a flood.

        Args:
            incidents: of the source around the time of this one, this one included.
            opened: cases that the source has opened within a day.
        """
        return incidents > self.incidents or opened >= self.opened_a_day

    def note(self, source: str) -> str:
        """What the case says at its beginning."""
        within_s = self.within.total_seconds()
        return (
            f"{source} reports more than {self.incidents} incidents within {within_s:g} s, or has opened "
            f"{self.opened_a_day} cases within a day: what else it reports is stored and gathered in this "
            "case. Look at its cameras, its settings and its password."
        )
