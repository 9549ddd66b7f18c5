"""Geotagged stills and clips of drones, body and dash cameras: nobody has said yet what they show. Pure.

One that was taken near an open case, in place and time, becomes evidence of it, whatever the case is about.
Any other becomes a report that waits for an acceptor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases.problems import Candidate, Match, ProblemClass

GEOTAGGED: Final = "geotagged"
"""Their incident type, and the source of their reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeotaggedLimits:
    """How near to a case a still must be.

    Attributes:
        within_m: in place, metres.
        within: in time, from when the case was last heard of.
    """

    within_m: float = 30.0
    within: timedelta = timedelta(days=1)

    @property
    def problem(self) -> ProblemClass:
        """Stills as a class of problems: two of one place are one report."""
        return ProblemClass(
            name=GEOTAGGED, types=frozenset({GEOTAGGED}), within_m=self.within_m, within=self.within
        )


def nearest_case(
    taken_at: datetime, candidates: Iterable[Candidate], limits: GeotaggedLimits
) -> Match | None:
    """The open case that a still belongs to: the nearest one within the limits.

    Args:
        taken_at: when it was taken.
        candidates: open cases of any class.
        limits: in place and time.
    """
    found = []
    for each in candidates:
        apart = abs(taken_at - each.heard_at)
        if each.away_m <= limits.within_m and apart <= limits.within:
            found.append((each.away_m, apart, each.case_id))
    if not found:
        return None
    away_m, apart, case_id = min(found)
    reason = {
        "same": "near",
        "problem_class": GEOTAGGED,
        "away_m": round(away_m, 1),
        "apart_s": round(apart.total_seconds()),
    }
    return Match(case_id=case_id, reason=reason)
