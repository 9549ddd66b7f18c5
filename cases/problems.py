"""Decides whether two reports are about the same problem, so that one shaft becomes one case; pure.

Incident types that need the same action are one *problem class*: a cover that a sensor reports missing and a
camera reports displaced is the same open shaft. Two reports of one class are the same problem if they name
the same component, or the same zone of a camera, or lie within a reach of each other, in metres and minutes.

**How often the last criterion is wrong.** Let new problems of a class begin at random, `d` of them on a
square kilometre in an hour. A report of a new problem then finds another one within its reach R and time T
with a probability of at most 1 - exp(-d·π·R²·T) ≤ d·π·R²·T. π·R²·T is `ProblemClass.exposure_km2_h`, and no
class may have more than `MAX_EXPOSURE_KM2_H`: with one new problem of a class on a square kilometre in an
hour, fewer than 2 of 100 reports join a wrong case. The distance is measured from the place of the case's
opening, so a series of joins cannot drift.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from cases.errors import PolicyError

MAX_EXPOSURE_KM2_H: Final = 0.02
_CELL_DEG: Final = 0.001
_CELLS_AROUND: Final = round(360 / _CELL_DEG)
_M_PER_DEG: Final = 111_320


class Same(StrEnum):
    """Why a report is about the problem of a case, the most certain reason first."""

    COMPONENT = "component"
    ZONE = "zone"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemClass:
    """Incident types that are one problem.

    Attributes:
        name: the name in cases.
        types: incident types.
        within_m: how far apart two reports may be, metres; 0: the distance does not count.
        within: how long after the last report of the case.
    """

    name: str
    types: frozenset[str]
    within_m: float = 0.0
    within: timedelta = timedelta()

    @property
    def exposure_km2_h(self) -> float:
        """The area times the time in which another problem would be taken for this one."""
        return math.pi * (self.within_m / 1000) ** 2 * (self.within / timedelta(hours=1))

    @property
    def known_as(self) -> tuple[str, ...]:
        """The class names that existing cases may have; earlier releases used the incident type."""
        return (self.name, *sorted(self.types - {self.name}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where and when a report, or a case's first report, saw a problem, and by which camera."""

    component: str | None
    camera: str | None
    zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open case of the same class.

    Attributes:
        sight: of the report that opened it.
        away_m: distance from the report, metres.
        heard_at: when the problem was last seen.
    """

    case_id: UUID
    sight: Sight
    away_m: float
    heard_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The case whose problem a report is about, and the reason."""

    case_id: UUID
    reason: Mapping[str, Any]


class ProblemClasses:
    """The city's problem classes; a type without one is a class of its own, without a reach."""

    def __init__(self, classes: Iterable[ProblemClass]) -> None:
        self._by_type = {name: each for each in classes for name in each.types}

    @classmethod
    def of(cls, classes: Iterable[ProblemClass]) -> Self:
        """Checked classes.

        Raises:
            PolicyError: a type is in two classes, or the reach of one is too large.
        """
        found = tuple(classes)
        of_type: dict[str, str] = {}
        for each in found:
            for name in sorted(each.types):
                if name in of_type:
                    raise PolicyError(
                        f"problem.{each.name}: {name!r} belongs to {of_type[name]} already; take it out"
                    )
                of_type[name] = each.name
            if each.exposure_km2_h > MAX_EXPOSURE_KM2_H:
                raise PolicyError(
                    f"problem.{each.name}: {each.within_m:g} m for {each.within / timedelta(minutes=1):g} "
                    f"minutes is {each.exposure_km2_h:.3f} km²·h, so too many different problems "
                    "would become "
                    f"one case; the maximum is {MAX_EXPOSURE_KM2_H:g}: lower within_m or within_minutes"
                )
        return cls(found)

    def of_type(self, incident_type: str) -> ProblemClass:
        """The class of an incident type."""
        alone = ProblemClass(name=incident_type, types=frozenset({incident_type}))
        return self._by_type.get(incident_type, alone)


def same_problem(
    sight: Sight, *, seen_at: datetime, problem: ProblemClass, candidates: Iterable[Candidate]
) -> Match | None:
    """The open case whose problem a report is about; of several, the most certain, then the nearest.

    Two components are two problems, however near. So are two zones of one camera, because the camera told
    them apart.

    Args:
        sight: of the report.
        seen_at: when the problem was observed.
        problem: its class.
        candidates: open cases of that class.
    """
    found: list[tuple[int, float, float, Candidate, Same]] = []
    for each in candidates:
        why = _why(sight, each, seen_at, problem)
        if why is not None:
            apart_s = abs((seen_at - each.heard_at).total_seconds())
            found.append(
                (list(Same).index(why), each.away_m if why is Same.NEAR else 0.0, apart_s, each, why)
            )
    if not found:
        return None
    _, _, apart_s, chosen, why = min(found, key=lambda each: (each[:3], each[3].case_id))
    reason = {"same": str(why), "problem_class": problem.name, "away_m": round(chosen.away_m, 1)}
    return Match(case_id=chosen.case_id, reason={**reason, "apart_s": round(apart_s)})


def _why(sight: Sight, case: Candidate, seen_at: datetime, problem: ProblemClass) -> Same | None:
    of_case = case.sight
    if sight.component is not None and of_case.component is not None:
        return Same.COMPONENT if sight.component == of_case.component else None
    if sight.camera is not None and sight.camera == of_case.camera:
        return Same.ZONE if sight.zone == of_case.zone else None
    if case.away_m <= problem.within_m and abs(seen_at - case.heard_at) <= problem.within:
        return Same.NEAR
    return None


def lock_keys(sight: Sight, *, lon: float, lat: float, problem: ProblemClass) -> list[str]:
    """The keys to lock, in this order; the second of two reports then sees the case of the first.

    Two reports that could be the same problem share a key: their component, their zone, or a cell of a grid.
    Each report takes the cells within half its reach, so two reports within reach of each other share a cell.
    """
    keys = set()
    if sight.component is not None:
        keys.add(f"{problem.name} component {sight.component}")
    if sight.camera is not None:
        keys.add(f"{problem.name} zone {sight.camera} {sight.zone or ''}")
    if problem.within_m > 0:
        half_lat = problem.within_m / 2 / _M_PER_DEG * 1.01
        half_lon = half_lat / max(0.01, math.cos(math.radians(lat)))
        for row in range(_cell(lat - half_lat), _cell(lat + half_lat) + 1):
            for column in range(_cell(lon - half_lon), _cell(lon + half_lon) + 1):
                keys.add(f"{problem.name} cell {row} {column % _CELLS_AROUND}")
    return sorted(keys)


def _cell(degrees: float) -> int:
    return math.floor(degrees / _CELL_DEG)
